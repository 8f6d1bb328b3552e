"""Expressions as one line of mathematics: `text` for terminals and comments, `latex` for papers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

import sympy as sp

from nzdiff.derive.symbols import CommutationMatrix, Kronecker, SumSquares, Vec

TANGENT = re.compile(r"d([A-Z]\w*|[fgr](_\d+)?|res(idual)?(_\d+)?)")
"""Names of differentials: dG, df, dg, df_1."""


def text(expr: Any) -> str:
    """One line of Unicode: ``X − Y Gᵀ L G B``."""
    return _Printer(_TEXT).show(expr)


def latex(expr: Any) -> str:
    r"""The same in LaTeX: ``X - Y G^{\top} L G B``."""
    return _Printer(_LATEX).show(expr)


_TEXT = {
    "transpose": "{}ᵀ",
    "minus": "−",
    "kron": " ⊗ ",
    "sumsq": "‖{}‖²",
    "trace": "tr({})",
    "vec": "vec({})",
    "commutation": "K",
    "identity": "I",
    "d": "d{}",
}
_LATEX = {
    "transpose": "{}^{{\\top}}",
    "minus": "-",
    "kron": " \\otimes ",
    "sumsq": "\\left\\|{}\\right\\|_F^2",
    "trace": "\\operatorname{{tr}}({})",
    "vec": "\\operatorname{{vec}}({})",
    "commutation": "K",
    "identity": "I",
    "d": "\\mathrm{{d}}{}",
}


@dataclass(frozen=True)
class _Printer:
    style: dict[str, str]

    @singledispatchmethod
    def show(self, expr: Any) -> str:
        return str(expr) if self.style is _TEXT else str(sp.latex(expr))

    @show.register
    def _(self, expr: sp.MatrixSymbol) -> str:
        name = str(expr.name)
        if TANGENT.fullmatch(name):
            return self.style["d"].format(self.name(name[1:]))
        return self.name(name)

    @show.register
    def _(self, expr: sp.Transpose) -> str:
        return self.style["transpose"].format(self.factor(expr.arg))

    @show.register(sp.MatMul)
    @show.register(sp.Mul)
    def _(self, expr: Any) -> str:
        coefficient, factors = _split(expr)
        sign, size = _sign(coefficient)
        body = " ".join(self.factor(factor) for factor in factors)
        number = "" if size == 1 and body else self.factor(size)
        return (self.style["minus"] if sign else "") + f"{number} {body}".strip()

    @show.register(sp.MatAdd)
    @show.register(sp.Add)
    def _(self, expr: Any) -> str:
        minus = self.style["minus"]
        shown = [self.show(term) for term in expr.args]
        parts = [f" {minus} {s[len(minus) :]}" if s.startswith(minus) else f" + {s}" for s in shown]
        return shown[0] + "".join(parts[1:])

    @show.register
    def _(self, expr: Kronecker) -> str:
        return self.style["kron"].join(self.factor(factor, tight=True) for factor in expr.args)

    @show.register
    def _(self, expr: sp.Identity) -> str:
        return self.style["identity"]

    @show.register
    def _(self, expr: sp.ZeroMatrix) -> str:
        return "0"

    @show.register
    def _(self, expr: CommutationMatrix) -> str:
        return self.style["commutation"]

    @show.register
    def _(self, expr: SumSquares) -> str:
        return self.style["sumsq"].format(self.show(expr.matrix))

    @show.register
    def _(self, expr: sp.Trace) -> str:
        return self.style["trace"].format(self.show(expr.arg))

    @show.register
    def _(self, expr: Vec) -> str:
        return self.style["vec"].format(self.show(expr.args[0]))

    def name(self, name: str) -> str:
        """A symbol's name: in LaTeX with Greek letters, hats and indices as SymPy reads them."""
        return name if self.style is _TEXT else str(sp.latex(sp.Symbol(name)))

    def factor(self, expr: Any, *, tight: bool = False) -> str:
        loose = isinstance(expr, (sp.MatAdd, sp.Add, Kronecker))
        if tight and isinstance(expr, sp.MatMul):
            return self.show(expr) if _sign(_split(expr)[0])[0] == 0 else f"({self.show(expr)})"
        return f"({self.show(expr)})" if loose else self.show(expr)


def _split(expr: Any) -> tuple[sp.Expr, list[Any]]:
    numbers = [arg for arg in expr.args if arg.is_number and not getattr(arg, "is_Matrix", False)]
    return sp.Mul(*numbers), [arg for arg in expr.args if arg not in numbers]


def _sign(coefficient: sp.Expr) -> tuple[int, sp.Expr]:
    negative = bool(coefficient.could_extract_minus_sign())
    return int(negative), -coefficient if negative else coefficient
