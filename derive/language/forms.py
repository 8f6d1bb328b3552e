"""Shapes of expressions that are shown in a way of their own: blocks, entries, forms xᵀ A x."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.nodes import Shift, Unit


def blocks(expr: Any, *, above: bool) -> list[Any]:
    """The blocks of A [I 0] + B [0 I], or of [I 0]ᵀ A + [0 I]ᵀ B; none of another sum."""
    found = list[tuple[Any, Any, Any]]()
    for term in expr.args if isinstance(expr, sp.MatAdd) else ():
        coefficient, factors = (
            number_and_factors(term) if isinstance(term, sp.MatMul) else (1, [term])
        )
        shift = factors.pop(0 if above else -1)
        shift = shift.arg if above and isinstance(shift, sp.Transpose) else shift
        if not isinstance(shift, Shift) or isinstance(term, sp.Transpose):
            return []
        rows, width, offset = tuple(shift.args)
        block = sp.MatMul(coefficient, *(factors or [sp.Identity(rows)]))
        if not isinstance(block, MatrixExpr):
            return []
        found.append((offset, block, width))
    place, blocks = sp.Integer(0), list[Any]()
    while rest := [item for item in found if item[0] == place]:
        if len(rest) > 1:
            return []
        blocks.append(rest[0][1])
        place += rest[0][1].shape[0 if above else 1]
    complete = len(blocks) == len(found) and blocks and sp.expand(place - found[0][2]) == 0
    return blocks if complete else []


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
