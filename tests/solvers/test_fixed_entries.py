"""Bounds that are equal fix an entry, and bounds may be matrices of the unknowns."""

from typing import Any

import numpy as np
import pytest
from scipy import optimize, sparse

import nzdiff as nz
from nzdiff.solvers import InteriorPoint

(n,) = nz.dims("n")
A, X = nz.dense("A", n, n), nz.sparse("X", n, n)
NEAREST = nz.Problem(nz.sumsq(X - A), wrt=X)
S = nz.sparse("S", n, n, symmetric=True)
FULL = nz.Pattern.full((3, 3))
SUMS = FULL.with_row_sums(np.ones(3), np.ones(3))


def simplex(v: Any, total: float) -> Any:
    """The nearest point with this sum and no negative entry."""
    u = np.sort(v)[::-1]
    t = (np.cumsum(u) - total) / np.arange(1, len(v) + 1)
    return np.maximum(v - t[np.nonzero(u > t)[0][-1]], 0.0)


def test_an_entry_on_the_simplex_is_fixed(rng: np.random.Generator) -> None:
    a = rng.standard_normal((3, 3))
    model = NEAREST.bind(A=a, X=SUMS, backend="numpy")
    lower, upper = np.zeros((3, 3)), np.full((3, 3), np.inf)
    lower[0, 1] = upper[0, 1] = 0.25
    for method in ("auto", "interior-point", InteriorPoint()):
        result = nz.solve(model, np.zeros(6), method, bounds=(lower, upper))
        found = model.unpack(result.x).toarray()
        assert result.success and result.method == "interior-point", result.message
        np.testing.assert_allclose(found[0, [0, 2]], simplex(a[0, [0, 2]], 0.75), atol=1e-6)
        assert found[0, 1] == pytest.approx(0.25, abs=1e-12)
        np.testing.assert_allclose(found[1], simplex(a[1], 1.0), atol=1e-6)


def test_fixed_entries_alone_leave_a_linear_system(rng: np.random.Generator) -> None:
    a = rng.standard_normal((3, 3))
    model = NEAREST.bind(A=a, X=SUMS, backend="numpy")
    lower, upper = np.full((3, 3), -np.inf), np.full((3, 3), np.inf)
    lower[0, 1] = upper[0, 1] = 0.25
    result = nz.solve(model, np.zeros(6), bounds=(lower, upper))
    rest = a[0, [0, 2]]
    assert result.success, result.message
    np.testing.assert_allclose(
        model.unpack(result.x).toarray()[0, [0, 2]], rest + 0.5 * (0.75 - rest.sum()), atol=1e-9
    )
    every = nz.solve(model, np.zeros(6), bounds=(np.full((3, 3), 1 / 3), np.full((3, 3), 1 / 3)))
    assert every.success
    np.testing.assert_allclose(model.unpack(every.x).toarray(), 1 / 3)


def test_fixed_entries_that_contradict_the_pattern_are_refused() -> None:
    model = NEAREST.bind(A=np.eye(3), X=SUMS, backend="numpy")
    with pytest.raises(ValueError, match="the 9 entries of equal bounds have these values"):
        nz.solve(model, np.zeros(6), bounds=(0.5, 0.5))


def test_the_nearest_correlation_matrix() -> None:
    """Unit diagonal in the cone: of this matrix it is known (Higham 2002)."""
    a = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    problem = nz.Problem(nz.sumsq(S - A), wrt=S)
    lower, upper = np.full((3, 3), -np.inf), np.full((3, 3), np.inf)
    np.fill_diagonal(lower, 1.0)
    np.fill_diagonal(upper, 1.0)
    model = problem.bind(A=a, S=FULL.symmetric(), backend="numpy")
    result = nz.solve(model, np.eye(3), bounds=(lower, upper), semidefinite=True)
    known = np.array([[1.0, 0.7607, 0.1573], [0.7607, 1.0, 0.7607], [0.1573, 0.7607, 1.0]])
    assert result.success, result.message
    np.testing.assert_allclose(model.unpack(result.x).toarray(), known, atol=1e-4)


