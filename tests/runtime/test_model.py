"""A bound model: shared work, results of the caller's own, and its use by SciPy."""

import itertools
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize

import nzdiff as nz
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.model import Model
from problems import NO_SQUARES, PROBLEMS, SITUATIONS, agree, random_data, scattered, shuffled
from traced import traced_peak

Floats = NDArray[np.float64]
Generator = np.random.Generator

BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def bound(name: str, backend: str, situation: str = "scattered") -> Model:
    where = SITUATIONS[situation]
    data = random_data(PROBLEMS[name], where.sizes, where.pattern, np.random.default_rng(5))
    return PROBLEMS[name].bind(**data, backend=backend)


CALLS: dict[str, Callable[[Model, Floats, Floats, Floats], Any]] = {
    "energy": lambda model, g, v, w: model.energy(g),
    "residual": lambda model, g, v, w: model.residual(g),
    "gradient": lambda model, g, v, w: model.gradient(g),
    "jvp": lambda model, g, v, w: model.jvp(g, v),
    "vjp": lambda model, g, v, w: model.vjp(g, w),
}
ARRAYS = [name for name in CALLS if name != "energy"]


def point(model: Model, rng: Generator) -> tuple[Floats, Floats, Floats]:
    g, v = rng.standard_normal((2, model.size))
    return g, v, rng.standard_normal(model.residual_size)


# shared work


@every_backend
def test_work_at_one_point_is_done_once(backend: str, rng: Generator) -> None:
    model = bound("seed", backend)
    g, _, _ = point(model, rng)
    before = model.residual(g)
    stored = model._bound.memory.arrays[model.spec.output("residual")[0]]
    stored += 1.0  # a mark: it stays where nothing is computed again
    assert agree(model.residual(g), before + 1)
    assert agree(model.energy(g), np.sum((before + 1) ** 2))
    assert agree(model.residual(g.copy()), before + 1)
    model.energy(g + 1)
    assert agree(model.residual(g), before)


@every_backend
def test_energy_and_gradient_share_every_stage(backend: str, rng: Generator) -> None:
    model = bound("seed", backend)
    g, _, _ = point(model, rng)
    energy, gradient = model.energy_and_gradient(g)
    after_both = model._bound.memory.done.copy()
    fresh = bound("seed", backend)
    assert energy == fresh.energy(g)
    assert np.array_equal(gradient, fresh.gradient(g))
    assert np.array_equal(after_both, fresh._bound.memory.done)
    assert after_both.any()


@every_backend
def test_the_order_of_calls_makes_no_difference(backend: str, rng: Generator) -> None:
    model = bound("regularised", backend)
    g, v, w = point(model, rng)
    expected = {n: f(bound("regularised", backend), g, v, w) for n, f in CALLS.items()}
    for order in itertools.permutations(CALLS):
        model.energy(g + 1)  # somewhere else
        for name in order:
            assert np.array_equal(CALLS[name](model, g, v, w), expected[name]), order


@every_backend
def test_a_changed_g_is_noticed(backend: str, rng: Generator) -> None:
    model, fresh = bound("seed", backend), bound("seed", backend)
    g, _, _ = point(model, rng)
    model.energy_and_gradient(g)
    g[0] += 1.0  # the caller's array, in place
    assert model.energy(g) == fresh.energy(g)
    assert np.array_equal(model.gradient(g), fresh.gradient(g))


@every_backend
def test_the_jacobian_stays_at_its_point(backend: str, rng: Generator) -> None:
    model = bound("seed", backend)
    g, v, w = point(model, rng)
    expected = model.jvp(g, v), model.vjp(g, w)
    jacobian = model.jacobian(g)
    model.energy(g + 1)
    g += 1.0
    assert np.array_equal(jacobian @ v, expected[0])
    model.energy(g + 2)
    assert np.array_equal(jacobian.T @ w, expected[1])


@every_backend
def test_data_changed_after_binding_changes_nothing(backend: str, rng: Generator) -> None:
    data = random_data(PROBLEMS["seed_diagonal"], SITUATIONS["full"].sizes, shuffled, rng)
    model = PROBLEMS["seed_diagonal"].bind(**data, backend=backend)
    g = rng.standard_normal(model.size)
    expected = model.energy(g)
    for name in ("Z", "V", "B"):
        data[name][:] = 0.0
    data["L"].data[:] = 0.0
    model.energy(g + 1)
    assert model.energy(g) == expected


# results


