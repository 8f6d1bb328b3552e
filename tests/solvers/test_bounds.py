"""Bounds l ≤ g ≤ u, against SciPy's own solvers."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear, minimize

from nzdiff.solvers import (
    METHODS,
    GaussNewton,
    LevenbergMarquardt,
    Linear,
    Method,
    Newton,
    TrustRegion,
    solve,
)
from nzdiff.solvers.linear.region_in_bounds import Region, step_in_bounds
from nzdiff.solvers.methods.lbfgs.bounded import parabola
from nzdiff.solvers.run.bounds import Bounds, checked_bounds
from nzdiff.solvers.run.objective import Point
from solver_models import Covariance, Dense, LinearResidual, Quadratic, Rosenbrock, Vector, seed

BOUNDED = [
    *(method for method in METHODS.values() if method.takes_bounds),
    Newton(linear=Linear("cg")),
    GaussNewton(linear=Linear("cg")),
    LevenbergMarquardt(linear=Linear("cg")),
    TrustRegion(preconditioner="diagonal"),
    TrustRegion(radius=1e-3),
]
bounded = pytest.mark.parametrize(
    "method", BOUNDED, ids=lambda m: f"{m.name}-{getattr(m, 'linear', '')}"
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@bounded
@pytest.mark.parametrize("number", range(3))
def test_linear_least_squares_agree_with_scipy(method: Method, number: int) -> None:
    rng = np.random.default_rng(number)
    A, b = rng.normal(size=(40, 15)), 3.0 * rng.normal(size=40)
    lower, upper = -0.3 * rng.random(15), 0.3 * rng.random(15)
    expected = lsq_linear(A, b, (lower, upper), tol=1e-14)
    result = solve(
        LinearResidual(A, b), np.ones(15), method, bounds=(lower, upper), rtol=1e-7, energy_rtol=0.0
    )
    assert result.success, result.message
    assert (result.x >= lower).all() and (result.x <= upper).all()
    assert ((result.x == lower) | (result.x == upper)).sum() >= 3
    np.testing.assert_allclose(result.x, expected.x, atol=1e-6)
    projected = np.clip(result.x - result.jac, lower, upper) - result.x
    assert result.history[-1].gradient_norm == pytest.approx(np.linalg.norm(projected))


@bounded
def test_nonnegative_unknowns_of_the_seed_energy_agree_with_scipy(
    method: Method, rng: np.random.Generator
) -> None:
    model, _, g0 = seed(rng, n=8, m=6, k=9, noise=0.05)
    g0 = np.abs(g0)
    result = solve(model, g0, method, bounds=(0.0, np.inf), rtol=1e-6, energy_rtol=0.0)
    assert result.success, result.message
    assert result.x.min() >= 0.0
    again = minimize(
        model.energy_and_gradient,
        result.x,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * model.size,
        options={"ftol": 1e-14, "gtol": 1e-10},
    )
    assert again.fun == pytest.approx(result.fun, rel=1e-8)


@pytest.mark.parametrize("method", [m for m in BOUNDED if m.needs != "squares"])
def test_bounds_on_an_indefinite_energy_agree_with_scipy(method: Method) -> None:
    model, g0 = Rosenbrock(8), np.full(8, -0.5)
    bounds = (-2.0, np.linspace(0.5, 1.2, 8))
    result = solve(model, g0, method, bounds=bounds, rtol=1e-9)
    assert result.success, result.message
    expected = minimize(
        model.energy_and_gradient,
        g0,
        jac=True,
        bounds=[(-2.0, u) for u in bounds[1]],
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    assert result.fun == pytest.approx(expected.fun, rel=1e-7)


@bounded
def test_a_solution_in_a_corner_is_found(method: Method) -> None:
    model = LinearResidual(np.eye(4), np.array([2.0, 3.0, -2.0, 0.5]))
    result = solve(model, np.full(4, 0.25), method, bounds=(0.0, [1.0, 1.0, np.inf, 0.5]))
    assert result.success, result.message
    np.testing.assert_allclose(result.x, [1.0, 1.0, 0.0, 0.5], atol=1e-6)


@bounded
def test_a_start_outside_is_projected_and_equal_bounds_fix(method: Method) -> None:
    model = LinearResidual(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), np.array([3.0, 4.0]))
    result = solve(
        model, np.array([9.0, -9.0, 9.0]), method, bounds=([-1.0, 0.5, -1.0], [1.0, 0.5, 5.0])
    )
    assert result.history[0].energy == model.energy(np.array([1.0, 0.5, 5.0]))
    assert result.success, result.message
    np.testing.assert_allclose(result.x, [1.0, 0.5, 3.5], atol=1e-5)


@pytest.mark.parametrize("method", ["newton", "trust-region", "l-bfgs", "barzilai-borwein"])
def test_bounds_do_not_hide_the_domain(method: str, rng: np.random.Generator) -> None:
    """Off-diagonal entries of a precision matrix that may not be positive."""
    model = Covariance(np.cov(rng.normal(size=(4, 30))))
    upper = np.where(model.rows == model.cols, np.inf, 0.0)
    result = solve(model, model.start(), method, bounds=(-np.inf, upper), rtol=1e-7)
    assert result.success, result.message
    assert np.linalg.eigvalsh(model.matrix(result.x))[0] > 0.0
    free = result.x < upper
    assert np.abs(result.jac[free]).max() < 1e-5
    assert (result.jac[~free] <= 1e-5).all()


@bounded
def test_bounds_on_one_side_alone_hold(method: Method) -> None:
    model = LinearResidual(np.eye(2), np.array([2.0, -3.0]))
    for bounds, expected in (((-np.inf, 1.0), [1.0, -3.0]), ((-1.0, np.inf), [2.0, -1.0])):
        result = solve(model, np.zeros(2), method, bounds=bounds)
        assert result.success, result.message
        np.testing.assert_allclose(result.x, expected, atol=1e-6)


@pytest.mark.parametrize("start", [[0.0, 0.0], [2.0, 3.0]])
def test_a_step_of_levenberg_and_marquardt_that_a_bound_stops_wholly_is_no_end(
    start: list[float],
) -> None:
    """The first step is (−1, 0, 0), g₁ can move by 10⁻¹⁸; along the gradient the energy falls."""
    J = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    C = 2.0 * J.T @ J
    gradient = (C + np.trace(C) / 3 * np.eye(3)) @ np.array([1.0, 0.0, 0.0])
    g0 = np.array([5e-19, *start])
    model = LinearResidual(J, J @ g0 - np.linalg.solve(2.0 * J.T, gradient))
    np.testing.assert_allclose(model.gradient(g0), gradient, atol=1e-12)
    bounds = (np.array([0.0, -np.inf, -np.inf]), np.array([1e-18, np.inf, np.inf]))
    result = solve(model, g0, LevenbergMarquardt(linear=Linear("direct")), bounds=bounds)
    assert result.success, result.message
    expected = np.linalg.lstsq(J[:, 1:], model.b, rcond=None)[0]
    np.testing.assert_allclose(result.x, [0.0, *expected], atol=1e-6)


def test_infinite_bounds_change_nothing(rng: np.random.Generator) -> None:
    model = Quadratic(np.diag([1.0, 2.0]), np.ones(2), Dense)
    for method in METHODS:
        if METHODS[method].needs == "squares":
            continue
        free = solve(model, np.zeros(2), method, max_iterations=50)
        same = solve(model, np.zeros(2), method, bounds=(-np.inf, np.inf), max_iterations=50)
        np.testing.assert_array_equal(free.x, same.x)


@pytest.mark.parametrize("method", [name for name in METHODS if not METHODS[name].takes_bounds])
def test_methods_that_take_no_bounds_say_which_do(method: str) -> None:
    with pytest.raises(
        ValueError,
        match=rf"bounds: {method} takes none; expected .*newton.*, interior-point",
    ):
        solve(LinearResidual(np.eye(2), np.ones(2)), np.zeros(2), method, bounds=(0.0, 1.0))


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((0.0, [1.0, -1.0]), "expected lower ≤ upper, got 0.0 and -1.0 at index 1"),
        ((np.nan, 1.0), "expected lower ≤ upper, got nan and 1.0 at index 0"),
        ((np.zeros(3), 1.0), r"l: expected a number or shape \(2,\), got \(3,\)"),
        ((0.0, 1.0, 2.0), "expected a pair"),
    ],
)
def test_bad_bounds_are_named(bounds: tuple[Vector, Vector], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_bounds(bounds, 2)


def test_unknowns_that_a_bound_holds() -> None:
    bounds = Bounds(np.zeros(4), np.array([1.0, 1.0, 1.0, 0.0]))
    held = bounds.held(np.array([0.0, 0.0, 1.0, 0.0]), np.array([1.0, -1.0, -1.0, 0.0]), 1.0)
    np.testing.assert_array_equal(held, [True, False, True, True])


def test_an_undefined_trial_looks_like_a_parabola_with_its_minimum_at_a_tenth() -> None:
    current = Point(np.array([1.0, 2.0]), 5.0, np.array([-3.0, 1.0]))
    trial = parabola(current, np.array([5.0, 3.0]))
    p = trial.g - current.g
    before, after = float(current.gradient @ p), float(trial.gradient @ p)
    assert before < 0.0 < after and trial.energy > current.energy
    assert -before / (after - before) == pytest.approx(0.1)
    assert trial.energy - current.energy == pytest.approx(0.5 * (before + after))


def test_a_step_of_a_region_within_bounds_is_the_minimum_of_its_face() -> None:
    """Of a convex quadratic the step of a large region is the solution of SciPy's solver."""
    rng = np.random.default_rng(4)
    A, b = rng.normal(size=(20, 9)), rng.normal(size=20)
    bounds = Bounds(-0.05 * rng.random(9), 0.05 * rng.random(9))
    point = Point(np.zeros(9), float(b @ b), -2.0 * A.T @ b)
    for radius in (1e3, 1e-2):
        region = Region(lambda v: 2.0 * A.T @ (A @ v), np.copy, np.ones(9), radius)
        step = step_in_bounds(region, point, bounds, rtol=1e-12, max_iterations=500)
        assert (bounds.project(step.v) == step.v).all()
        np.testing.assert_allclose(step.product, 2.0 * A.T @ (A @ step.v), atol=1e-12)
        assert np.linalg.norm(step.v) <= 2.0 * radius
        if radius == 1e3:
            expected = lsq_linear(A, b, (bounds.lower, bounds.upper), tol=1e-14)
            np.testing.assert_allclose(step.v, expected.x, atol=1e-8)
