"""Properties of every solver on a small NumPy model of the seed energy E = ‖X − Y Gᵀ L G B‖²."""

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from nzdiff.solvers import (
    METHODS,
    NADAM,
    GaussNewton,
    Linear,
    Newton,
    Record,
    Status,
    TrustRegion,
    solve,
)
from nzdiff.solvers.linear.linear_system import Choice
from solver_models import (
    Barrier,
    Covariance,
    Dense,
    LinearResidual,
    Logarithms,
    LogDeterminant,
    Quadratic,
    Singular,
    SingularLogarithms,
    Vector,
    seed,
)

CONVERGENT = [name for name in METHODS if name != "nadam"]  # a constant rate never settles
DESCENDING = [name for name in CONVERGENT if name != "barzilai-borwein"]
SECOND_ORDER = ["newton", "trust-region", "gauss-newton", "levenberg-marquardt"]
SQUARES = ["gauss-newton", "levenberg-marquardt"]
GENERAL = [name for name in CONVERGENT if name not in SQUARES]
every_method = pytest.mark.parametrize("method", list(METHODS))
convergent = pytest.mark.parametrize("method", CONVERGENT)
descending = pytest.mark.parametrize("method", DESCENDING)
second_order = pytest.mark.parametrize("method", SECOND_ORDER)
squares = pytest.mark.parametrize("method", SQUARES)
general = pytest.mark.parametrize("method", GENERAL)

STARTS_THAT_LEAVE_THE_DOMAIN = [[0.7517, 303.2139, 0.0001], [6.9081, 0.0018, 0.0594]]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def energies(result: OptimizeResult) -> list[float]:
    return [record.energy for record in result.history]


@pytest.mark.parametrize(
    ("model", "g"),
    [
        (Logarithms(), [0.3, 1.0, 60.0, 400.0]),
        (LogDeterminant(), [0.3, 1.0, 60.0]),
        (Barrier(), [0.3]),
        (Covariance(np.diag([1.0, 2.0, 3.0])), [1.0, 0.2, 2.0, 0.1, 0.3, 1.5]),
    ],
)
def test_the_models_of_these_tests_have_exact_hessians(model: Any, g: list[float]) -> None:
    at, v, h = np.array(g), np.cos(np.arange(len(g))), 1e-6
    slope = (model.energy(at + h * v) - model.energy(at - h * v)) / (2 * h)
    assert slope == pytest.approx(model.gradient(at) @ v, rel=1e-6)
    difference = (model.gradient(at + h * v) - model.gradient(at - h * v)) / (2 * h)
    np.testing.assert_allclose(model.hessian(at) @ v, difference, rtol=1e-6, atol=1e-8)


def test_the_models_of_these_tests_have_exact_derivatives(rng: np.random.Generator) -> None:
    model, _, g = seed(rng)
    v, w, h = rng.normal(size=model.size), rng.normal(size=model.residual_size), 1e-5
    difference = (model.residual(g + h * v) - model.residual(g - h * v)) / (2 * h)
    np.testing.assert_allclose(model.jvp(g, v), difference, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(w @ model.jvp(g, v), v @ model.vjp(g, w), rtol=1e-11)
    difference = (model.gradient(g + h * v) - model.gradient(g - h * v)) / (2 * h)
    np.testing.assert_allclose(model.hessian(g) @ v, difference, rtol=1e-6, atol=1e-6)


@convergent
def test_reaches_a_reachable_optimum(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    result = solve(model, g0, method, rtol=1e-9)
    assert result.success, result.message
    assert result.fun < 1e-14 * model.energy(g0)
    assert np.linalg.norm(model.gradient(result.x)) <= 1e-8 * np.linalg.norm(model.gradient(g0))
    assert result.fun == pytest.approx(model.energy(result.x), rel=1e-12, abs=0)


@convergent
def test_reaches_a_stationary_point_with_a_residual(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng, n=8, m=6, k=9, noise=0.05)
    result = solve(model, g0, method, rtol=1e-6, energy_rtol=0.0)
    assert result.success, result.message
    assert result.fun > 1e-3 * model.energy(g0)
    assert np.linalg.norm(model.gradient(result.x)) <= 1e-6 * np.linalg.norm(model.gradient(g0))


@second_order
def test_a_rank_deficient_jacobian_gives_bounded_steps(
    method: str, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng)
    rank = np.linalg.matrix_rank(model.jacobian(g0))
    assert rank <= 30 < model.size == 120
    result = solve(model, g0, method, rtol=1e-10)
    assert result.success
    assert max(record.step for record in result.history) < np.linalg.norm(g0)
    assert np.linalg.norm(result.x - g0) < np.linalg.norm(g0)


@second_order
def test_a_duplicated_column_takes_the_minimum_norm_step(method: str) -> None:
    model = LinearResidual(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]), np.array([4.0, 2.0]))
    result = solve(model, np.zeros(3), method, rtol=1e-12)
    np.testing.assert_allclose(result.x, [2.0, 2.0, 1.0], rtol=1e-6)


