"""The table of differential rules: one rule per node, applied without expanding anything.

`differential(expr, tangents)` returns d(expr), factored, and the list of rules used.
Add a node by adding a rule here; its formula is the docstring.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import Any

import sympy as sp

from nzdiff.derive.canonical import add, product, split, transpose
from nzdiff.derive.errors import UnsupportedNodeError
from nzdiff.derive.symbols import Matrix, SumSquares


@dataclass(frozen=True, slots=True)
class Step:
    """One application of a named rule: `before` equals `after` by `formula`."""

    rule: str
    formula: str
    before: Any
    after: Any


def differential(expr: Any, tangents: dict[Matrix, Matrix]) -> tuple[Any, tuple[Step, ...]]:
    """d(expr) where each unknown G moves by its tangent dG; everything else is constant."""
    rules = _Rules(tangents)
    return rules.d(expr), tuple(rules.steps)


@dataclass
class _Rules:
    tangents: dict[Matrix, Matrix]
    steps: list[Step] = field(default_factory=list)

    def d(self, expr: Any) -> Any:
        if not any(expr.has(unknown) for unknown in self.tangents):
            return _zero(expr)
        return self.rule(expr)

    @singledispatchmethod
    def rule(self, expr: Any) -> Any:
        raise UnsupportedNodeError(expr, expr)

    @rule.register
    def _(self, expr: Matrix) -> Any:
        """d(G) = dG"""
        return self.tangents[expr]

    @rule.register
    def _(self, expr: sp.Transpose) -> Any:
        """d(Aᵀ) = (dA)ᵀ"""
        return transpose(self.d(expr.arg))

    @rule.register
    def _(self, expr: sp.MatAdd) -> Any:
        """d(A + B) = dA + dB"""
        return self.named("sum rule", expr, add(*(self.d(term) for term in expr.args)))

    @rule.register
    def _(self, expr: sp.MatMul) -> Any:
        """d(A M C) = A dM C for constant A, C;  d(M N) = dM N + M dN"""
        coefficient, factors = split(expr)
        varying = [i for i, factor in enumerate(factors) if self.varies(factor)]
        first, last = varying[0], varying[-1]
        inner = factors[first : last + 1]
        terms = [
            product(1, *inner[:i], self.d(factor), *inner[i + 1 :])
            for i, factor in enumerate(inner)
            if self.varies(factor)
        ]
        result = product(coefficient, *factors[:first], add(*terms), *factors[last + 1 :])
        name = "product rule" if len(terms) > 1 else "constant factors"
        return self.named(name, expr, result)

    @rule.register
    def _(self, expr: sp.Trace) -> Any:
        """d tr(A) = tr(dA)"""
        return self.named("trace", expr, sp.Trace(self.d(expr.arg)))

    @rule.register
    def _(self, expr: SumSquares) -> Any:
        """d‖F‖² = 2 tr(Fᵀ dF)"""
        inner = product(1, transpose(expr.matrix), self.d(expr.matrix))
        return self.named("squared Frobenius norm", expr, 2 * sp.Trace(inner))

    def varies(self, expr: Any) -> bool:
        return any(expr.has(unknown) for unknown in self.tangents)

    def named(self, rule: str, before: Any, after: Any) -> Any:
        self.steps.append(Step(rule, FORMULAS[rule], before, after))
        return after


FORMULAS = {
    "sum rule": "d(A + B) = dA + dB",
    "product rule": "d(M N) = dM N + M dN",
    "constant factors": "d(A M C) = A dM C",
    "trace": "d tr(A) = tr(dA)",
    "squared Frobenius norm": "d‖F‖² = 2 tr(Fᵀ dF)",
    "first-order normal form": "A (M + N) C = A M C + A N C",
    "trace identity": "tr(Fᵀ A dG C) = (Aᵀ F Cᵀ) : dG",
    "trace identity, transposed": "tr(Fᵀ A dGᵀ C) = (C Fᵀ A) : dG",
    "read off": "dE = Γ : dG  ⇒  ∂E/∂g = P vec(Γ)",
    "vec of a product": "vec(A M C) = (Cᵀ ⊗ A) vec(M)",
    "commutation": "vec(dGᵀ) = K vec(dG)",
    "selection": "vec(dG) = Pᵀ dg",
}
"""The formula of every named rule, as printed."""


def _zero(expr: Any) -> Any:
    return sp.ZeroMatrix(*expr.shape) if getattr(expr, "is_Matrix", False) else sp.Integer(0)
