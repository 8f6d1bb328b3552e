"""Whether a dimension reduces: an orthogonal matrix along it changes nothing.

A term such as ‖X − Y Q B‖² is the same for X U and B U, U orthogonal of shape (k, k).  With the
QR factorisation [B; X]ᵀ = U [R; 0] the two become [Rᵀ 0], and the zero columns add nothing: of k
columns at most m + p are left, the rows of [B; X] together.

That holds for sums, products, transposes, traces and squared norms.  What acts on entries (masks,
functions, sums 1ᵀ F 1) or wants a square matrix of size k (inverses, determinants, identities) sees
the turn, or the columns that are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.dimensions.along import (
    SIDES,
    Cut,
    Refused,
    check_energy,
    cuts,
    has,
    listed,
)
from nzdiff.derive.language.nodes import SumSquares
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import Matrix

TURNS = (sp.MatAdd, sp.MatMul, sp.Transpose, sp.ZeroMatrix, Matrix, SumSquares, sp.Trace)
"""Nodes that an orthogonal matrix passes through, or cancels in."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """The matrices that are turned together, and how much of the dimension is left at most."""

    size: sp.Symbol
    cuts: tuple[Cut, ...]

    @property
    def left(self) -> sp.Expr:
        """Σ of their other sides: m + p."""
        return sp.Add(*(cut.other for cut in self.cuts))

    def __str__(self) -> str:
        return (
            f"an orthogonal matrix along {self.size} ({listed(self.cuts)}) changes nothing: "
            f"{text(self.left)} are left"
        )


def reduction(problem: Problem, size: sp.Symbol) -> Reduction:
    """How the dimension reduces; Refused, with the reason, where it does not."""
    check_energy(problem, size)
    found = cuts(problem, size)
    for cut in found:
        _check(problem, cut, size)
    _walk(problem.energy, size)
    return Reduction(size, found)


def _check(problem: Problem, cut: Cut, size: sp.Symbol) -> None:
    name, side = cut.matrix.name, SIDES[cut.axis]
    if cut.matrix in problem.wrt:
        raise Refused(f"the unknown {name} has {size} {side}")
    if cut.matrix.kind_of != "dense":
        raise Refused(
            f"{name}, with {size} {side}, is {cut.matrix.kind_of}, and a turned one is dense"
        )


def _walk(expr: Any, size: sp.Symbol) -> None:
    if not expr.has(size):
        return
    matrices = [arg for arg in expr.args if isinstance(arg, MatrixExpr)]
    acts = isinstance(expr, MatrixExpr) and has(expr, size)
    acts = acts or any(has(matrix, size) for matrix in matrices)
    if acts and not isinstance(expr, TURNS):
        raise Refused(f"{text(expr)} is another one when {size} is turned")
    for arg in matrices if isinstance(expr, MatrixExpr) else expr.args:
        _walk(arg, size)
    if isinstance(expr, sp.MatMul):
        for arg in expr.args:
            if not isinstance(arg, MatrixExpr):
                _walk(arg, size)
