"""Orthogonal reduction: a tall dense factor of a residual becomes a triangle, exactly.

With the QR factorisation [Y K] = Q [R K̃; 0 S] of a Y with more rows than columns,

    ‖K + Y M‖² = ‖K̃ + R M‖² + ‖S‖²

for every M: the rows of Y vanish from energy, gradient and Hessian, and a product with R costs half
of a dense one.  Gram matrices (YᵀY, YᵀK) would do the same and lose half of the digits where the
residual is small; orthogonal transformations lose none.  In the same way a B with more columns
than rows is reduced in ‖K + M B‖², by the transposes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.canonical import add, product, transpose
from nzdiff.derive.calculus.parts import Part, parts
from nzdiff.derive.calculus.problem import Problem, Residual
from nzdiff.derive.language.nodes import SumSquares
from nzdiff.derive.language.symbols import Matrix, dense, numbered, size_of
from nzdiff.runtime.data.supports import Supports


@dataclass(frozen=True, slots=True)
class Reduction:
    """What one factorisation gives: `triangle` R, `reduced` K̃ and the number ‖S‖² `remainder`.

    matrix, constant: Y and K, of which K may be missing.  transposed: those of B and K instead, so
    that c K + M B becomes c K̃ + M Rᵀ.  weight: of the squared norm in the energy.  scale: c.
    """

    matrix: Matrix
    constant: Matrix | None
    triangle: Matrix
    reduced: Matrix | None
    remainder: str
    transposed: bool
    weight: sp.Expr
    scale: sp.Expr


@dataclass(frozen=True, slots=True)
class Reduced:
    """A problem with the same gradient and, but for the remainders, the same energy."""

    problem: Problem
    reductions: tuple[Reduction, ...]


@dataclass(frozen=True, slots=True)
class _Affine:
    """A residual as K + Σ products that hold unknowns; scale: the number in front of K."""

    scale: sp.Expr
    constant: Matrix | None
    moving: tuple[Part, ...]


def reduced(problem: Problem, supports: Supports) -> Reduced | None:
    """The problem with every residual reduced that can be; None where none can."""
    taken = problem.names
    names = (name for name in numbered("R") if name not in taken)
    reductions: list[Reduction] = []
    residuals = []
    for residual in problem.residuals:
        current = residual
        for transposed in (False, True):
            found = _reduce(problem, current, transposed, supports, names)
            if found is not None:
                reductions.append(found[0])
                current = found[1]
        residuals.append(current)
    if not reductions:
        return None
    energy = sp.Add(*(r.weight * SumSquares(r.expr) for r in residuals), problem.rest)
    residual_names = [str(residual.symbol.name) for residual in problem.residuals]
    reserved = frozenset(prefix + name for name in residual_names for prefix in ("", "d", "W_"))
    smaller = Problem(energy, wrt=problem.wrt, name=problem.name, reserved=reserved)
    return Reduced(smaller, tuple(reductions))


def _reduce(
    problem: Problem, residual: Residual, transposed: bool, supports: Supports, names: Iterator[str]
) -> tuple[Reduction, Residual] | None:
    affine = _affine(problem, residual.expr)
    if affine is None:
        return None
    outer = {part.factors[-1 if transposed else 0] for part in affine.moving}
    matrix = outer.pop()
    if outer or not _is_dense_data(problem, matrix):
        return None
    long, short = (size_of(s, supports.dims) for s in matrix.shape[:: -1 if transposed else 1])
    if long < short:
        return None
    side = matrix.shape[0 if transposed else 1]
    triangle = dense(next(names), side, side)
    constant = affine.constant
    shape = (residual.expr.rows, side) if transposed else (side, residual.expr.cols)
    smaller = None if constant is None else dense(next(names), *shape)
    numbers = residual.weight, affine.scale
    reduction = Reduction(matrix, constant, triangle, smaller, next(names), transposed, *numbers)
    new = transpose(triangle) if transposed else triangle
    terms = [_with_outer(part, new, transposed) for part in affine.moving]
    if smaller is not None:
        terms.append(product(affine.scale, smaller))
    return reduction, replace(residual, expr=add(*terms))


def _with_outer(part: Part, matrix: Any, last: bool) -> Any:
    """A product with another first or last factor."""
    inner = part.factors[:-1] if last else part.factors[1:]
    return product(part.number, *((*inner, matrix) if last else (matrix, *inner)))


def _affine(problem: Problem, expr: Any) -> _Affine | None:
    """K + moving products; None where the rest is no single dense matrix."""

    def varies(factor: Any) -> bool:
        return bool(factor.has(*problem.wrt))

    found = parts(expr, varies)
    moving = tuple(part for part in found if part.core or varies(part.number))
    constant = [part for part in found if part not in moving]
    if not moving or len(constant) > 1:
        return None
    if not constant:
        return _Affine(sp.Integer(1), None, moving)
    factors = constant[0].factors
    if len(factors) != 1 or not _is_dense_data(problem, factors[0]):
        return None
    return _Affine(constant[0].number, factors[0], moving)


def _is_dense_data(problem: Problem, factor: Any) -> bool:
    known = isinstance(factor, Matrix) and factor.kind_of == "dense"
    return known and factor not in problem.wrt
