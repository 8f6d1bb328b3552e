"""The symbolic phase: index maps that let products of sparse values run without any search.

`product_map` lists, for each stored position of the result, the pairs of stored positions whose
products add up to it; `embedding` lists where the values of one pattern stand in another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT
from nzdiff.memory import check_fits
from nzdiff.runtime.data.listing import Lister, NumpyLister, row_counts
from nzdiff.runtime.data.supports import multiplications

Positions = NDArray[np.int32]


def positions(structure: sparse.csr_array, *, transposed: bool) -> sparse.csr_array:
    """The structure (or its transpose) as CSR whose data are stored positions, from 0."""
    numbered = sparse.csr_array(
        (np.arange(structure.nnz, dtype=np.int64), structure.indices, structure.indptr),
        shape=structure.shape,
    )
    return sparse.csr_array(numbered.T) if transposed else numbered


def product_map(
    left: sparse.csr_array,
    right: sparse.csr_array,
    out: sparse.csr_array,
    lister: Lister | None = None,
) -> tuple[NDArray[np.int64], Positions, Positions]:
    """(start, left, right) with out[t] = Σ left[l] right[r] over the pairs start[t]..start[t+1].

    `left` and `right` hold positions as data (see `positions`); products that fall outside of
    `out` are dropped.  Pairs are listed by whichever of the two sides needs fewer look-ups.
    """
    found = lister or NumpyLister()
    forward = multiplications(left, right)
    demanded = int(row_counts(left) @ row_counts(out))
    check_table(min(forward, demanded), found)
    start, in_left, in_right = found.products(left, right, out, by_demand=demanded < forward)
    if start[-1] > INDEX_LIMIT:
        raise OverflowError(f"a sparse product of {start[-1]} multiplications exceeds 32-bit maps")
    return start, left.data.astype(np.int32)[in_left], right.data.astype(np.int32)[in_right]


def check_table(count: int, lister: Lister) -> None:
    """MemoryError before a table of so many index pairs is made that does not fit."""
    check_fits(
        f"bind: an index table of {count} multiplications of sparse values",
        lister.bytes * count,
        "a sparser pattern, or the matrix declared dense, needs less",
    )


def embedding(
    source: sparse.csr_array, out: sparse.csr_array, lister: Lister | None = None
) -> Positions:
    """For each stored position of `out`, the data of `source` there; −1 where it has none."""
    rows = np.arange(out.shape[0], dtype=np.int32)
    each = (rows, np.ones_like(rows), rows)
    own = (out.indptr[:-1], np.diff(out.indptr), out.indices)
    place = (lister or NumpyLister()).block_places(each, own, source)
    return taken(source, place)


def taken(numbered: sparse.csr_array, place: NDArray[Any]) -> Positions:
    """The data at each place, −1 where that is −1."""
    data = np.append(numbered.data, -1).astype(np.int32)  # the last one is that of −1
    return np.asarray(data[place])
