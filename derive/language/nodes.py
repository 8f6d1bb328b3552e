"""The operations that SymPy lacks or gets wrong, as nodes of its expressions.

A node holds its operands and knows its shape; what it means is in the tables of the derivation
(`differential`, `normal_form`, `evaluate`, `printing`), one entry per node in each.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import sympy as sp
from mpmath.libmp import prec_to_dps
from sympy.matrices.expressions.matexpr import MatrixElement, MatrixExpr

from nzdiff.derive.language.operators import Operand

Shape = tuple[Any, Any]
DomainKind = Literal["positive definite", "hurwitz", "schur"]
VARIABLE = sp.Symbol("ξ", real=True)
"""The argument of functions on entries; no name of a problem can be the same."""


class Node(Operand, MatrixExpr):  # type: ignore[misc]
    """A matrix made of operands."""

    def __new__(cls, *args: Any) -> Any:
        """From operands as SymPy takes them."""
        return sp.Basic.__new__(cls, *(sp.sympify(arg) for arg in args))

    def _entry(self, i: Any, j: Any, **_: Any) -> MatrixElement:
        return MatrixElement(self, i, j)


class SumSquares(sp.Expr):  # type: ignore[misc]
    """‖F‖²_F = Σ F_ab² of a matrix expression, kept as one node so that F stays factored."""

    def __new__(cls, matrix: Any) -> SumSquares:
        """Raises TypeError where `matrix` is no matrix expression."""
        if not isinstance(matrix, MatrixExpr):
            raise TypeError(f"sumsq: expected a matrix expression, got {matrix!r}")
        return sp.Expr.__new__(cls, matrix)  # type: ignore[no-any-return]

    is_commutative = True
    is_nonnegative = True

    @property
    def matrix(self) -> MatrixExpr:
        """The expression whose entries are squared and added."""
        return self.args[0]


class LogDet(sp.Expr):  # type: ignore[misc]
    """log |det A|."""

    def __new__(cls, matrix: Any) -> LogDet:
        """Raises TypeError where `matrix` is no matrix expression."""
        if not isinstance(matrix, MatrixExpr):
            raise TypeError(f"logdet: expected a matrix expression, got {matrix!r}")
        return sp.Expr.__new__(cls, matrix)  # type: ignore[no-any-return]

    is_commutative = True
    is_real = True

    @property
    def arg(self) -> MatrixExpr:
        """The square matrix."""
        return self.args[0]


class PositiveLogDet(LogDet):
    """log det A of a symmetric positive definite A, undefined elsewhere: a `LogDet` to all rules.

    Proofs evaluate it as log |det A|; what runs raises LinAlgError outside of the cone.
    """


class Domain(sp.Expr):  # type: ignore[misc]
    """0 where a square matrix lies in a set, +∞ elsewhere; `kind` names the set.

    A summand of energies.  It has no derivatives: proofs take it for 0, and what runs raises
    LinAlgError outside, as log det A of a positive definite A does.
    """

    kind: ClassVar[DomainKind]
    is_commutative = True
    is_real = True

    def __new__(cls, matrix: Any) -> Domain:
        """Raises TypeError where `matrix` is no matrix expression."""
        if not isinstance(matrix, MatrixExpr):
            raise TypeError(f"domain: expected a matrix expression, got {matrix!r}")
        return sp.Expr.__new__(cls, matrix)  # type: ignore[no-any-return]

    @property
    def arg(self) -> MatrixExpr:
        """The square matrix."""
        return self.args[0]


class PositiveDefinite(Domain):
    """All eigenvalues of a symmetric matrix are positive."""

    kind = "positive definite"


class Hurwitz(Domain):
    """All eigenvalues lie in the open left half plane: x' = A x is stable."""

    kind = "hurwitz"


class Schur(Domain):
    """All eigenvalues lie in the open unit disk: x ← A x is stable."""

    kind = "schur"


DOMAINS: dict[str, type[Domain]] = {node.kind: node for node in (PositiveDefinite, Hurwitz, Schur)}
"""The sets that `nz.domain` knows, by name."""


