"""E(G) = φ(Q(G)) with φ quadratic: a sum of squares whose residuals are affine in one product Q.

The residual X − Y Gᵀ L G B holds G in Q = Gᵀ L G alone, and is affine in Q: so

    φ(Q) = ‖X − Y Q B‖²,    Q(G) = Gᵀ L G,

and both are problems of their own.  φ is a convex quadratic; what is nonlinear is in Q, whose
Jacobian is sparse where Q is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import add, canonical, is_symmetric, product, transpose
from nzdiff.derive.calculus.parts import Part, parts, scaled_summands
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.nodes import SumSquares
from nzdiff.derive.language.symbols import Matrix, fresh, lengthened, sparse

NAMES = ("Q", "S", "Z", "inner_")


@dataclass(frozen=True, slots=True)
class Decomposition:
    """φ as a problem in `symbol`, and Q, a matrix function, as a problem in the unknowns."""

    symbol: Matrix
    outer: Problem
    inner: Problem


def decomposition(problem: Problem) -> Decomposition | None:
    """φ and Q of an energy; None where it has none, or is quadratic as it stands."""
    if not problem.is_sum_of_squares:
        return None

    def varies(expr: Any) -> bool:
        return bool(expr.has(*problem.wrt))

    residuals = [parts(add(*scaled_summands(r.expr)), varies) for r in problem.residuals]
    if any(varies(part.number) for found in residuals for part in found):
        return None
    cores = {product(1, *part.core) for found in residuals for part in found if part.core}
    first = min(cores, key=str, default=None)
    if first is None or cores - {first, canonical(transpose(first))} or _is_unknown(problem, first):
        return None
    name = fresh(lengthened(*NAMES), problem.names)
    symbol = sparse(name, *first.shape, symmetric=is_symmetric(first))
    energy = sp.Add(
        *(
            residual.weight * SumSquares(add(*(_replaced(part, first, symbol) for part in found)))
            for residual, found in zip(problem.residuals, residuals, strict=True)
        )
    )
    outer = Problem(energy, wrt=symbol, name=f"{problem.name}_outer")
    inner = Problem(first, wrt=problem.wrt, name=f"{problem.name}_inner")
    return Decomposition(symbol, outer, inner)


def _is_unknown(problem: Problem, core: MatrixExpr) -> bool:
    """Whether a residual is affine in the unknown itself."""
    return core in problem.wrt or transpose(core) in problem.wrt


def _replaced(part: Part, core: MatrixExpr, symbol: Matrix) -> Any:
    """A summand with its core, or the transpose of it, written as the symbol."""
    if not part.core:
        return part.whole
    inner = symbol if product(1, *part.core) == core else transpose(symbol)
    return product(part.number, *part.left, inner, *part.right)
