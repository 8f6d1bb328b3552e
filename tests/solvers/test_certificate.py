"""Success means a minimum: other candidates are left; units and constants change nothing."""

import time
from typing import Any

import numpy as np
import pytest
from scipy import optimize, sparse

import nzdiff as nz
from benchmarks.instances.graphs import chain_optimum
from nzdiff.generated import reversible_markov
from nzdiff.solvers import METHODS, Status, solve
from nzdiff.solvers.certificate.certificate import certify
from nzdiff.solvers.certificate.krylov import by_cg, lowest
from nzdiff.solvers.certificate.products import hessian_products
from nzdiff.solvers.run.bounds import Bounds, checked_bounds
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.probe import is_quadratic
from solver_models import NoSquares, Quadratic, Rosenbrock, Vector

n, k = nz.dims("n k")
UNBOUNDED = sorted(set(METHODS) - {"nadam", "gauss-newton", "levenberg-marquardt"})


class Saddle(NoSquares):
    """E = x² + (y² − 1)² with units: a saddle at 0, minima with E = 0 at y = ±1."""

    size = 2

    def __init__(self, units: Vector) -> None:
        self.units = units

    def energy(self, g: Vector) -> float:
        x, y = g / self.units
        return float(x * x + (y * y - 1.0) ** 2)

    def gradient(self, g: Vector) -> Vector:
        x, y = g / self.units
        return np.array([2.0 * x, 4.0 * y * (y * y - 1.0)]) / self.units

    def hessian(self, g: Vector) -> Vector:
        _, y = g / self.units
        return np.diag([2.0, 12.0 * y * y - 4.0]) / np.outer(self.units, self.units)


@pytest.mark.parametrize("method", ["auto", *UNBOUNDED])
@pytest.mark.parametrize("units", [(1.0, 1.0), (1e-4, 1e3)])
def test_a_saddle_is_left(method: str, units: tuple[float, float]) -> None:
    model = Saddle(np.array(units))
    for start in ([0.0, 0.0], [0.5, 0.0]):
        result = solve(model, np.array(start) * model.units, method)
        assert not result.success or result.fun < 1e-9, (method, result.message)
    assert solve(model, np.zeros(2), "newton").success


def test_stagnation_is_no_success_and_the_run_goes_on_from_it(rng: np.random.Generator) -> None:
    """Conditioned 10⁸, behind a constant of 10⁸."""
    U, V = (np.linalg.qr(rng.standard_normal((30, 30)))[0] for _ in range(2))
    A, b = U * np.logspace(0, -4, 30) @ V.T, U.sum(axis=1)
    for constant in (0.0, 1e8):
        B, x, c, s = nz.dense("B", n, n), nz.dense("x", n), nz.dense("c", n), nz.scalar("s")
        problem = nz.Problem(nz.sumsq(B * x - c) + s, wrt=x)
        model = problem.bind(B=A, c=b[:, None], s=constant, backend="numpy")
        for method in ("l-bfgs", "newton", "auto"):
            result = solve(model, np.zeros(30), method, max_iterations=1000)
            if result.success:
                assert np.linalg.norm(result.jac) <= 1e-6 * np.linalg.norm(2.0 * A.T @ b)
            assert result.success or method == "l-bfgs"


def test_success_does_not_depend_on_units_or_constants() -> None:
    weights = np.logspace(0, -12, 6)
    x, c = nz.dense("x", n), nz.dense("c", n)
    model = nz.Problem(nz.total(x) - nz.inner(c, nz.log(x)), wrt=x).bind(
        c=weights[:, None], backend="numpy"
    )
    best = float(np.sum(weights - weights * np.log(weights)))
    for method in ("auto", "newton", "trust-region", "l-bfgs", "conjugate-gradient"):
        result = solve(model, np.ones(6), method)
        assert result.success and result.fun - best < 1e-8, (method, result.message)
        assert result.promised == pytest.approx(result.fun - best, rel=0.5, abs=1e-14)


