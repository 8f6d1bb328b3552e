"""Newton and its relatives: one step on quadratics, quadratic convergence, direct and CG."""

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import nzdiff as nz
from nzdiff.solvers import (
    LBFGS,
    METHODS,
    GaussNewton,
    LevenbergMarquardt,
    Linear,
    Method,
    Newton,
    Status,
    TrustRegion,
    solve,
)
from solver_models import (
    Covariance,
    Dense,
    LinearResidual,
    Logarithms,
    Quadratic,
    Rosenbrock,
    Sparse,
    Vector,
    seed,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def definite(rng: np.random.Generator, size: int) -> Vector:
    A = rng.normal(size=(2 * size, size))
    return np.asarray(A.T @ A)


@pytest.mark.parametrize(
    "operator", [np.asarray, Dense, sp.csc_array, lambda H: Sparse(sp.csc_array(H))]
)
def test_a_quadratic_energy_takes_one_newton_step(operator: Any, rng: np.random.Generator) -> None:
    H, b = definite(rng, 20), rng.normal(size=20)
    result = solve(Quadratic(H, b, operator), np.zeros(20), Newton(Linear("direct")))
    assert result.success and result.nit == 1 == len(result.history) - 1, result.message
    assert result.history[1].damping == 0.0
    np.testing.assert_allclose(result.x, np.linalg.solve(H, b), rtol=1e-9)


def test_a_quadratic_energy_with_a_singular_hessian_takes_one_step(
    rng: np.random.Generator,
) -> None:
    J = rng.normal(size=(5, 12))
    b = J.T @ rng.normal(size=5)
    result = solve(Quadratic(J.T @ J, b, Dense), np.zeros(12), "newton")
    assert result.success and result.nit == 1, result.message
    np.testing.assert_allclose(result.x, np.linalg.pinv(J.T @ J) @ b, atol=1e-5)


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(number, marks=pytest.mark.slow) for number in range(1, 5))]
)
def test_newton_converges_quadratically_to_a_reachable_optimum(number: int) -> None:
    """Optima are not isolated here: the Hessian is singular, and indefinite around them."""
    model, _, g0 = seed(np.random.default_rng(number))
    result = solve(model, g0, "newton", rtol=1e-13)
    assert result.success and result.nit <= 15
    norms = np.array([record.gradient_norm for record in result.history])
    norms /= norms[0]
    last = [(a, b) for a, b in itertools.pairwise(norms) if a < 1e-3 and b > 1e-14]
    assert all(after < 1e5 * before**2 for before, after in last)
    assert min(b / a for a, b in itertools.pairwise(norms)) < 1e-4


def test_newton_converges_quadratically_on_a_covariance(rng: np.random.Generator) -> None:
    model = Covariance(np.cov(rng.normal(size=(6, 60))))
    result = solve(model, model.start(), "newton", rtol=1e-12)
    norms = [record.gradient_norm for record in result.history]
    norms = [norm for norm in norms if norm > 1e-13]
    orders = np.diff(np.log(norms))
    assert orders[-1] / orders[-2] > 1.7


def test_an_indefinite_hessian_is_shifted(rng: np.random.Generator) -> None:
    g0 = np.array([-0.5, 0.8, 0.5])
    model = Rosenbrock(3)
    assert np.linalg.eigvalsh(model.hessian(g0).H)[0] < 0.0
    result = solve(model, g0, "newton")
    assert result.success and result.history[1].damping > 0.0
    np.testing.assert_allclose(result.x, 1.0, rtol=1e-6)


@pytest.mark.parametrize("preconditioner", ["auto", "row", "diagonal", "none"])
@pytest.mark.parametrize("method", ["newton", "trust-region"])
def test_truncated_newton_reaches_the_optimum(method: str, preconditioner: Any) -> None:
    chosen = (
        Newton(Linear("cg", preconditioner=preconditioner))
        if method == "newton"
        else TrustRegion(preconditioner=preconditioner)
    )
    result = solve(Rosenbrock(20), -1.2 * np.ones(20), chosen)
    assert result.success and result.nhvp > 0 and result.nhev == 0, result.message
    assert result.fun < 1e-10 or result.fun == pytest.approx(3.98662, rel=1e-4)  # a local one


@pytest.mark.parametrize("method", [GaussNewton, LevenbergMarquardt])
def test_direct_and_truncated_steps_reach_the_same_optimum(
    method: Any, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng, n=8, m=6, k=9, noise=0.05)
    direct = solve(model, g0, method(linear=Linear("direct")), energy_rtol=0.0)
    truncated = solve(model, g0, method(linear=Linear("cg")), energy_rtol=0.0)
    assert direct.success and truncated.success
    assert sum(record.inner for record in direct.history) == 0
    assert sum(record.inner for record in truncated.history) > 0
    assert direct.fun == pytest.approx(truncated.fun, rel=1e-9)


@pytest.mark.parametrize("method", [GaussNewton, LevenbergMarquardt])
def test_the_name_of_a_linear_solver_alone_is_refused(
    method: Any, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng)
    with pytest.raises(TypeError, match=r"linear: expected a Linear, such as .*, got 'cg'"):
        solve(model, g0, method(linear="cg"))