@descending
def test_the_energies_in_the_history_only_fall(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng, noise=0.3)
    result = solve(model, g0, method, max_iterations=30)
    values = energies(result)
    assert len(values) == result.nit + 1 > 2
    assert all(after < before for before, after in itertools.pairwise(values))


@second_order
def test_convergence_at_a_zero_residual_is_superlinear(
    method: str, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng)
    result = solve(model, g0, method, rtol=1e-13)
    norms = [record.gradient_norm for record in result.history]
    norms = [norm for norm in norms if norm > 1e-14 * norms[0]]  # below is rounding
    assert norms[-1] / norms[-2] < 1e-2
    assert result.nit <= 20


def test_one_exact_gauss_newton_step_solves_linear_least_squares(
    rng: np.random.Generator,
) -> None:
    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    exact = np.linalg.lstsq(A, b, rcond=None)[0]
    method = GaussNewton(damping=0.0, linear=Linear(forcing=1e-13, cg_iterations=100))
    result = solve(LinearResidual(A, b), np.zeros(12), method, max_iterations=1)
    np.testing.assert_allclose(result.x, exact, rtol=1e-10)


@every_method
def test_stays_at_a_zero_residual(method: str, rng: np.random.Generator) -> None:
    model, g, _ = seed(rng)
    result = solve(model, g, method)
    assert result.status is Status.ZERO_ENERGY or result.status is Status.CONVERGED
    np.testing.assert_array_equal(result.x, g)


@every_method
def test_a_residual_of_rounding_errors_is_zero(method: str, rng: np.random.Generator) -> None:
    model, g, _ = seed(rng)
    model.X *= 1.0 + 2.0**-52 * rng.choice([-1.0, 1.0], model.X.shape)
    assert model.energy(g) > 0.0
    result = solve(model, g, method)
    assert result.status is Status.ZERO_ENERGY and result.nit == 0


@convergent
def test_a_start_at_an_optimum_with_a_residual_is_a_success(
    method: str, rng: np.random.Generator
) -> None:
    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    optimum = np.linalg.lstsq(A, b, rcond=None)[0]
    result = solve(LinearResidual(A, b), optimum, method)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, optimum, rtol=1e-9)


@every_method
def test_no_unknowns_is_a_problem_that_is_solved(method: str) -> None:
    model = LinearResidual(np.zeros((3, 0)), np.ones(3))
    result = solve(model, np.zeros(0), method)
    assert result.success and result.x.shape == (0,) and result.fun == 3.0


@convergent
def test_scaling_energy_or_unknowns_changes_no_decision(
    method: str, rng: np.random.Generator
) -> None:
    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    plain = solve(LinearResidual(A, b), np.ones(12), method)
    scaled = solve(LinearResidual(2.0**20 * A, 2.0**20 * b), np.ones(12), method)
    assert scaled.status is plain.status and plain.success
    np.testing.assert_allclose(scaled.x, plain.x, rtol=1e-6)


@convergent
def test_an_undefined_energy_shortens_the_step(method: str) -> None:
    result = solve(Logarithms(), np.array([0.3, 1.0, 60.0, 400.0]), method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, np.exp(3.0), rtol=1e-6)
    assert np.isfinite(energies(result)).all()


@convergent
def test_a_singular_trial_shortens_the_step(method: str) -> None:
    start = np.array([0.3, 1.0, 60.0, 400.0])
    result = solve(Singular(), start, method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_array_equal(result.x, solve(Logarithms(), start, method, rtol=1e-10).x)


def test_a_matrix_that_is_singular_at_the_start_is_named() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="G: the 4 × 4 matrix is singular"):
        solve(Singular(), np.full(4, -1.0))


@general
@pytest.mark.parametrize("start", STARTS_THAT_LEAVE_THE_DOMAIN)
def test_general_methods_stay_in_the_domain_of_other_energies(
    method: str, start: list[float]
) -> None:
    result = solve(LogDeterminant(), start, method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, 0.5, rtol=1e-5)
    # infinities in SciPy's line search cost 267 here; one radius for all unknowns costs more
    assert result.nfev < 150 or method == "trust-region"


def test_a_trust_region_in_the_scale_of_the_unknowns_takes_few_steps() -> None:
    method = TrustRegion(preconditioner="diagonal", floor=1e-12)
    for start in STARTS_THAT_LEAVE_THE_DOMAIN:
        result = solve(LogDeterminant(), start, method, rtol=1e-10)
        assert result.success and result.nfev < 60, result.message
        np.testing.assert_allclose(result.x, 0.5, rtol=1e-5)


