"""The words of the language: dimensions, scalars and matrices with a kind.

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


def sizes_of(matrix: MatrixExpr, sizes: Mapping[str, int]) -> tuple[int, int]:
    """The shape of a matrix as numbers, its dimensions looked up by name."""
    rows, cols = (size_of(size, sizes) for size in matrix.shape)
    return rows, cols


def size_of(size: Any, sizes: Mapping[str, int]) -> int:
    """A dimension, or a sum or product of dimensions, as a number."""
    if size.is_Integer:
        return int(size)
    if size.is_Symbol:
        return sizes[str(size)]
    return int(size.subs({symbol: sizes[str(symbol)] for symbol in size.free_symbols}))


def dims(names: str) -> tuple[sp.Symbol, ...]:
    """Symbolic dimensions: positive integers, fixed when data is bound.

    >>> n, m = dims("n m")
    """
    return sp.symbols(names, integer=True, positive=True, seq=True)  # type: ignore[no-any-return]


def dense(name: str, rows: Any, cols: Any = 1, *, symmetric: bool = False) -> Matrix:
    """A dense matrix of shape (rows, cols); a column where `cols` is left out."""
    _check_square(name, rows, cols, symmetric)
    return Matrix(_checked_name(name), rows, cols, "dense", symmetric)


def sparse(name: str, rows: Any, cols: Any, *, symmetric: bool = False) -> Matrix:
    """A sparse matrix of shape (rows, cols); its pattern is data, bound later."""
    _check_square(name, rows, cols, symmetric)
    return Matrix(_checked_name(name), rows, cols, "sparse", symmetric)


def diagonal(name: str, size: Any) -> Matrix:
    """A diagonal matrix of shape (size, size), bound as the vector of its diagonal."""
    return Matrix(_checked_name(name), size, size, "diagonal", True)


def scalar(name: str) -> sp.Symbol:
    """A real scalar, bound as a number."""
    return sp.Symbol(_checked_name(name), real=True)


def _checked_name(name: str) -> str:
    if not name.isidentifier() or not name.isascii():
        raise ValueError(f"name: expected letters, digits and underscores, got {name!r}")
    return name


def _check_square(name: str, rows: Any, cols: Any, symmetric: bool) -> None:
    if symmetric and rows != cols:
        raise ValueError(f"{name}: a symmetric matrix is square, got shape ({rows}, {cols})")
