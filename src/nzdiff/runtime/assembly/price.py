"""What an assembled matrix takes, counted from the patterns of its factors: nothing is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff import memory
from nzdiff.runtime.assembly.dense import FULL
from nzdiff.runtime.assembly.entries import Entries, count_entries
from nzdiff.runtime.data.spec import Array, Outline
from nzdiff.runtime.data.support import PATTERN_BYTES, SHARE, Multiplier, Supports, multiplications

NUMBER = 8
"""Bytes of a number."""
PIECE = 1 << 22
"""Multiplications of a product whose pattern may be formed whole to count entries."""


@dataclass(frozen=True, slots=True)
class MatrixPrice:
    """entries: at most how many the matrix has.

    is_sparse: whether these are so few that it is stored sparse.  fits: whether there is memory
    for its factors.
    """

    entries: int
    is_sparse: bool
    fits: bool


def price(
    outline: tuple[Outline, ...],
    rows: list[Entries],
    cols: list[Entries],
    supports: Supports,
    symmetric: bool,
) -> MatrixPrice:
    """What the matrix with these summands takes; of a symmetric one half is gathered."""
    try:
        total = 0
        for a, row in enumerate(rows):
            for b, col in enumerate(cols if not symmetric else cols[: a + 1]):
                parts = [s for s in outline if (s.row, s.column) == (a, b)]
                counts = (_entries(s, row, col, supports) for s in parts)
                found = min(row.size * col.size, sum(counts))
                total += found if a == b or not symmetric else 2 * found
    except MemoryError:  # a pattern
        return MatrixPrice(_size(rows) * _size(cols), is_sparse=False, fits=False)
    is_sparse = total <= FULL * _size(rows) * _size(cols)
    return MatrixPrice(total, is_sparse, _fits(outline, total, supports))


def _entries(s: Outline, rows: Entries, cols: Entries, supports: Supports) -> int:
    """At most how many entries a summand has."""
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
