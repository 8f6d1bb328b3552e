"""Functions of numbers as text: of every entry of an array, and of scalars of a plan."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.printing.c import C99CodePrinter
from sympy.printing.numpy import SciPyPrinter

from nzdiff.codegen.plan.numbers import plain
from nzdiff.derive.language.nodes import VARIABLE

SIMPLE_POWER = re.compile(r"(?<![\w.\])])([A-Za-z_][\w.]*|[\d.]+) \*\* (-?[\w.]+)(?![\w.(\[])")
"""A power of plain names and numbers, which the formatter writes without spaces."""
NEGATED = "_negated"
SMALL = 4
"""The largest power that is written as a product."""


@dataclass(frozen=True, slots=True)
class EntryFunction:
    """A kernel that applies a function to every number of an array, in both languages.

    parameters: its scalar arguments.
    """

    name: str
    parameters: tuple[str, ...]
    c: str
    python: str
    comment: str


class _C(C99CodePrinter):  # type: ignore[misc]
    def _print_Pow(self, expr: Any) -> str:
        power = expr.exp
        if power.is_Integer and 2 <= power <= SMALL and expr.base.is_Symbol:
            return "(" + "*".join([self._print(expr.base)] * int(power)) + ")"
        return str(super()._print_Pow(expr))

    def _print_Heaviside(self, expr: Any) -> str:
        x = self._print(expr.args[0])
        return f"(({x} > 0) - ({x} < 0) + 1.0)/2.0"


class _NumPy(SciPyPrinter):  # type: ignore[misc]
    def _print_Max(self, expr: Any) -> str:
        return self._pairs("maximum", list(expr.args))

    def _print_Min(self, expr: Any) -> str:
        return self._pairs("minimum", list(expr.args))

    def _pairs(self, name: str, args: list[Any]) -> str:
        first = self._print(args[0])
        if len(args) == 1:
            return str(first)
        return f"{self._module_format(f'numpy.{name}')}({first}, {self._pairs(name, args[1:])})"


class _NegatedPowers(ast.NodeTransformer):
    """−x² as a call, to be written −(x²) as the formatter does it."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """A minus before a power."""
        self.generic_visit(node)
        power = isinstance(node.operand, ast.BinOp) and isinstance(node.operand.op, ast.Pow)
        return ast.Call(ast.Name(NEGATED), [node.operand], []) if power else node


def entry_function(name: str, function: sp.Lambda, count: int, comment: str) -> EntryFunction:
    """The kernel of a function whose parameters are the symbols p0, p1, …."""
    parameters = tuple(f"p{i}" for i in range(count))
    body = plain(function(VARIABLE).xreplace({VARIABLE: sp.Symbol("x", real=True)}))
    return EntryFunction(name, parameters, c_text(body), numpy_text(body), comment)


def c_text(expr: Any) -> str:
    """An expression of numbers in C."""
    return str(_C().doprint(plain(expr)))


def numpy_text(expr: Any) -> str:
    """An expression of numbers or arrays in Python on NumPy, spaced as the formatter does it.

    What is undefined is NaN or infinite as in C, where `math` would raise an error.
    """
    source = _NumPy({"fully_qualified_modules": True}).doprint(plain(expr))
    spaced = ast.unparse(_NegatedPowers().visit(ast.parse(source, mode="eval")))
    return SIMPLE_POWER.sub(r"\1**\2", spaced).replace(f"{NEGATED}(", "-(")