@every_backend
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize(
    ("problem", "situation"),
    [
        ("seed", "scattered"),
        ("seed", "row_residual"),
        ("seed", "column_residual"),
        ("seed", "row_sums"),
        ("approximate_inverse", "scattered"),
        ("only_the_unknown", "full"),
        ("two_unknowns", "scattered"),
    ],
)
def test_results_are_the_callers_own(
    problem: str, situation: str, name: str, backend: str, rng: Generator
) -> None:
    model = bound(problem, backend, situation)
    g, v, w = point(model, rng)
    first = CALLS[name](model, g, v, w)
    kept = first.copy()
    CALLS[name](model, g + 1, v + 1, w + 1)
    assert np.array_equal(first, kept)  # the next call left it alone
    again = CALLS[name](model, g, v, w)
    again[:] = 77.0
    assert np.array_equal(CALLS[name](model, g, v, w), kept)  # writing into it does no harm
    assert not any(np.shares_memory(first, array) for array in model._bound.memory.arrays.values())


@every_backend
@pytest.mark.parametrize("name", [name for name in PROBLEMS if name not in NO_SQUARES])
def test_sizes_fit_together(name: str, backend: str, rng: Generator) -> None:
    model = bound(name, backend)
    g, v, w = point(model, rng)
    assert model.size == sum(pattern.size for pattern in model.patterns)
    assert model.residual(g).shape == model.jvp(g, v).shape == (model.residual_size,)
    assert model.gradient(g).shape == model.vjp(g, w).shape == (model.size,)
    assert isinstance(model.energy(g), float)


@every_backend
def test_weights_are_in_the_residual(backend: str, rng: Generator) -> None:
    data = random_data(PROBLEMS["regularised"], SITUATIONS["full"].sizes, shuffled, rng)
    model = PROBLEMS["regularised"].bind(**data, backend=backend)  # 3 ‖f₁‖² + μ² ‖G‖²
    g, _, _ = point(model, rng)
    assert model.energy(g) == pytest.approx(np.sum(model.residual(g) ** 2), rel=1e-12)
    assert sorted(model.weights) == pytest.approx(sorted([3**0.5, data["mu"]]))


# the linear operator


@every_backend
@pytest.mark.parametrize("name", ["seed", "two_unknowns_backwards", "approximate_inverse"])
def test_the_jacobian_is_a_linear_operator(name: str, backend: str, rng: Generator) -> None:
    model = bound(name, backend)
    g, v, w = point(model, rng)
    operator = model.jacobian(g)
    assert operator.shape == (model.residual_size, model.size)
    assert operator.dtype == np.float64
    dense = operator @ np.eye(model.size)
    assert agree(operator.matvec(v), dense @ v)
    assert agree(operator.matmat(v[:, None]), (dense @ v)[:, None])
    assert agree(operator.rmatvec(w), dense.T @ w)
    assert agree(operator.T @ np.eye(model.residual_size), dense.T)
    assert agree(operator.H @ w, dense.T @ w)


# SciPy


def attainable(backend: str, rng: Generator) -> tuple[Model, Floats]:
    """A seed problem whose smallest energy is 0, and a start near it."""
    problem = PROBLEMS["seed"]
    data = random_data(problem, SITUATIONS["scattered"].sizes, scattered, rng)
    data["X"] = np.zeros_like(data["X"])
    goal = rng.standard_normal(data["G"].size)
    f = problem.bind(**data, backend=backend).residual(goal)
    data["X"] = -f.reshape(data["X"].shape, order="F")
    return problem.bind(**data, backend=backend), goal + 0.1 * rng.standard_normal(goal.size)


@every_backend
def test_scipy_minimises_the_energy(backend: str, rng: Generator) -> None:
    model, start = attainable(backend, rng)
    options = {"maxiter": 300, "ftol": 1e-15, "gtol": 1e-9}
    split = minimize(model.energy, start, jac=model.gradient, method="L-BFGS-B", options=options)
    fused = minimize(model.energy_and_gradient, start, jac=True, method="L-BFGS-B", options=options)
    assert split.fun < 1e-3 * model.energy(start)
    assert np.array_equal(split.x, fused.x)


@every_backend
def test_scipy_solves_the_least_squares_problem(backend: str, rng: Generator) -> None:
    model, start = attainable(backend, rng)
    for jacobian in (model.jacobian, lambda g: model.jacobian(g) @ np.eye(model.size)):
        found = least_squares(model.residual, start, jac=jacobian, xtol=1e-12, gtol=1e-10)
        assert 2 * found.cost < 1e-10 * model.energy(start)
        assert model.energy(found.x) == pytest.approx(2 * found.cost, rel=1e-9)


