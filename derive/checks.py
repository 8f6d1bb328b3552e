"""What a problem must be before it is derived: shapes that fit, names that work, known nodes."""

from __future__ import annotations

import keyword
from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.canonical import split
from nzdiff.derive.errors import UnsupportedNodeError
from nzdiff.derive.printing import text
from nzdiff.derive.symbols import Matrix, SumSquares

OPTIONS = frozenset({"backend", "math", "self", "threads"})
"""Names that `bind` and the coefficients of kernels use themselves."""


def check_unknowns(wrt: Any) -> tuple[Matrix, ...]:
    """The unknowns as a tuple; TypeError or ValueError for what cannot be one."""
    unknowns = tuple(wrt) if isinstance(wrt, (tuple, list)) else (wrt,)
    if not unknowns:
        raise ValueError("wrt: expected at least one unknown matrix, got none")
    for unknown in unknowns:
        if not isinstance(unknown, Matrix) or unknown.kind_of != "sparse":
            raise TypeError(f"wrt: expected a matrix declared by nz.sparse, got {unknown!r}")
        if unknown.symmetric:
            raise ValueError(
                f"{unknown.name}: declare the unknown without symmetric=True; symmetry of an "
                "unknown is part of its pattern (Pattern.mapped)"
            )
        if unknowns.count(unknown) > 1:
            raise ValueError(f"{unknown.name}: expected each unknown once, got it twice")
    return unknowns


def check_shapes(expr: Any) -> None:
    """ValueError where the shapes of a product, a sum, a power or a trace do not fit."""
    if isinstance(expr, sp.MatMul):
        _, factors = split(expr)
        for left, right in pairwise(factors):
            if left.cols != right.rows:
                raise ValueError(
                    f"{text(expr)}: shapes do not fit: {_shape(left)}, {_shape(right)}"
                )
    if isinstance(expr, sp.MatAdd):
        for term in expr.args[1:]:
            if term.shape != expr.args[0].shape:
                shown = f"{_shape(expr.args[0])}, {_shape(term)}"
                raise ValueError(f"{text(expr)}: shapes do not fit: {shown}")
    if isinstance(expr, (sp.MatPow, sp.Trace)):
        inner = expr.args[0]
        if inner.rows != inner.cols:
            raise ValueError(f"{text(expr)}: expected a square matrix, got {_shape(inner)}")
    for arg in expr.args:
        if not isinstance(expr, Matrix):
            check_shapes(arg)


def check_names(energy: sp.Expr, unknowns: tuple[Matrix, ...]) -> None:
    """Every symbol declared by nzdiff, each name once and usable as an argument of `bind`."""
    symbols = energy.atoms(sp.MatrixSymbol) | energy.atoms(sp.Symbol)
    sizes = {size for matrix in energy.atoms(sp.MatrixSymbol) for size in matrix.shape}
    by_name: dict[str, Any] = {}
    for symbol in sorted(symbols, key=str):
        name = str(symbol.name)
        if by_name.setdefault(name, symbol) != symbol:
            raise ValueError(f"{name}: the same name stands for two declarations")
        if isinstance(symbol, sp.MatrixSymbol) and not isinstance(symbol, Matrix):
            raise TypeError(
                f"{name}: expected a matrix declared by nz.dense, nz.sparse or nz.diagonal, "
                "got a plain MatrixSymbol, of which the structure is not known"
            )
        if symbol not in sizes and (name in OPTIONS or keyword.iskeyword(name)):
            raise ValueError(f"{name}: Python or nzdiff's bind uses this name itself; take another")
        for size in getattr(symbol, "shape", ()):
            if not isinstance(size, (sp.Symbol, sp.Integer)):
                raise TypeError(f"{name}: expected sizes that are symbols or numbers, got {size}")
    for unknown in unknowns:
        if f"d{unknown.name}" in by_name:
            raise ValueError(
                f"d{unknown.name}: this name is kept for the differential of {unknown.name}"
            )
        if not energy.has(unknown):
            raise ValueError(f"{unknown.name}: the energy does not contain this unknown")


def check_constants(energy: sp.Expr, dimensions: tuple[sp.Symbol, ...]) -> None:
    """The size of every identity and zero matrix is that of some matrix."""
    for constant in energy.atoms(sp.Identity, sp.ZeroMatrix):
        for size in constant.shape:
            if not size.is_Integer and size not in dimensions:
                raise ValueError(
                    f"{size}: no matrix of the energy has this dimension, so that data cannot set "
                    f"the size of {text(constant)}; write the number instead"
                )


def check_matrix(expr: Any, whole: Any) -> None:
    """UnsupportedNodeError where a matrix expression holds a node that has no rule."""
    known = (sp.MatAdd, sp.MatMul, sp.Transpose, Matrix, sp.Identity, sp.ZeroMatrix)
    if not isinstance(expr, known):
        raise UnsupportedNodeError(expr, whole)
    if isinstance(expr, (sp.MatAdd, sp.MatMul, sp.Transpose)):
        for arg in expr.args:
            if isinstance(arg, MatrixExpr):
                check_matrix(arg, whole)
            else:
                check_scalar(arg, expr)


def check_scalar(expr: Any, place: Any) -> None:
    """UnsupportedNodeError where a factor is more than sums, products and powers of scalars."""
    if expr.has(SumSquares, sp.Trace, MatrixExpr):
        raise UnsupportedNodeError(expr, place)
    for node in sp.preorder_traversal(expr):
        known = isinstance(node, (sp.Symbol, sp.Number, sp.NumberSymbol, sp.Add, sp.Mul))
        if not known and not (isinstance(node, sp.Pow) and node.exp.is_number):
            raise UnsupportedNodeError(node, place)


def _shape(expr: MatrixExpr) -> str:
    return f"{text(expr)} is {text(expr.rows)} × {text(expr.cols)}"
