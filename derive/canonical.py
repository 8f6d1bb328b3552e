"""One form per meaning: products flat, transposes at the leaves, sums sorted.

`canonical(expr)` expands nothing: a factored expression stays factored.  SymPy reorders sums
between releases, so summands are sorted here by (number of factors, text).
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.printing import text
from nzdiff.derive.symbols import Matrix, SumSquares


def canonical(expr: Any) -> Any:
    """`expr` with flat products, transposes at the leaves and sums in a stable order."""
    if isinstance(expr, MatrixExpr):
        return _matrix(expr)
    if isinstance(expr, (SumSquares, sp.Trace)):
        return expr.func(canonical(expr.args[0]))
    if isinstance(expr, (sp.Add, sp.Mul, sp.Pow)):
        return expr.func(*(canonical(arg) for arg in expr.args))
    return expr


def transpose(expr: MatrixExpr) -> MatrixExpr:
    """Aᵀ with the transposes pushed to the leaves: (A B)ᵀ = Bᵀ Aᵀ, (A + B)ᵀ = Aᵀ + Bᵀ."""
    if isinstance(expr, sp.Transpose):
        return expr.arg
    if isinstance(expr, sp.MatAdd):
        return sp.MatAdd(*(transpose(term) for term in expr.args))
    if isinstance(expr, sp.MatMul):
        coefficient, factors = split(expr)
        return product(coefficient, *(transpose(factor) for factor in reversed(factors)))
    if isinstance(expr, sp.ZeroMatrix):
        return sp.ZeroMatrix(expr.cols, expr.rows)
    if isinstance(expr, sp.Identity) or (isinstance(expr, Matrix) and expr.symmetric):
        return expr
    return sp.Transpose(expr)


def split(expr: MatrixExpr) -> tuple[sp.Expr, tuple[MatrixExpr, ...]]:
    """The scalar coefficient and the matrix factors of a product, in order."""
    if not isinstance(expr, sp.MatMul):
        return sp.Integer(1), (expr,)
    scalars = [arg for arg in expr.args if not getattr(arg, "is_Matrix", False)]
    coefficient = reduce(lambda a, b: a * b, scalars, sp.Integer(1))
    matrices = [split(arg) for arg in expr.args if getattr(arg, "is_Matrix", False)]
    factors = tuple(factor for _, part in matrices for factor in part)
    return reduce(lambda a, b: a * b, (inner for inner, _ in matrices), coefficient), factors


def product(coefficient: Any, *factors: MatrixExpr) -> MatrixExpr:
    """coefficient · A B C as one flat node; identities and a coefficient of 1 are dropped."""
    flat = [split(factor) for factor in factors]
    scale = reduce(lambda a, b: a * b, (inner for inner, _ in flat), sp.sympify(coefficient))
    kept = [f for _, part in flat for f in part if not isinstance(f, sp.Identity)]
    rows, cols = factors[0].rows, factors[-1].cols
    if scale == 0 or any(isinstance(factor, sp.ZeroMatrix) for factor in kept):
        return sp.ZeroMatrix(rows, cols)
    kept = kept or [sp.Identity(rows)]
    if scale == 1:
        return kept[0] if len(kept) == 1 else sp.MatMul(*kept)
    return sp.MatMul(scale, *kept)


def add(*terms: MatrixExpr) -> MatrixExpr:
    """A + B + …, flat and in the order given; zeros are dropped."""
    flat = [t for term in terms for t in (term.args if isinstance(term, sp.MatAdd) else (term,))]
    kept = [term for term in flat if not isinstance(term, sp.ZeroMatrix)]
    if not kept:
        return sp.ZeroMatrix(*terms[0].shape)
    return kept[0] if len(kept) == 1 else sp.MatAdd(*kept)


def _matrix(expr: MatrixExpr) -> MatrixExpr:
    if isinstance(expr, sp.MatAdd):
        return _sorted(add(*(canonical(term) for term in expr.args)))
    if isinstance(expr, sp.Transpose):
        return _sorted(transpose(canonical(expr.arg)))
    if isinstance(expr, sp.MatMul):
        coefficient, factors = split(expr)
        return product(coefficient, *(canonical(factor) for factor in factors))
    if isinstance(expr, sp.MatPow) and expr.exp.is_Integer and expr.exp > 0:
        return product(1, *([canonical(expr.base)] * int(expr.exp)))
    return expr


def _sorted(expr: MatrixExpr) -> MatrixExpr:
    if not isinstance(expr, sp.MatAdd):
        return expr
    return sp.MatAdd(*sorted(expr.args, key=_order))


def _order(term: MatrixExpr) -> tuple[int, str]:
    _, factors = split(term)
    return len(factors), " ".join(text(factor) for factor in factors)