@general
@pytest.mark.parametrize("start", [1e-12, 1e-3, 0.9, 1e6])
def test_a_start_next_to_a_barrier_ends_at_the_optimum(method: str, start: float) -> None:
    """The first gradient is up to 10¹²; 10⁻⁸ of it is reached far from the optimum."""
    result = solve(Barrier(), [start], method)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, 1.0, rtol=1e-5)


def test_nadam_reports_success_at_the_optimum_only() -> None:
    for start in (1e-12, 1e-3, 0.9, 30.0):
        result = solve(Barrier(), [start], "nadam", max_iterations=3000)
        assert result.success == (abs(result.x[0] - 1.0) < 1e-5), result.message
        assert result.fun == min(energies(result))


def test_the_result_is_the_best_iterate_and_history_ends_with_the_last() -> None:
    told: list[tuple[float, Vector]] = []
    result = solve(
        Barrier(),
        [0.1],
        NADAM(rate=0.4),
        max_iterations=7,
        callback=lambda record, g: told.append((record.energy, g.copy())),
    )
    assert result.status is Status.MAX_ITERATIONS
    best = min(told, key=lambda pair: pair[0])
    assert result.fun == best[0] < result.history[-1].energy == told[-1][0]
    np.testing.assert_array_equal(result.x, best[1])
    np.testing.assert_array_equal(result.jac, Barrier().gradient(best[1]))


def test_nadam_halves_a_step_out_of_the_domain() -> None:
    result = solve(Barrier(), [1e-3], NADAM(rate=0.1), max_iterations=5)
    assert np.isfinite(energies(result)).all()
    assert solve(Barrier(), [2.0], NADAM(rate=10.0), max_iterations=1).nfev == 5


@general
def test_a_covariance_is_estimated(method: str, rng: np.random.Generator) -> None:
    """E = tr(S Θ) − log det Θ is least at Θ = S⁻¹."""
    model = Covariance(np.cov(rng.normal(size=(5, 40))))
    result = solve(model, model.start(), method, rtol=1e-9)
    assert result.success, result.message
    np.testing.assert_allclose(model.matrix(result.x) @ model.S, np.eye(5), atol=2e-5)
    far = solve(model, 1e3 * model.start(), method, rtol=1e-12)
    assert far.success, far.message
    np.testing.assert_allclose(model.matrix(far.x) @ model.S, np.eye(5), atol=1e-3)


@every_method
def test_a_start_whose_gradient_is_undefined_is_named(method: str) -> None:
    class Undefined(LinearResidual):
        def gradient(self, g: Vector) -> Vector:
            return np.full(self.size, np.nan)

    with pytest.raises(ValueError, match="g0: expected a finite energy and gradient"):
        solve(Undefined(np.eye(2), np.ones(2)), np.zeros(2), method)


@convergent
def test_a_singular_matrix_shortens_the_step(method: str) -> None:
    result = solve(SingularLogarithms(), np.array([0.3, 1.0, 60.0, 400.0]), method, rtol=1e-10)
    expected = solve(Logarithms(), np.array([0.3, 1.0, 60.0, 400.0]), method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_array_equal(result.x, expected.x)


@every_method
def test_a_singular_matrix_at_the_start_is_said(method: str) -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"^A: the 4 × 4 matrix is singular"):
        solve(SingularLogarithms(), np.full(4, -1.0), method)


@squares
def test_second_order_methods_refuse_other_energies(method: str) -> None:
    with pytest.raises(TypeError, match=f"method: {method} needs .* sum of squares"):
        solve(LogDeterminant(), np.ones(3), method)


@pytest.mark.parametrize("method", ["newton", "trust-region"])
def test_newton_methods_say_that_a_hessian_is_missing(method: str) -> None:
    class WithoutHessian(Barrier):
        hessian = None  # type: ignore[assignment]

    with pytest.raises(TypeError, match=f"method: {method} needs model.hessian.*use method='l-"):
        solve(WithoutHessian(), np.ones(1), method)


@every_method
def test_ctrl_c_returns_the_best_iterate(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)

    def press(record: Record, g: Vector) -> None:
        if record.iteration == 3:
            raise KeyboardInterrupt

    result = solve(model, g0, method, callback=press)
    assert result.status is Status.INTERRUPTED and not result.success
    assert result.nit == 3
    assert result.fun == min(energies(result)) < model.energy(g0)
    assert result.fun == pytest.approx(model.energy(result.x))


@every_method
def test_ctrl_c_inside_the_model_returns_the_best_iterate(
    method: str, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng)
    evaluations = itertools.count()
    residual = model.residual

    def pressed(g: Vector) -> Vector:
        if next(evaluations) == 5:
            raise KeyboardInterrupt
        return residual(g)

    model.residual = pressed  # type: ignore[method-assign]
    result = solve(model, g0, method)
    assert result.status is Status.INTERRUPTED
    assert result.fun <= energies(result)[0]


