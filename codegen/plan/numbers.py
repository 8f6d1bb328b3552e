"""Expressions of numbers in a plan: their parameters, and their text where data is bound.

What depends on data alone is computed once, by Python, before any kernel runs.
"""

from __future__ import annotations

import math
from typing import Any

import sympy as sp
from sympy.printing.codeprinter import CodePrinter
from sympy.printing.pycode import PythonCodePrinter

from nzdiff.derive.language.nodes import SCALARS, Modulus, Sign
from nzdiff.runtime.data.members import member


def parameter(place: int) -> sp.Symbol:
    """The symbol of a parameter of an entry function."""
    return sp.Symbol(f"p{place}", real=True)


def outer_symbols(expr: Any) -> set[sp.Symbol]:
    """The symbols of a number outside of the traces, determinants and norms that it is made of."""
    if isinstance(expr, SCALARS):
        return set()
    if expr.is_Symbol:
        return {expr}
    return {symbol for arg in expr.args for symbol in outer_symbols(arg)}


class Literals(CodePrinter):  # type: ignore[misc]
    """Printers that write numbers as literals: no target needs a name for π, √2 or log 2.

    Quotients of whole numbers stay as they are while doubles hold both.
    """

    def _print(self, expr: Any, **settings: Any) -> str:
        if getattr(expr, "is_number", False) and not _is_short(expr):
            value = double_of(expr)
            return f"({value!r})" if value < 0 else repr(value)
        return str(super()._print(expr, **settings))


def double_of(expr: Any) -> float:
    """A number as a double; ValueError where it is beyond them."""
    try:
        value = float(expr)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        shown = f"{sp.N(expr, 3)}"
        raise ValueError(
            f"{shown}: this number of the energy or of its derivatives is beyond doubles; scale "
            "the energy or the functions in it"
        )
    return value


EXACT = 2**31
"""Whole numbers below it are themselves in every language."""


def _is_short(expr: Any) -> bool:
    """Whether it is a whole number or a quotient of such that is written as it is."""
    return bool(expr.is_Rational and abs(expr.p) < EXACT and expr.q < EXACT)


def python_text(expr: Any) -> str:
    """An expression of numbers that are known when data is bound in Python, with `math`."""
    named = {s: sp.Symbol(member(str(s.name)), real=True) for s in expr.free_symbols}
    return str(_Python({"fully_qualified_modules": True}).doprint(plain(expr.xreplace(named))))


class _Python(Literals, PythonCodePrinter):  # type: ignore[misc]
    def _print_Heaviside(self, expr: Any) -> str:
        return f"({self._print_sign(expr)} + 1.0)/2.0"

    def _print_sign(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"(math.copysign(1.0, {x})*({x} != 0))"

    def _print_LogGamma(self, expr: Any) -> str:
        return f"math.lgamma({self._print(expr.args[0])})"

    def _print_Softplus(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"(max({x}, 0.0) + math.log1p(math.exp(-abs({x}))))"


def plain(expr: Any) -> Any:
    """|x| and signs under the names that the printers know, not taken apart by SymPy."""
    known = expr.replace(Modulus, lambda x: sp.Abs(x, evaluate=False))
    return known.replace(Sign, lambda x: sp.sign(x, evaluate=False))
