"""What sparse products multiply, listed for index tables: by NumPy here, in C where that is there.

Both give the same lists, number by number (`nzdiff.runtime.kernel.tables` has the other one).
Patterns are CSR with sorted columns, places are those of their stored positions.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import look_up, repeated
from nzdiff.runtime.data.support import LANES

Index = NDArray[Any]
Products = tuple[Index, Index, Index]
"""(start, left, right): the places of the products of position t are start[t] .. start[t + 1]."""
Moves = tuple[Index, Index, Index, Index, Index]
"""(start, left, source, which, words) of the moves of `panels.Spread`, by strips; words: the
permutations, each LANES bytes, ascending."""


Rows = tuple[Index, Index, Index]
"""(start, size, columns): lists columns[start[e]], …, of size[e] numbers."""
Side = tuple[sparse.csr_array, Index, Index]
"""(structure, first, second): of pairs (t, u) those with (first[t], second[u]) stored."""


class Lister(Protocol):
    """Lists of what is multiplied; bytes: the memory that one multiplication takes meanwhile."""

    bytes: int

    def products(
        self,
        left: sparse.csr_array,
        right: sparse.csr_array,
        out: sparse.csr_array,
        *,
        by_demand: bool,
    ) -> Products:
        """Every product that `out` stores, those of a place by their place in left.

        by_demand: whether it is quicker to ask for each position of out what it needs.
        """
        ...

    def moves(
        self,
        left: sparse.csr_array,
        right: sparse.csr_array,
        out: sparse.csr_array,
        strips: Index,
    ) -> Moves:
        """The moves of a product in strips; strips: the first one of each row of out."""
        ...

    def block_places(self, first: Rows, second: Rows, inside: sparse.csr_array) -> Index:
        """Where (a, b) stands in `inside`, −1 for nowhere: a of first[e], b of second[e].

        Block after block e, each row by row.
        """
        ...

    def places(self, structure: sparse.csr_array, rows: Index, cols: Index) -> Index:
        """Where each (row, column) stands in a structure, −1 for nowhere."""
        ...

    def pairs(self, one: Side, other: Side | None, *, lower: bool) -> sparse.csr_array:
        """The pairs (t, u) of one side, and of the other, as CSR of ones; lower: with u ≤ t."""
        ...


class NumpyLister:
    """By sorted keys."""

    bytes = 80

    def products(self, left: Any, right: Any, out: Any, *, by_demand: bool) -> Products:
        """See `Lister`."""
        if by_demand:
            in_left, in_right, place = demanded(left, right, out)
            return starts(np.bincount(place, minlength=out.nnz)), in_left, in_right
        in_left, in_right, place = products(left, right, out)
        start, order = grouped(place, out.nnz)
        return start, in_left[order], in_right[order]

    def moves(self, left: Any, right: Any, out: Any, strips: Index) -> Moves:
        """See `Lister`."""
        entry, other, place = products(left, right, out)
        begin = right.indptr[left.indices[entry]]
        row = repeated(np.arange(left.shape[0]), np.diff(left.indptr))[entry]
        column, offset = place - out.indptr[row], other - begin
        strip, source = strips[row] + column // LANES, begin + offset // LANES * LANES
        order = np.lexsort((source, entry, strip))
        strip, entry, source = strip[order], entry[order], source[order]
        new = np.ones(order.size, dtype=bool)
        new[1:] = (np.diff(strip) != 0) | (np.diff(entry) != 0) | (np.diff(source) != 0)
        permutations = np.full((int(new.sum()), LANES), LANES, dtype=np.uint8)
        permutations[np.cumsum(new) - 1, (column % LANES)[order]] = (offset % LANES)[order]
        words, which = np.unique(permutations.view(np.uint64).ravel(), return_inverse=True)
        start = starts(np.bincount(strip[new], minlength=int(strips[-1])))
        return start, entry[new], source[new], which, words

    def block_places(self, first: Rows, second: Rows, inside: Any) -> Index:
        """See `Lister`."""
        a_start, a_size, a = first
        b_start, b_size = (repeated(x, a_size) for x in second[:2])
        rows = repeated(a[ranges(a_start, a_size)], b_size)
        return look_up(inside, rows, second[2][ranges(b_start, b_size)])

    def places(self, structure: Any, rows: Index, cols: Index) -> Index:
        """See `Lister`."""
        return look_up(structure, rows, cols).astype(np.int32)

    def pairs(self, one: Side, other: Side | None, *, lower: bool) -> Any:
        """See `Lister`."""
        structure, first, second = one
        chosen = _selection(first, structure.shape[0]) @ structure
        t, u = sparse.csr_array(chosen @ _selection(second, structure.shape[1]).T).nonzero()
        kept = u <= t if lower else np.ones(t.size, dtype=bool)
        if other is not None:
            kept &= look_up(other[0], other[1][t], other[2][u]) >= 0
        entries = (np.ones(int(kept.sum())), (t[kept], u[kept]))
        return sparse.csr_array(entries, shape=(first.size, second.size))


def products(left: Any, right: Any, out: Any) -> tuple[Index, Index, Index]:
    """Places in left, in right and in out of every product of the two that `out` stores."""
    rows = repeated(np.arange(left.shape[0]), np.diff(left.indptr))
    counts = row_counts(right)[left.indices]
    source = repeated(np.arange(left.nnz), counts)
    other = ranges(right.indptr[left.indices], counts)
    place = look_up(out, rows[source], right.indices[other])
    kept = place >= 0
    return source[kept], other[kept], place[kept]


def demanded(left: Any, right: Any, out: Any) -> tuple[Index, Index, Index]:
    """The same in the order of out: for each position the left row, which meets right there."""
    rows = repeated(np.arange(out.shape[0]), np.diff(out.indptr))
    counts = row_counts(left)[rows]
    target = repeated(np.arange(out.nnz), counts)
    source = ranges(left.indptr[rows], counts)
    place = look_up(right, left.indices[source], out.indices[target])
    kept = place >= 0
    return source[kept], place[kept], target[kept]


def _selection(chosen: Index, size: int) -> Any:
    entries = (np.ones(chosen.size), chosen, np.arange(chosen.size + 1))
    return sparse.csr_array(entries, shape=(chosen.size, size))


def grouped(labels: Index, count: int) -> tuple[Index, Index]:
    """(start, order): which elements have label 0, 1, …, in their order; a sort by counting."""
    each = np.arange(labels.size + 1)
    of = sparse.csc_array((each[1:], labels, each), shape=(count, labels.size)).tocsr()
    return of.indptr.astype(np.int64), of.indices


def starts(counts: Index) -> Index:
    """Where each of several lists begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def ranges(start: Any, counts: Any) -> NDArray[np.int64]:
    """start[0], start[0]+1, … (counts[0] numbers), start[1], …."""
    total = int(counts.sum())
    first = np.cumsum(counts) - counts
    offsets = repeated(np.asarray(start) - first, counts)
    return np.asarray(np.arange(total, dtype=np.int64) + offsets)


def row_counts(matrix: Any) -> NDArray[np.int64]:
    """Stored positions per row."""
    return np.asarray(np.diff(matrix.indptr), dtype=np.int64)
