"""E(G) = φ(Q(G)): found where it is one, equal to the energy, solved by aiming at argmin φ."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse

import nzdiff as nz
from benchmarks.instances.reachable import reachable
from nzdiff.derive.calculus.decomposition import decomposition
from nzdiff.derive.language.notation import text
from nzdiff.solvers import solve
from nzdiff.solvers.methods import composed
from nzdiff.solvers.methods.composed import ComposedNewton
from problems import PROBLEMS, B, G, L, S, X, Y, Z, mu, random_data, scattered

SIZES = {"n": 12, "m": 6, "p": 7, "k": 5}
M = nz.sparse("M", *L.shape)


@pytest.mark.parametrize(
    ("energy", "inner", "outer"),
    [
        (nz.sumsq(X - Y * G.T * L * G * B), "Gᵀ L G", "‖X − Y Q B‖²"),
        (nz.sumsq(X - Y * (G.T * (L * G * B))), "Gᵀ L G", "‖X − Y Q B‖²"),
        (nz.sumsq(Z - G.T * L.T * G * B), "Gᵀ Lᵀ G", "‖Z − Q B‖²"),
        (nz.sumsq(Z - G.T * L * G * B - 2 * G.T * L.T * G * B), "Gᵀ L G", "‖Z − Q B − 2 Qᵀ B‖²"),
        (nz.sumsq(Z - G.T * S * G * B) + mu * nz.sumsq(G.T * S * G), "Gᵀ S G", None),
        (nz.sumsq(X - Y * G.T * L * G * B) + nz.sumsq(G), None, None),
        (nz.sumsq(L * G - G), None, None),
        (nz.sumsq(L * G), None, None),
        (sp.Trace(G.T * S * G), None, None),
        (nz.sumsq(nz.trace(G.T * G) * Z - G.T * L * G * B), None, None),
        (nz.sumsq(nz.trace(G.T * G) * G.T * L * G * B - Z), None, None),
    ],
)
def test_a_composition_is_found_where_the_residuals_are_affine_in_one_product(
    energy: Any, inner: str | None, outer: str | None
) -> None:
    parts = decomposition(nz.Problem(energy, wrt=G))
    if inner is None:
        assert parts is None
        return
    assert parts is not None
    assert text(parts.inner.energy) == inner
    if outer is not None:
        assert text(parts.outer.energy) == outer


def test_a_transposed_core_is_the_same_core() -> None:
    whole = decomposition(nz.Problem(nz.sumsq(Z - (G.T * L * G + G.T * L.T * G) * B), wrt=G))
    assert whole is not None and whole.symbol.symmetric
    symmetric = decomposition(nz.Problem(nz.sumsq(Z - G.T * S * G * B), wrt=G))
    assert symmetric is not None and symmetric.symbol.symmetric


def test_an_energy_with_a_number_that_moves_is_solved_as_it_stands(
    rng: np.random.Generator,
) -> None:
    problem = nz.Problem(nz.sumsq(nz.trace(G.T * G) * Z - G.T * L * G * B), wrt=G)
    data = random_data(problem, {**SIZES, "n": 90}, scattered, rng)
    model = problem.bind(**data, backend="numpy")
    start = rng.standard_normal(model.size)
    assert solve(model, start, max_iterations=50).fun < model.energy(start)


def test_names_of_the_problem_stay_free() -> None:
    Q = nz.dense("Q", *B.shape)
    parts = decomposition(nz.Problem(nz.sumsq(Z - G.T * L * G * Q), wrt=G))
    assert parts is not None and parts.symbol.name == "S"


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize(
    "name",
    [
        "seed",
        *(pytest.param(f"seed_{n}", marks=pytest.mark.slow) for n in ("diagonal", "symmetric")),
    ],
)
def test_the_composition_is_the_energy(name: str, backend: str, rng: np.random.Generator) -> None:
    problem = PROBLEMS[name]
    model = problem.bind(**random_data(problem, SIZES, scattered, rng), backend=backend)
    parts = model.composition()
    assert parts is not None and parts is model.composition()
    g, v = rng.standard_normal((2, model.size))
    assert parts.outer.energy(parts.q(g)) == pytest.approx(model.energy(g), rel=1e-12)
    D = parts.jacobian(g)
    assert D.shape == (parts.size, model.size)
    np.testing.assert_allclose(
        D.T @ parts.outer.gradient(parts.q(g)), model.gradient(g), rtol=1e-10, atol=1e-10
    )
    slope = (parts.q(g + 1e-6 * v) - parts.q(g - 1e-6 * v)) / 2e-6
    np.testing.assert_allclose(D @ v, slope, rtol=1e-7, atol=1e-7)


def test_constraints_and_ties_reach_the_composition(rng: np.random.Generator) -> None:
    problem = PROBLEMS["seed"]
    data = random_data(problem, SIZES, scattered, rng)
    basis = rng.standard_normal((data["G"].size, 7))
    model = problem.bind(**{**data, "G": data["G"].mapped(basis)}, backend="numpy")
    parts = model.composition()
    assert parts is not None
    g = rng.standard_normal(7)
    assert parts.outer.energy(parts.q(g)) == pytest.approx(model.energy(g), rel=1e-12)


def test_a_dense_product_is_no_composition(rng: np.random.Generator) -> None:
    K = nz.dense("K", *L.shape)
    problem = nz.Problem(nz.sumsq(X - Y * G.T * K * G * B), wrt=G)
    assert decomposition(problem) is not None  # as an expression
    model = problem.bind(**random_data(problem, SIZES, scattered, rng), backend="numpy")
    assert model.composition() is None


def test_a_reachable_optimum_is_reached_in_few_steps() -> None:
    instance = reachable(4_500)
    model = instance.bind(backend="c")
    result = solve(model, instance.g0, "composed-newton", energy_rtol=0.0)
    assert result.success, result.message
    assert result.fun < 1e-12 * model.energy(instance.g0)
    assert result.nit <= 40  # L-BFGS needs thousands
    last = [record.gradient_norm for record in result.history[-3:]]
    assert last[1] < 0.1 * last[0] and last[2] < 0.01 * last[1]


def test_where_the_minimiser_is_not_attained_the_descent_goes_on(rng: np.random.Generator) -> None:
    problem = PROBLEMS["seed_symmetric"]
    data = random_data(problem, SIZES, scattered, rng)
    data["S"] = sparse.csr_array(data["S"] @ data["S"].T)  # so that Gᵀ S G is semidefinite
    model = problem.bind(**data, backend="c")
    g0 = rng.standard_normal(model.size)
    both = solve(model, g0, "composed-newton", max_iterations=2000)
    plain = solve(model, g0, "l-bfgs", max_iterations=2000)
    assert plain.fun < 0.1 * model.energy(g0)
    assert both.fun <= plain.fun * (1 + 1e-2)


def test_without_a_composition_it_is_lbfgs(rng: np.random.Generator) -> None:
    problem = PROBLEMS["approximate_inverse"]
    model = problem.bind(**random_data(problem, SIZES, scattered, rng), backend="numpy")
    g0 = rng.standard_normal(model.size)
    assert model.composition() is None
    results = [solve(model, g0, method) for method in ("l-bfgs", ComposedNewton())]
    np.testing.assert_array_equal(results[0].x, results[1].x)


def test_a_step_towards_the_minimiser_is_shortened_to_where_the_gap_is_least() -> None:
    rng, grid, found = np.random.default_rng(5), np.linspace(0.05, 0.7, 6501), []
    for size in (0.5, 1.0, 2.0, 8.0):
        for _ in range(8):
            gap, noise, c = rng.standard_normal((3, 4))
            slope = noise + size * gap
            x = composed._shorter(gap, slope, gap - slope - c)
            left = gap - grid[:, None] * slope - grid[:, None] ** 2 * c
            least = np.linalg.norm(left, axis=1).min()
            assert np.linalg.norm(gap - x * slope - x * x * c) <= least * (1.0 + 1e-6)
            found.append(x)
    assert min(found) == 0.05 and max(found) == 0.7 and len(set(found)) > 10


def test_slow_progress_towards_the_minimiser_ends_when_it_has_not_halved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = iter([0.1**k for k in range(6)] + [1e-5 * 0.9**k for k in range(1, 20)])
    steps = []

    def scripted(objective: Any, parts: Any, step: Any) -> Any:
        steps.append(step)
        return composed._Iterate(step.g, np.array([next(sizes)]))

    monkeypatch.setattr(composed, "_next", scripted)
    nothing: Any = SimpleNamespace(
        latest=SimpleNamespace(g=np.zeros(1)),
        record=lambda *_, **__: None,
        point=lambda _: None,
        q=lambda _: np.zeros(1),
        within=lambda work: work(),
    )
    composed._approach(nothing, nothing, composed.Aim(nothing, np.ones(1)), 3)
    assert len(steps) == 6 + 3
