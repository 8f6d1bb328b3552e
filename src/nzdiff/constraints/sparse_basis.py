"""Sparse bases: each constraint determines one entry by the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.constraints.orthonormal import RANK
from nzdiff.memory import check_fits

Floats = NDArray[np.float64]

WIDE = 40
"""From so many numbers an unknown on, an orthonormal basis gives way to a sparse one."""
ROUNDS, GROWTH = 200, 1e4
"""A sparse basis is solved for in fewer steps one after the other, and no number of it is larger:
else an orthonormal one is made, which is stable whatever the constraints are."""
DEFERRED = 40
"""Constraints that may be left when the others have been solved one by one."""
PIVOT = 0.1
"""An entry is determined by a constraint where it counts at least so much of the largest there."""


def sparse_null_space(
    A: sparse.csr_array, d: Floats, rows: NDArray[np.bool_], cols: NDArray[np.bool_]
) -> tuple[sparse.csr_array, NDArray[np.int64], Floats] | None:
    """(N, the free entry of each column, x) on some rows and columns of A that hang together.

    Constraint by constraint an entry is chosen that no later constraint meets, so that they solve
    one after the other: A_B, of the chosen entries, is triangular, N = [−A_B⁻¹ A_N; I].  Where
    each entry stands in several constraints, one of these is deferred; what the others leave of
    the deferred ones is a small dense problem, often none (row and column sums).  None where more
    than a few would have to be deferred, where numbers grow from step to step (long chains), and
    where the basis would have more than WIDE numbers an unknown.
    """
    if not rows.any():
        return None
    numbers = np.flatnonzero(cols)
    check_fits(
        f"pattern: a basis for {int(rows.sum())} constraints on {numbers.size} entries",
        300 * (A.nnz + numbers.size),
        "constrain fewer entries at a time, or add a penalty to the energy",
    )
    part, target = sparse.csr_array(A[rows][:, numbers]), d[rows]
    chosen = _chosen_entries(part)
    if chosen is None:
        return None
    rounds, basic, deferred = chosen
    order, free = np.concatenate(rounds), np.setdiff1d(np.arange(numbers.size), basic)
    by_column = sparse.csr_array(part[order]).tocsc()
    right = [-by_column[:, free], sparse.csc_array(target[order][:, None])]
    upper, right = by_column[:, basic].tocsr(), sparse.csr_array(sparse.hstack(right))
    solved = _back_substituted(upper, right, [part.size for part in rounds])
    if solved is None:
        return None
    back = np.argsort(np.concatenate([basic, free]))
    whole = sparse.vstack([solved[:, :-1], sparse.eye_array(free.size)], format="csr")
    N = sparse.csr_array(whole[back])
    x = np.zeros(numbers.size)
    x[basic] = solved[:, [-1]].toarray().ravel()
    rest = sparse.csr_array(part[deferred])
    left = sparse.csr_array(rest @ N)
    left.data[np.abs(left.data) < RANK * np.abs(rest.data).max(initial=0.0)] = 0.0
    left.eliminate_zeros()
    if left.nnz:
        Z, z, kept = _dense_pivots(left, target[deferred] - rest @ x)
        x, N, free = x + N @ z, sparse.csr_array(N @ Z), free[kept]
    if _has_grown(N.data, x, target) or N.nnz > WIDE * max(N.shape[1], 1):
        return None
    entries = N.tocoo()
    shape = (A.shape[1], N.shape[1])
    found = sparse.csr_array((entries.data, (numbers[entries.row], entries.col)), shape=shape)
    solution = np.zeros(A.shape[1])
    solution[numbers] = x
    return found, numbers[free], solution


def _dense_pivots(A: sparse.csr_array, d: Floats) -> tuple[sparse.csr_array, Floats, Any]:
    """(Z, z, which entries are free) with A (Z h + z) = d, for few rows, by pivoted QR."""
    from scipy.linalg import qr, solve_triangular

    check_fits("pattern: constraints", 24 * A.shape[0] * A.shape[1], "constrain fewer entries")
    Q, R, order = qr(A.toarray(), mode="economic", pivoting=True)
    diagonal = np.abs(np.diagonal(R))
    rank = int((diagonal > RANK * diagonal[0]).sum())
    basic, free = order[:rank], np.sort(order[rank:])
    place = np.empty(A.shape[1], dtype=np.int64)
    place[free] = np.arange(free.size)
    pivots = R[:rank, :rank]
    depend = sparse.coo_array(-solve_triangular(pivots, R[:rank, rank:]))
    data = np.concatenate([np.ones(free.size), depend.data])
    rows = np.concatenate([free, basic[depend.row]])
    cols = np.concatenate([np.arange(free.size), place[order[rank:][depend.col]]])
    z = np.zeros(A.shape[1])
    z[basic] = solve_triangular(pivots, (Q.T @ d)[:rank])
    return sparse.csr_array((data, (rows, cols)), shape=(A.shape[1], free.size)), z, free


def _chosen_entries(
    A: sparse.csr_array,
) -> tuple[list[NDArray[np.int64]], NDArray[np.int64], NDArray[np.int64]] | None:
    """(constraints in rounds, the entry that each determines, deferred constraints).

    An entry that one of the remaining constraints alone meets is determined by it; then the
    constraint is done, and others may meet entries alone.
    """
    entries = A.tocoo()
    row, col, size = (
        entries.row.astype(np.int64),
        entries.col.astype(np.int64),
        np.abs(entries.data),
    )
    peak = np.zeros(A.shape[0])
    np.maximum.at(peak, row, size)
    open_, free = peak > 0, np.ones(A.shape[1], dtype=bool)
    order, basic, deferred = [], [], [np.zeros(0, dtype=np.int64)]
    while open_.any():
        live = open_[row]
        count = np.bincount(col[live], minlength=A.shape[1])
        single = live & (count[col] == 1) & free[col] & (size >= PIVOT * peak[row])
        if single.any():
            at = np.flatnonzero(single)
            at = at[np.lexsort((-size[at], row[at]))]
            first = np.ones(at.size, dtype=bool)
            first[1:] = row[at][1:] != row[at][:-1]
            order.append(row[at[first]])
            basic.append(col[at[first]])
            free[col[at[first]]] = False
            open_[row[at[first]]] = False
            continue
        longest = np.bincount(row[live], minlength=A.shape[0])
        deferred.append(np.array([int(longest.argmax())]))
        open_[deferred[-1]] = False
        if len(deferred) > DEFERRED or len(order) > ROUNDS:
            return None
    none = [np.zeros(0, dtype=np.int64)]
    return none + order, np.concatenate(none + basic), np.concatenate(deferred)


def _back_substituted(
    upper: sparse.csr_array, right: sparse.csr_array, counts: list[int]
) -> sparse.csr_array | None:
    """upper⁻¹ right, the last rows first; rows of one count do not meet.

    The last column of `right` is the right side of the constraints.  None where it grows.
    """
    ends = np.cumsum(counts)
    reciprocal, solved = 1.0 / upper.diagonal(), sparse.csr_array((0, right.shape[1]))
    most = WIDE * right.shape[1]
    for end, count in zip(ends[::-1], counts[::-1], strict=True):
        rows = slice(end - count, end)
        part = right[rows] - upper[rows, end:] @ solved
        solved = sparse.vstack([sparse.diags_array(reciprocal[rows]) @ part, solved], format="csr")
        if solved.nnz > most or np.abs(solved.data).max(initial=0.0) > GROWTH * _scale(right):
            return None
    return sparse.csr_array(solved)


def _scale(right: sparse.csr_array) -> float:
    """The largest number, where it is larger than 1, to which rows are scaled."""
    return float(max(np.abs(right.data).max(initial=0.0), 1.0))


def _has_grown(N: Floats, x: Floats, d: Floats) -> bool:
    grown = np.abs(N).max(initial=0.0) > GROWTH
    return bool(grown or np.abs(x).max(initial=0.0) > GROWTH * np.abs(d).max(initial=0.0))
