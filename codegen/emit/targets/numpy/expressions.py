"""Expressions of numbers or arrays in Python on NumPy.

What is undefined is NaN or infinite as in C, where `math` would raise an error.
"""

from __future__ import annotations

import ast
from typing import Any

from sympy.printing.numpy import SciPyPrinter

from nzdiff.codegen.plan.numbers import Literals, plain


class _NumPy(Literals, SciPyPrinter):  # type: ignore[misc]
    """Numbers as they are, functions of NumPy and SciPy."""

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        tests = [f"numpy.where({self._print(c)}, {self._print(e)}, " for e, c in cases]
        return "".join(tests) + self._print(last) + ")" * len(cases)


def numpy_text(expr: Any) -> str:
    """An expression of numbers or arrays, with the modules written out."""
    source = _NumPy({"fully_qualified_modules": True}).doprint(plain(expr))
    return ast.unparse(ast.parse(source, mode="eval"))


def modules(texts: list[str]) -> list[str]:
    """The modules that such texts name, in order; SymPy's printers register not all of them."""
    names = {
        ast.unparse(node)
        for source in texts
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
    }
    known = ("numpy", "scipy.constants", "scipy.special")
    return [module for module in known if any(name.startswith(f"{module}.") for name in names)]