def test_bounds_are_matrices_dense_or_sparse(rng: np.random.Generator) -> None:
    a, low = rng.standard_normal((3, 3)), rng.uniform(-0.5, 0.0, (3, 3))
    pattern = nz.Pattern(([2, 0, 1, 0], [0, 1, 1, 0]), (3, 3))  # g is not in the order of rows
    model = NEAREST.bind(A=a, X=pattern, backend="numpy")
    kept = pattern.to_csr(np.ones(4)).toarray()
    expected = np.maximum(a, low) * kept
    for lower in (low, sparse.csr_array(low), sparse.coo_matrix(low)):
        for bounds in ((lower, None), (lower, np.full((3, 3), np.inf)), ((lower,), None)):
            result = nz.solve(model, np.zeros(4), bounds=bounds)
            assert result.success
            np.testing.assert_allclose(model.unpack(result.x).toarray(), expected, atol=1e-7)
    same = nz.solve(model, np.zeros(4), bounds=optimize.Bounds(low, np.full((3, 3), np.inf)))
    np.testing.assert_allclose(model.unpack(same.x).toarray(), expected, atol=1e-7)
    tied = NEAREST.bind(A=a, X=FULL.symmetric(), backend="numpy")
    found = nz.solve(tied, np.zeros((3, 3)), bounds=(low, None))
    np.testing.assert_allclose(
        tied.unpack(found.x).toarray(),
        np.maximum(0.5 * (a + a.T), np.maximum(low, low.T)),
        atol=1e-7,
    )


def test_each_unknown_has_a_matrix_of_bounds(rng: np.random.Generator) -> None:
    U, V = nz.dense("U", n, n), nz.dense("V", n, n)
    model = nz.Problem(nz.sumsq(U - A) + nz.sumsq(V + A), wrt=(U, V)).bind(
        A=np.eye(2), U=(2, 2), V=(2, 2), backend="numpy"
    )
    result = nz.solve(model, np.zeros(8), bounds=((np.full((2, 2), 0.5), None), (None, 0.25)))
    U_found, V_found = model.unpack(result.x)
    np.testing.assert_allclose(U_found, [[1.0, 0.5], [0.5, 1.0]], atol=1e-8)
    np.testing.assert_allclose(V_found, -np.eye(2), atol=1e-8)


def test_matrices_that_are_no_bounds_are_refused() -> None:
    model = NEAREST.bind(A=np.eye(3), X=nz.Pattern.diagonal(3), backend="numpy")
    with pytest.raises(ValueError, match=r"lower: expected a matrix of shape \(3, 3\)"):
        nz.solve(model, np.zeros(3), bounds=(np.zeros((2, 3)), None))
    with pytest.raises(ValueError, match=r"entry \(0, 1\) is not stored, and so is 0, but its bou"):
        nz.solve(model, np.zeros(3), bounds=(np.ones((3, 3)), None))
    with pytest.raises(ValueError, match="expected a matrix for each of 1 unknowns"):
        nz.solve(model, np.zeros(3), bounds=((np.eye(3), np.eye(3)), None))


def test_the_interior_point_takes_plain_bounds_by_name(rng: np.random.Generator) -> None:
    a = rng.standard_normal((3, 3))
    model = NEAREST.bind(A=a, X=FULL, backend="numpy")
    result = nz.solve(model, np.zeros(9), "interior-point", bounds=(0.0, 0.5))
    assert result.success and result.method == "interior-point"
    np.testing.assert_allclose(model.unpack(result.x).toarray(), np.clip(a, 0.0, 0.5), atol=1e-5)
    with pytest.raises(ValueError, match="expected bounds on entries that constraints join"):
        nz.solve(model, np.zeros(9), "interior-point")