# matrices


@every_backend
@pytest.mark.parametrize("situation", ["scattered", "empty", "row_sums", "tied"])
def test_packing_undoes_unpacking(situation: str, backend: str, rng: Generator) -> None:
    model = bound("seed", backend, situation)
    g = rng.standard_normal(model.size)
    matrix = model.unpack(g)
    kept = np.diff(model.patterns[0].T.indptr) > 0
    assert agree(model.pack(matrix)[kept], g[kept], 1e-9)
    assert agree(model.pack(matrix.toarray())[kept], g[kept], 1e-9)


def test_several_unknowns_are_packed_in_the_order_of_wrt(rng: Generator) -> None:
    model = bound("two_unknowns_backwards", "numpy")
    g = rng.standard_normal(model.size)
    first, second = model.unpack(g)  # H, G
    count = model.patterns[0].size
    assert np.array_equal(first.toarray(), model.patterns[0].to_csr(g[:count]).toarray())
    assert np.array_equal(second.toarray(), model.patterns[1].to_csr(g[count:]).toarray())
    assert np.array_equal(model.pack(first, second), g)
    data = model._bound.memory.arrays
    model.energy(g)
    assert agree(data["H"], first.data)
    assert agree(data["G"], second.data)
    with pytest.raises(TypeError, match="pack: expected 2 matrices, got 1"):
        model.pack(first)


# energies without a residual


@every_backend
@pytest.mark.parametrize("name", NO_SQUARES)
def test_without_squares_there_is_no_residual(name: str, backend: str, rng: Generator) -> None:
    model = bound(name, backend)
    g = rng.standard_normal(model.size)
    assert np.isfinite(model.energy(g))
    assert np.isfinite(model.gradient(g)).all()
    calls: dict[str, Callable[[], Any]] = {
        "residual": lambda: model.residual(g),
        "jvp": lambda: model.jvp(g, g),
        "vjp": lambda: model.vjp(g, g),
        "residual_size": lambda: model.residual_size,
        "jacobian|residual_size": lambda: model.jacobian(g),
    }
    for what, call in calls.items():
        with pytest.raises(
            TypeError, match=f"(?:{what}): the energy .* is no sum of squares"
        ) as found:
            call()
        assert model.spec.formula in str(found.value)


@pytest.mark.parametrize(("mu", "squares"), [(0.5, True), (0.0, True), (-0.5, False)])
def test_the_sign_of_a_scalar_decides_whether_there_is_a_residual(mu: float, squares: bool) -> None:
    n = nz.dims("n,")[0]
    G, weight = nz.sparse("G", n, n), nz.scalar("mu")
    problem = nz.Problem(nz.sumsq(G.T * G) + weight * nz.sumsq(G), wrt=G)
    model = problem.bind(G=nz.Pattern.full((2, 2)), mu=mu, backend="numpy")
    assert model.energy(np.ones(4)) == pytest.approx(16 + 4 * mu)
    assert agree(model.gradient(np.ones(4)), np.full(4, 16 + 2 * mu))
    if squares:
        assert np.sum(model.residual(np.ones(4)) ** 2) == pytest.approx(16 + 4 * mu)
    else:
        with pytest.raises(TypeError, match="no sum of squares"):
            model.residual(np.ones(4))


# memory


@pytest.mark.skipif("c" not in BACKENDS, reason="no C compiler on this machine")
@pytest.mark.parametrize("name", ["seed", "seed_diagonal"])
def test_an_evaluation_allocates_a_few_vectors_only(name: str, rng: Generator) -> None:
    sizes = {"n": 2000, "m": 200, "p": 200, "k": 50}

    def band(_: Generator, shape: tuple[int, int]) -> nz.Pattern:
        i = np.repeat(np.arange(shape[0]), 5)
        j = (i * shape[1] // shape[0] + np.tile(np.arange(5), shape[0])) % shape[1]
        return nz.Pattern((i, j), shape)

    data = random_data(PROBLEMS[name], sizes, band, rng)
    model = PROBLEMS[name].bind(**data, backend="c")
    g, v, w = point(model, rng)
    vector = 8 * max(model.size, model.residual_size)
    assert vector < 8 * sizes["n"] * sizes["k"] / 8  # so that one n × k array would show
    for call in CALLS.values():
        call(model, g, v, w)  # whatever is made once
    for call in CALLS.values():
        steps = count(1)  # each time at a point of its own
        assert traced_peak(lambda: call(model, g + next(steps), v, w)) < 6 * vector  # noqa: B023
