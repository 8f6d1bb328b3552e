"""Block-diagonal matrices: what entries of G that share a row (or a column) make of a Hessian."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.assembly.entries import unpacked
from nzdiff.runtime.assembly.gather import Gather, SameSizeBlocks

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class BlockDiagonal:
    """A symmetric block-diagonal matrix of order `size`, blocks of one size together."""

    by_size: tuple[SameSizeBlocks, ...]
    size: int
    gather: Gather

    def __iter__(self) -> Any:
        """Yield (indices, block) for each block."""
        for members, values in self.by_size:
            yield from zip(members, values, strict=True)

    def tocsr(self) -> sparse.csr_array:
        """The matrix, shape (size, size)."""
        rows = [np.repeat(m, m.shape[1], axis=1).ravel() for m, _ in self.by_size]
        cols = [np.tile(m, (1, m.shape[1])).ravel() for m, _ in self.by_size]
        values = [values.ravel() for _, values in self.by_size]
        none = [np.zeros(0, dtype=np.int64)]
        entries = (
            np.concatenate([np.zeros(0), *values]),
            tuple(np.concatenate(none + part) for part in (rows, cols)),
        )
        return sparse.csr_array(entries, shape=(self.size, self.size))

    def diagonal(self) -> Floats:
        """The diagonal, shape (size,)."""
        diagonal = np.zeros(self.size)
        for members, values in self.by_size:
            diagonal[members] = np.diagonal(values, axis1=1, axis2=2)
        return diagonal

    def inverse(self, shift: float, *, in_place: bool = False) -> Callable[[Floats], Floats]:
        """v ↦ (A + shift I)⁻¹ v; where a block is not positive definite, of its absolute value.

        |A| has the eigenvectors of A and the absolute values of its eigenvalues.
        in_place: in the memory of A, of which nothing is left.
        """
        inverted = [
            (members, self._inverses(values, shift, in_place=in_place))
            for members, values in self.by_size
        ]
        return self.gather.blocks(inverted, self.size)

    def _inverses(self, values: Floats, shift: float, *, in_place: bool) -> Floats:
        inverses, indefinite = self.gather.inverses(values, shift, in_place=in_place)
        if indefinite.any():
            inverses[indefinite] = _absolute_inverses(values[indefinite], shift)
        return inverses


def inverse_of_triangles(
    lower: Sequence[SameSizeBlocks], size: int, gather: Gather, shift: float, *, relative: bool
) -> Callable[[Floats], Floats]:
    """`BlockDiagonal.inverse` from lower triangles (blocks, ·), row by row, in new memory.

    relative: the shift is a multiple of the mean of |diag(A)|.
    """
    if relative and size:
        ends = ((m.shape[1], values) for m, values in lower)
        diagonals = (np.abs(v[:, np.cumsum(np.arange(1, k + 1)) - 1]).sum() for k, v in ends)
        shift *= float(sum(diagonals)) / size or 1.0
    counts = [m.size * m.shape[1] for m, _ in lower]
    rooms = np.split(np.empty(sum(counts)), np.cumsum(counts[:-1]))
    inverted = []
    for (members, triangles), room in zip(lower, rooms, strict=False):
        out = room.reshape(*members.shape, members.shape[1])
        indefinite = gather.inverses_of_triangles(triangles, shift, out)
        if indefinite.any():
            blocks = np.empty((int(indefinite.sum()), *out.shape[1:]))
            unpacked(triangles[indefinite], out.shape[1], blocks)
            out[indefinite] = _absolute_inverses(blocks, shift)
        inverted.append((members, out))
    return gather.blocks(inverted, size)


@dataclass(frozen=True, slots=True, eq=False)
class BlockReduction:
    """Tᵀ A T of block-diagonal A, where each column of T meets one block alone.

    size: columns of T.  parts: for each size of block, and of what T leaves of it, the place among
    the sizes of A, which blocks these are, their part of T (blocks, size, left) and the columns
    (blocks, left).
    """

    size: int
    parts: tuple[tuple[int, Places, Floats, Places], ...]

    @classmethod
    def of(cls, members: tuple[Places, ...], T: sparse.csr_array) -> BlockReduction:
        """members: of the blocks of A, those of one size together."""
        owner, place = np.empty((2, T.shape[0]), dtype=np.int64)
        firsts = np.cumsum([0, *(len(m) for m in members)])
        for first, m in zip(firsts, members, strict=False):
            owner[m] = first + np.arange(len(m))[:, None]
            place[m] = np.arange(m.shape[1])
        by_columns = sparse.csc_array(T)
        block = owner[by_columns.indices[by_columns.indptr[:-1]]]
        order = np.argsort(block, kind="stable")
        left = np.bincount(block, minlength=firsts[-1])
        begin = np.cumsum(left) - left
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size) - begin[block[order]]
        groups, starts, total = [], np.zeros(firsts[-1], dtype=np.int64), 0
        for k, m in enumerate(members):
            counts = left[firsts[k] : firsts[k + 1]]
            for count in np.unique(counts[counts > 0]):
                chosen = np.flatnonzero(counts == count)
                blocks, size = firsts[k] + chosen, m.shape[1] * count
                starts[blocks] = total + size * np.arange(chosen.size)
                groups.append((k, chosen, order[begin[blocks][:, None] + np.arange(count)], total))
                total += size * chosen.size
        column = np.repeat(np.arange(T.shape[1]), np.diff(by_columns.indptr))
        own, values = block[column], np.zeros(total)
        at = starts[own] + place[by_columns.indices] * left[own] + rank[column]
        values[at] = by_columns.data
        parts = []
        for k, chosen, columns, start in groups:
            shape = chosen.size, members[k].shape[1], columns.shape[1]
            part = values[start : start + int(np.prod(shape))].reshape(shape)
            parts.append((k, chosen, part, columns))
        return cls(T.shape[1], tuple(parts))

    def __call__(self, blocks: BlockDiagonal) -> BlockDiagonal:
        """The blocks of Tᵀ A T, symmetric to the last bit."""
        gather = blocks.gather
        by_size = tuple(
            (columns, gather.congruent(blocks.by_size[k][1], chosen, T))
            for k, chosen, T, columns in self.parts
        )
        return BlockDiagonal(by_size, self.size, gather)


def _absolute_inverses(values: Floats, shift: float) -> Floats:
    """(|A| + shift I)⁻¹ of each block, (A + shift I)⁻¹ of one for which that is positive."""
    eigenvalues, vectors = np.linalg.eigh(values)
    is_definite = (eigenvalues + shift > 0.0).all(axis=1, keepdims=True)
    sizes = np.where(is_definite, eigenvalues, np.abs(eigenvalues)) + shift
    floor = np.finfo(float).eps * max(float(sizes.max(initial=0.0)), np.finfo(float).tiny)
    scaled = vectors / np.maximum(sizes, floor)[:, None, :]
    return np.asarray(scaled @ np.swapaxes(vectors, 1, 2), dtype=np.float64)
