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

from nzdiff.derive.calculus.canonical import add, canonical, product, split, transpose
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.nodes import SumSquares
from nzdiff.derive.language.symbols import Matrix, sparse

NAMES = ("Q", "S", "Z", "inner_")


@dataclass(frozen=True, slots=True)
class Composition:
    """φ as a problem in `symbol`, and Q, a matrix function, as a problem in the unknowns."""

    symbol: Matrix
    outer: Problem
    inner: Problem


def composition(problem: Problem) -> Composition | None:
    """The composition of an energy; None where it has none, or is quadratic as it stands."""
    if not problem.is_sum_of_squares:
        return None
    residuals = problem.residuals
    summands = [part for r in residuals for part in _summands(r.expr)]
    cores = {core for core in (_core(problem, part) for part in summands) if core is not None}
    first = min(cores, key=str, default=None)
    if first is None or cores - {first, canonical(transpose(first))} or _is_unknown(problem, first):
        return None
    is_symmetric = canonical(transpose(first)) == first
    symbol = sparse(_free_name(problem), *first.shape, symmetric=is_symmetric)
    energy = sp.Add(
        *(
            r.weight * SumSquares(_replaced(problem, r.expr, first, symbol))
            for r in problem.residuals
        )
    )
    outer = Problem(energy, wrt=symbol, name=f"{problem.name}_outer")
    return Composition(symbol, outer, Problem(first, wrt=problem.wrt, name=f"{problem.name}_inner"))


def _summands(expr: MatrixExpr) -> tuple[Any, ...]:
    """The summands of a residual, a coefficient in front of a sum multiplied in."""
    coefficient, factors = split(expr)
    if len(factors) == 1 and isinstance(factors[0], sp.MatAdd):
        return tuple(
            part for term in factors[0].args for part in _summands(product(coefficient, term))
        )
    return (expr,)


def _core(problem: Problem, summand: MatrixExpr) -> MatrixExpr | None:
    """The part of a product from the first factor that varies to the last; None if none does."""
    place = _span(problem, summand)
    return None if place is None else product(1, *split(summand)[1][place])


def _span(problem: Problem, summand: MatrixExpr) -> slice | None:
    varying = [i for i, factor in enumerate(split(summand)[1]) if factor.has(*problem.wrt)]
    return slice(varying[0], varying[-1] + 1) if varying else None


def _is_unknown(problem: Problem, core: MatrixExpr) -> bool:
    """Whether a residual is affine in the unknown itself."""
    return core in problem.wrt or transpose(core) in problem.wrt


def _replaced(problem: Problem, expr: MatrixExpr, core: MatrixExpr, symbol: Matrix) -> MatrixExpr:
    """A residual with its core, or its transpose, written as the symbol."""
    parts = []
    for summand in _summands(expr):
        place = _span(problem, summand)
        if place is None:
            parts.append(summand)
            continue
        coefficient, factors = split(summand)
        inner = symbol if product(1, *factors[place]) == core else transpose(symbol)
        parts.append(product(coefficient, *factors[: place.start], inner, *factors[place.stop :]))
    return add(*parts)


def _free_name(problem: Problem) -> str:
    taken = {str(s.name) for s in (*problem.matrices, *problem.scalars, *problem.dimensions)}
    return next(name for name in NAMES if name not in taken)
