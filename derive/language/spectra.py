"""Determinants of sums of Kronecker products by the eigenvalues of their factors.

K is A ⊗ I + I ⊗ C (the form "sum"), whose eigenvalues are λ(A) + λ(C), or I + A ⊗ C ("product"),
with 1 + λ(A) λ(C).  The derivative of log |det K| by A is a partial trace of K⁻¹, and that of the
partial trace is one of K⁻¹ dK K⁻¹.  A node here keeps such a matrix together, so that what runs
takes it from eigenvectors and forms nothing as large as K; `definition` says it in other nodes.
"""

from __future__ import annotations

from typing import ClassVar

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.nodes import (
    ContractRight,
    Domain,
    Kronecker,
    LogDet,
    Node,
    Shape,
    Spectral,
)

SUM, PRODUCT = Str("sum"), Str("product")
"""The forms, in the order of their numbers in plans."""


def whole(form: Str, left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """K of A and C."""
    one, other = sp.Identity(left.rows), sp.Identity(right.rows)
    if form == SUM:
        return sp.MatAdd(Kronecker(left, other), Kronecker(one, right))
    return sp.MatAdd(sp.Identity(left.rows * right.rows), Kronecker(left, right))


class SpectralDeterminant(Spectral):
    """det K = Π (λ(A) + λ(C)) or Π (1 + λ(A) λ(C)), for arguments form, A, C."""

    of: ClassVar[type] = sp.Determinant

    @property
    def arg(self) -> MatrixExpr:
        """K."""
        return whole(*self.args)

    @property
    def definition(self) -> sp.Expr:
        """The determinant or logarithm of K written out."""
        return self.of(self.arg)


class SpectralLogDet(SpectralDeterminant):
    """log |det K| = Σ log |λ(A) + λ(C)| or Σ log |1 + λ(A) λ(C)|, for arguments form, A, C."""

    of: ClassVar[type] = LogDet


class PositiveSpectralLogDet(SpectralLogDet):
    """log det K of a positive definite K of symmetric A and C, undefined elsewhere."""


class PositiveSpectrum(Domain):
    """All eigenvalues of K are positive, for arguments form and symmetric A, C."""

    kind = "positive definite"

    def __new__(cls, form: Str, left: MatrixExpr, right: MatrixExpr) -> PositiveSpectrum:
        """From what K is made of."""
        return sp.Expr.__new__(cls, form, left, right)  # type: ignore[no-any-return]

    @property
    def arg(self) -> MatrixExpr:
        """K."""
        return whole(*self.args)


class PartialTrace(Node):
    """The T with d log |det K| = tr(T dA) where A moves, or its derivative.

    Arguments form, A, C: K⁻¹ ⨼ I, which is Σ (A + λ(C) I)⁻¹; of a product, K⁻¹ ⨼ Cᵀ.
    Arguments form, A, C, E, F, of which E or F is 0: how T moves where A moves by E and C by F.
    T by C is that of C and A.
    """

    @property
    def shape(self) -> Shape:
        """That of A."""
        return self.args[1].shape  # type: ignore[no-any-return]

    @property
    def directions(self) -> tuple[MatrixExpr, ...]:
        """E and F; none of T itself."""
        return tuple(self.args[3:])

    @property
    def definition(self) -> MatrixExpr:
        """The partial trace of an inverse that is written out."""
        form, left, right, *along = self.args
        inverse, size = sp.Inverse(whole(form, left, right)), left.rows
        other = sp.Identity(right.rows) if form == SUM else right.T
        if not along:
            return ContractRight(inverse, other, size, size)
        moved, terms = self._moved(), []
        if form != SUM and not isinstance(along[1], sp.ZeroMatrix):
            terms.append(ContractRight(inverse, along[1].T, size, size))
        inner = ContractRight(sp.MatMul(inverse, moved, inverse), other, size, size)
        return sp.MatAdd(*terms, sp.MatMul(-1, inner)) if terms else sp.MatMul(-1, inner)

    def _moved(self) -> MatrixExpr:
        """How K moves."""
        form, left, right, along, across = self.args
        if isinstance(across, sp.ZeroMatrix):
            return Kronecker(along, sp.Identity(right.rows) if form == SUM else right)
        return Kronecker(sp.Identity(left.rows) if form == SUM else left, across)
