"""The symbolic phase: index maps that let products of sparse values run without any search.

`product_map` lists, for each stored position of the result, the pairs of stored positions whose
products add up to it; `embedding` lists where the values of one pattern stand in another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT, look_up
from nzdiff.memory import check_fits

Positions = NDArray[np.int32]
BYTES = 80
"""Memory for each multiplication while a table is made."""


def positions(structure: sparse.csr_array, *, transposed: bool) -> sparse.csr_array:
    """The structure (or its transpose) as CSR whose data are stored positions, from 0."""
    numbered = sparse.csr_array(
        (np.arange(structure.nnz, dtype=np.int64), structure.indices, structure.indptr),
        shape=structure.shape,
    )
    return sparse.csr_array(numbered.T) if transposed else numbered


def product_map(
    left: sparse.csr_array, right: sparse.csr_array, out: sparse.csr_array
) -> tuple[NDArray[np.int64], Positions, Positions]:
    """(start, left, right) with out[t] = Σ left[l] right[r] over the pairs start[t]..start[t+1].

    `left` and `right` hold positions as data (see `positions`); products that fall outside of
    `out` are dropped.  Pairs are listed by whichever of the two sides needs fewer look-ups.
    """
    forward = multiplications(left, right)
    demanded = int(_row_counts(left) @ _row_counts(out))
    check_table(min(forward, demanded))
    if forward <= demanded:
        place, l_pos, r_pos = _by_products(left, right, out)
    else:
        place, l_pos, r_pos = _by_demand(left, right, out)
    if place.size > INDEX_LIMIT:
        raise OverflowError(f"a sparse product of {place.size} multiplications exceeds 32-bit maps")
    order = np.argsort(place, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=out.nnz))])
    return start.astype(np.int64), l_pos[order].astype(np.int32), r_pos[order].astype(np.int32)


def multiplications(left: sparse.csr_array, right: sparse.csr_array) -> int:
    """How many a product of two sparse matrices takes."""
    per_column = np.bincount(left.indices, minlength=left.shape[1])
    return int(per_column @ _row_counts(right))


def check_table(count: int) -> None:
    """MemoryError before a table of so many index pairs is made that does not fit."""
    check_fits(
        f"bind: an index table of {count} multiplications of sparse values",
        BYTES * count,
        "a sparser pattern, or the matrix declared dense, needs less",
    )


def embedding(source: sparse.csr_array, out: sparse.csr_array) -> Positions:
    """For each stored position of `out`, the data of `source` there; −1 where it has none."""
    rows = np.repeat(np.arange(out.shape[0]), np.diff(out.indptr))
    place = look_up(source, rows, out.indices)
    found = place >= 0
    result = np.full(out.nnz, -1, dtype=np.int32)
    result[found] = source.data[place[found]]
    return result


def products(
    left: sparse.csr_array, right: sparse.csr_array, out: sparse.csr_array
) -> tuple[Any, Any, Any]:
    """Places in left, in right and in out of every product of the two that `out` stores."""
    rows = np.repeat(np.arange(left.shape[0]), np.diff(left.indptr))
    counts = _row_counts(right)[left.indices]
    source = np.repeat(np.arange(left.nnz), counts)
    other = ranges(right.indptr[left.indices], counts)
    place = look_up(out, rows[source], right.indices[other])
    kept = place >= 0
    return source[kept], other[kept], place[kept]


def _by_products(left: Any, right: Any, out: Any) -> tuple[Any, Any, Any]:
    """Every product of the two, kept where `out` stores its position."""
    source, other, place = products(left, right, out)
    return place, left.data[source], right.data[other]


def _by_demand(left: Any, right: Any, out: Any) -> tuple[Any, Any, Any]:
    """For each position of `out`, the entries of the left row that the right matrix meets."""
    rows = np.repeat(np.arange(out.shape[0]), np.diff(out.indptr))
    counts = _row_counts(left)[rows]
    target = np.repeat(np.arange(out.nnz), counts)
    source = ranges(left.indptr[rows], counts)
    place = look_up(right, left.indices[source], out.indices[target])
    kept = place >= 0
    return target[kept], left.data[source[kept]], right.data[place[kept]]


def ranges(start: Any, counts: Any) -> NDArray[np.int64]:
    """start[0], start[0]+1, … (counts[0] numbers), start[1], …."""
    total = int(counts.sum())
    first = np.cumsum(counts) - counts
    offsets = np.repeat(np.asarray(start) - first, counts)
    return np.asarray(np.arange(total, dtype=np.int64) + offsets)


def _row_counts(matrix: Any) -> NDArray[np.int64]:
    return np.asarray(np.diff(matrix.indptr), dtype=np.int64)
