"""Energies that fall without end, or towards what they never reach, have no minimum: no success."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import nzdiff as nz
from benchmarks.instances.multigrid import two_grid_cycle
from nzdiff.solvers import METHODS, Status, solve
from nzdiff.solvers.certificate.certificate import certify
from nzdiff.solvers.certificate.recession import recession
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.search import falls_without_end
from solver_models import Quadratic

n, m = nz.dims("n m")
x, y, c = nz.dense("x", n), nz.dense("y", n), nz.dense("c", n)
B, S = nz.dense("B", m, n), nz.sparse("S", n, n, symmetric=True)
SLOPES = np.array([[1.0], [0.3], [2.0]])
FULL = nz.Pattern.full((3, 3)).symmetric()
OTHERS = {"nadam", "gauss-newton", "levenberg-marquardt", "interior-point"}
FREE = tuple(sorted(set(METHODS) - OTHERS))
SOME_AND_ALL = [
    pytest.param(("auto", "l-bfgs"), id="some"),
    pytest.param(FREE, id="all", marks=pytest.mark.slow),
]
POSITIVE = (0.0, None)


def of(energy: Any, size: int = 3, **data: Any) -> Any:
    return nz.Problem(energy, wrt=x).bind(x=(size, 1), backend="numpy", **data)


def powers(f: Callable[[Any], Any]) -> Any:
    return of(nz.total(nz.entrywise(f, x)))


def both(energy: Any, size: int = 3, **data: Any) -> Any:
    return nz.Problem(energy, wrt=(x, y)).bind(x=(size, 1), y=(size, 1), backend="numpy", **data)


ENDLESS: dict[str, Callable[[], tuple[Any, Any, Any]]] = {
    "linear": lambda: (of(nz.inner(c, x), c=SLOPES), np.zeros(3), None),
    "linear, half-open": lambda: (of(-nz.inner(c, x), c=SLOPES), np.ones(3), POSITIVE),
    "-log": lambda: (of(-nz.total(nz.log(x))), np.ones(3), None),
    "-log, half-open": lambda: (of(-nz.total(nz.log(x))), np.ones(3), POSITIVE),
    "-sqrt": lambda: (powers(lambda t: -(t**0.5)), np.ones(3), None),
    "-x²": lambda: (of(-nz.sumsq(x)), np.ones(3), None),
    "-x⁴": lambda: (powers(lambda t: -(t**4)), np.ones(3), None),
    "x³": lambda: (powers(lambda t: t**3), np.ones(3), None),
    "x²y": lambda: (
        both(nz.total(nz.hadamard(nz.hadamard(x, x), y)), 2),
        np.array([1.0, 0.5, 2.0, 1.0]),
        None,
    ),
    "xy": lambda: (both(nz.inner(x, y), 2), np.array([1.0, 0.5, 2.0, 1.0]), None),
    "-log det": lambda: (
        nz.Problem(-nz.logdet(S, positive=True), wrt=S).bind(S=FULL, backend="numpy"),
        FULL.pack(np.eye(3)),
        None,
    ),
    "exp(-x)": lambda: (of(nz.total(nz.exp(-x))), np.zeros(3), None),
    "exp(-x), half-open": lambda: (of(nz.total(nz.exp(-x))), np.ones(3), POSITIVE),
    "exp(-x) beside a minimum": lambda: (
        both(nz.total(nz.exp(-x)) + nz.sumsq(y - c) + 5, c=SLOPES),
        np.zeros(6),
        None,
    ),
    "residual exp(-x)": lambda: (of(nz.sumsq(nz.exp(-x))), np.zeros(3), None),
    "1/x": lambda: (powers(lambda t: 1 / t), np.ones(3), (0.1, None)),
    "1/(1+x²)": lambda: (powers(lambda t: 1 / (1 + t**2)), np.ones(3), None),
    "separable logistic": lambda: (
        of(
            nz.total(nz.log(nz.ones(m, 1) + nz.exp(B * x))),
            B=np.array([[-1.0, -0.2, 0.1], [0.5, -1.0, -0.3], [-1.0, 1.0, -1.0]]),
        ),
        np.zeros(3),
        None,
    ),
    "exp(-x) of 301 unknowns": lambda: (of(nz.total(nz.exp(-x)), 301), np.zeros(301), None),
}


@pytest.mark.parametrize("methods", SOME_AND_ALL)
@pytest.mark.parametrize("name", ENDLESS)
def test_what_falls_without_end_is_said_to_have_no_minimum(
    name: str, methods: tuple[str, ...]
) -> None:
    model, g0, bounds = ENDLESS[name]()
    for method in methods:
        if bounds is None or method == "auto" or METHODS[method].takes_bounds:
            result = solve(model, g0, method, bounds=bounds, max_iterations=500)
            assert result.status is Status.NO_MINIMUM, (method, result.message)
            assert not result.success and result.fun < model.energy(g0)


@pytest.mark.parametrize(
    "energy", [-nz.trace(S), -nz.logdet(S, positive=True), nz.exp(-nz.trace(S))]
)
def test_nor_has_what_falls_without_end_in_the_cone(energy: Any) -> None:
    model = nz.Problem(energy, wrt=S).bind(S=FULL, backend="numpy")
    assert solve(model, np.eye(3), semidefinite=True).status is Status.NO_MINIMUM


def test_nor_within_bounds_on_entries_that_are_joined() -> None:
    G, C = nz.sparse("G", n, n), nz.dense("C", n, n)
    pattern = nz.Pattern.full((3, 3)).with_row_sums(np.ones(3), np.ones(3))
    bounds = ([-np.inf] * 4 + [0.0] * 5, np.inf)
    for energy in (nz.trace(C * G), nz.total(nz.exp(nz.hadamard(C, G)))):
        weights = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
        model = nz.Problem(energy, wrt=G).bind(C=weights, G=pattern, backend="numpy")
        result = solve(model, np.full((3, 3), 1 / 3), bounds=bounds)
        assert result.status is Status.NO_MINIMUM and result.method == "interior-point"


MINIMA = {
    "x⁴ + 5": (powers, lambda t: t**4 + 5, 1.0, 15.0),
    "x¹⁰": (powers, lambda t: t**10, 1.0, 0.0),
    "x³ + x⁴, left at the saddle": (powers, lambda t: t**3 + t**4, 1.0, -81 / 256),
    "far": (powers, lambda t: sp.exp(-t) + t * 1e-6, 0.0, 3e-6 * (1 + np.log(1e6))),
    "farther": (powers, lambda t: 1e-20 * t**2 - t, 1.0, -0.75e20),
    "log(1 + x²)": (powers, lambda t: sp.log(1 + t**2), 50.0, 0.0),
    "one-sided": (powers, lambda t: sp.Piecewise(((1 - t) ** 2, t < 1), (0, True)), 0.0, 0.0),
    "-exp(-x²)": (powers, lambda t: -sp.exp(-(t**2)), 1.0, -3.0),
}


@pytest.mark.parametrize("methods", SOME_AND_ALL)
@pytest.mark.parametrize("name", MINIMA)
def test_a_minimum_that_is_far_or_flat_is_one(name: str, methods: tuple[str, ...]) -> None:
    make, f, start, least = MINIMA[name]
    model = make(f)
    for method in methods:
        result = solve(model, np.full(3, start), method)
        assert result.success, (method, result.message)
        assert result.fun - least <= 1e-6 * (model.energy(np.full(3, start)) - least) + 1e-300


def test_rays_are_found_from_a_point_alone() -> None:
    model = of(nz.total(nz.exp(-x)))
    objective = Objective(model)
    for far in (20.0, 800.0):  # where ∂E is small, and where it is 0
        point = objective.point(np.full(3, far))
        ray = recession(objective, point, certify(objective, point, 1.0), np.zeros(3))
        assert ray is not None and (ray.step > 0.0).all()
    still = of(nz.sumsq(x))
    objective = Objective(still)
    point = objective.point(np.full(3, 1e-9))
    assert recession(objective, point, certify(objective, point, 1.0), np.ones(3)) is None


def test_a_fall_without_end_is_one_as_far_as_doubles_go() -> None:
    line, bowl = Objective(of(-nz.inner(c, x), c=SLOPES)), Objective(of(nz.sumsq(x)))
    v = np.array([1.0, 0.0, 1e-9])
    with np.errstate(over="ignore"):
        assert falls_without_end(line, line.point(np.zeros(3)), v, 1.0)
    assert not falls_without_end(line, line.point(np.zeros(3)), -v, 1.0)
    assert not falls_without_end(line, line.point(np.zeros(3)), 0.0 * v, 1.0)
    assert not falls_without_end(bowl, bowl.point(-1e9 * v), v, 1.0)


def test_a_hessian_beyond_doubles_is_asked_by_energies(rng: np.random.Generator) -> None:
    """Conditioned 10¹⁶ and more, most of the way along the weakest axes: no wrong success."""
    A, b = nz.dense("A", m, n), nz.dense("b", m)
    problem = nz.Problem(nz.sumsq(A * x - b), wrt=x)
    for size in (2, 5, 9):
        U = np.linalg.qr(rng.standard_normal((3 * size, size)))[0]
        V = np.linalg.qr(rng.standard_normal((size, size)))[0]
        matrix, right = U * np.logspace(0, -8.5, size) @ V, rng.standard_normal(3 * size)
        best = V.T @ ((U.T @ right) / np.logspace(0, -8.5, size))
        least = float(np.sum((matrix @ best - right) ** 2))
        model = problem.bind(A=matrix, b=right[:, None], backend="numpy")
        for method in ("auto", "l-bfgs", "conjugate-gradient", "barzilai-borwein", "newton"):
            result = solve(model, np.zeros(size), method, max_iterations=1000)
            fall = float(right @ right) - least
            assert not result.success or result.fun - least <= 1e-6 * fall, method


@pytest.mark.parametrize("method", ["auto", "conjugate-gradient", "barzilai-borwein", "newton"])
def test_a_singular_quadratic_with_a_slope_along_its_null_space_has_no_minimum(method: str) -> None:
    model = Quadratic(np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([1.0, 1.0]))
    assert solve(model, np.zeros(2), method).status is Status.NO_MINIMUM


@pytest.mark.parametrize("N", [2, 30, pytest.param(310, marks=pytest.mark.slow)])
def test_a_path_whose_forces_do_not_balance_has_no_minimum(N: int) -> None:
    """The Laplacian of a path has the constant in its null space."""
    H = 2.0 * np.eye(N) - np.eye(N, k=1) - np.eye(N, k=-1)
    H[0, 0] = H[-1, -1] = 1.0
    b = np.random.default_rng(0).standard_normal(N)
    assert solve(Quadratic(H, b), np.zeros(N)).status is Status.NO_MINIMUM
    balanced = solve(Quadratic(H, b - b.mean()), np.zeros(N))
    assert balanced.success and np.linalg.norm(balanced.jac) < 1e-6


@pytest.mark.parametrize("method", ["auto", "newton", "l-bfgs", "conjugate-gradient"])
def test_a_fall_that_dwarfs_what_is_left_is_no_fall_without_end(method: str) -> None:
    """From x = 10 exp(x²) has fallen from e¹⁰⁰ long before it is at 1."""
    model = nz.parse("sum(exp(x.^2))", wrt="x").bind(x=(1, 1))
    result = solve(model, np.array([10.0]), method)
    assert result.success and result.fun == pytest.approx(1.0)


@pytest.mark.parametrize("method", ["auto", "newton", "l-bfgs", "gauss-newton"])
@pytest.mark.parametrize("start", [-50.0, -300.0])
def test_a_plateau_from_which_nothing_can_be_seen_is_left(method: str, start: float) -> None:
    model = nz.parse("norm2(exp(x)-c)^2", wrt="x").bind(x=(1, 1), c=[[5.0]])
    result = solve(model, np.array([start]), method)
    assert result.success and result.x == pytest.approx(np.log(5.0))


@pytest.mark.parametrize("method", ["auto", "newton", "l-bfgs", "conjugate-gradient"])
def test_a_fall_from_very_far_above_hides_nothing(method: str, rng: np.random.Generator) -> None:
    """Counts of Poisson from 10·1: E falls from 10¹⁸ and more, to 38."""
    A, y = rng.standard_normal((40, 6)), rng.poisson(1.0, (40, 1)).astype(float)
    model = nz.parse("sum(exp(A*x)) - y'*A*x", wrt="x").bind(A=A, y=y)
    near, far = (solve(model, np.full(6, start), method) for start in (0.0, 10.0))
    assert near.success and far.success
    assert far.fun == pytest.approx(near.fun, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("side", [12, 15, 18])
def test_a_gauge_is_no_ray_along_which_the_energy_falls(side: int) -> None:
    """No scale of a column of P changes E, and slopes along these are rounding errors."""
    instance = two_grid_cycle(side)
    result = nz.solve(instance.bind(backend="numpy"), instance.g0)
    assert result.success, result.message
