"""Sparse matrices by SuperLU: Pr A Pc = L U, or P A Pᵀ = L D Lᵀ where A has to be definite.

Columns of an inverse come from solves, a few at a time, where there are no fronts to take entries
from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from nzdiff.runtime.data.index_maps import positions
from nzdiff.runtime.factors.dense import SINGULAR, Determinant, determinant

Floats = NDArray[np.float64]
COLUMNS = 64
"""Columns of an inverse that are there at a time."""


class Sparse:
    """A sparse matrix, its stored values brought from CSR to CSC order."""

    def __init__(self, structure: sparse.csr_array) -> None:
        self.size, self.count = int(structure.shape[0]), int(structure.nnz)
        columns = positions(structure, transposed=True)
        self._order = columns.data
        self._matrix = sparse.csc_array(
            (np.zeros(self.count), columns.indices.astype(np.int32), columns.indptr),
            shape=structure.shape,
        )
        self._lu: Any = None

    def factor(self, values: Floats) -> Determinant:
        """Of the stored values in CSR order."""
        if self.size == 0:
            return 0.0, 1.0
        self._matrix.data[:] = values[self._order]
        try:
            self._lu = splu(self._matrix)
        except RuntimeError as error:
            if "singular" not in str(error):
                raise
            return SINGULAR
        even = _is_even(self._lu.perm_r) == _is_even(self._lu.perm_c)
        return determinant(self._lu.U.diagonal(), even)

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        return np.asarray(self._lu.solve(b, "T" if transposed else "N"))


class SparseCholesky:
    """A sparse symmetric matrix, whose stored values have one order by rows and by columns.

    SuperLU permutes rows as columns and pivots on the diagonal, unless a pivot is 0: U = D L̃ᵀ.
    """

    def __init__(self, structure: sparse.csr_array) -> None:
        self.size, self.count = int(structure.shape[0]), int(structure.nnz)
        self._matrix = sparse.csc_array(
            (np.zeros(self.count), structure.indices.astype(np.int32), structure.indptr),
            shape=structure.shape,
        )
        self._lu: Any = None

    def factor(self, values: Floats) -> Determinant:
        """`SINGULAR` where D is not positive."""
        if self.size == 0:
            return 0.0, 1.0
        self._matrix.data[:] = values
        try:
            self._lu = splu(
                self._matrix,
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except RuntimeError as error:
            if "singular" not in str(error):
                raise
            return SINGULAR
        pivots = self._lu.U.diagonal()
        symmetric = np.array_equal(self._lu.perm_r, self._lu.perm_c)
        positive = symmetric and (pivots > 0.0).all()
        return determinant(pivots, True) if positive else SINGULAR

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b, which is A⁻ᵀ b."""
        return np.asarray(self._lu.solve(b))


Solve = Callable[[Floats], Floats]
"""From b to A⁻¹ b."""


def by_columns(
    solves: Sequence[Solve], middles: Sequence[Any], wanted: sparse.csr_array, out: Floats
) -> None:
    """Fill `out`, the values of A₁⁻¹ M₁ A₂⁻¹ … A_k⁻¹ at the positions of `wanted`."""
    by_column = positions(wanted, transposed=True)
    used = np.flatnonzero(np.diff(by_column.indptr))
    for first in range(0, used.size, COLUMNS):
        columns = used[first : first + COLUMNS]
        block = np.zeros((wanted.shape[0], columns.size))
        block[columns, np.arange(columns.size)] = 1.0
        for solve, middle in zip(reversed(solves), [*reversed(middles), None], strict=True):
            block = solve(block)
            block = block if middle is None else middle @ block
        for place, column in enumerate(columns):
            mine = slice(by_column.indptr[column], by_column.indptr[column + 1])
            out[by_column.data[mine]] = block[by_column.indices[mine], place]


def _is_even(permutation: NDArray[np.int32]) -> bool:
    """Whether a permutation is even: a cycle of length k is k − 1 swaps."""
    size = permutation.size
    links = (np.ones(size), permutation, np.arange(size + 1))
    cycles, _ = connected_components(sparse.csr_array(links, shape=(size, size)), directed=False)
    return bool((size - cycles) % 2 == 0)