def test_blocks_precondition_conjugate_gradients(rng: np.random.Generator) -> None:
    """Stiff blocks of 5 unknowns, coupled weakly."""
    blocks = [1e4 ** rng.random() * definite(rng, 5) for _ in range(20)]
    H = (
        sp.block_diag([sp.coo_array(block) for block in blocks]).toarray()
        + 0.01 * definite(rng, 100) / 100
    )
    b = rng.normal(size=100)

    def products(preconditioner: Any) -> int:
        method = Newton(Linear("cg", preconditioner=preconditioner, floor=0.0))
        model = Quadratic(H, b, lambda H: Dense(H, block=5))
        result = solve(model, np.zeros(100), method)
        assert result.success
        np.testing.assert_allclose(result.x, np.linalg.solve(H, b), rtol=1e-3, atol=1e-8)
        return int(result.history[-1].calls.products)  # without those of the certificate

    assert products("row") < 0.5 * products("diagonal")


@pytest.mark.parametrize("preconditioner", ["row", "column", "diagonal", "auto"])
def test_a_preconditioner_saves_steps_of_lbfgs(
    preconditioner: Any, rng: np.random.Generator
) -> None:
    H = np.diag(10.0 ** np.linspace(0, 5, 60)) + 0.1 * definite(rng, 60) / 60
    model = Quadratic(H, rng.normal(size=60), Dense)
    plain = solve(model, np.zeros(60), LBFGS(preconditioner="none"))
    method = LBFGS(preconditioner=preconditioner, damping=1e-6)
    preconditioned = solve(model, np.zeros(60), method)
    assert plain.success and preconditioned.success
    assert preconditioned.fun == pytest.approx(plain.fun, rel=1e-8)
    assert preconditioned.nit < 0.5 * plain.nit


def test_a_preconditioner_that_the_model_lacks_is_named() -> None:
    with pytest.raises(NotImplementedError, match="block_inverse"):
        solve(Logarithms(), np.ones(4), LBFGS(preconditioner="row"))


@pytest.mark.parametrize("method", [m for m in METHODS.values() if m.name != "nadam"])
def test_a_far_start_in_a_stiff_direction_converges(method: Method) -> None:
    model = LinearResidual(np.diag([1.0, 1e3]), np.array([1.0, 1.0]))
    result = solve(model, np.array([1e3, 1e3]), method, rtol=1e-14)
    assert result.success and result.status is not Status.STAGNATED, result.message
    np.testing.assert_allclose(result.x, [1.0, 1e-3], rtol=1e-3)


@pytest.mark.parametrize("method", ["auto", "newton", "trust-region", "l-bfgs"])
@pytest.mark.parametrize("start", [-50.0, -300.0, -700.0])
def test_a_step_far_beyond_doubles_is_shortened_until_the_energy_is_finite(
    method: str, start: float
) -> None:
    """At −x the Hessian of eˣ − x is e⁻ˣ, and Newton's step eˣ, up to 10³⁰⁴."""
    model = nz.parse("sum(exp(x)-x)", wrt="x").bind(x=(1, 1), backend="numpy")
    result = solve(model, np.array([start]), method)
    assert result.success and abs(result.x[0]) < 1e-6, result.message
    assert result.nit <= 30 and result.nfev < 600


@pytest.mark.parametrize("method", ["auto", "newton", "trust-region"])
@pytest.mark.parametrize("start", [1e-60, 1e-100, 1e-150])
def test_a_step_is_shortened_by_as_many_decades_as_it_takes(method: str, start: float) -> None:
    """The Hessian of ‖x‖⁴ vanishes at 0: E(g + t v) is finite below 10⁷⁷, and lower below 1."""
    model = nz.parse("‖x‖^4+sum(x)", wrt="x").bind(x=(2, 1), backend="numpy")
    result = solve(model, np.full(2, start), method)
    assert result.success, result.message
    np.testing.assert_allclose(result.x, -0.5, rtol=1e-6)


@pytest.mark.parametrize("method", ["gauss-newton", "levenberg-marquardt"])
def test_a_step_of_a_jacobian_close_to_zero_is_shortened(method: str) -> None:
    model = nz.parse("‖exp(x)-5‖^2", wrt="x").bind(x=(2, 1), backend="numpy")
    result = solve(model, np.array([-150.0, -151.0]), method)
    assert result.success and result.nit < 60, result.message
    np.testing.assert_allclose(result.x, np.log(5.0), rtol=1e-12)


@pytest.mark.parametrize("method", ["auto", "newton", "trust-region", "l-bfgs"])
def test_large_gradients_and_tolerances_raise_nothing(method: str) -> None:
    model = nz.parse("sum(exp(x)-x)", wrt="x").bind(x=(1, 1), backend="numpy")
    start = np.array([300.0])
    assert solve(model, start, method).fun < 1e-8 * model.energy(start)
    assert solve(model, np.array([1.0]), method, rtol=1e300).status is Status.CONVERGED
