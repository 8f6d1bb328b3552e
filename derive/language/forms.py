"""Shapes of expressions that are shown in a way of their own: blocks, entries, forms xᵀ A x."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.nodes import Shift, Unit


def blocks(expr: Any, *, above: bool) -> list[Any]:
    """The blocks of A [I 0] + B [0 I], or of [I 0]ᵀ A + [0 I]ᵀ B; none of another sum.

    What no summand covers is a block of zeros.
    """
    found = list[tuple[Any, Any, Any]]()
    for term in expr.args if isinstance(expr, sp.MatAdd) else ():
        placed = _placed(term, above)
        if placed is None:
            return []
        found.append(placed)
    return _in_order(expr, found, above) if found else []


def row_of_blocks(expr: Any) -> list[Any]:
    """The blocks of a row: those of `blocks`, A [I 0] as A beside zeros, or the matrix itself."""
    placed = _placed(expr, False) if isinstance(expr, (sp.MatMul, Shift)) else None
    if placed is not None:
        return _in_order(expr, [placed], False) or [expr]
    return blocks(expr, above=False) or [expr]


def _placed(term: Any, above: bool) -> tuple[Any, Any, Any] | None:
    """Offset, block and width of one summand; None of what is no block."""
    coefficient, factors = number_and_factors(term) if isinstance(term, sp.MatMul) else (1, [term])
    if not factors:
        return None
    shift = factors.pop(0 if above else -1)
    if above:
        shift = shift.arg if isinstance(shift, sp.Transpose) else None
    if not isinstance(shift, Shift):
        return None
    rows, width, offset = tuple(shift.args)
    factors = factors or [sp.Identity(rows)]
    block = factors[0] if coefficient == 1 == len(factors) else sp.MatMul(coefficient, *factors)
    return (offset, block, width) if isinstance(block, MatrixExpr) else None


def _in_order(expr: Any, found: list[tuple[Any, Any, Any]], above: bool) -> list[Any]:
    """Blocks by their offsets, zeros in the gaps; none where offsets overlap or do not compare."""
    place, blocks, width = sp.Integer(0), list[Any](), found[0][2]
    for _ in range(len(found)):
        ahead = [item for item in found if sp.expand(item[0] - place).is_nonnegative]
        first = [
            item
            for item in ahead
            if all(sp.expand(o[0] - item[0]).is_positive for o in ahead if o is not item)
        ]
        if len(first) != 1:
            return []
        offset, block, _width = first[0]
        blocks += [*_gap(expr, sp.expand(offset - place), above), block]
        place = sp.expand(offset + block.shape[0 if above else 1])
        found = [item for item in found if item is not first[0]]
    rest = sp.expand(width - place)
    return [] if rest.is_negative else [*blocks, *_gap(expr, rest, above)]


def _gap(expr: Any, size: Any, above: bool) -> list[Any]:
    """Zeros of so many rows or columns, none of no size."""
    if size == 0:
        return []
    return [sp.ZeroMatrix(size, expr.cols) if above else sp.ZeroMatrix(expr.rows, size)]


def is_stack(expr: Any) -> bool:
    """Whether it is shown as blocks in brackets."""
    return bool(blocks(expr, above=False) or blocks(expr, above=True))


def entry(expr: Any) -> tuple[Any, Any, Any] | None:
    """A, i and j of tr(E_ji A) = A[i, j]; None of another matrix."""
    factors: tuple[Any, ...] = expr.args if isinstance(expr, sp.MatMul) else ()
    if len(factors) < 2 or not isinstance(factors[0], Unit):
        return None
    column, row = factors[0].args[:2]
    return sp.MatMul(*factors[1:]) if len(factors) > 2 else factors[1], row, column


def is_form(expr: Any) -> bool:
    """Whether it is a number written as a product of matrices, such as xᵀ A x."""
    return (
        isinstance(expr, sp.Trace)
        and entry(expr.arg) is None
        and expr.arg.shape == (1, 1)
        and isinstance(expr.arg, (sp.MatMul, sp.MatAdd))
    )


def number_and_factors(expr: Any) -> tuple[sp.Expr, list[Any]]:
    """The numbers of a product as one, and its other factors."""
    numbers = [arg for arg in expr.args if getattr(arg, "is_Number", False)]
    return sp.Mul(*numbers), [arg for arg in expr.args if arg not in numbers]


def sign_and_size(coefficient: sp.Expr) -> tuple[int, sp.Expr]:
    """Whether a number is shown with a minus, and what is shown behind it."""
    negative = bool(coefficient.could_extract_minus_sign())
    return int(negative), -coefficient if negative else coefficient
