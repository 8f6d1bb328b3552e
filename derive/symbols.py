"""The words of the language: dimensions, matrices with a kind, and the nodes SymPy lacks.

A matrix symbol is a SymPy MatrixSymbol that also carries what is known of its structure, so that
an expression such as ``X - Y*G.T*L*G*B`` is an ordinary SymPy expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

Kind = Literal["dense", "sparse", "diagonal"]


class Matrix(sp.MatrixSymbol):  # type: ignore[misc]
    """A matrix of known kind: "dense", "sparse" (a pattern bound later) or "diagonal"."""

    def __new__(
        cls, name: Any, rows: Any, cols: Any, kind: Any = "dense", symmetric: Any = False
    ) -> Matrix:
        """`kind` and `symmetric` are arguments, so that expressions can be rebuilt from theirs."""
        plain = sp.MatrixSymbol(name, rows, cols)
        flag = sp.true if symmetric else sp.false
        return sp.Basic.__new__(cls, *plain.args, Str(str(kind)), flag)  # type: ignore[no-any-return]

    @property
    def kind_of(self) -> Kind:
        """The declared structure."""
        return str(self.args[3])  # type: ignore[return-value]

    @property
    def symmetric(self) -> bool:
        """Whether Aᵀ = A was declared (always so for a diagonal)."""
        return bool(self.args[4])


class SumSquares(sp.Expr):  # type: ignore[misc]
    """‖F‖²_F = Σ F_ab² of a matrix expression, kept as one node so that F stays factored."""

    def __new__(cls, matrix: Any) -> SumSquares:
        """Raises TypeError where `matrix` is no matrix expression."""
        if not isinstance(matrix, MatrixExpr):
            raise TypeError(f"sumsq: expected a matrix expression, got {matrix!r}")
        return sp.Expr.__new__(cls, matrix)  # type: ignore[no-any-return]

    is_commutative = True
    is_real = True

    @property
    def matrix(self) -> MatrixExpr:
        """The expression whose entries are squared and added."""
        return self.args[0]


class CommutationMatrix(MatrixExpr):  # type: ignore[misc]
    """K_{r,c}: the permutation with K vec(A) = vec(Aᵀ) for A of shape (r, c)."""

    def __new__(cls, rows: Any, cols: Any) -> CommutationMatrix:
        """For matrices of shape (rows, cols)."""
        return sp.Basic.__new__(cls, sp.sympify(rows), sp.sympify(cols))  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """(r c, r c)."""
        return self.args[0] * self.args[1], self.args[0] * self.args[1]


class Kronecker(MatrixExpr):  # type: ignore[misc]
    """A ⊗ B.  SymPy's own node fails in sums as soon as a factor carries a number."""

    def __new__(cls, left: Any, right: Any) -> Kronecker:
        """Of two matrix expressions."""
        return sp.Basic.__new__(cls, left, right)  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """The products of the rows and of the columns."""
        left, right = self.args
        return left.rows * right.rows, left.cols * right.cols


class Vec(MatrixExpr):  # type: ignore[misc]
    """vec(A): the columns of A stacked, as a column."""

    def __new__(cls, matrix: Any) -> Vec:
        """Of a matrix expression."""
        return sp.Basic.__new__(cls, matrix)  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """(rows · cols, 1)."""
        return self.args[0].rows * self.args[0].cols, sp.Integer(1)


def sizes_of(matrix: MatrixExpr, sizes: Mapping[str, int]) -> tuple[int, int]:
    """The shape of a matrix as numbers, its dimensions looked up by name."""
    rows, cols = (int(s) if s.is_Integer else sizes[str(s)] for s in matrix.shape)
    return rows, cols


def dims(names: str) -> tuple[sp.Symbol, ...]:
    """Symbolic dimensions: positive integers, fixed when data is bound.

    >>> n, m = dims("n m")
    """
    return sp.symbols(names, integer=True, positive=True, seq=True)  # type: ignore[no-any-return]


def dense(name: str, rows: Any, cols: Any) -> Matrix:
    """A dense matrix of shape (rows, cols)."""
    return Matrix(_checked_name(name), rows, cols, "dense")


def sparse(name: str, rows: Any, cols: Any, *, symmetric: bool = False) -> Matrix:
    """A sparse matrix of shape (rows, cols); its pattern is data, bound later."""
    if symmetric and rows != cols:
        raise ValueError(f"{name}: a symmetric matrix is square, got shape ({rows}, {cols})")
    return Matrix(_checked_name(name), rows, cols, "sparse", symmetric)


def diagonal(name: str, size: Any) -> Matrix:
    """A diagonal matrix of shape (size, size), bound as the vector of its diagonal."""
    return Matrix(_checked_name(name), size, size, "diagonal", True)


def scalar(name: str) -> sp.Symbol:
    """A real scalar, bound as a number."""
    return sp.Symbol(_checked_name(name), real=True)


def commutation(rows: Any, cols: Any) -> CommutationMatrix:
    """K with K vec(A) = vec(Aᵀ) for A of shape (rows, cols)."""
    return CommutationMatrix(rows, cols)


def kron(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """left ⊗ right; of two identities, the identity."""
    if isinstance(left, sp.Identity) and isinstance(right, sp.Identity):
        return sp.Identity(left.rows * right.rows)
    return Kronecker(left, right)


def vec(matrix: MatrixExpr) -> Vec:
    """The columns of a matrix stacked."""
    return Vec(matrix)


def sumsq(matrix: MatrixExpr) -> SumSquares:
    """‖matrix‖²_F, the sum of the squares of all entries."""
    return SumSquares(matrix)


def _checked_name(name: str) -> str:
    if not name.isidentifier() or not name.isascii():
        raise ValueError(f"name: expected letters, digits and underscores, got {name!r}")
    return name