class Spectral(sp.Expr):  # type: ignore[misc]
    """A number made of the eigenvalues of matrices (see `spectra`)."""

    is_commutative = True
    is_real = True


class Softplus(sp.Function):  # type: ignore[misc]
    """log(1 + e^x) as a function of its own, so that it is evaluated without overflow."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The sigmoid (1 + tanh(x/2)) / 2."""
        return (1 + sp.tanh(self.args[0] / 2)) / 2

    def _eval_evalf(self, prec: int) -> sp.Expr:
        return sp.log(1 + sp.exp(self.args[0])).evalf(prec_to_dps(prec))

    def _ccode(self, printer: Any) -> str:
        x = printer.doprint(self.args[0])
        return f"(fmax({x}, 0.0) + log1p(exp(-fabs({x}))))"

    def _numpycode(self, printer: Any) -> str:
        return f"numpy.logaddexp(0.0, {printer.doprint(self.args[0])})"


class LogGamma(sp.Function):  # type: ignore[misc]
    """log Γ(x) of x > 0; NaN where x < 0."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The digamma function."""
        return PolyGamma(0, self.args[0])

    def _eval_evalf(self, prec: int) -> sp.Expr:
        return sp.loggamma(self.args[0], evaluate=False).evalf(prec_to_dps(prec))

    def _ccode(self, printer: Any) -> str:
        x = printer.doprint(self.args[0])
        return f"(({x}) < 0.0 ? NAN : lgamma({x}))"

    def _numpycode(self, printer: Any) -> str:
        x = printer.doprint(self.args[0])
        return f"numpy.where(({x}) < 0.0, numpy.nan, scipy.special.gammaln({x}))"


class PolyGamma(sp.Function):  # type: ignore[misc]
    """ψ⁽ᵏ⁾(x), derivative k + 1 of log Γ, for arguments k, x with x > 0; NaN where x ≤ 0."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The next one."""
        return PolyGamma(self.args[0] + 1, self.args[1])

    def _eval_evalf(self, prec: int) -> sp.Expr:
        return sp.polygamma(*self.args).evalf(prec_to_dps(prec))

    def _ccode(self, printer: Any) -> str:
        return f"polygamma({self.args[0]}, {printer.doprint(self.args[1])})"

    def _numpycode(self, printer: Any) -> str:
        x = printer.doprint(self.args[1])
        return f"numpy.where(({x}) > 0.0, scipy.special.polygamma({self.args[0]}, {x}), numpy.nan)"


class Modulus(sp.Abs):  # type: ignore[misc]
    """|x| of a real number.  SymPy's Abs turns the signs of sums inside, those of matrices too."""

    @classmethod
    def eval(cls, arg: Any) -> sp.Expr | None:
        """SymPy's value of a number; left as it is otherwise."""
        return sp.Abs(arg) if arg.is_number else None

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        return Sign(self.args[0]) * self.args[0].diff(symbol)


class Sign(sp.sign):  # type: ignore[misc]
    """The sign of a real number."""

    @classmethod
    def eval(cls, arg: Any) -> sp.Expr | None:
        """SymPy's value of a number; left as it is otherwise."""
        return sp.sign(arg) if arg.is_number else None

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        return sp.Integer(0)


SCALARS = (sp.Trace, sp.Determinant, SumSquares, LogDet, Spectral, Domain)
"""The nodes that make a number of a matrix."""
REGULAR = (sp.Determinant, sp.Inverse, LogDet, Spectral, Domain)
"""The nodes that, or whose derivatives, want a matrix that is not any one."""


class CommutationMatrix(Node):
    """K_{r,c}: the permutation with K vec(A) = vec(Aᵀ) for A of shape (r, c)."""

    @property
    def shape(self) -> Shape:
        """(r c, r c)."""
        return (_times(*self.args),) * 2


class Unit(Node):
    """E_ij of shape (rows, cols): 1 at (i, j), counted from 0.  Arguments i, j, rows, cols."""

    @property
    def shape(self) -> Shape:
        """(rows, cols)."""
        return self.args[2], self.args[3]


