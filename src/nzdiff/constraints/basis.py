"""Any linear constraints: N and x with A (M (N h + x) + offset) = b for every h.

N is orthonormal and x the shortest solution where few entries hang together, else N is sparse: a
constraint determines one entry by the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.constraints.orthonormal import BYTES, basis_numbers, block_null_spaces, joined
from nzdiff.constraints.sparse_basis import WIDE, sparse_null_space
from nzdiff.memory import check_fits

Floats = NDArray[np.float64]
Map = tuple[sparse.csr_array, Floats]

ROUNDING = 1e-14
"""Less than this, relative to the largest number of a constraint, is what rounding left of 0."""
LEAST = 1e-300
"""The least number by which a row of constraints can be divided."""
CONTRADICTION = 1e-9
"""A constraint may be missed by this much of its own terms."""


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
    from scipy.sparse.csgraph import connected_components

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
    is_wide = [min(r, k) > 0 and basis_numbers(int(r), int(k)) > WIDE * k for r, k in kinds]
    wide = np.array(is_wide, dtype=bool)[kind.ravel()]
    sparse_basis = sparse_null_space(A, d, wide[component[:r]], wide[component[r:]])
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
        basis, solution = block_null_spaces(blocks, d[rows.of(members, height)])
        x[entry.ravel()] = solution
        first = sum(place.size for place in places)
        basis = basis.tocoo()
        parts.append((basis.data, entry.ravel()[basis.row], first + basis.col))
        start = np.zeros(basis.shape[1], dtype=np.int64)
        start[basis.col] = entry[basis.row // width, 0]
        places.append(start)
    data, where, column = (joined(arrays) for arrays in zip(*parts, strict=True))
    rank = np.argsort(np.argsort(np.concatenate(places), kind="stable"))
    return sparse.csr_array((data, (where, rank[column])), shape=(size, rank.size)), x


def _check_price(kinds: NDArray[Any], counts: NDArray[Any]) -> None:
    """MemoryError before a basis is made that does not fit, with the largest component."""
    if not counts.size:
        return
    prices = [
        float(n) * (16 * r * k + BYTES * basis_numbers(int(r), int(k)))
        for (r, k), n in zip(kinds, counts, strict=True)
    ]
    r, k = kinds[int(np.argmax(prices))]
    check_fits(
        f"pattern: an orthonormal basis for {r} constraints that hang together on {k} entries",
        sum(prices),
        "constrain fewer entries at a time, or add a penalty to the energy",
    )


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


def _row_peaks(A: sparse.csr_array, M: sparse.csr_array) -> Floats:
    """The largest number of each row of A that meets a row of M, times the largest of M."""
    entries = A.tocoo()
    peaks = np.zeros(A.shape[0])
    np.maximum.at(peaks, entries.row, np.abs(entries.data) * (np.diff(M.indptr) > 0)[entries.col])
    return np.asarray(peaks * np.abs(M.data).max(initial=0.0))


def _reciprocal(values: Floats) -> Floats:
    """1 / values, and 0 for 0."""
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)
