"""Which summands are multiples of one another, and by which number.

In: summands of a claim and of the truth.  Out: their lines, the same for multiples, and factors.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import product, split
from nzdiff.derive.calculus.normal_form import gather_terms
from nzdiff.derive.claims.changes import FACTORS
from nzdiff.derive.claims.judge import Judge
from nzdiff.derive.claims.summands import summands
from nzdiff.derive.proof.arithmetic import Precise

Line = tuple[Any, ...]
"""The values of a summand at the judge's points, divided by the first of them that is not 0."""


def merged(judge: Judge, expr: MatrixExpr) -> dict[Line, MatrixExpr]:
    """The summands of an expression by their lines, multiples added up; what is 0 is left out."""
    found: dict[Line, list[MatrixExpr]] = {}
    for term in summands(judge.derivation, expr):
        at = line(judge, term)
        if at is not None:
            found.setdefault(at, []).append(term)
    sums = {at: gather_terms(terms, expr.shape) for at, terms in found.items()}
    return {at: total for at, total in sums.items() if line(judge, total) is not None}


def line(judge: Judge, term: MatrixExpr) -> Line | None:
    """The same for summands that are multiples of one another; None for 0."""
    entries = [entry for values in judge.values(term) for entry in values]
    first = next((entry for entry in entries if not judge.is_zero(entry)), None)
    if first is None:
        return None
    one = judge.arithmetic.number(sp.Integer(1)) / first
    digits = min(judge.digits, 20)
    return tuple(_token(entry * one, digits) for entry in entries)


def scale(judge: Judge, term: MatrixExpr, wanted: MatrixExpr) -> sp.Rational | None:
    """The factor r with r · term = wanted, of two with the same line; None for one that is odd."""
    written = split(wanted)[0] / split(term)[0]
    tried = (
        sp.Integer(1),
        *map(sp.Rational, FACTORS),
        *((written,) if written.is_Rational else ()),
    )
    return next((r for r in tried if judge.same(product(r, term), wanted)), None)


def _token(entry: Any, digits: int) -> Any:
    """An entry as something that equals itself: numbers of many digits are rounded."""
    if hasattr(entry, "value"):
        return entry.value
    return Precise.context.nstr(entry, digits)