def test_what_is_promised_within_bounds() -> None:
    H, b = np.diag([2.0, 4.0, 1.0]), np.array([2.0, -4.0, 0.0])  # minimum (1, −1, 0)
    model = Quadratic(H, b)
    bounds = Bounds(np.array([-np.inf, -0.5, 0.0]), np.array([0.5, np.inf, np.inf]))
    objective = Objective(model, bounds)
    at = certify(objective, objective.point(np.array([0.5, -0.5, 0.0])), 0.0)
    assert at.decrement == 0.0 and at.holds(0.0) and not at.step.any()
    near = certify(objective, objective.point(np.array([0.49, -0.5, 0.0])), 0.0)
    assert near.decrement == pytest.approx(1.02 * 0.01) and not near.holds(1e-3)
    objective.bounds = Bounds(np.full(3, -9.0), np.full(3, 9.0))
    away = certify(objective, objective.point(np.array([-3.0, 2.0, 1.0])), 0.0)
    assert away.decrement == pytest.approx(0.5 * (8.0**2 / 2 + 12.0**2 / 4 + 1.0))
    np.testing.assert_allclose(away.step, [4.0, -3.0, -1.0])


def test_an_unknown_without_curvature_of_its_own_is_certified() -> None:
    """E = (x y)²/2 + x² at (1, 0) and at the minima x = 0: diagonals of H vanish."""
    a, b = nz.dense("a", 1), nz.dense("b", 1)
    energy = 0.5 * nz.sumsq(nz.hadamard(a, b)) + nz.sumsq(a)
    model = nz.Problem(energy, wrt=(a, b)).bind(a=(1, 1), b=(1, 1), backend="numpy")
    for start in ([1.0, 0.0], [0.0, 3.0], [0.0, 0.0], [1.0, 1.0]):
        result = solve(model, np.array(start))
        assert result.success and result.fun < 1e-9


def test_cg_bounds_what_is_promised_from_above(rng: np.random.Generator) -> None:
    Q = np.linalg.qr(rng.standard_normal((60, 60)))[0]
    H, b = Q * np.logspace(0, -6, 60) @ Q.T, rng.standard_normal(60)
    exact = 0.5 * float(b @ np.linalg.solve(H, b))
    for threshold in (0.1 * exact, 1.1 * exact):
        found = by_cg(lambda v: H @ v, b, np.ones(60), threshold, 1000, 1e-14)
        assert (found.decrement <= threshold) == (exact <= threshold)
        assert found.decrement >= 0.9 * exact and found.bend is None
    few = by_cg(lambda v: H @ v, b, np.ones(60), 1.1 * exact, 8, 1e-14)
    assert few.decrement == np.inf


def test_cg_takes_few_products_where_there_is_much_room(rng: np.random.Generator) -> None:
    """An eigenvalue a thousand times less than those it has seen would not change the answer."""
    Q = np.linalg.qr(rng.standard_normal((200, 200)))[0]
    H, b = Q * np.logspace(0, -4, 200) @ Q.T, rng.standard_normal(200)
    exact, seen = 0.5 * float(b @ np.linalg.solve(H, b)), list[float]()

    def product(v: Vector) -> Vector:
        seen.append(threshold)
        return np.asarray(H @ v)

    for threshold in (1.1 * exact, 1e6 * exact):
        assert by_cg(product, b, np.ones(200), threshold, 1000, 1e-14).decrement <= threshold
    assert seen.count(1e6 * exact) < 0.7 * seen.count(1.1 * exact)


def test_a_second_step_need_promise_no_more_than_is_asked_for(rng: np.random.Generator) -> None:
    Q = np.linalg.qr(rng.standard_normal((200, 200)))[0]
    H, b = Q * np.logspace(0, -4, 200) @ Q.T, rng.standard_normal(200)
    inverse = by_cg(lambda v: H @ v, b, np.ones(200), np.inf, 1000, 1e-14).inverse
    exact = float(b @ np.linalg.solve(H, b))
    assert b @ inverse(b, np.inf) == pytest.approx(exact, rel=1e-3)
    assert 0.1 * exact < b @ inverse(b, 0.05 * exact) < 0.9 * exact


def test_negative_curvature_is_found(rng: np.random.Generator) -> None:
    Q = np.linalg.qr(rng.standard_normal((120, 120)))[0]
    w = np.concatenate([[-0.5], np.linspace(0.5, 1.0, 119)])
    H = Q * w @ Q.T
    bend = lowest(lambda v: H @ v, 120, 1e-14)
    assert bend is not None and bend @ H @ bend < 0.0
    assert lowest(lambda v: Q * np.abs(w) @ (Q.T @ v), 120, 1e-14) is None
    b = Q[:, 0] + Q[:, 5]
    found = by_cg(lambda v: H @ v, b, np.ones(120), 1.0, 100, 1e-14)
    assert found.bend is not None and found.bend @ H @ found.bend < 0.0


