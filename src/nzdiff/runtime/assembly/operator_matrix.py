"""The matrix of one operator at one g: assembled when asked for, reduced by vec(G) = T g + c.

Which way a matrix is assembled follows from its normal form and its size: gathered from factors
(Gram matrices) where every summand is a product of their entries; 2 JᵀJ from an assembled J where
only that is; else one product per column.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.assembler import KINDS, Assembler, BlockForm, BlockKind
from nzdiff.runtime.assembly.block_diagonal import BlockDiagonal
from nzdiff.runtime.assembly.matrix import GatheredMatrix
from nzdiff.runtime.assembly.price import MatrixPrice
from nzdiff.runtime.data.spec import Operator
from nzdiff.runtime.kernel.turn import Turn

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OperatorMatrix:
    """One operator of a model at g (and w, of a matrix function), assembled when asked for."""

    assembler: Assembler
    operator: Operator
    g: Floats
    w: Floats | None = None

    @property
    def turn(self) -> Turn:
        """Whoever calls the other methods is in it: they use the memory of the assembler."""
        return self.assembler.lock

    @property
    def exists(self) -> bool:
        """Whether there is a better way than one product per column."""
        return self._price is not None

    @property
    def is_sparse(self) -> bool:
        """Whether the matrix is sparse by its structure and its factors fit into memory."""
        found = self._price
        return found is not None and found.fits and found.is_sparse

    @property
    def bytes(self) -> int | None:
        """At most how much memory the matrix takes: 12 bytes an entry if sparse, 8 if dense.

        With ties or constraints, of the stored entries: T may merge them.  None where it is made
        of one product per column, sys.maxsize where its factors do not fit into memory.
        """
        found = self._price
        if found is None:
            return None
        if not found.fits:
            return sys.maxsize
        if not found.is_sparse:
            return 8 * self.g.size**2
        if self._from_jacobian:
            return 12 * self._assembled_jacobian.most_in_square
        return 12 * found.entries

    def describe(self) -> str:
        """How the matrix is assembled, and why so."""
        if self._matrix is not None:
            kind = f"sparse, {self._matrix.nnz} entries" if self.is_sparse else "dense"
            count = len(self._matrix.summands)
            return f"{kind}: {count} summands gathered from factors, no Jacobian is formed"
        if self._from_jacobian:
            return "2 JᵀJ of the assembled Jacobian: a weight stands between the products"
        return "one product per column: neither it nor J is a sum of products of entries"

    def as_sparse(self, what: str) -> sparse.csr_array:
        """The matrix in sparse storage."""
        if not self.is_sparse:
            raise TypeError(
                f"tocsc, tocsr: the {what} is dense by its structure; toarray() gives it"
            )
        if self._matrix is None:
            J = self._assembled_jacobian.as_sparse(what)
            return sparse.csr_array(2.0 * (J.T @ J))
        found = self._matrix.tocsr(self.g, self.w)
        T = self.assembler.T
        if self.operator == "jacobian":
            scaled = sparse.diags_array(self.assembler.row_weights) @ found
            return sparse.csr_array(scaled if T is None else scaled @ T)
        return found if T is None else sparse.csr_array(_symmetric(T.T @ found @ T))

    def as_dense(self, out: Floats | None = None, *, lower: bool = False) -> Floats:
        """The matrix as an array."""
        if self.is_sparse:
            found = self.as_sparse("matrix")
            return np.asarray(found.toarray(out=self._room(found.shape, out)))
        if self._matrix is None:
            J = self._assembled_jacobian.as_dense()
            square = np.matmul(J.T, J, out=self._room((J.shape[1], J.shape[1]), out))
            square *= 2.0
            return square
        T = self.assembler.T
        if T is None and self.operator != "jacobian":
            return self._matrix.toarray(self.g, self.w, out, lower=lower)
        found = self._matrix.toarray(self.g, self.w)
        if self.operator == "jacobian":
            found *= self.assembler.row_weights[:, None]
            return found if T is None else np.ascontiguousarray((T.T @ found.T).T)
        assert T is not None
        check_fits("the reduced matrix", 16 * found.size, ALTERNATIVE)
        return self._copied(_symmetric(np.asarray(T.T @ np.asarray(T.T @ found).T)), out)

    def blocks(self, kind: BlockKind) -> BlockDiagonal:
        """The diagonal blocks; see `SecondOrder.blocks`."""
        stored, T = self._stored_blocks(kind), self.assembler.T
        if T is None:
            return stored
        labels = self._labels(kind, T)
        if labels is None:
            raise NotImplementedError(
                f"blocks: ties or constraints join entries of several {kind}s; block_inverse "
                "gives a preconditioner, toarray() the matrix"
            )
        return self.assembler.reduction(kind, stored, T)(stored)

    def block_inverse(
        self, kind: BlockKind, shift: float, *, relative: bool
    ) -> Callable[[Floats], Floats]:
        """A preconditioner; see `SecondOrder.block_inverse`."""
        T = self.assembler.T
        if T is None or self._labels(kind, T) is not None:
            return _inverse(self.blocks(kind), shift, relative=relative)
        inverse = _inverse(self._stored_blocks(kind), shift, relative=relative)
        D = np.asarray(T.multiply(T).sum(axis=0)).ravel()
        free = D == 0.0  # what stands nowhere: its rows of the matrix are zero
        D[free] = 1.0
        return lambda v: np.where(free, v, np.asarray(T.T @ inverse(T @ (v / D))) / D)

    def diagonal(self) -> Floats:
        """The diagonal; of Tᵀ (·) T from its blocks, where T keeps rows or columns apart."""
        if self.assembler.T is None:
            return self._stored_blocks("diagonal").diagonal()
        for kind in KINDS:
            with suppress(NotImplementedError):
                return self.blocks(kind).diagonal()
        raise NotImplementedError(
            "diagonal: a pattern with duplicates, ties or constraints mixes entries of the "
            "matrix; take np.diag(operator.toarray())"
        )

    def _stored_blocks(self, kind: BlockForm) -> BlockDiagonal:
        blocks = self.assembler.blocks(self.operator, kind)
        size = sum(entries.size for entries in self.assembler.unknowns)
        return BlockDiagonal(tuple(blocks.values(self.g, self.w)), size, blocks.gather)

    def _labels(self, kind: BlockKind, T: sparse.csr_array) -> NDArray[np.int64] | None:
        """The row (or column) of each unknown; None where one meets several."""
        own, start = [], 0
        for entries in self.assembler.unknowns:
            own.append((entries.rows if kind == "row" else entries.cols) + start)
            start += entries.shape[0 if kind == "row" else 1]
        columns, label = T.tocsc(), np.concatenate(own)
        counts = np.diff(columns.indptr)
        if (counts == 0).any():
            return None
        first = label[columns.indices[columns.indptr[:-1]]]
        same = np.array_equal(label[columns.indices], np.repeat(first, counts))
        return first.astype(np.int64) if same else None

    @property
    def _price(self) -> MatrixPrice | None:
        """Of the matrix, or of J where 2 JᵀJ has to come from it; counted, not laid out."""
        own = self.assembler.price(self.operator)
        if own is None and self.operator == "gauss_newton":
            return self.assembler.price("jacobian")
        return own

    @property
    def _from_jacobian(self) -> bool:
        """Whether 2 JᵀJ has to come from J."""
        return self.exists and self.assembler.price(self.operator) is None

    @property
    def _matrix(self) -> GatheredMatrix | None:
        return self.assembler.matrix(self.operator)

    @property
    def _assembled_jacobian(self) -> OperatorMatrix:
        return OperatorMatrix(self.assembler, "jacobian", self.g, self.w)

    def _room(self, shape: tuple[int, int], out: Floats | None) -> Floats:
        """`out`, or a new array where the machine has the memory for it."""
        if out is None:
            check_fits("the assembled matrix", 8 * shape[0] * shape[1], ALTERNATIVE)
            return np.empty(shape)
        return out

    @property
    def most_in_square(self) -> int:
        """At most how many entries JᵀJ has: all pairs within each row of J."""
        per_row = np.diff(self.as_sparse("Jacobian").indptr).astype(np.int64)
        return int(per_row @ per_row)

    def _copied(self, matrix: Floats, out: Floats | None) -> Floats:
        if out is None:
            return matrix
        out[:] = matrix
        return out


def _inverse(blocks: BlockDiagonal, shift: float, *, relative: bool) -> Callable[[Floats], Floats]:
    if relative and blocks.size:
        shift *= float(np.abs(blocks.diagonal()).mean()) or 1.0
    return blocks.inverse(shift)


def _symmetric(matrix: Any) -> Any:
    return 0.5 * (matrix + matrix.T)
