"""The symbolic phase of assembled matrices: which entries (t, u) there are, and from what places.

An unknown (or a residual) is a list of positions: t stands at (i, j).  The structure of a matrix
follows from the patterns of its factors, see `Summand`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT
from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.pattern import Pattern
from nzdiff.runtime.data.listing import Lister

Places = NDArray[np.int32]
BYTES = 48
"""Memory for each entry of a pattern while it is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Positions in the order of the rows (or columns) of a matrix; `slots`: their CSR places."""

    rows: Places
    cols: Places
    slots: Places
    shape: tuple[int, int]

    @classmethod
    def of_pattern(cls, pattern: Pattern) -> Entries:
        """In the order of g where that holds the stored values themselves, else in CSR order."""
        if pattern.is_selection:
            return cls(pattern.rows, pattern.cols, pattern.slots, pattern.shape)
        structure = (np.ones(pattern.nnz), pattern.indices, pattern.indptr)
        return cls.of_structure(sparse.csr_array(structure, shape=pattern.shape))

    @classmethod
    def of_structure(cls, structure: sparse.csr_array) -> Entries:
        """The stored positions in CSR order."""
        every = np.arange(structure.shape[0], dtype=np.int32)
        rows = np.repeat(every, np.diff(structure.indptr))
        slots = np.arange(structure.nnz, dtype=np.int32)
        return cls(rows, structure.indices, slots, structure.shape)

    @classmethod
    def full(cls, shape: tuple[int, int]) -> Entries:
        """Every position, column by column; MemoryError where they do not fit 32-bit places."""
        if shape[0] * shape[1] > INDEX_LIMIT:
            raise MemoryError(f"assembly: {shape[0]} × {shape[1]} positions exceed 32-bit places")
        check_fits("assembly: places of every position", 40 * shape[0] * shape[1], ALTERNATIVE)
        rows, cols = (np.arange(size, dtype=np.int32) for size in shape)
        i, j = np.tile(rows, shape[1]), np.repeat(cols, shape[0])
        return cls(i, j, i * np.int32(shape[1]) + j, shape)

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.rows.size)

    @property
    def transposed(self) -> Entries:
        """The same ones of the transposed matrix."""
        rows, cols = self.shape
        return Entries(self.cols, self.rows, self.slots, (cols, rows))


@dataclass(frozen=True, slots=True, eq=False)
class EntryPairs:
    """Entries (t, u) of a matrix, in any order."""

    t: Places
    u: Places

    @property
    def size(self) -> int:
        """How many there are."""
        return int(self.t.size)


def sides(rows: Entries, cols: Entries, kind: str) -> tuple[tuple[Places, Places], ...]:
    """Which index of t and which of u choose the entry of the left and of the right factor."""
    if kind == "crossed":
        return (rows.rows, cols.cols), (rows.cols, cols.rows)
    return (rows.rows, cols.rows), (rows.cols, cols.cols)


def structure_of(
    rows: Entries,
    cols: Entries,
    kind: str,
    left: Any,
    right: Any,
    lister: Lister,
    *,
    lower: bool = False,
) -> Any:
    """Where a summand has entries, as CSR of ones; None where it has all.

    left, right: patterns of the factors, None for dense ones.  lower: those with u ≤ t alone.
    """
    if kind == "diagonal":
        return _same_positions(rows, cols)
    found = [
        (structure, *side)
        for structure, side in zip((left, right), sides(rows, cols, kind), strict=True)
        if structure is not None
    ]
    if kind == "rank one" or not found:
        return None
    found.sort(key=lambda item: count_pairs(*item))
    check_fits("assembly: the pattern", BYTES * count_pairs(*found[0]), ALTERNATIVE)
    return lister.pairs(found[0], found[1] if len(found) > 1 else None, lower=lower)


def count_entries(
    rows: Entries, cols: Entries, kind: str, structures: tuple[Any, ...]
) -> int | None:
    """At most how many entries a summand has, see `structure_of`; None for all of them."""
    if kind == "diagonal":
        return min(rows.size, cols.size)
    if kind == "rank one":
        return None
    return min(
        (
            count_pairs(structure, *side)
            for structure, side in zip(structures, sides(rows, cols, kind), strict=True)
            if structure is not None
        ),
        default=None,
    )


def places(structure: Any, width: int, first: Places, second: Places, lister: Lister) -> Places:
    """Where a factor keeps the entries (first, second); −1 where it has none.

    structure: its pattern; None for a dense factor with rows of `width` numbers.
    """
    if structure is not None:
        return lister.places(structure, first, second)
    found = first.astype(np.int64) * width + second
    if found.size and found.max() > INDEX_LIMIT:
        raise MemoryError("assembly: a dense factor of more than 2³¹ numbers has no 32-bit places")
    return found.astype(np.int32)


def members_by_size(labels: Places) -> list[NDArray[np.int64]]:
    """The entries that share a label, as arrays (blocks, size), one per size of block."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    sizes = np.diff(np.append(starts, order.size))
    return [order[starts[sizes == size][:, None] + np.arange(size)] for size in np.unique(sizes)]


def pairs_of_blocks(by_size: list[NDArray[np.int64]], *, lower: bool) -> EntryPairs:
    """The (t, u) of each block, or its lower triangle, row by row, block after block."""
    chosen = [
        np.tril_indices(size) if lower else np.indices((size, size)).reshape(2, -1)
        for size in (members.shape[1] for members in by_size)
    ]
    t = [members[:, i].ravel() for members, (i, _) in zip(by_size, chosen, strict=True)]
    u = [members[:, j].ravel() for members, (_, j) in zip(by_size, chosen, strict=True)]
    empty = [np.zeros(0, dtype=np.int64)]
    return EntryPairs(*(np.concatenate(empty + x).astype(np.int32) for x in (t, u)))


def unpacked(triangle: NDArray[np.float64], size: int, out: NDArray[np.float64]) -> None:
    """Symmetric matrices (blocks, size, size) from lower triangles (blocks, ·), row by row."""
    i, j = np.indices((size, size))
    low, high = np.minimum(i, j), np.maximum(i, j)
    np.take(triangle, high * (high + 1) // 2 + low, axis=1, out=out, mode="clip")


def count_pairs(structure: Any, first: Places, second: Places) -> int:
    """How many (t, u) have (first[t], second[u]) stored."""
    per_row = np.bincount(first, minlength=structure.shape[0])
    per_column = np.bincount(second, minlength=structure.shape[1])
    return int(per_row @ (structure @ per_column))


def _same_positions(rows: Entries, cols: Entries) -> sparse.csr_array:
    shape = rows.size, cols.size
    width = max(rows.shape[1], 1)
    first, second = (x.rows.astype(np.int64) * width + x.cols for x in (rows, cols))
    _, t, u = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    return sparse.csr_array((np.ones(t.size), (t, u)), shape=shape)