def test_a_model_without_a_hessian_is_certified_by_differences() -> None:
    class Plain(NoSquares):
        size = 2

        def __init__(self) -> None:
            self.model = Rosenbrock(2)

        def energy(self, g: Vector) -> float:
            return self.model.energy(g)

        def gradient(self, g: Vector) -> Vector:
            return self.model.gradient(g)

    objective, g, v = Objective(Plain()), np.array([0.3, -0.2]), np.array([1.0, 2.0])
    found = hessian_products(objective, objective.point(g)).product(v)
    np.testing.assert_allclose(found, Rosenbrock(2).hessian(g) @ v, rtol=1e-6)
    result = solve(Plain(), np.array([-1.2, 1.0]), "l-bfgs")
    assert result.success and result.fun < 1e-12 and result.nhvp == 0


def test_quadratic_energies_are_known_by_their_gradients(rng: np.random.Generator) -> None:
    model = Quadratic(np.diag([1.0, 1e6]), np.array([3.0, -1e3]))
    for g in rng.standard_normal((5, 2)):
        objective = Objective(model)
        assert is_quadratic(objective, objective.point(g))
    objective = Objective(Rosenbrock(2))
    assert not is_quadratic(objective, objective.point(np.array([1.0, 1.0])))


@pytest.mark.parametrize(
    "bounds",
    [
        (0, None),
        (None, 2.0),
        ([0, None, 1], 3.0),
        optimize.Bounds(0, 2),
        optimize.Bounds([0, -1, 0], np.inf),
        [(0, None), (None, 4), (1, 2)],
        ((0, None), (None, 4), (1, 2)),
        np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0]]),
    ],
)
def test_bounds_as_they_are_written(bounds: Any) -> None:
    x = nz.dense("x", n)
    model = nz.Problem(nz.sumsq(x) + nz.total(x), wrt=x).bind(x=(3, 1), backend="numpy")
    result = nz.solve(model, np.ones(3), bounds=bounds)
    box = checked_bounds(bounds, 3)
    assert box is not None and result.success
    np.testing.assert_allclose(result.x, box.project(np.full(3, -0.5)), atol=1e-8)


def test_pairs_of_two_unknowns() -> None:
    box = checked_bounds([(0, 1), (2, None)], 2)
    assert box is not None
    np.testing.assert_array_equal([box.lower, box.upper], [[0.0, 2.0], [1.0, np.inf]])


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_a_model_that_takes_its_time_is_left_when_the_time_is_over(method: str) -> None:
    """The Hessian takes seconds; the gradient does not."""

    class Slow(Quadratic):
        def hessian(self, g: Vector) -> Any:
            time.sleep(5.0)
            return self.H

        def residual(self, g: Vector) -> Vector:
            return np.concatenate([g, [1.0]])

        def jvp(self, g: Vector, v: Vector) -> Vector:
            return np.concatenate([v, [0.0]])

        def vjp(self, g: Vector, w: Vector) -> Vector:
            return w[:-1]

        def gauss_newton(self, g: Vector) -> Any:
            return self.hessian(g)

    model = Slow(2.0 * np.eye(400), np.zeros(400))
    began = time.perf_counter()
    result = solve(model, np.ones(400), method, max_seconds=0.3)
    assert time.perf_counter() - began < 2.0
    assert result.success or result.status is Status.MAX_SECONDS


@pytest.mark.parametrize("seed", [1, 3, 4])
def test_an_energy_that_no_factor_of_g_changes_converges(seed: int) -> None:
    """Reversible chains: H g = −∂E/∂g, so that Newton's step ends at 2 g, where E is the same."""
    rng = np.random.default_rng(seed)
    X = rng.random((14, 14)) ** 4
    counts = np.ceil((X + X.T) * 10.0 ** rng.uniform(3, 8) / X.sum()) + rng.integers(1, 9, (14, 14))
    pattern = nz.Pattern.full((14, 14)).symmetric()
    C = sparse.csr_array(counts)
    model = reversible_markov.bind(C=C, X=pattern, backend="numpy")
    result = solve(model, pattern.pack(counts + counts.T), bounds=(0.0, None))
    assert result.success, result.message
    assert result.fun == pytest.approx(chain_optimum(C), rel=1e-13)
