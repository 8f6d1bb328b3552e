"""Block-diagonal matrices: what entries of G that share a row (or a column) make of a Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.assembly.entries import members_by_size
from nzdiff.runtime.assembly.gather import Gather, SameSizeBlocks

Floats = NDArray[np.float64]


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

    def inverse(self, shift: float) -> Callable[[Floats], Floats]:
        """v ↦ (A + shift I)⁻¹ v; where a block is not positive definite, of its absolute value.

        |A| has the eigenvectors of A and the absolute values of its eigenvalues.
        """
        inverted = [(members, _inverses(values, shift)) for members, values in self.by_size]
        return self.gather.blocks(inverted, self.size)

    def reduced(self, T: sparse.csr_array, labels: NDArray[Any]) -> BlockDiagonal:
        """Tᵀ A T where each column of T meets one block alone, the one that `labels` names."""
        product = T.T @ self.tocsr() @ T
        whole = sparse.csr_array(0.5 * (product + product.T))
        by_size = []
        for members in members_by_size(labels):
            index = (members[:, :, None], members[:, None, :])
            found = whole[
                np.broadcast_to(index[0], _square(members)).ravel(),
                np.broadcast_to(index[1], _square(members)).ravel(),
            ]
            by_size.append((members, np.asarray(found).reshape(_square(members))))
        return BlockDiagonal(tuple(by_size), T.shape[1], self.gather)


def _square(members: NDArray[Any]) -> tuple[int, int, int]:
    return (*members.shape, members.shape[1])


def _inverses(values: Floats, shift: float) -> Floats:
    shifted = values + shift * np.eye(values.shape[1])
    try:
        np.linalg.cholesky(shifted)
        return np.asarray(np.linalg.inv(shifted), dtype=np.float64)
    except np.linalg.LinAlgError:
        eigenvalues, vectors = np.linalg.eigh(values)
        is_definite = (eigenvalues + shift > 0.0).all(axis=1, keepdims=True)
        sizes = np.where(is_definite, eigenvalues, np.abs(eigenvalues)) + shift
        floor = np.finfo(float).eps * max(float(sizes.max(initial=0.0)), np.finfo(float).tiny)
        scaled = vectors / np.maximum(sizes, floor)[:, None, :]
        return np.asarray(scaled @ np.swapaxes(vectors, 1, 2), dtype=np.float64)