class Shift(Node):
    """[0 I 0] of shape (rows, cols), the identity from column `offset` on."""

    @property
    def shape(self) -> Shape:
        """(rows, cols)."""
        return self.args[0], self.args[1]


class Selection(Node):
    """Rows of the identity: 1 at (t, i_t) for the indices "i_0 i_1 …", (places, rows, cols)."""

    @property
    def shape(self) -> Shape:
        """(rows, cols)."""
        return self.args[1], self.args[2]


class DiagonalSelection(Node):
    """D of shape (n², n) with vec(diag(x)) = D x, for arguments (n,)."""

    @property
    def shape(self) -> Shape:
        """(n², n)."""
        return _times(self.args[0], self.args[0]), self.args[0]


class Indicator(Node):
    """Ones at the stored positions of a sparse matrix, whatever its values."""

    @property
    def shape(self) -> Shape:
        """That of the matrix."""
        return self.args[0].shape  # type: ignore[no-any-return]


class Hadamard(Node):
    """A ∘ B ∘ …, entry by entry."""

    @property
    def shape(self) -> Shape:
        """That of the factors."""
        return self.args[0].shape  # type: ignore[no-any-return]


class Apply(Node):
    """f.(A): a function of one number on every entry, unstored zeros included.  Lambda, matrix."""

    @property
    def function(self) -> sp.Lambda:
        """The function."""
        return self.args[0]

    @property
    def matrix(self) -> MatrixExpr:
        """Its argument."""
        return self.args[1]

    @property
    def shape(self) -> Shape:
        """That of the matrix."""
        return self.args[1].shape  # type: ignore[no-any-return]


class MapNonzeros(Apply):
    """f at the stored entries of a sparse matrix; the others stay 0, whatever f(0) is."""


class Kronecker(Node):
    """A ⊗ B.  SymPy's own node fails in sums as soon as a factor carries a number."""

    @property
    def shape(self) -> Shape:
        """The products of the rows and of the columns."""
        left, right = self.args
        return _times(left.rows, right.rows), _times(left.cols, right.cols)


class ContractRight(Node):
    """W ⨼ B, with W : (A ⊗ B) = (W ⨼ B) : A: the product of each block of W with B.

    Arguments W, B, rows and cols of A.
    """

    @property
    def shape(self) -> Shape:
        """That of A."""
        return self.args[2], self.args[3]


class ContractLeft(Node):
    """A ⨽ W, with W : (A ⊗ B) = (A ⨽ W) : B: the blocks of W, each times an entry of A, added.

    Arguments A, W, rows and cols of B.
    """

    @property
    def shape(self) -> Shape:
        """That of B."""
        return self.args[2], self.args[3]


class Diag(Node):
    """diag(x): the diagonal matrix of a column x."""

    @property
    def shape(self) -> Shape:
        """(n, n) for x of shape (n, 1)."""
        return self.args[0].rows, self.args[0].rows


class DiagonalOf(Node):
    """The diagonal of a square matrix as a column."""

    @property
    def shape(self) -> Shape:
        """(n, 1) for a matrix of shape (n, n)."""
        return self.args[0].rows, sp.Integer(1)


class Vec(Node):
    """vec(A): the columns of A stacked, as a column."""

    @property
    def shape(self) -> Shape:
        """(rows · cols, 1)."""
        return _times(*self.args[0].shape), sp.Integer(1)


class LogSumExp(Node):
    """log Σ_j exp(A_ij) of every row of A, as a column, without overflow."""

    @property
    def shape(self) -> Shape:
        """(rows, 1)."""
        return self.args[0].rows, sp.Integer(1)


class Unvec(Node):
    """The matrix of shape (rows, cols) with vec(·) = x.  Arguments x, rows, cols."""

    @property
    def shape(self) -> Shape:
        """(rows, cols)."""
        return self.args[1], self.args[2]


def _times(rows: Any, cols: Any) -> Any:
    """A product of sizes, multiplied out: so is every size, and equal ones are the same."""
    return sp.expand(rows * cols)
