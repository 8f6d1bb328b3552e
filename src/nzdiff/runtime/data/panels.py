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

from nzdiff.indices import INDEX_LIMIT, repeated
from nzdiff.runtime.data.index_maps import check_table, taken
from nzdiff.runtime.data.listing import Lister, NumpyLister, grouped, ranges, starts
from nzdiff.runtime.data.support import LANES
from nzdiff.runtime.data.supports import classes, multiplications

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


def spread(
    left: sparse.csr_array,
    right: sparse.csr_array,
    out: sparse.csr_array,
    lister: Lister | None = None,
) -> Spread:
    """left, right: positions as data, see `index_maps.positions`; right in its stored order."""
    found = lister or NumpyLister()
    check_table(multiplications(left, right), found)
    first = starts(-(-np.diff(out.indptr) // LANES))
    start, entry, source, which, words = found.moves(left, right, out, first)
    owner = repeated(np.arange(out.shape[0]), np.diff(first))
    inner = ranges(np.zeros_like(first[1:]), np.diff(first)) * LANES
    return Spread(
        start=start,
        place=_small(out.indptr[owner] + inner),
        width=_small(np.minimum(np.diff(out.indptr)[owner] - inner, LANES)),
        left=_small(left.data[entry]),
        source=_small(source),
        which=_small(which),
        lanes=words.view(np.uint8).astype(np.int64),
    )


def outer(
    left: sparse.csr_array,
    right: sparse.csr_array,
    out: sparse.csr_array,
    kinds: Kinds,
    lister: Lister | None = None,
) -> tuple[Groups, Index, Index]:
    """Groups, and per position of out the (start, places) of the numbers of blocks it sums.

    left, right: patterns with the same rows; out stores every position of leftᵀ right.  A block is
    stored by rows of LANES · n numbers.
    """
    groups, rows = _grouped(left, right, kinds)
    stride = -(-groups.right_size.astype(np.int64) // LANES) * LANES
    block = starts(groups.left_size * stride)
    place = _block_places(groups, (left, right), rows, out, lister)
    of_row = repeated(np.arange(rows.size), groups.left_size)
    number = ranges(np.zeros_like(rows), groups.left_size)
    inside = ranges(block[of_row] + number * stride[of_row], groups.right_size[of_row])
    kept = place >= 0
    start, order = grouped(place[kept], out.nnz)
    found = Groups(
        groups.start, groups.left, groups.right, groups.left_size, groups.right_size, block
    )
    return found, start, _small(inside[kept][order])


def sampled(
    left: sparse.csr_array,
    right: sparse.csr_array,
    out: sparse.csr_array,
    kinds: Kinds,
    lister: Lister | None = None,
) -> tuple[Groups, Index]:
    """Groups by out and left, and the position in right of each number of a block, −1 for none.

    right: positions as data.  A block has a row per entry of left and a column per entry of out.
    """
    groups, rows = _grouped(left, out, kinds)
    return groups, taken(right, _block_places(groups, (left, out), rows, right, lister))


def alike_rows(left: Index, right: Index, kinds: Kinds) -> tuple[Index, Index]:
    """Rows that store something in both, by the counts of both, and the group of each."""
    used = np.flatnonzero((left > 0) & (right > 0))
    return used, classes(kinds[0][used], kinds[1][used])


def _grouped(left: sparse.csr_array, right: sparse.csr_array, kinds: Kinds) -> tuple[Groups, Index]:
    """Rows that store something in both, in groups that are alike; and the first row of each."""
    used, alike = alike_rows(np.diff(left.indptr), np.diff(right.indptr), kinds)
    rows = used[np.argsort(alike, kind="stable")]
    start = starts(np.bincount(alike))
    first = rows[start[:-1]]
    sizes = np.diff(left.indptr)[first], np.diff(right.indptr)[first]
    begins = _small(left.indptr[rows]), _small(right.indptr[rows])
    block = starts(sizes[0].astype(np.int64) * sizes[1])
    return Groups(start, *begins, _small(sizes[0]), _small(sizes[1]), block), first


def _block_places(
    groups: Groups,
    patterns: tuple[sparse.csr_array, sparse.csr_array],
    rows: Index,
    inside: sparse.csr_array,
    lister: Lister | None,
) -> Index:
    """Where the numbers of the blocks stand; rows: the first one of each group."""
    found = lister or NumpyLister()
    check_table(int((groups.left_size.astype(np.int64) * groups.right_size).sum()), found)
    sizes = groups.left_size, groups.right_size
    first, second = (
        (pattern.indptr[rows], size, pattern.indices)
        for pattern, size in zip(patterns, sizes, strict=True)
    )
    return found.block_places(first, second, inside)


def _small(positions: Index) -> Index:
    if positions.size and int(positions.max()) > INDEX_LIMIT:
        raise OverflowError(f"a sparse product: positions exceed 32-bit maps ({positions.max()})")
    return np.ascontiguousarray(positions, dtype=np.int32)
