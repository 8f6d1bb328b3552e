"""Covariance selection: oracles satisfy the optimality conditions, solvers reach them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.chordal import CliqueTree, chordal_optimum, tree_of_cliques
from benchmarks.instances.covariance import (
    Edges,
    Floats,
    breast_cancer,
    clique_edges,
    correlations,
    covariance_instance,
    covariances,
    digits,
    graph_pattern,
    lattice_edges,
    lattice_squares,
    likelihood,
)
from benchmarks.instances.instance import Instance
from benchmarks.instances.proportional_fitting import proportional_fitting
from nzdiff.runtime.kernel.compiler import find_compiler
from nzdiff.runtime.model import Model
from nzdiff.solvers import solve

BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)


@pytest.fixture
def S(rng: np.random.Generator) -> Floats:
    """Correlations of 9 measurements that hang together."""
    return correlations(rng.standard_normal((40, 9)) @ rng.standard_normal((9, 9)))


def check_optimal(S: Floats, Theta: Floats, edges: Edges, tolerance: float) -> None:
    """Θ⁻¹ = S on the graph, Θ = 0 off it, Θ positive definite."""
    on = graph_pattern(len(S), edges).to_csr(np.ones(len(S) + len(edges))).toarray() != 0
    assert abs(np.linalg.inv(Theta) - S)[on].max() <= tolerance
    assert (Theta[~on] == 0).all()
    np.linalg.cholesky(Theta)


def bound(S: Floats, edges: Edges, *, backend: str = "numpy") -> Model:
    instance = covariance_instance("small", S, edges, np.eye(len(S)), "none")
    return instance.bind(backend=backend)


# ---- oracles


def band(p: int, width: int) -> Edges:
    """Edges between vertices at most `width` apart: a chordal graph."""
    return np.argwhere(np.triu(np.tri(p, k=width) > 0, 1))


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_the_sum_over_cliques_is_optimal(S: Floats, width: int) -> None:
    tree = tree_of_cliques(band(9, width), 9)
    check_optimal(S, chordal_optimum(S, tree), tree.edges, 1e-11)


def test_every_clique_meets_those_before_in_its_separator(rng: np.random.Generator) -> None:
    renamed = rng.permutation(9)
    edges = np.sort(renamed[band(9, 2)], axis=1)
    tree = tree_of_cliques(edges, 9)
    assert len(tree.cliques) == 7
    seen = set(tree.cliques[0])
    for clique, separator in zip(tree.cliques[1:], tree.separators, strict=True):
        assert seen & set(clique) == set(separator)
        assert len(separator) == 2
        seen |= set(clique)
    assert seen == set(range(9))
    np.testing.assert_array_equal(tree.edges, np.unique(edges, axis=0))


def test_parts_that_do_not_hang_together_have_empty_separators(S: Floats) -> None:
    edges = np.array([[0, 1], [0, 2], [1, 2], [4, 5], [7, 8]])
    tree = tree_of_cliques(edges, 9)
    assert tree.cliques == ((0, 1, 2), (3,), (4, 5), (6,), (7, 8))
    assert set(tree.separators) == {()}
    check_optimal(S, chordal_optimum(S, tree), edges, 1e-11)


def test_a_cycle_without_a_chord_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a chordal graph; vertex 3 closes a cycle"):
        tree_of_cliques(np.array([[0, 1], [1, 2], [2, 3], [0, 3]]), 4)


def test_proportional_fitting_is_optimal_on_a_lattice(S: Floats) -> None:
    edges = lattice_edges(3)
    check_optimal(S, proportional_fitting(S, edges), edges, 1e-12)


def test_proportional_fitting_on_cliques_agrees_with_their_sum(S: Floats) -> None:
    tree = tree_of_cliques(band(9, 3), 9)
    fitted = proportional_fitting(S, np.array(tree.cliques), tolerance=1e-11)
    np.testing.assert_allclose(fitted, chordal_optimum(S, tree), atol=1e-8)


def test_proportional_fitting_keeps_vertices_without_edges() -> None:
    S = np.diag([2.0, 4.0, 5.0]) + np.diag([1.0, 0.0], 1) + np.diag([1.0, 0.0], -1)
    Theta = proportional_fitting(S, np.array([[0, 1]]))
    np.testing.assert_allclose(np.linalg.inv(Theta), S, atol=1e-14)


def test_proportional_fitting_says_when_it_does_not_end(S: Floats) -> None:
    with pytest.raises(RuntimeError, match="no fit within 1 sweeps: Θ⁻¹ missed S by"):
        proportional_fitting(S, lattice_edges(3), max_sweeps=1)


def test_a_tree_needs_one_separator_less() -> None:
    with pytest.raises(ValueError, match="separators: expected one less than the 1 cliques, got 1"):
        CliqueTree(((0, 1),), ((0,),))


def test_a_constant_column_correlates_with_itself_alone() -> None:
    S = correlations(np.array([[1.0, 7.0, 0.0], [2.0, 7.0, 1.0], [4.0, 7.0, 0.0]]))
    np.testing.assert_array_equal(S[1], [0, 1, 0])


def test_covariances_are_those_of_the_likelihood(rng: np.random.Generator) -> None:
    measurements = rng.standard_normal((20, 3))
    expected = np.cov(measurements.T, bias=True)
    np.testing.assert_allclose(covariances(measurements), expected, atol=1e-15)


def test_pixels_of_a_square_are_a_clique() -> None:
    assert len(clique_edges(lattice_squares(8))) == 2 * 7 * 8 + 2 * 7 * 7


# ---- the cone of positive definite matrices


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_energy_ends_at_the_border_of_the_cone(backend: str) -> None:
    model = bound(np.eye(2), np.array([[0, 1]]), backend=backend)
    inside = np.array([1.0, 1.0, 0.5])
    assert model.energy(inside) == pytest.approx(2 - math.log(0.75))
    for outside in (np.array([1.0, 1.0, 2.0]), -inside):  # the latter has a determinant above 0
        for call in (model.energy, model.gradient, model.energy_and_gradient):
            with pytest.raises(np.linalg.LinAlgError, match=r"^Theta: .* not positive definite"):
                call(outside)


METHODS_THAT_ARRIVE = (
    "newton",
    "trust-region",
    "l-bfgs",
    "conjugate-gradient",
    "barzilai-borwein",
)


@pytest.mark.parametrize("least", [1.0, 1e-3, 1e-9])
@pytest.mark.parametrize("method", [*METHODS_THAT_ARRIVE, "nadam"])
def test_solvers_end_in_success_at_the_optimum_alone(S: Floats, method: str, least: float) -> None:
    """From Θ = Laplacian + least · I, whose smallest eigenvalue is `least`."""
    edges = lattice_edges(3)
    model, optimum = bound(S, edges), proportional_fitting(S, edges)
    start = model.pack(laplacian(edges, 9) + least * np.eye(9))
    found = solve(model, start, method, max_iterations=300)
    estimate = model.unpack(found.x).toarray()
    np.linalg.cholesky(estimate)
    assert found.success or method not in METHODS_THAT_ARRIVE, found.message
    if found.success:
        assert found.fun == pytest.approx(likelihood(S, optimum), abs=1e-8)
        np.testing.assert_allclose(estimate, optimum, rtol=1e-3, atol=1e-3)


def laplacian(edges: Edges, size: int) -> Floats:
    """The Laplacian of a graph, positive semidefinite and singular."""
    adjacency = np.zeros((size, size))
    adjacency[edges[:, 0], edges[:, 1]] = adjacency[edges[:, 1], edges[:, 0]] = 1.0
    return np.diag(adjacency.sum(axis=0)) - adjacency


def autoregression(p: int, rho: float) -> tuple[Any, Floats, float]:
    """The optimum Θ for S_ij = ρ^|i − j|, which is tridiagonal; S; and the least energy."""
    inner = np.concatenate([[1.0], np.full(p - 2, 1.0 + rho**2), [1.0]])
    off = np.full(p - 1, -rho)
    scaled = sparse.diags_array([off, inner, off], offsets=[-1, 0, 1]) / (1.0 - rho**2)
    S = rho ** np.abs(np.subtract.outer(np.arange(p), np.arange(p)))
    return scaled, S, p + (p - 1) * math.log(1.0 - rho**2)


@pytest.mark.parametrize("p", [300, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_long_chain_is_solved_from_near_the_border(p: int) -> None:
    optimum, S, least = autoregression(p, 0.7)
    edges = np.stack([np.arange(p - 1), np.arange(1, p)], axis=1)
    model = bound(S, edges)
    assert model.energy(model.pack(optimum)) == pytest.approx(least, rel=1e-12)
    assert abs(model.gradient(model.pack(optimum))).max() < 1e-12
    start = model.pack(laplacian(edges, p) + 1e-3 * np.eye(p))
    found = solve(model, start, "l-bfgs")
    assert found.success, found.message
    assert found.fun == pytest.approx(least, rel=1e-9)
    assert abs(model.unpack(found.x) - optimum).max() < 1e-3


def test_the_model_agrees_with_the_likelihood(S: Floats) -> None:
    edges = lattice_edges(3)
    Theta = proportional_fitting(S, edges)
    g = graph_pattern(9, edges).pack(Theta)
    model = bound(S, edges)
    assert model.energy(g) == pytest.approx(likelihood(S, Theta), rel=1e-12)
    assert abs(model.gradient(g)).max() < 1e-11


# ---- real data


@pytest.mark.parametrize(
    ("make", "known"), [(breast_cancer, -19.7669435886), (digits, 158.3570443274)]
)
def test_references_of_real_data_are_those_known(
    make: Callable[[], Instance], known: float
) -> None:
    """The values of the literature's closed form and fixed point, found outside of this project."""
    pytest.importorskip("sklearn")
    assert make().reference == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize(("method", "rtol"), [("newton", 1e-12), ("l-bfgs", 1e-10)])
def test_solving_the_digits_reaches_the_fitted_optimum(method: str, rtol: float) -> None:
    pytest.importorskip("sklearn")
    instance = digits()
    found = solve(instance.bind(backend="numpy"), instance.g0, method, energy_rtol=1e-15)
    assert found.fun == pytest.approx(instance.reference, rel=rtol)


@pytest.mark.parametrize(("make", "most"), [(breast_cancer, 20), (digits, 20)])
def test_newton_needs_few_iterations(make: Callable[[], Instance], most: int) -> None:
    pytest.importorskip("sklearn")
    instance = make()
    assert instance.reference is not None
    model = instance.bind(backend="numpy")
    found = solve(model, instance.g0, "newton", max_iterations=most, energy_rtol=1e-15)
    assert found.fun - instance.reference < 1e-9
