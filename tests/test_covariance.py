"""Covariance selection: oracles satisfy the optimality conditions, solvers reach them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nzdiff.bench.chordal import CliqueTree, chordal_optimum, heaviest_tree_of_cliques
from nzdiff.bench.covariance import (
    Edges,
    Floats,
    breast_cancer,
    correlations,
    covariance_instance,
    digits,
    graph_pattern,
    lattice_edges,
    likelihood,
    shrunk,
)
from nzdiff.bench.positive_definite import PositiveDefinite
from nzdiff.bench.proportional_fitting import proportional_fitting
from nzdiff.pattern import Pattern
from nzdiff.solve import solve


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


def bound(S: Floats, edges: Edges, *, backend: str = "numpy") -> PositiveDefinite:
    instance = covariance_instance("small", S, edges, np.eye(len(S)), "none")
    model = instance.bind(backend=backend)
    assert isinstance(model, PositiveDefinite)
    return model


# ---- oracles


@pytest.mark.parametrize("size", [2, 3, 4, 9])
def test_the_sum_over_cliques_is_optimal(S: Floats, size: int) -> None:
    tree = heaviest_tree_of_cliques(S, size)
    check_optimal(S, chordal_optimum(S, tree), tree.edges, 1e-11)


@pytest.mark.parametrize("size", [2, 4])
def test_every_clique_meets_those_before_in_its_separator(S: Floats, size: int) -> None:
    tree = heaviest_tree_of_cliques(S, size)
    assert len(tree.cliques) == 9 - size + 1
    seen = set(tree.cliques[0])
    for clique, separator in zip(tree.cliques[1:], tree.separators, strict=True):
        assert seen & set(clique) == set(separator)
        assert len(separator) == size - 1
        seen |= set(clique)
    assert seen == set(range(9))
    assert len(tree.edges) == math.comb(size, 2) + (9 - size) * (size - 1)


def test_a_tree_of_edges_is_the_maximum_spanning_tree(S: Floats) -> None:
    from scipy.sparse.csgraph import minimum_spanning_tree

    edges = heaviest_tree_of_cliques(S, 2).edges
    weights = np.triu(S**2, 1)
    expected = minimum_spanning_tree(-weights).sum()
    assert -weights[edges[:, 0], edges[:, 1]].sum() == pytest.approx(expected, rel=1e-12)


def test_proportional_fitting_is_optimal_on_a_lattice(S: Floats) -> None:
    edges = lattice_edges(3)
    check_optimal(S, proportional_fitting(S, edges), edges, 1e-12)


def test_proportional_fitting_on_cliques_agrees_with_their_sum(S: Floats) -> None:
    tree = heaviest_tree_of_cliques(S, 4)
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
    np.testing.assert_allclose(np.diagonal(shrunk(S, 0.1)), 1)


# ---- the cone


def test_log_det_is_finite_outside_of_the_cone_and_the_guard_is_not() -> None:
    model = bound(np.eye(2), np.array([[0, 1]]))
    inside, outside = np.array([1.0, 1.0, 0.5]), np.array([1.0, 1.0, 2.0])
    assert model.contains(inside)
    assert not model.contains(outside)
    assert math.isfinite(model.model.energy(outside))  # log|det|, not log det
    assert model.energy(outside) == math.inf
    assert np.isnan(model.gradient(outside)).all()
    value, gradient = model.energy_and_gradient(outside)
    assert value == math.inf
    assert np.isnan(gradient).all()
    assert model.energy(-inside) == math.inf  # its determinant is positive
    assert model.energy_and_gradient(inside)[0] == pytest.approx(2 - math.log(0.75))


def test_without_the_guard_the_energy_falls_without_bound() -> None:
    model = bound(np.eye(2), np.array([[0, 1]])).model
    g = np.array([-1.0, -1.0, 0.0])
    assert model.energy(1e3 * g) < model.energy(1e2 * g) < model.energy(10 * g) < 0


@pytest.mark.parametrize("method", ["l-bfgs", "conjugate-gradient"])
def test_solvers_reach_the_optimum_of_a_lattice(S: Floats, method: str) -> None:
    edges = lattice_edges(3)
    model = bound(S, edges)
    optimum = proportional_fitting(S, edges)
    start = graph_pattern(9, edges).pack(np.eye(9))
    found = solve(model, start, method, max_seconds=10, energy_rtol=1e-15)
    assert found.fun == pytest.approx(likelihood(S, optimum), rel=1e-9)
    np.testing.assert_allclose(model.unpack(found.x).toarray(), optimum, rtol=1e-3, atol=1e-3)


def test_the_model_agrees_with_the_likelihood(S: Floats) -> None:
    edges = lattice_edges(3)
    Theta = proportional_fitting(S, edges)
    g = graph_pattern(9, edges).pack(Theta)
    model = bound(S, edges)
    assert model.energy(g) == pytest.approx(likelihood(S, Theta), rel=1e-12)
    assert abs(model.gradient(g)).max() < 1e-11


# ---- real data


def test_references_of_real_data_are_optimal() -> None:
    pytest.importorskip("sklearn")
    for instance in (breast_cancer(), digits()):
        S, pattern = instance.data["S"], instance.data["Theta"]
        assert isinstance(pattern, Pattern)
        assert instance.reference is not None
        # tr(S Θ) = p at the optimum: scaling Θ changes nothing to first order.
        assert instance.reference < likelihood(S, np.eye(len(S))) == len(S)
        np.testing.assert_allclose(np.diagonal(S), 1)


def test_solving_the_digits_reaches_the_fitted_optimum() -> None:
    pytest.importorskip("sklearn")
    instance = digits()
    found = solve(instance.bind(backend="numpy"), instance.g0, "l-bfgs", energy_rtol=1e-15)
    assert found.fun == pytest.approx(instance.reference, rel=1e-10)
