"""Decimals as the rational numbers that were typed, so that proofs need no tolerance.

0.1 is 1/10 and 1e-3 is 1/1000.  What Python computed before it came here (0.1 + 0.2, math.pi) has
as many digits as a double: it is rounded, and a claim that holds it is compared to `DIGITS`.
"""

from __future__ import annotations

import math
from typing import Any

import sympy as sp

DIGITS = 13
"""Decimal digits that are left of a double after a few roundings."""
TYPED = 10**14
"""Whole numbers below it are the digits of a decimal that somebody typed."""


def exact(expr: Any) -> Any:
    """The expression with every decimal as a rational number."""
    return expr.xreplace({x: _rational(x) for x in expr.atoms(sp.Float)})


def is_rounded(*exprs: Any) -> bool:
    """Whether expressions hold a fraction with as many digits as a double."""
    fractions = (x for expr in exprs for x in expr.atoms(sp.Rational) if x.q != 1)
    return any(abs(x.p) >= TYPED for x in fractions)


def _rational(number: sp.Float) -> sp.Rational:
    """The decimal that a double is written as; ValueError for a number that is none."""
    double = float(number)
    if not math.isfinite(double):
        raise ValueError(f"{sp.N(number, 3)}: no double holds this number of the formula; scale it")
    return sp.Rational(repr(double))
