"""The symbolic phase of sparse products in panels: whole registers instead of single numbers.

Three forms of the kernel beside the list of multiplications of `index_maps.product_map`, each for
operands stored in one way:

- spread: out = A B by rows of out.  A row of B, times a number of A, is added to a strip of LANES
  columns of a row of out; where its numbers go within the strip is one of few permutations.
- outer: out = Aᵀ B where A and B have the same rows.  Rows that are alike in both form a group, of
  which Aᵀ B is one small dense block; out is the sum of the blocks.
- sampled: out = [A B]_D.  Rows that are alike in A and in D form a group, which needs one small
  dense block of B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT, look_up
from nzdiff.runtime.data.index_maps import check_table, multiplications, products, ranges
from nzdiff.runtime.data.support import LANES, classes

Index = NDArray[Any]
Kinds = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Numbers of the rows of two patterns, the same for rows that are alike."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Strips of out: `start` of the moves of each, its `place` and `width` in out.

    Of each move: the position of the number of A (`left`), of the first of LANES numbers of B
    (`source`), and which of the permutations `lanes` takes them to their place; LANES is zero.
    """

    start: Index
    place: Index
    width: Index
    left: Index
    source: Index
    which: Index
    lanes: Index


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows in groups: `start` of the rows of each, where rows begin in A and B, sizes of both.

    block: where the block of each group begins.
    """

    start: Index
    left: Index
    right: Index
    left_size: Index
    right_size: Index
    block: Index


def spread(left: sparse.csr_array, right: sparse.csr_array, out: sparse.csr_array) -> Spread:
    """left, right: positions as data, see `index_maps.positions`; right in its stored order."""
    check_table(multiplications(left, right))
    entry, other, place = products(left, right, out)
    offset = other - right.indptr[left.indices[entry]]
    row = np.repeat(np.arange(left.shape[0]), np.diff(left.indptr))[entry]
    column = place - out.indptr[row]
    first = np.concatenate([[0], np.cumsum(-(-np.diff(out.indptr) // LANES))])
    strip = first[row] + column // LANES
    source = right.indptr[left.indices[entry]] + offset // LANES * LANES
    order = np.lexsort((source, entry, strip))
    strip, entry, source = strip[order], entry[order], source[order]
    lane, number = (column % LANES)[order], (offset % LANES)[order]
    new = np.ones(order.size, dtype=bool)
    new[1:] = (np.diff(strip) != 0) | (np.diff(entry) != 0) | (np.diff(source) != 0)
    move = np.cumsum(new) - 1
    count = int(new.sum())
    permutations = np.full((count, LANES), LANES, dtype=np.uint8)
    permutations[move, lane] = number
    words = permutations.view(np.uint64).ravel()
    _, chosen, which = np.unique(words, return_index=True, return_inverse=True)
    strips = int(first[-1])
    owner = np.repeat(np.arange(out.shape[0]), np.diff(first))
    inner = _within(np.diff(first)) * LANES
    return Spread(
        start=_starts(np.bincount(strip[new], minlength=strips)),
        place=_small(out.indptr[owner] + inner),
        width=_small(np.minimum(np.diff(out.indptr)[owner] - inner, LANES)),
        left=_small(left.data[entry[new]]),
        source=_small(source[new]),
        which=_small(which),
        lanes=permutations[chosen].astype(np.int64).ravel(),
    )


def outer(
    left: sparse.csr_array, right: sparse.csr_array, out: sparse.csr_array, kinds: Kinds
) -> tuple[Groups, Index, Index]:
    """Groups, and per position of out the (start, places) of the numbers of blocks it sums.

    left, right: patterns with the same rows; out stores every position of leftᵀ right.  A block is
    stored by rows of LANES · n numbers.
    """
    groups, rows = _grouped(left, right, kinds)
    stride = -(-groups.right_size.astype(np.int64) // LANES) * LANES
    block = _starts(groups.left_size * stride)
    owner, t, q = _blocks(groups)
    a = left.indices[left.indptr[rows][owner] + t]
    b = right.indices[right.indptr[rows][owner] + q]
    place = look_up(out, a, b)
    kept = place >= 0
    inside = (block[owner] + t * stride[owner] + q)[kept]
    order = np.argsort(place[kept], kind="stable")
    start = _starts(np.bincount(place[kept], minlength=out.nnz))
    found = Groups(
        groups.start, groups.left, groups.right, groups.left_size, groups.right_size, block
    )
    return found, start, _small(inside[order])


def sampled(
    left: sparse.csr_array, right: sparse.csr_array, out: sparse.csr_array, kinds: Kinds
) -> tuple[Groups, Index]:
    """Groups by out and left, and the position in right of each number of a block, −1 for none.

    right: positions as data.  A block has a row per entry of left and a column per entry of out.
    """
    groups, rows = _grouped(left, out, kinds)
    owner, q, t = _blocks(groups)
    b = left.indices[left.indptr[rows][owner] + q]
    j = out.indices[out.indptr[rows][owner] + t]
    place = look_up(right, b, j)
    found = np.where(place >= 0, right.data[place], -1) if right.nnz else place
    return groups, _small(found)


def alike_rows(left: Index, right: Index, kinds: Kinds) -> tuple[Index, Index]:
    """Rows that store something in both, by the counts of both, and the group of each."""
    used = np.flatnonzero((left > 0) & (right > 0))
    return used, classes(kinds[0][used], kinds[1][used])


def _grouped(left: sparse.csr_array, right: sparse.csr_array, kinds: Kinds) -> tuple[Groups, Index]:
    """Rows that store something in both, in groups that are alike; and the first row of each."""
    used, alike = alike_rows(np.diff(left.indptr), np.diff(right.indptr), kinds)
    rows = used[np.argsort(alike, kind="stable")]
    start = _starts(np.bincount(alike))
    first = rows[start[:-1]]
    sizes = np.diff(left.indptr)[first], np.diff(right.indptr)[first]
    begins = _small(left.indptr[rows]), _small(right.indptr[rows])
    block = _starts(sizes[0].astype(np.int64) * sizes[1])
    return Groups(start, *begins, _small(sizes[0]), _small(sizes[1]), block), first


def _blocks(groups: Groups) -> tuple[Index, Index, Index]:
    """(group, place in the left row, place in the right row) of each number of the blocks."""
    check_table(int(groups.block[-1]))
    counts = np.diff(groups.block)
    owner = np.repeat(np.arange(counts.size), counts)
    inside = _within(counts)
    return owner, inside // groups.right_size[owner], inside % groups.right_size[owner]


def _within(counts: Index) -> Index:
    """0, 1, …, counts[0] − 1, 0, 1, …."""
    return ranges(np.zeros_like(counts), counts)


def _starts(counts: Index) -> Index:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _small(positions: Index) -> Index:
    if positions.size and int(positions.max()) > INDEX_LIMIT:
        raise OverflowError(f"a sparse product: positions exceed 32-bit maps ({positions.max()})")
    return np.ascontiguousarray(positions, dtype=np.int32)