@every_method
def test_the_callback_can_stop_and_sees_a_read_only_g(
    method: str, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng)

    def callback(record: Record, g: Vector) -> bool:
        with pytest.raises(ValueError, match="read-only"):
            g[0] = 0.0
        return record.iteration == 2

    result = solve(model, g0, method, callback=callback)
    assert result.status is Status.STOPPED_BY_CALLBACK and result.nit == 2


@every_method
def test_the_iteration_budget_is_kept(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    result = solve(model, g0, method, max_iterations=2)
    assert result.status is Status.MAX_ITERATIONS and result.nit == 2
    assert "raise it" in result.message and method in result.message
    assert result.fun < model.energy(g0)


@every_method
def test_the_time_budget_is_kept(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    result = solve(model, g0, method, max_seconds=0.0)
    assert result.status is Status.MAX_SECONDS and result.nit == 0
    np.testing.assert_array_equal(result.x, g0)


@pytest.mark.parametrize("method", [m for m in METHODS if METHODS[m].needs != "hessian"])
def test_the_result_counts_every_call(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    products = itertools.count()
    jvp = model.jvp

    def counted(g: Vector, v: Vector) -> Vector:
        next(products)
        return jvp(g, v)

    model.jvp = counted  # type: ignore[method-assign]
    result = solve(model, g0, method, max_iterations=3)
    assert result.njvp == next(products)
    assert result.nfev >= result.nit and result.njev >= result.nit
    assert result.history[-1].calls.jvps == result.njvp


@pytest.mark.parametrize("solver", ["direct", "cg"])
def test_the_result_counts_products_and_assemblies_of_the_hessian(solver: Choice) -> None:
    operators: list[Dense] = []

    def counted(H: Vector) -> Dense:
        operators.append(Dense(H))
        return operators[-1]

    model = Quadratic(np.diag([1.0, 2.0, 3.0]), np.ones(3), counted)
    result = solve(model, np.zeros(3), Newton(Linear(solver)))
    assert result.success
    assert result.nhvp == sum(operator.products for operator in operators)
    assert result.nhev == sum(operator.assembled for operator in operators)
    assert (result.nhev > 0) == (solver == "direct")


def test_a_wrong_gradient_is_reported_as_no_descent(rng: np.random.Generator) -> None:
    class Wrong(LinearResidual):
        def gradient(self, g: Vector) -> Vector:
            return -super().gradient(g)

    model = Wrong(rng.normal(size=(9, 5)), rng.normal(size=9))
    for method in CONVERGENT:
        result = solve(model, np.ones(5), method)
        assert result.status is Status.NO_DESCENT, (method, result.message)
        np.testing.assert_array_equal(result.x, np.ones(5))


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"method: expected one of auto, newton, .*'simplex'"):
        solve(LinearResidual(np.eye(2), np.ones(2)), np.zeros(2), "simplex")


@pytest.mark.parametrize(
    ("g0", "error", "words"),
    [
        (np.zeros(3), ValueError, r"g0: expected shape \(2,\), got \(3,\)"),
        (np.zeros((2, 1)), ValueError, r"g0: expected shape \(2,\), got \(2, 1\)"),
        (np.array([0.0, np.nan]), ValueError, "g0: expected finite values, got nan at index 1"),
        (
            np.zeros(2, complex),
            TypeError,
            "g0: expected real numbers .float64., got dtype complex128",
        ),
        (["a", "b"], TypeError, "g0: expected real numbers .float64., got dtype <U1"),
    ],
)
def test_a_bad_start_is_named(g0: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        solve(LinearResidual(np.eye(2), np.ones(2)), g0)


def test_a_start_where_the_energy_is_undefined_is_named() -> None:
    with pytest.raises(ValueError, match="g0: expected a finite energy"):
        solve(Logarithms(), np.full(4, -1.0))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rtol", -1e-8),
        ("rtol", np.nan),
        ("energy_rtol", -1.0),
        ("max_iterations", -1),
        ("max_iterations", 2.5),
        ("max_seconds", -1.0),
    ],
)
def test_a_bad_option_is_named(option: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{option}: expected .* got {value}"):
        solve(LinearResidual(np.eye(2), np.ones(2)), np.zeros(2), **{option: value})  # type: ignore[arg-type]


def test_whole_numbers_are_a_start_too() -> None:
    result = solve(LinearResidual(np.eye(2), np.ones(2)), [3, 4], max_iterations=0)
    assert result.x.dtype == np.float64


def test_the_start_is_not_modified(rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    before = g0.copy()
    for method in METHODS:
        solve(model, g0, method, max_iterations=3)
        np.testing.assert_array_equal(g0, before)
