"""Expressions of numbers: as Python that data evaluates, and without SymPy's own rewriting."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from nzdiff.derive.language.nodes import Modulus, Sign


class _Python(PythonCodePrinter):  # type: ignore[misc]
    def _print_Heaviside(self, expr: Any) -> str:
        return f"({self._print_sign(expr)} + 1.0)/2.0"

    def _print_sign(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"(math.copysign(1.0, {x})*({x} != 0))"

    def _print_Softplus(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"(max({x}, 0.0) + math.log1p(math.exp(-abs({x}))))"


def python_text(expr: Any) -> str:
    """An expression of numbers that are known when data is bound in Python, with `math`."""
    return str(_Python({"fully_qualified_modules": True}).doprint(plain(expr)))


def plain(expr: Any) -> Any:
    """|x| and signs under the names that printers know, not taken apart by SymPy."""
    named = expr.replace(Modulus, lambda x: sp.Abs(x, evaluate=False))
    return named.replace(Sign, lambda x: sp.sign(x, evaluate=False))


def parameter(place: int) -> sp.Symbol:
    """The symbol of a parameter of an entry function or a formula."""
    return sp.Symbol(f"p{place}", real=True)
