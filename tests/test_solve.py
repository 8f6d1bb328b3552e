"""Properties of every solver on a small NumPy model of the seed energy E = ‖X − Y Gᵀ L G B‖²."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult

import nzdiff as nz
from nzdiff.solve import METHODS, GaussNewton, LevenbergMarquardt, Record, Status, solve
from nzdiff.solve.cg import conjugate_gradient
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.preconditioner import probed_diagonal
from nzdiff.solve.scipy_gradient import parabola

Vector = NDArray[np.float64]
SECOND_ORDER = ("gauss-newton", "levenberg-marquardt")
every_method = pytest.mark.parametrize("method", list(METHODS))
second_order = pytest.mark.parametrize("method", SECOND_ORDER)


STARTS_THAT_LEAVE_THE_DOMAIN = [[0.7517, 303.2139, 0.0001], [6.9081, 0.0018, 0.0594]]


class FromResidual:
    """Energy and gradient of ‖r‖² from residual and vjp."""

    size: int
    residual_size: int
    residual: Callable[[Vector], Vector]
    jvp: Callable[[Vector, Vector], Vector]
    vjp: Callable[[Vector, Vector], Vector]

    def energy(self, g: Vector) -> float:
        r = self.residual(g)
        return float(r @ r)

    def gradient(self, g: Vector) -> Vector:
        return 2.0 * self.vjp(g, self.residual(g))

    def energy_and_gradient(self, g: Vector) -> tuple[float, Vector]:
        return self.energy(g), self.gradient(g)

    def jacobian(self, g: Vector) -> Vector:
        columns = [self.jvp(g, e) for e in np.eye(self.size)]
        return np.stack(columns, axis=1) if columns else np.zeros((self.residual_size, 0))


@dataclass
class Seed(FromResidual):
    """f = X − Y Gᵀ L G B with G = sparse(i, j, g); formulas as in the specification."""

    X: Vector
    Y: Vector
    L: sp.csr_array
    B: Vector
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    size: int = field(init=False)
    residual_size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size, self.residual_size = len(self.i), self.X.size

    def matrix(self, g: Vector) -> sp.csr_array:
        return sp.csr_array((g, (self.i, self.j)), shape=(self.L.shape[0], self.B.shape[0]))

    def sampled(self, U: Vector, V: Vector) -> Vector:
        inner: Vector = np.einsum("tk,tk->t", U[self.i], V[self.j])
        return inner

    def residual(self, g: Vector) -> Vector:
        G = self.matrix(g)
        f: Vector = self.X - self.Y @ (G.T @ (self.L @ (G @ self.B)))
        return f.ravel()

    def jvp(self, g: Vector, v: Vector) -> Vector:
        G, V = self.matrix(g), self.matrix(v)
        H, VB = self.L @ (G @ self.B), V @ self.B
        df: Vector = -self.Y @ (V.T @ H + G.T @ (self.L @ VB))
        return df.ravel()

    def vjp(self, g: Vector, w: Vector) -> Vector:
        G, R = self.matrix(g), self.Y.T @ w.reshape(self.X.shape)
        H = self.L @ (G @ self.B)
        adjoint: Vector = self.sampled(H, R) + self.sampled(self.L.T @ (G @ R), self.B)
        return -adjoint


@dataclass
class Linear(FromResidual):
    """r = A g − b."""

    A: Vector
    b: Vector
    size: int = field(init=False)
    residual_size: int = field(init=False)

    def __post_init__(self) -> None:
        self.residual_size, self.size = self.A.shape

    def residual(self, g: Vector) -> Vector:
        return self.A @ g - self.b

    def jvp(self, g: Vector, v: Vector) -> Vector:
        return self.A @ v

    def vjp(self, g: Vector, w: Vector) -> Vector:
        return self.A.T @ w


@dataclass
class Logarithms(FromResidual):
    """r = log g − 3 entry by entry, NaN for g ≤ 0; the optimum is g = e³."""

    size: int = 4
    residual_size: int = 4

    def residual(self, g: Vector) -> Vector:
        with np.errstate(all="ignore"):
            return np.log(g) - 3.0

    def jvp(self, g: Vector, v: Vector) -> Vector:
        return v / g

    def vjp(self, g: Vector, w: Vector) -> Vector:
        return w / g


class Singular(Logarithms):
    """The same, LinAlgError for g ≤ 0, as the inverse of a singular matrix raises it."""

    def residual(self, g: Vector) -> Vector:
        if g.min() <= 0.0:
            raise np.linalg.LinAlgError("G: the 4 × 4 matrix is singular at this g")
        return super().residual(g)


class LogDeterminant:
    """E = 2 g − log g summed: no sum of squares, NaN outside g > 0, the optimum is g = 1/2."""

    size, residual_size = 3, 0

    def energy(self, g: Vector) -> float:
        with np.errstate(all="ignore"):
            return float((2.0 * g - np.log(g)).sum())

    def gradient(self, g: Vector) -> Vector:
        return np.where(g > 0.0, 2.0 - 1.0 / g, np.nan)

    def energy_and_gradient(self, g: Vector) -> tuple[float, Vector]:
        return self.energy(g), self.gradient(g)

    def residual(self, g: Vector) -> Vector:
        raise TypeError("the energy is not a sum of squares")

    def jvp(self, g: Vector, v: Vector) -> Vector:
        raise TypeError("the energy is not a sum of squares")

    vjp = jvp


def seed(
    rng: np.random.Generator, *, n: int = 40, m: int = 6, k: int = 5, noise: float = 0.0
) -> tuple[Seed, Vector, Vector]:
    """Return a model, a true g that (without noise) has energy zero, and a start near it."""
    i = np.repeat(np.arange(n), 3)
    j = np.concatenate([rng.permutation(m)[:3] for _ in range(n)])
    L = sp.csr_array(np.eye(n) + np.where(rng.random((n, n)) < 0.1, rng.random((n, n)), 0.0))
    Y = np.eye(m) + 0.1 * rng.normal(size=(m, m))
    model = Seed(np.zeros((m, k)), Y, L, rng.normal(size=(m, k)), i, j)
    g = rng.normal(size=model.size)
    model.X = -model.residual(g).reshape(m, k)
    model.X += noise * np.abs(model.X).mean() * rng.normal(size=(m, k))
    return model, g, g + 0.2 * rng.normal(size=model.size)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def energies(result: OptimizeResult) -> list[float]:
    return [record.energy for record in result.history]


def test_the_models_of_these_tests_have_exact_derivatives(rng: np.random.Generator) -> None:
    model, _, g = seed(rng)
    v, w, h = rng.normal(size=model.size), rng.normal(size=model.residual_size), 1e-5
    difference = (model.residual(g + h * v) - model.residual(g - h * v)) / (2 * h)
    np.testing.assert_allclose(model.jvp(g, v), difference, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(w @ model.jvp(g, v), v @ model.vjp(g, w), rtol=1e-11)


@every_method
def test_reaches_a_reachable_optimum(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    result = solve(model, g0, method, rtol=1e-9)
    assert result.success, result.message
    assert result.fun < 1e-14 * model.energy(g0)
    assert np.linalg.norm(model.gradient(result.x)) <= 1e-8 * np.linalg.norm(model.gradient(g0))
    assert result.fun == pytest.approx(model.energy(result.x), rel=1e-12, abs=0)


@every_method
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
    model = Linear(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]), np.array([4.0, 2.0]))
    result = solve(model, np.zeros(3), method, rtol=1e-12)
    np.testing.assert_allclose(result.x, [2.0, 2.0, 1.0], rtol=1e-6)


@second_order
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
    assert norms[-1] / norms[-2] < 1e-2
    assert result.nit <= 20


def test_one_exact_gauss_newton_step_solves_linear_least_squares(
    rng: np.random.Generator,
) -> None:
    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    exact = np.linalg.lstsq(A, b, rcond=None)[0]
    method = GaussNewton(forcing=1e-13, damping=0.0, cg_iterations=100)
    result = solve(Linear(A, b), np.zeros(12), method, max_iterations=1)
    np.testing.assert_allclose(result.x, exact, rtol=1e-10)


@every_method
def test_stays_at_a_zero_residual(method: str, rng: np.random.Generator) -> None:
    model, g, _ = seed(rng)
    result = solve(model, g, method)
    assert result.status is Status.ZERO_ENERGY or result.status is Status.GRADIENT_CONVERGED
    np.testing.assert_array_equal(result.x, g)


@every_method
def test_a_residual_of_rounding_errors_is_zero(method: str, rng: np.random.Generator) -> None:
    model, g, _ = seed(rng)
    model.X *= 1.0 + 2.0**-52 * rng.choice([-1.0, 1.0], model.X.shape)
    assert model.energy(g) > 0.0
    result = solve(model, g, method)
    assert result.status is Status.ZERO_ENERGY and result.nit == 0


@every_method
def test_a_start_at_an_optimum_with_a_residual_is_a_success(
    method: str, rng: np.random.Generator
) -> None:
    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    optimum = np.linalg.lstsq(A, b, rcond=None)[0]
    result = solve(Linear(A, b), optimum, method)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, optimum, rtol=1e-9)


@every_method
def test_no_unknowns_is_a_problem_that_is_solved(method: str) -> None:
    model = Linear(np.zeros((3, 0)), np.ones(3))
    result = solve(model, np.zeros(0), method)
    assert result.success and result.x.shape == (0,) and result.fun == 3.0


@every_method
def test_scaling_energy_or_unknowns_changes_no_decision(
    method: str, rng: np.random.Generator
) -> None:
    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    plain = solve(Linear(A, b), np.ones(12), method)
    scaled = solve(Linear(2.0**20 * A, 2.0**20 * b), np.ones(12), method)
    assert scaled.status is plain.status and plain.success
    np.testing.assert_allclose(scaled.x, plain.x, rtol=1e-6)


@every_method
def test_an_undefined_energy_shortens_the_step(method: str) -> None:
    result = solve(Logarithms(), np.array([0.3, 1.0, 60.0, 400.0]), method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, np.exp(3.0), rtol=1e-6)
    assert np.isfinite(energies(result)).all()


@every_method
def test_a_singular_trial_shortens_the_step(method: str) -> None:
    start = np.array([0.3, 1.0, 60.0, 400.0])
    result = solve(Singular(), start, method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_array_equal(result.x, solve(Logarithms(), start, method, rtol=1e-10).x)


def test_a_matrix_that_is_singular_at_the_start_is_named() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="G: the 4 × 4 matrix is singular"):
        solve(Singular(), np.full(4, -1.0))


@pytest.mark.parametrize("method", ["auto", "l-bfgs", "conjugate-gradient"])
@pytest.mark.parametrize("start", STARTS_THAT_LEAVE_THE_DOMAIN)
def test_gradient_methods_stay_in_the_domain_of_other_energies(
    method: str, start: list[float]
) -> None:
    result = solve(LogDeterminant(), start, method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, 0.5, rtol=1e-5)
    assert result.nfev < 150  # infinities in SciPy's line search cost 267 here


class SingularLogarithms(Logarithms):
    """The same, but with an error instead of NaN, as a model with an inverse raises it."""

    def residual(self, g: Vector) -> Vector:
        if not (g > 0.0).all():
            raise np.linalg.LinAlgError("A: the 4 × 4 matrix is singular at this g")
        return super().residual(g)


@every_method
def test_a_singular_matrix_shortens_the_step(method: str) -> None:
    result = solve(SingularLogarithms(), np.array([0.3, 1.0, 60.0, 400.0]), method, rtol=1e-10)
    expected = solve(Logarithms(), np.array([0.3, 1.0, 60.0, 400.0]), method, rtol=1e-10)
    assert result.success, result.message
    np.testing.assert_array_equal(result.x, expected.x)


@every_method
def test_a_singular_matrix_at_the_start_is_said(method: str) -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"^A: the 4 × 4 matrix is singular"):
        solve(SingularLogarithms(), np.full(4, -1.0), method)


def test_an_undefined_trial_looks_like_a_parabola_with_its_minimum_at_a_tenth() -> None:
    current = Point(np.array([1.0, 2.0]), 5.0, np.array([-3.0, 1.0]))
    trial = parabola(current, np.array([5.0, 3.0]))
    p = trial.g - current.g
    before, after = float(current.gradient @ p), float(trial.gradient @ p)
    assert before < 0.0 < after and trial.energy > current.energy
    assert -before / (after - before) == pytest.approx(0.1)
    assert trial.energy - current.energy == pytest.approx(0.5 * (before + after))


@second_order
def test_second_order_methods_refuse_other_energies(method: str) -> None:
    with pytest.raises(TypeError, match=f"method: {method} needs .* sum of squares"):
        solve(LogDeterminant(), np.ones(3), method)


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
        if next(evaluations) == 12:
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


@every_method
def test_the_result_counts_every_call(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    products = itertools.count()
    jvp = model.jvp

    def counted(g: Vector, v: Vector) -> Vector:
        next(products)
        return jvp(g, v)

    model.jvp = counted  # type: ignore[method-assign]
    result = solve(model, g0, method, max_iterations=5)
    assert result.njvp == next(products)
    assert result.nfev >= result.nit and result.njev >= result.nit
    assert result.history[-1].calls.jvps == result.njvp


def test_a_wrong_gradient_is_reported_as_no_descent(rng: np.random.Generator) -> None:
    class Wrong(Linear):
        def gradient(self, g: Vector) -> Vector:
            return -super().gradient(g)

    model = Wrong(rng.normal(size=(9, 5)), rng.normal(size=9))
    for method in METHODS:
        result = solve(model, np.ones(5), method)
        assert result.status is Status.NO_DESCENT, (method, result.message)
        np.testing.assert_array_equal(result.x, np.ones(5))


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"method: expected one of auto, gauss-newton.*'newton'"):
        solve(Linear(np.eye(2), np.ones(2)), np.zeros(2), "newton")


@pytest.mark.parametrize(
    ("g0", "error", "words"),
    [
        (np.zeros(3), ValueError, r"g0: expected shape \(2,\), got \(3,\)"),
        (np.zeros((2, 1)), ValueError, r"g0: expected shape \(2,\), got \(2, 1\)"),
        (np.array([0.0, np.nan]), ValueError, "g0: expected finite values, got nan at index 1"),
        (np.zeros(2, complex), TypeError, "g0: expected real numbers, got dtype complex128"),
        (["a", "b"], TypeError, "g0: expected real numbers, got dtype <U1"),
    ],
)
def test_a_bad_start_is_named(g0: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        solve(Linear(np.eye(2), np.ones(2)), g0)  # type: ignore[arg-type]


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
        solve(Linear(np.eye(2), np.ones(2)), np.zeros(2), **{option: value})  # type: ignore[arg-type]


def test_whole_numbers_are_a_start_too() -> None:
    result = solve(Linear(np.eye(2), np.ones(2)), [3, 4], max_iterations=0)
    assert result.x.dtype == np.float64


def test_the_start_is_not_modified(rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)
    before = g0.copy()
    for method in METHODS:
        solve(model, g0, method, max_iterations=3)
        np.testing.assert_array_equal(g0, before)


def test_conjugate_gradient_gives_the_minimum_norm_solution(rng: np.random.Generator) -> None:
    J = rng.normal(size=(6, 15))
    b = J.T @ rng.normal(size=6)
    solution = conjugate_gradient(
        lambda v: J.T @ (J @ v), b, precondition=np.copy, rtol=1e-12, max_iterations=50
    )
    np.testing.assert_allclose(solution.x, np.linalg.pinv(J.T @ J) @ b, rtol=1e-8)
    np.testing.assert_allclose(solution.residual, b - J.T @ (J @ solution.x), atol=1e-9)


@pytest.mark.parametrize("curvature", [0.0, -1.0, np.nan])
def test_conjugate_gradient_stops_without_positive_curvature(curvature: float) -> None:
    A = np.array([1.0, curvature])
    solution = conjugate_gradient(
        lambda v: A * v, np.ones(2), precondition=np.copy, rtol=1e-12, max_iterations=50
    )
    assert np.isfinite(solution.x).all() and np.abs(solution.x).max() < 1e3
    assert solution.iterations < 50


def test_probing_estimates_the_diagonal(rng: np.random.Generator) -> None:
    model, _, g = seed(rng)
    J = model.jacobian(g)
    estimate = probed_diagonal(Objective(model), g, probes=4000, seed=1)
    np.testing.assert_allclose(estimate, 2.0 * (J**2).sum(axis=0), rtol=0.2)


def test_a_model_with_an_exact_diagonal_is_not_probed(rng: np.random.Generator) -> None:
    class Exact(Linear):
        asked = 0

        def gauss_newton(self, g: Vector) -> sp.csr_array:
            Exact.asked += 1
            return sp.csr_array(2.0 * self.A.T @ self.A)

    A, b = rng.normal(size=(30, 12)), rng.normal(size=30)
    plain, exact = Linear(A, b), Exact(A, b)
    results = [solve(model, np.ones(12), LevenbergMarquardt()) for model in (plain, exact)]
    assert Exact.asked > 0 and all(result.success for result in results)
    assert results[1].nvjp < results[0].nvjp


# bound problems with a matrix that may become singular

n, k = nz.dims("n k")
A, S = nz.dense("A", n, n), nz.sparse("S", n, n, symmetric=True)
G, B = nz.sparse("G", n, n), nz.dense("B", n, k)


def singular_trials(model: nz.Model) -> list[Vector]:
    """The points at which a model raises LinAlgError, filled as it is called."""
    met: list[Vector] = []

    def watched(function: Callable[[Vector], object]) -> Callable[[Vector], object]:
        def call(g: Vector) -> object:
            try:
                return function(g)
            except np.linalg.LinAlgError:
                met.append(g.copy())
                raise

        return call

    for name in ("energy", "gradient", "energy_and_gradient"):
        setattr(model, name, watched(getattr(model, name)))
    return met


def test_the_sparse_covariance_is_estimated(rng: np.random.Generator) -> None:
    """At the optimum S⁻¹ = A where S is stored: A of rank 1 + noise, S tridiagonal."""
    x = rng.standard_normal((40, 8))
    band = np.abs(np.subtract.outer(np.arange(8), np.arange(8))) <= 1
    rows, cols = np.nonzero(band)
    problem = nz.Problem(nz.trace(A * S) - nz.logdet(S), wrt=S)
    model = problem.bind(A=x.T @ x / 40, S=nz.Pattern((rows, cols), (8, 8)).symmetric())
    result = solve(model, model.pack(np.eye(8)), rtol=1e-9)
    assert result.success, result.message
    estimate = model.unpack(result.x).toarray()
    assert np.linalg.eigvalsh(estimate).min() > 0
    difference = np.linalg.inv(estimate) - x.T @ x / 40
    np.testing.assert_allclose(difference[band], 0.0, atol=1e-6)
    with pytest.raises(np.linalg.LinAlgError, match=r"^S: the 8 × 8 matrix is singular"):
        solve(model, np.zeros(model.size))


def test_a_full_gauss_newton_step_to_a_singular_matrix_is_shortened() -> None:
    """r = 1 − 1/g on the diagonal, whose Gauss-Newton step from 2 leads to 0."""
    model = nz.Problem(nz.sumsq(B - G.inv() * B), wrt=G).bind(
        G=nz.Pattern.diagonal(3), B=np.ones((3, 1))
    )
    met = singular_trials(model)
    result = solve(model, np.full(3, 2.0), GaussNewton(damping=0.0))
    assert len(met) == 1 and not met[0].any()
    assert result.success, result.message
    np.testing.assert_allclose(result.x, 1.0, rtol=1e-6)


def test_a_line_search_of_scipy_meets_a_singular_matrix() -> None:
    """A first step of length 1, from 1 to 0."""
    energy = nz.sumsq(G.inv() * B) / 100 + nz.sumsq(G * B + 3 * B)
    model = nz.Problem(energy, wrt=G).bind(G=nz.Pattern.diagonal(1), B=np.ones((1, 1)))
    met = singular_trials(model)
    result = solve(model, np.ones(1), "l-bfgs")
    assert len(met) > 0 and not met[0].any()
    assert result.success, result.message
    assert abs(model.gradient(result.x)).max() < 1e-5
