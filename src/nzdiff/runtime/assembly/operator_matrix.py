"""The matrix of one operator at one g: assembled when asked for, reduced by vec(G) = T g + c.

Which way a matrix is assembled follows from its normal form and its patterns: gathered from factors
(Gram matrices) where every summand is a product of their entries, or a chain of sparse matrices;
2 JᵀJ from an assembled J where only that is; else one product per column.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.assembler import KINDS, Assembler, BlockForm, BlockKind
from nzdiff.runtime.assembly.block_diagonal import BlockDiagonal, inverse_of_triangles
from nzdiff.runtime.assembly.matrix import GatheredMatrix
from nzdiff.runtime.assembly.price import MatrixPrice
from nzdiff.runtime.data.spec import Operator
from nzdiff.runtime.kernel.turn import Turn

Floats = NDArray[np.float64]
MOST_WORK = 1 << 24
"""Multiplications of chains for a matrix that is dense, above which it takes products."""


@dataclass(frozen=True, eq=False)
class OperatorMatrix:
    """One operator of a model at g (and w, of a matrix function), assembled when asked for."""

    assembler: Assembler
    operator: Operator
    g: Floats
    w: Floats | None = None
    updates: int = field(init=False)

    def __post_init__(self) -> None:
        """Know the data that it is of."""
        object.__setattr__(self, "updates", self.assembler.updates)

    def check(self) -> None:
        """RuntimeError where the model has other data by now."""
        if self.updates != self.assembler.updates:
            raise RuntimeError(
                f"{self.operator.replace('_', '-')}: this operator is of data that model.update "
                "has replaced; ask the model for another one, at g"
            )

    @property
    def turn(self) -> Turn:
        """Whoever calls the other methods is in it: they use the memory of the assembler."""
        self.check()
        return self.assembler.lock

    @property
    def exists(self) -> bool:
        """Whether there is a better way than one product per column."""
        return self._way != "columns"

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
        if found is None or not self.exists:
            return None
        if not found.fits and self._way == "gathered":
            return sys.maxsize
        return 12 * found.entries if self.is_sparse else 8 * self.g.size**2

    def describe(self) -> str:
        """How the matrix is assembled, and why so."""
        if self._price is None:
            return "one product per column: its structure is not recognised"
        if self._way == "gathered" and not self._price.fits:
            return "dense: its factors do not fit into memory, so that nothing is laid out"
        if self._way == "jacobian":
            return "2 JᵀJ of the assembled Jacobian: a weight stands between the products"
        if self._way == "columns":
            return "one product per column: weights stand between large dense products"
        assert self._matrix is not None
        kind = f"sparse, {self._matrix.nnz} entries" if self.is_sparse else "dense"
        chains = sum(summand.kind == "chain" for summand in self._matrix.summands)
        count = len(self._matrix.summands) - chains
        parts = [f"{count} summands gathered from factors"] * (count > 0 or not chains)
        parts += [f"{chains} products of sparse matrices"] * (chains > 0)
        return f"{kind}: {', '.join(parts)}, no Jacobian is formed"

    def as_sparse(self, what: str) -> sparse.csr_array:
        """The matrix in sparse storage."""
        if not self.is_sparse:
            known = self.assembler.price(self.operator) is not None
            why = "is dense by its structure" if known else "has a structure that is not recognised"
            raise TypeError(f"tocsc, tocsr: the {what} {why}; toarray() gives it")
        assert self._matrix is not None
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
        T, blocks = self.assembler.T, self.assembler.blocks(self.operator, kind)
        if T is None and blocks.in_triangles:
            size = sum(entries.size for entries in self.assembler.unknowns)
            lower = blocks.gathered(self.g, self.w)
            return inverse_of_triangles(lower, size, blocks.gather, shift, relative=relative)
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
        """Counted, not laid out; None where the structure is not recognised."""
        return self.assembler.price(self.operator)

    @property
    def _way(self) -> Literal["gathered", "jacobian", "columns"]:
        """How it is assembled: chains of dense matrices take longer than a dense J and its square.

        So where there is such a J; without, few of them are less than a product per column.
        """
        found = self._price
        if found is None:
            return "columns"
        if found.work == 0:
            return "gathered"
        if self.assembler.is_square_of_jacobian(self.operator):
            jacobian = self.assembler.price("jacobian")
            if jacobian is not None and jacobian.fits and jacobian.work == 0:
                return "jacobian"
        return "gathered" if found.work <= MOST_WORK else "columns"

    @property
    def _matrix(self) -> GatheredMatrix | None:
        return self.assembler.matrix(self.operator) if self._way == "gathered" else None

    @property
    def _assembled_jacobian(self) -> OperatorMatrix:
        return OperatorMatrix(self.assembler, "jacobian", self.g, self.w)

    def _room(self, shape: tuple[int, int], out: Floats | None) -> Floats:
        """`out`, or a new array where the machine has the memory for it."""
        if out is None:
            check_fits("the assembled matrix", 8 * shape[0] * shape[1], ALTERNATIVE)
            return np.empty(shape)
        return out

    def _copied(self, matrix: Floats, out: Floats | None) -> Floats:
        if out is None:
            return matrix
        out[:] = matrix
        return out


def _inverse(blocks: BlockDiagonal, shift: float, *, relative: bool) -> Callable[[Floats], Floats]:
    if relative and blocks.size:
        shift *= float(np.abs(blocks.diagonal()).mean()) or 1.0
    return blocks.inverse(shift, in_place=True)


def _symmetric(matrix: Any) -> Any:
    return 0.5 * (matrix + matrix.T)
