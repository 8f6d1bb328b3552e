"""Expressions of numbers in C."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.c import C99CodePrinter

from nzdiff.codegen.plan.numbers import Literals, plain

SMALL = 4
"""The largest power that is written as a product."""


class _C(Literals, C99CodePrinter):  # type: ignore[misc]
    def _print_Pow(self, expr: Any) -> str:
        power = expr.exp
        if power.is_Integer and 2 <= power <= SMALL and expr.base.is_Symbol:
            return "(" + "*".join([self._print(expr.base)] * int(power)) + ")"
        if power == sp.Rational(1, 3):  # cbrt has values where powers have none
            return f"pow({self._print(expr.base)}, 1.0/3.0)"
        return str(super()._print_Pow(expr))

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        tests = [f"({self._print(c)}) ? ({self._print(e)}) : " for e, c in cases]
        return f"({''.join(tests)}({self._print(last)}))"

    def _print_Heaviside(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"(({x} > 0) - ({x} < 0) + 1.0)/2.0"


def c_text(expr: Any) -> str:
    """An expression of numbers in C."""
    return str(_C().doprint(plain(expr)))
