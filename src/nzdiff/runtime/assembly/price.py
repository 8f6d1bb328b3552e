"""What an assembled matrix takes, counted from the patterns of its factors: nothing is laid out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff import memory
from nzdiff.runtime.assembly.chains.chain import Chain, ChainSize, size_of
from nzdiff.runtime.assembly.dense import FULL
from nzdiff.runtime.assembly.entries import Entries, count_entries, structure_of
from nzdiff.runtime.data.listing import Lister, NumpyLister
from nzdiff.runtime.data.spec import Array, Outline
from nzdiff.runtime.data.supports import PATTERN_BYTES, SHARE, Multiplier, Supports, multiplications

NUMBER = 8
"""Bytes of a number."""
LAID_OUT = 8
"""Bytes for each entry of a link or of a product of two, of which there are less."""
PIECE = 1 << 22
"""Multiplications of a product whose pattern may be formed whole to count entries."""


@dataclass(frozen=True, slots=True)
class MatrixPrice:
    """entries: at most how many the matrix has.

    is_sparse: whether these are so few that it is stored sparse.  fits: whether there is memory
    for its factors.  work: multiplications of chains in a matrix that is dense.
    """

    entries: int
    is_sparse: bool
    fits: bool
    work: int = 0


def price(
    outline: tuple[Outline, ...],
    rows: list[Entries],
    cols: list[Entries],
    supports: Supports,
    *,
    symmetric: bool,
    share: float = FULL,
) -> MatrixPrice:
    """What the matrix with these summands takes; of a symmetric one half is gathered.

    share: of all entries, up to which it is stored sparse.
    """
    full, total, work = _size(rows) * _size(cols), 0, 0
    try:
        for a, row in enumerate(rows):
            for b, col in enumerate(cols if not symmetric else cols[: a + 1]):
                parts = [s for s in outline if (s.row, s.column) == (a, b)]
                sizes = [_chain_size(s, row, col, supports) for s in parts]
                counts = [
                    _entries(s, row, col, supports) if size is None else size.entries
                    for s, size in zip(parts, sizes, strict=True)
                ]
                work += sum(size.work for size in sizes if size is not None)
                found = _union(parts, counts, row, col, supports, share)
                total += found if a == b or not symmetric else 2 * found
    except MemoryError:  # a pattern
        return MatrixPrice(full, is_sparse=False, fits=False)
    is_sparse, fits = total <= share * full, _fits(outline, total, supports)
    return MatrixPrice(total, is_sparse, fits and _chains_fit(work), 0 if is_sparse else work)


def _union(
    parts: list[Outline],
    counts: list[int],
    rows: Entries,
    cols: Entries,
    supports: Supports,
    share: float,
) -> int:
    """At most how many entries a sum has: of few ones, all that any summand has, each once."""
    found, size = sum(counts), rows.size * cols.size
    if found <= share * size or max(counts) == size or found > PIECE:
        return min(found, size)
    total = sparse.csr_array((rows.size, cols.size))
    for s in parts:
        arrays = OutlinedArrays(s, supports)
        if s.kind == "chain":
            total = total + Chain.of(s.links, rows, cols, arrays, supports).structure
            continue
        patterns = [None if a.support is None else supports.matrix(a.support) for a in s.factors]
        left, right = patterns or (None, None)
        structure = structure_of(rows, cols, s.kind, left, right, arrays.lister)
        if structure is None:
            return size
        total = total + structure
    return int(total.nnz)


@dataclass(frozen=True, slots=True)
class OutlinedArrays:
    """The arrays of an outline by name; see `chain.Arrays`."""

    outline: Outline
    supports: Supports
    lister: Lister = field(default_factory=NumpyLister)

    def structure(self, name: str) -> Any:
        """The pattern of an array, None where it is dense."""
        support = self._named(name).support
        return None if support is None else self.supports.matrix(support)

    def shape(self, name: str) -> tuple[int, int]:
        """Its rows and columns."""
        array = self._named(name)
        return self.supports.size(array.rows), self.supports.size(array.cols)

    def _named(self, name: str) -> Array:
        return next(array for array in self.outline.factors if array.name == name)


def _chain_size(s: Outline, rows: Entries, cols: Entries, supports: Supports) -> ChainSize | None:
    """What a chain takes; None of other summands."""
    if s.kind != "chain":
        return None
    return size_of(s.links, rows, cols, OutlinedArrays(s, supports), supports)


def _chains_fit(work: int) -> bool:
    """Whether what is laid out for so many entries of links and their products does."""
    return LAID_OUT * work <= (memory.physical_bytes() or inf)


def _entries(s: Outline, rows: Entries, cols: Entries, supports: Supports) -> int:
    """At most how many entries a summand has that is no chain."""
    structures = tuple(_structure(array, supports) for array in s.factors)
    found = count_entries(rows, cols, s.kind, structures)
    return rows.size * cols.size if found is None else found


def _structure(array: Array, supports: Supports) -> Any:
    """The pattern of a factor, or a product that stands for it; None of a dense one."""
    if array.support is None:
        return None
    halves = supports.halves(array.support)
    if halves is None or multiplications(*halves) <= PIECE:
        return supports.matrix(array.support)
    return _Product(*halves, supports.multiply)


@dataclass(frozen=True, slots=True)
class _Product:
    """The pattern of left · right, which is formed in pieces and never kept."""

    left: Any
    right: Any
    multiply: Multiplier

    @property
    def shape(self) -> tuple[int, int]:
        return self.left.shape[0], self.right.shape[1]

    def __matmul__(self, vector: NDArray[Any]) -> NDArray[Any]:
        work = np.cumsum(self.left @ np.diff(self.right.indptr).astype(np.float64))
        cuts = np.searchsorted(work, np.arange(PIECE, work[-1], PIECE))
        ends = np.unique([0, *(cuts + 1), work.size])
        pieces = (self.left[a:b] for a, b in pairwise(ends))
        return np.concatenate([self.multiply(piece, self.right) @ vector for piece in pieces])


def _size(entries: list[Entries]) -> int:
    return sum(x.size for x in entries)


def _fits(outline: tuple[Outline, ...], entries: int, supports: Supports) -> bool:
    """Whether the factors do; one beside a sparse one is needed at as many places as there are."""
    most = memory.physical_bytes() or inf
    factors = {array.name: array for s in outline for array in s.factors}
    sampled = (
        min(_most(array, supports), entries)
        for s in outline
        if s.kind != "chain"
        for array, other in zip(s.factors, reversed(s.factors), strict=True)
        if array.support is None and other.support is not None
    )
    return (
        NUMBER * sum(min(_most(array, supports), entries) for array in factors.values()) <= most
        and PATTERN_BYTES * max(sampled, default=0) <= SHARE * most
    )


def _most(array: Array, supports: Supports) -> int:
    """At most how many numbers a factor has."""
    if array.support is not None:
        halves = supports.halves(array.support)
        return supports.nnz(array.support) if halves is None else multiplications(*halves)
    return supports.size(array.rows) * supports.size(array.cols)
