"""Benchmark instances: they bind, their gradients are finite, their references hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.approximate_inverse import (
    columnwise_least_squares,
    convection_diffusion,
    spai,
)
from benchmarks.instances.coarsening import coarsening_instance
from benchmarks.instances.icosphere import divided, icosahedron, noisy_icosphere
from benchmarks.instances.instance import Instance
from benchmarks.instances.lower_bound import convex_lower_bound, convex_relaxation
from benchmarks.instances.reachable import SIZES, nearest_pattern, reachable
from benchmarks.instances.table import INSTANCES, make_instance
from nzdiff.demo.coarsening import CoarseningData, energy, spectral_coarsening
from nzdiff.pattern import Pattern
from nzdiff.solvers import solve

SMALL = ("reachable-600", "reachable-4500", "spai-144", "covariance-digits")
BACKEND = "numpy"


@pytest.fixture(scope="module")
def coarsening() -> CoarseningData:
    """An icosphere of 642 vertices to 60, with 30 modes."""
    pytest.importorskip("igl")
    return spectral_coarsening(noisy_icosphere(8), coarse=60, modes=30)


def check_instance(instance: Instance) -> None:
    model = instance.bind(backend=BACKEND)
    value, gradient = model.energy_and_gradient(instance.g0)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert gradient.any()
    assert instance.reference is not None
    assert value > instance.reference


@pytest.mark.parametrize("name", SMALL)
def test_a_small_instance_binds_and_starts_above_its_reference(name: str) -> None:
    if name.startswith("covariance"):
        pytest.importorskip("sklearn")
    check_instance(make_instance(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(INSTANCES) - set(SMALL)))
def test_a_large_instance_binds_and_starts_above_its_reference(name: str) -> None:
    pytest.importorskip("igl")
    pytest.importorskip("sklearn")
    check_instance(make_instance(name))


def test_an_unknown_instance_is_reported() -> None:
    with pytest.raises(ValueError, match=r"instance: expected one of reachable-600, .*, got 'spo'"):
        make_instance("spo")
    with pytest.raises(
        ValueError, match="s: expected one of 600, 1500, 4500, 15000, 240000, got 7"
    ):
        reachable(7)


# ---- reachable


def test_the_reachable_optimum_is_reached_by_the_g_that_made_it() -> None:
    instance = reachable(600, seed=3)
    near = reachable(600, seed=3, start="near")
    model = instance.bind(backend=BACKEND)
    # near.g0 = g* + 0.1 · noise, and the random start is that noise.
    truth = near.g0 - 0.1 * instance.g0
    assert model.energy(truth) < 1e-20 * model.energy(instance.g0)
    assert not np.array_equal(reachable(600, seed=4).g0, instance.g0)


@pytest.mark.parametrize("s", [600, 4_500, 15_000])
def test_every_vertex_stores_three_distinct_coarse_points_nearby(s: int) -> None:
    size = SIZES[s]
    pattern = nearest_pattern(size, np.random.default_rng(0))
    assert pattern.nnz == pattern.size == s == 3 * size.n
    np.testing.assert_array_equal(np.diff(pattern.indptr), 3)
    G = pattern.to_csr(np.ones(s))
    assert (G.T @ G).nnz < 16 * size.m


# ---- sparse approximate inverse


def test_columnwise_least_squares_is_the_minimum() -> None:
    A = convection_diffusion(5)
    rows, cols = abs(A).nonzero()
    order = np.random.default_rng(0).permutation(rows.size)
    pattern = Pattern((rows[order], cols[order]), A.shape)
    M = pattern.to_csr(columnwise_least_squares(A, pattern))
    gradient = (A.T @ (A @ M - sparse.eye_array(25))).toarray()
    assert abs(gradient[rows, cols]).max() < 1e-12
    dense = np.linalg.lstsq(np.kron(np.eye(25), A.toarray()) @ pattern.T, np.eye(25).ravel())
    np.testing.assert_allclose(pattern.project(M), dense[0], atol=1e-12)


def test_newton_solves_an_approximate_inverse_in_one_step() -> None:
    instance = spai(side=20)
    model = instance.bind(backend="c")
    result = solve(model, instance.g0, "newton")
    assert result.success and result.nit == 1
    assert model.hessian(instance.g0).is_sparse
    expected = columnwise_least_squares(instance.data["A"], instance.data["M"])
    np.testing.assert_allclose(result.x, expected, atol=1e-10 * abs(expected).max())


def test_solving_reaches_the_columnwise_optimum() -> None:
    instance = spai(side=6, power=1)
    found = solve(instance.bind(backend=BACKEND), instance.g0, "l-bfgs", energy_rtol=1e-15)
    assert instance.reference is not None
    assert found.fun == pytest.approx(instance.reference, rel=1e-10)


# ---- meshes and the lower bound


def test_an_icosphere_is_closed_and_turned_outward() -> None:
    mesh = divided(icosahedron(), 5)
    assert len(mesh.vertices) == 10 * 5**2 + 2
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 1, rtol=1e-14)
    assert len(mesh.vertices) - 1.5 * len(mesh.faces) + len(mesh.faces) == 2
    assert (np.linalg.det(noisy_icosphere(5).vertices[mesh.faces]) > 0).all()
    assert mesh.area == pytest.approx(4 * np.pi, rel=0.05)


@pytest.mark.parametrize("constrained", [False, True])
def test_no_coarsening_falls_below_the_bound(coarsening: CoarseningData, constrained: bool) -> None:
    instance = coarsening_instance("small", coarsening, constrained=constrained)
    found = solve(instance.bind(backend=BACKEND), instance.g0, "l-bfgs", max_iterations=50)
    assert instance.reference is not None
    assert 0 < instance.reference < found.fun < energy(coarsening, coarsening.G0)


@pytest.mark.parametrize("constrained", [False, True])
def test_the_relaxation_is_optimal_and_keeps_its_constraints(
    coarsening: CoarseningData, constrained: bool
) -> None:
    found = convex_relaxation(coarsening, constrained=constrained)
    assert relaxed_energy(coarsening, found.Q) == pytest.approx(found.primal, rel=1e-10)
    assert found.dual == pytest.approx(found.primal, rel=1e-8)
    assert found.slack < 1e-6 * found.primal
    assert abs(found.Q - found.Q.T).max() == 0
    if constrained:
        assert abs(found.Q @ coarsening.constraint_weights).max() < 1e-10


def test_a_constraint_raises_the_bound_and_feasible_matrices_stay_above_it(
    coarsening: CoarseningData,
) -> None:
    free, kept = (convex_lower_bound(coarsening, constrained=c) for c in (False, True))
    assert free < kept
    best = convex_relaxation(coarsening, constrained=True).Q
    start = coarsening.G0.T @ coarsening.L @ coarsening.G0
    for t in (1e-4, 1e-2, 1.0):  # both are feasible, and so is what lies between
        assert relaxed_energy(coarsening, best + t * (start - best)) > kept


def relaxed_energy(data: CoarseningData, Q: Any) -> float:
    return float(np.sum((data.X - data.Y[:, None] * (Q @ data.B)) ** 2))
