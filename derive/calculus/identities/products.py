"""A ⊗ C in products: beside columns, rows and other Kronecker products, and what vec does to them.

Each rule takes a canonical node to what it equals, or to None where it does not apply.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import add, kronecker, linear, product, split, transpose
from nzdiff.derive.language.nodes import CommutationMatrix, Kronecker, Unvec, Vec


def factors(expr: Any) -> tuple[MatrixExpr, ...]:
    """A, C, … of A ⊗ C ⊗ …; of anything else, itself."""
    if isinstance(expr, Kronecker):
        return (*factors(expr.args[0]), *factors(expr.args[1]))
    return (expr,)


def joined(parts: list[MatrixExpr]) -> MatrixExpr:
    """A ⊗ C ⊗ … of its factors."""
    found = parts[0]
    for part in parts[1:]:
        found = kronecker(found, part)
    return found


def has_kronecker(expr: Any) -> bool:
    """Whether a sum has a summand with A ⊗ C as a factor."""
    return isinstance(expr, sp.MatAdd) and any(
        isinstance(factor, Kronecker) for term in expr.args for factor in split(term)[1]
    )


def mixed(expr: Any) -> Any:
    """(A ⊗ C) (M ⊗ N) where the shapes fit pair by pair."""
    scale, parts = split(expr)
    for place, (left, right) in enumerate(pairwise(parts)):
        if isinstance(left, Kronecker) and isinstance(right, Kronecker):
            both = list(zip(factors(left), factors(right), strict=False))
            alike = len(factors(left)) == len(factors(right))
            if alike and all(a.cols == b.rows for a, b in both):
                middle = joined([product(1, a, b) for a, b in both])
                return product(scale, *parts[:place], middle, *parts[place + 2 :])
    return None


def opened(expr: Any) -> Any:
    """A sum is multiplied out beside a column, a row or another ⊗, the nearest to it first."""
    scale, parts = split(expr)
    for place in reversed(range(len(parts))):
        before, after = parts[:place], parts[place + 1 :]
        if not has_kronecker(parts[place]):
            continue
        if after and _is_narrow(after):
            inner = add(*(product(1, term, *after) for term in parts[place].args))
            return product(scale, *before, inner)
        if before and _is_narrow(before):
            inner = add(*(product(1, *before, term) for term in parts[place].args))
            return product(scale, inner, *after)
    return None


def _is_narrow(parts: tuple[MatrixExpr, ...]) -> bool:
    """Whether a product is no square matrix, or one of Kronecker products.

    Beside a dense square matrix, which is as large as A ⊗ C itself, nothing is saved.
    """
    square = sp.expand(parts[0].rows - parts[-1].cols) == 0
    return not square or all(isinstance(part, Kronecker) or has_kronecker(part) for part in parts)


def applied_to_the_right(expr: Any) -> Any:
    """(A ⊗ C) times what follows, the last one first."""
    scale, parts = split(expr)
    for place in reversed(range(len(parts) - 1)):
        after = parts[place + 1 :]
        if isinstance(parts[place], Kronecker) and _is_narrow(after):
            found = times(factors(parts[place]), product(1, *after))
            return product(scale, *parts[:place], found)
    return None


def applied_to_the_left(expr: Any) -> Any:
    """What comes before, times A ⊗ C."""
    scale, parts = split(expr)
    for place in range(1, len(parts)):
        before = parts[:place]
        if isinstance(parts[place], Kronecker) and _is_narrow(before):
            turned = tuple(transpose(part) for part in factors(parts[place]))
            found = times(turned, transpose(product(1, *before)))
            return product(scale, transpose(found), *parts[place + 1 :])
    return None


def times(parts: tuple[MatrixExpr, ...], right: MatrixExpr) -> MatrixExpr:
    """The product (A ⊗ C ⊗ …) · right.

    Of two factors and a column, vec(C M Aᵀ) with vec(M) = right.  Else factor by factor, from the
    last: C unvec(x), transposed, has C's own direction last, so that the next one comes first.
    """
    if right.cols == 1 and len(parts) == 2:
        left, inner = parts
        return vec(product(1, inner, unvec(right, inner.cols, left.cols), transpose(left)))
    sizes = [part.cols for part in reversed(parts)]
    column, others = vec(right), [*sizes[1:], right.cols]
    for turn, part in enumerate(reversed(parts)):
        rest = prod(others, start=sp.Integer(1))
        moved = product(1, part, unvec(column, part.cols, rest))
        column = vec(transpose(moved))
        others = [*others[1:], part.rows] if turn < len(parts) - 1 else others
    rows = prod((part.rows for part in parts), start=sp.Integer(1))
    return column if right.cols == 1 else transpose(unvec(column, right.cols, rows))


def vec(matrix: MatrixExpr) -> MatrixExpr:
    """The column of a matrix; of a column itself, of a row its transpose, of unvec(x) the x."""
    if matrix.cols == 1:
        return matrix
    if matrix.rows == 1:
        return transpose(matrix)
    scale, parts = split(matrix)
    if len(parts) == 1 and isinstance(parts[0], Unvec):
        return product(scale, parts[0].args[0])
    return linear(Vec, matrix)


def unvec(column: MatrixExpr, rows: Any, cols: Any) -> MatrixExpr:
    """The matrix with vec(·) = column; of vec(M), M."""
    if cols == 1:
        return column
    if rows == 1:
        return transpose(column)
    scale, parts = split(column)
    if len(parts) == 1 and isinstance(parts[0], Vec) and parts[0].args[0].shape == (rows, cols):
        return product(scale, parts[0].args[0])
    return linear(Unvec, column, sp.expand(rows), sp.expand(cols))


def swapped(expr: Any) -> Any:
    """K vec(M)."""
    scale, parts = split(expr)
    for place, (left, right) in enumerate(pairwise(parts)):
        if isinstance(left, CommutationMatrix) and isinstance(right, Vec):
            matrix = right.args[0]
            if matrix.shape == left.args:
                return product(scale, *parts[:place], vec(transpose(matrix)), *parts[place + 2 :])
    return None


def inner_product(expr: Any) -> Any:
    """vec(M)ᵀ vec(N) as a number."""
    scale, parts = split(expr)
    for place, (left, right) in enumerate(pairwise(parts)):
        turned = transpose(left)
        if isinstance(turned, Vec) and isinstance(right, Vec):
            first, second = turned.args[0], right.args[0]
            if first.shape == second.shape:
                number = scale * sp.Trace(product(1, transpose(first), second))
                rest = (*parts[:place], *parts[place + 2 :])
                return product(number, *(rest or (sp.Identity(1),)))
    return None


def column_of(expr: Kronecker) -> Any:
    """a ⊗ c of columns, or of rows."""
    left, right = expr.args
    if left.cols == 1 and right.cols == 1:
        return vec(product(1, right, transpose(left)))
    if left.rows == 1 and right.rows == 1:
        return transpose(vec(product(1, transpose(right), left)))
    return None


def sum_of_vecs(expr: sp.MatAdd) -> Any:
    """Of columns, or of rows."""
    if expr.rows == 1 and expr.cols != 1:
        found = sum_of_vecs(transpose(expr))
        return None if found is None else transpose(found)
    alone = [parts[0] for _, parts in map(split, expr.args) if len(parts) == 1]
    shapes = {part.args[0].shape for part in alone if isinstance(part, Vec)}
    if len(shapes) != 1:
        return None
    ((rows, cols),) = shapes
    return linear(Vec, add(*(unvec(term, rows, cols) for term in expr.args)))


def undone(expr: Unvec) -> Any:
    """unvec(vec(M))."""
    column, rows, cols = expr.args
    found = unvec(column, rows, cols)
    return None if found.has(Unvec) else found
