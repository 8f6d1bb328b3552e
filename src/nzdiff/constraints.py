"""Constraints on stored values = M g + offset as maps g = N h + x of what they leave free.

`signed_ties`: values that are equal up to a sign; h holds one of each kind.
`constraint_basis`: any linear constraints; N is orthonormal and x the shortest solution where
    few entries hang together, else N is sparse: a constraint determines one entry by the others.
`row_sum_basis`: the sum of each row, in closed form.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import qr, solve_triangular
from scipy.sparse.csgraph import connected_components

from nzdiff.memory import check_fits

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Map = tuple[sparse.csr_array, Floats]

ROUNDING = 1e-14
"""Less than this, relative to the largest number of a constraint, is what rounding left of 0."""
RANK = 1e-12
"""Singular values below RANK · (the largest) count as 0."""
WIDE = 40
"""From so many numbers an unknown on, an orthonormal basis gives way to a sparse one."""
ROUNDS, GROWTH = 200, 1e4
"""A sparse basis is solved for in fewer steps one after the other, and no number of it is larger:
else an orthonormal one is made, which is stable whatever the constraints are."""
DEFERRED = 40
"""Constraints that may be left when the others have been solved one by one."""
PIVOT = 0.1
"""An entry is determined by a constraint where it counts at least so much of the largest there."""
LEAST = 1e-300
"""The least number by which a row of constraints can be divided."""
BYTES = 100
"""Memory for each number of a basis while it is made: measured."""
CONTRADICTION = 1e-9
"""A constraint may be missed by this much of its own terms."""


def signed_ties(
    M: sparse.csr_array,
    offset: Floats,
    positions: NDArray[Any],
    labels: NDArray[Any],
    signs: Floats,
) -> Map:
    """g = Z h + z of all g with (M g + offset)[positions] = signs · (one value per label).

    A stored value must be one of g, up to its sign, or a constant.  Then everything follows from
    connected components of a graph: each label and each entry of g has two nodes, for itself and
    for its negative, and each position an edge.  A value in one component with its negative is 0.
    Unknowns come in order of the lowest label in which they stand.
    """
    M = M.copy()
    M.eliminate_zeros()
    moving = np.diff(M.indptr) == 1
    if (np.diff(M.indptr) > 1).any() or (np.abs(M.data) != 1).any() or offset[moving].any():
        raise ValueError(
            "each stored value must be one entry of g, its negative or a constant; apply this "
            "before constrained(), with_row_sums() and mapped(), and without duplicates"
        )
    kinds, size = int(labels.max(initial=-1)) + 1, M.shape[1]
    entry, sign = np.zeros(moving.size, dtype=np.int64), np.zeros(moving.size)
    entry[moving], sign[moving] = M.indices, M.data
    at, where = moving[positions], positions[moving[positions]]
    value, negative = labels, labels + kinds
    opposite = signs[at] * sign[where] < 0
    ends = 2 * kinds + entry[where] + size * opposite, 2 * kinds + entry[where] + size * ~opposite
    edges = np.concatenate([value[at], negative[at]]), np.concatenate(ends)
    nodes = 2 * (kinds + size)
    graph = sparse.csr_array((np.ones(edges[0].size), edges), shape=(nodes, nodes))
    count, component = connected_components(graph, directed=False)
    known = np.full(count, np.nan)
    for plus, minus in (np.split(half, 2) for half in np.split(component, [2 * kinds])):
        known[plus[plus == minus]] = 0.0
    constant = signs[~at] * offset[positions[~at]]
    known[component[value[~at]]], known[component[negative[~at]]] = constant, -constant
    if (known[component[value[~at]]] != constant).any():
        raise ValueError("this contradicts the values that are fixed already; free them before")
    plus, minus = np.split(component[: 2 * kinds], 2)
    first = np.sort(np.unique(np.minimum(plus, minus), return_index=True)[1])
    first = first[np.isnan(known[plus[first]])]
    column, factor = np.full(count, -1), np.zeros(count)
    column[plus[first]] = column[minus[first]] = np.arange(first.size)
    factor[plus[first]], factor[minus[first]] = 1.0, -1.0
    of_entry = component[2 * kinds : 2 * kinds + size]
    free = np.flatnonzero(column[of_entry] >= 0)
    entries = (factor[of_entry[free]], (free, column[of_entry[free]]))
    Z = sparse.csr_array(entries, shape=(size, first.size))
    return Z, np.nan_to_num(known[of_entry])


def least_squares(M: sparse.csr_array, adjoint: sparse.csr_array, target: Floats) -> Floats:
    """The shortest g of least |M g − target|; adjoint is Mᵀ.  Ties are means: no iteration."""
    squares = _diagonal(adjoint @ M)
    if squares is not None:
        sums = np.asarray(adjoint @ target)
        mean: Floats = np.divide(sums, squares, out=np.zeros_like(sums), where=squares > 0)
        return mean
    return np.asarray(sparse.linalg.lsqr(M, target, atol=1e-14, btol=1e-14)[0])


def _diagonal(matrix: sparse.csr_array) -> Floats | None:
    """The diagonal of a matrix that has nothing else; None for others."""
    diagonal = np.asarray(matrix.diagonal())
    gap = matrix - sparse.diags_array(diagonal, format="csr")
    least = diagonal[diagonal > 0].min(initial=np.inf)
    small = gap.nnz == 0 or np.abs(gap.data).max() < 1e-12 * least
    return diagonal if small else None


def constraint_basis(A: sparse.csr_array, M: sparse.csr_array, offset: Floats, b: Floats) -> Map:
    """N and x with A (M (N h + x) + offset) = b for every h; see the head of this file.

    A and M are CSR of shapes (r, k) and (k, size).  Constraints and entries of g are taken apart
    into components that have nothing in common; those of one size are decomposed together.
    """
    missing = b - A @ offset
    peaks = _row_peaks(A, M)
    tiny = (peaks > 0) & (peaks < LEAST)
    if tiny.any() or not np.isfinite(peaks).all():
        row = int((tiny | ~np.isfinite(peaks)).argmax())
        raise ValueError(
            f"A: expected numbers between {LEAST:g} and {1 / LEAST:g}, got {peaks[row]:.3g} as the "
            f"largest of row {row}; scale the row and its b"
        )
    weight = _reciprocal(peaks)  # rows of like size: ranks are clear
    A_g = sparse.csr_array(sparse.diags_array(weight) @ A @ M)
    A_g.data[np.abs(A_g.data) < ROUNDING] = 0.0
    A_g.eliminate_zeros()
    N, x = _null_space(A_g, weight * missing)
    stored = M @ x
    gap = A @ stored - missing
    terms = np.abs(b) + abs(A) @ (np.abs(offset) + abs(M) @ np.abs(x))
    size = np.asarray(abs(A).sum(axis=1)).ravel() * np.abs(stored + offset).max(initial=0.0)
    contradicted = np.abs(gap) > CONTRADICTION * terms + ROUNDING * size
    if contradicted.any():
        row = int(contradicted.argmax())
        raise ValueError(
            f"pattern: the constraints contradict each other, the pattern or what is fixed: the "
            f"nearest solution misses b[{row}] = {b[row]:.6g} by {abs(gap[row]):.3g}; "
            "change b, drop that row or free entries"
        )
    return N, x


def _null_space(A: sparse.csr_array, d: Floats) -> Map:
    """N and x with A (N h + x) = d, component by component.

    A column of an orthonormal N stands where the first entry of its component stood, one of a
    sparse N where its free entry stood.
    """
    r, size = A.shape
    entries = A.tocoo()
    nodes = (entries.row, entries.col + r)
    graph = sparse.csr_array((np.ones(A.nnz), nodes), shape=(r + size, r + size))
    count, component = connected_components(graph, directed=False)
    rows, cols = _Members(component[:r], count), _Members(component[r:], count)
    owner = component[entries.row]
    x = np.zeros(size)
    alone = np.flatnonzero(rows.counts[component[r:]] == 0)
    parts = [(np.ones(alone.size), alone, np.arange(alone.size))]
    places = [alone]  # of each column of N: where its component begins
    sizes = np.stack([rows.counts, cols.counts], axis=1)
    kinds, kind = np.unique(sizes, axis=0, return_inverse=True)
    is_wide = [min(r, k) > 0 and _basis_numbers(int(r), int(k)) > WIDE * k for r, k in kinds]
    wide = np.array(is_wide, dtype=bool)[kind.ravel()]
    sparse_basis = _sparse_null_space(A, d, wide[component[:r]], wide[component[r:]])
    if sparse_basis is not None:
        found, free, x[:] = sparse_basis
        found = found.tocoo()
        parts.append((found.data, found.row, alone.size + found.col))
        places.append(free)
        sizes[wide] = 0
    kinds, counts = np.unique(sizes[(sizes > 0).all(axis=1)], axis=0, return_counts=True)
    _check_price(kinds, counts)
    for height, width in kinds:
        members = np.flatnonzero((sizes == (height, width)).all(axis=1))
        number = np.full(count, -1)
        number[members] = np.arange(members.size)
        mine = number[owner] >= 0
        i, j = entries.row[mine], entries.col[mine]
        blocks = np.zeros((members.size, height, width))
        blocks[number[owner[mine]], rows.place[i], cols.place[j]] = entries.data[mine]
        entry = cols.of(members, width)
        basis, solution = _block_null_spaces(blocks, d[rows.of(members, height)])
        x[entry.ravel()] = solution
        first = sum(place.size for place in places)
        basis = basis.tocoo()
        parts.append((basis.data, entry.ravel()[basis.row], first + basis.col))
        start = np.zeros(basis.shape[1], dtype=np.int64)
        start[basis.col] = entry[basis.row // width, 0]
        places.append(start)
    data, where, column = (_joined(arrays) for arrays in zip(*parts, strict=True))
    rank = np.argsort(np.argsort(np.concatenate(places), kind="stable"))
    return sparse.csr_array((data, (where, rank[column])), shape=(size, rank.size)), x


def _sparse_null_space(
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


def _check_price(kinds: NDArray[Any], counts: NDArray[Any]) -> None:
    """MemoryError before a basis is made that does not fit, with the largest component."""
    if not counts.size:
        return
    prices = [
        float(n) * (16 * r * k + BYTES * _basis_numbers(int(r), int(k)))
        for (r, k), n in zip(kinds, counts, strict=True)
    ]
    r, k = kinds[int(np.argmax(prices))]
    check_fits(
        f"pattern: an orthonormal basis for {r} constraints that hang together on {k} entries",
        sum(prices),
        "constrain fewer entries at a time, or add a penalty to the energy",
    )


def _basis_numbers(r: int, k: int) -> float:
    """About how many numbers `_block_null_spaces` stores for r constraints on k entries."""
    w = max(2 * r, 8)
    return k * min(k, w * (1 + log(max(k / w, 1)) / log(w / r)))


class _Members:
    """What belongs to each of `count` components, and at which place."""

    def __init__(self, component: NDArray[Any], count: int) -> None:
        self.counts = np.bincount(component, minlength=count)
        self._order = np.argsort(component, kind="stable")
        self._start = np.cumsum(self.counts) - self.counts
        self.place = np.empty(component.size, dtype=np.int64)
        self.place[self._order] = np.arange(component.size) - self._start[component[self._order]]

    def of(self, components: NDArray[Any], size: int) -> NDArray[Any]:
        """The members of components of one size, shape (components, size)."""
        return np.asarray(self._order[self._start[components, None] + np.arange(size)])


def _block_null_spaces(A: Floats, d: Floats) -> Map:
    """`_null_space` of the block diagonal matrix of A, shape (m, r, k), and d, (m, r).

    A wide block would have a dense basis of k² numbers.  Its columns are taken in groups of w:
    of each, an orthogonal matrix turns all but r against the constraints; the r others of all
    groups are a narrower problem of the same kind.  N then has about w · log(k) numbers in a row.
    """
    m, r, k = A.shape
    w = max(2 * r, 8)
    if k < 2 * w:
        return _dense_null_spaces(A, d)
    groups = k // w
    turned = A[:, :, : groups * w].reshape(m, r, groups, w).transpose(0, 2, 3, 1)
    Q, R = np.linalg.qr(turned, mode="complete")
    first = np.arange(m)[:, None, None, None] * k + np.arange(groups)[:, None, None] * w
    rows = np.broadcast_to(first + np.arange(w)[:, None], Q.shape)
    cols = np.broadcast_to(first + np.arange(w), Q.shape)
    rest = (np.arange(m)[:, None] * k + np.arange(groups * w, k)).ravel()
    parts = [(Q, rows, cols), (np.ones(rest.size), rest, rest)]
    data, where, column = (_joined(arrays) for arrays in zip(*parts, strict=True))
    rotation = sparse.csc_array((data, (where, column)), shape=(m * k, m * k))
    place = np.arange(m * k) % k
    kept = (place >= groups * w) | (place % w < r)
    narrow = R[:, :, :r].transpose(0, 3, 1, 2).reshape(m, r, groups * r)
    narrower = np.concatenate([narrow, A[:, :, groups * w :]], axis=2)
    N, x = _block_null_spaces(narrower, d)
    carried = rotation[:, kept]
    return sparse.hstack([rotation[:, ~kept], carried @ N], format="csr"), carried @ x


def _dense_null_spaces(A: Floats, d: Floats) -> Map:
    """`_block_null_spaces` by singular value decompositions."""
    m, r, k = A.shape
    U, s, V = np.linalg.svd(A, full_matrices=r < k)
    ruling = s > RANK * s.max(axis=1, keepdims=True, initial=0.0)
    inverse = np.divide(1.0, s, out=np.zeros_like(s), where=ruling)
    x = np.einsum("mr,mrs,ms,msk->mk", d, U[:, :, : s.shape[1]], inverse, V[:, : s.shape[1]])
    member, row = np.nonzero(np.arange(k) >= ruling.sum(axis=1)[:, None])
    basis = V[member, row]
    where = member[:, None] * k + np.arange(k)
    column = np.broadcast_to(np.arange(member.size)[:, None], where.shape)
    entries = (basis.ravel(), (where.ravel(), column.ravel()))
    N = sparse.csr_array(entries, shape=(m * k, member.size))
    N.eliminate_zeros()
    return N, x.ravel()


def _row_peaks(A: sparse.csr_array, M: sparse.csr_array) -> Floats:
    """The largest number of each row of A that meets a row of M, times the largest of M."""
    entries = A.tocoo()
    peaks = np.zeros(A.shape[0])
    np.maximum.at(peaks, entries.row, np.abs(entries.data) * (np.diff(M.indptr) > 0)[entries.col])
    return np.asarray(peaks * np.abs(M.data).max(initial=0.0))


def _reciprocal(values: Floats) -> Floats:
    """1 / values, and 0 for 0."""
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def row_sum_basis(indptr: Indices, weight: Floats, value: Floats) -> Map:
    """Orthonormal N and offset c with (N h + c)·weight = value in each row.

    N holds columns 2..q of the Householder reflector that takes weight / |weight| to the first
    axis; c = weight · value / |weight|².  Rows of one length are handled together.
    """
    counts = np.diff(indptr)
    owner = np.repeat(np.arange(counts.size), counts)
    peak = np.zeros(counts.size)
    np.maximum.at(peak, owner, np.abs(weight))
    scale = np.where(peak > 0, peak, 1.0)
    weight, given = weight / scale[owner], value  # squares neither overflow nor vanish
    with np.errstate(over="ignore"):
        value = value / scale
    square = np.add.reduceat(np.append(weight**2, 0.0), indptr[:-1]) * (counts > 0)
    unreachable = ((square == 0) & (value != 0)) | ~np.isfinite(value)
    if unreachable.any():
        row = int(np.flatnonzero(unreachable)[0])
        raise ValueError(
            f"pattern: row {row} cannot reach the sum {given[row]:.6g}: "
            "it has no stored position with a nonzero weight"
        )
    constrained = square > 0
    wide = int(counts.max(initial=0))
    check_fits(
        f"pattern: orthonormal bases for the sums of rows of up to {wide} entries",
        BYTES * float(counts.astype(np.float64) @ counts),
        "constrained() needs less for rows of many entries",
    )
    first = np.concatenate([[0], np.cumsum(counts - constrained)])
    groups = [(q, kind) for q in np.unique(counts[counts > 0]) for kind in (True, False)]
    parts = []
    for q, kind in groups:
        members = np.flatnonzero((counts == q) & (constrained == kind))
        entries = indptr[members, None] + np.arange(q)
        basis = _reflected(weight[entries]) if kind else np.tile(np.eye(q), (members.size, 1, 1))
        columns = first[members, None, None] + np.arange(basis.shape[2])
        parts.append(np.broadcast_arrays(basis, entries[:, :, None], columns))
    data, rows, cols = (_joined(arrays) for arrays in zip(*parts, strict=True)) if parts else _EMPTY
    size = (weight.size, int(first[-1]))
    scale = np.divide(value, square, out=np.zeros_like(square), where=constrained)
    return sparse.csr_array((data, (rows, cols)), shape=size), weight * scale[owner]


_EMPTY = (np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _reflected(w: Floats) -> Floats:
    """Columns 2..q of I − 2 u uᵀ / uᵀu with u = w / |w| ± e₁, for each row of w, (rows, q)."""
    q = w.shape[1]
    u = w / np.linalg.norm(w, axis=1, keepdims=True)
    u[:, 0] += np.where(u[:, 0] >= 0, 1.0, -1.0)
    factor = 2.0 / np.sum(u * u, axis=1)
    return np.asarray(np.eye(q)[:, 1:] - factor[:, None, None] * u[:, :, None] * u[:, None, 1:])


def _joined(arrays: tuple[NDArray[Any], ...]) -> NDArray[Any]:
    return np.concatenate([array.ravel() for array in arrays])
