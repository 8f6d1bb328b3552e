"""Bounds hold for entries, also where ties and constraints join them."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from benchmarks.instances.graphs import learnt_laplacian
from nzdiff.solvers import InteriorPoint, Status
from nzdiff.solvers.cones.entries import bounds_of_entries

(n,) = nz.dims("n")
A, X = nz.dense("A", n, n), nz.sparse("X", n, n)
NEAREST = nz.Problem(nz.sumsq(X - A), wrt=X)


def simplex(v: Any) -> Any:
    """The nearest point with sum 1 and no negative entry."""
    u = np.sort(v)[::-1]
    t = (np.cumsum(u) - 1.0) / np.arange(1, len(v) + 1)
    return np.maximum(v - t[np.nonzero(u > t)[0][-1]], 0.0)


@pytest.mark.parametrize("size", [4, 12])
def test_rows_on_the_simplex(size: int, rng: np.random.Generator) -> None:
    a = rng.standard_normal((size, size))
    pattern = nz.Pattern.full((size, size)).with_row_sums(np.ones(size), np.ones(size))
    model = NEAREST.bind(A=a, X=pattern, backend="numpy")
    for start in (np.zeros(model.size), 5.0 * rng.standard_normal(model.size)):
        result = nz.solve(model, start, bounds=(0.0, None))
        found = model.unpack(result.x).toarray()
        assert result.success and result.method == "interior-point", result.message
        assert found.min() >= 0.0
        np.testing.assert_allclose(found, [simplex(row) for row in a], atol=1e-6)


@pytest.mark.parametrize("room", [1e-1, 1e-4, 1e-7])
def test_bounds_on_both_sides_of_the_start(room: float, rng: np.random.Generator) -> None:
    """At 1/3 everywhere, in the middle, what the bounds push cancels."""
    a = rng.standard_normal((3, 3))
    pattern = nz.Pattern.full((3, 3)).with_row_sums(np.ones(3), np.ones(3))
    model = NEAREST.bind(A=a, X=pattern, backend="numpy")
    bounds = (1 / 3 - room, 1 / 3 + room)
    result = nz.solve(model, np.zeros(model.size), bounds=bounds)
    found = model.unpack(result.x).toarray()
    assert result.success, result.message
    least = np.argmin(a, axis=1), np.argmax(a, axis=1)
    if room < 1e-3:  # the extremes of each row take all the room
        for entry, sign in zip(least, (-1.0, 1.0), strict=True):
            np.testing.assert_allclose(
                found[np.arange(3), entry], 1 / 3 + sign * room, atol=1e-3 * room
            )


def test_a_symmetric_stochastic_matrix(rng: np.random.Generator) -> None:
    a = rng.standard_normal((6, 6))
    a = a + a.T
    pattern = nz.Pattern.full((6, 6)).symmetric().with_row_sums(np.ones(6), np.ones(6))
    model = NEAREST.bind(A=a, X=pattern, backend="numpy")
    result = nz.solve(model, np.zeros(model.size), bounds=(0.0, 1.0))
    found = model.unpack(result.x).toarray()
    assert result.success and found.min() >= 0.0 and found.max() <= 1.0
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    # optimal to first order: ⟨2 (X − A), Y − X⟩ ≥ 0 for permutations and their symmetric parts
    gradient = 2.0 * (found - a)
    for _ in range(200):
        P = np.eye(6)[rng.permutation(6)]
        assert np.sum(gradient * (0.5 * (P + P.T) - found)) > -1e-6


def test_bounds_of_tied_entries_meet(rng: np.random.Generator) -> None:
    """Of x and −x both in [−1, 2]: x in [−1, 1]."""
    a = np.array([[0.0, 5.0], [-5.0, 0.0]])
    pattern = nz.Pattern(([0, 1], [1, 0]), (2, 2)).skew()
    model = NEAREST.bind(A=a, X=pattern, backend="numpy")
    for method in ("auto", "newton", "l-bfgs", "barzilai-borwein"):
        result = nz.solve(model, np.zeros(1), method, bounds=(-1.0, 2.0))
        assert result.success
        np.testing.assert_allclose(model.unpack(result.x).toarray(), a / 5.0)
    each = nz.solve(model, np.zeros(1), bounds=(np.array([-3.0, -2.0]), 4.0))  # of stored entries
    np.testing.assert_allclose(model.unpack(each.x).toarray(), 2.0 / 5.0 * a)


def test_bounds_that_leave_no_room_are_refused() -> None:
    fixed = nz.Pattern.full((2, 2)).fixed({0: 3.0})
    model = NEAREST.bind(A=np.eye(2), X=fixed, backend="numpy")
    with pytest.raises(ValueError, match="entry 0 of the stored ones is fixed to 3 by the pattern"):
        nz.solve(model, np.ones(3), bounds=(0.0, 1.0))
    sums = nz.Pattern.full((2, 2)).with_row_sums(np.ones(2), np.array([1.0, 5.0]))
    model = NEAREST.bind(A=np.eye(2), X=sums, backend="numpy")
    with pytest.raises(ValueError, match=r"the entries that are tied to g\[1\] leave it no value"):
        nz.solve(model, np.zeros(2), bounds=(0.0, 1.0))
    sums = nz.Pattern.full((3, 3)).with_row_sums(np.ones(3), np.array([1.0, 5.0, 1.0]))
    model = NEAREST.bind(A=np.eye(3), X=sums, backend="numpy")
    with pytest.raises(ValueError, match="the largest room that all have is"):
        nz.solve(model, np.zeros(6), bounds=(0.0, 1.0))
    with pytest.raises(ValueError, match=r"expected a number or shape \(9,\), got \(6,\)"):
        nz.solve(model, np.zeros(6), bounds=(np.zeros(6), 1.0))
    with pytest.raises(ValueError, match="expected method="):
        nz.solve(model, np.zeros(6), "newton", bounds=(0.0, 9.0))
    with pytest.raises(ValueError, match="expected bounds on entries that constraints join"):
        nz.solve(model, np.zeros(6), InteriorPoint())


def test_a_likelihood_on_the_simplex(rng: np.random.Generator) -> None:
    """−Σ C log X with row sums 1, undefined outside: the frequencies; without data, at 0."""
    C = nz.sparse("C", n, n)
    counts = rng.integers(1, 100, (5, 5)).astype(float)
    problem = nz.Problem(-nz.total(nz.hadamard(C, nz.map_nonzeros(nz.log, X))), wrt=X)
    pattern = nz.Pattern.full((5, 5)).with_row_sums(np.ones(5), np.ones(5))
    model = problem.bind(C=sparse.csr_array(counts), X=pattern, backend="numpy")
    result = nz.solve(model, np.zeros(model.size), bounds=(0.0, None))
    assert result.success
    expected = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.unpack(result.x).toarray(), expected, atol=1e-5)


def test_time_and_iterations_are_kept(rng: np.random.Generator) -> None:
    pattern = nz.Pattern.full((8, 8)).with_row_sums(np.ones(8), np.ones(8))
    model = NEAREST.bind(A=rng.standard_normal((8, 8)), X=pattern, backend="numpy")
    start = np.zeros(model.size)
    assert nz.solve(model, start, bounds=(0.0, 1.0), max_iterations=3).nit == 3
    spent = nz.solve(model, start, bounds=(0.0, 1.0), max_seconds=0.0)
    assert spent.status is Status.MAX_SECONDS


def test_bounds_on_entries_of_one_unknown_each_are_a_box_whatever_others_join() -> None:
    """Weights ≥ 0 of a Laplacian, whose diagonal has no bounds: no interior point is needed."""
    instance = learnt_laplacian(12)
    model = instance.bind(backend="numpy")
    found = bounds_of_entries(model, instance.bounds)
    assert found.box is not None and found.polyhedron is None
    np.testing.assert_array_equal(found.box.upper, np.zeros(model.size))
    np.testing.assert_array_equal(found.box.lower, np.full(model.size, -np.inf))
    result = nz.solve(model, instance.g0, "newton", bounds=instance.bounds)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-12)
