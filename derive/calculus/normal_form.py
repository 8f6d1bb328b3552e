"""The first-order normal form and what is read off from it.

In: a factored differential, linear in the tangents.  Out: its terms, each a composition of linear
maps applied to one dG; with products alone, A dG C or A dGᵀ C.  From the terms come the adjoint
(VJP), the gradient matrix and the Jacobian in Kronecker/commutation form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce, singledispatchmethod
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import add, hadamard, product, split
from nzdiff.derive.calculus.linear_maps import (
    Contraction,
    ContractionOf,
    Exponentiating,
    FromDiagonal,
    KroneckerBy,
    LinearMap,
    RankOne,
    Sandwich,
    Solving,
    Stacking,
    ToDiagonal,
    Tracing,
    Transposition,
    Unstacking,
    Weight,
)
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.errors import UnsupportedNodeError
from nzdiff.derive.language.nodes import (
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    Hadamard,
    Kronecker,
    Unvec,
    Vec,
)
from nzdiff.derive.language.spectra import PartialTrace
from nzdiff.derive.language.symbols import Matrix


@dataclass(frozen=True, slots=True)
class Term:
    """A composition of linear maps, the outermost first, applied to the tangent of an unknown."""

    maps: tuple[LinearMap, ...]
    unknown: Matrix

    def apply(self, tangent: MatrixExpr) -> MatrixExpr:
        """The term at a direction."""
        return reduce(lambda X, step: step(X), reversed(self.maps), tangent)

    def adjoint(self, cotangent: MatrixExpr) -> MatrixExpr:
        """The Γ with  W : term(dG) = Γ : dG: for A dG C it is Aᵀ W Cᵀ, for A dGᵀ C, C Wᵀ A."""
        return reduce(lambda W, step: step.adjoint(W), self.maps, cotangent)

    def kronecker(self) -> MatrixExpr:
        """The matrix of vec(dG) ↦ vec(term(dG)): (Cᵀ ⊗ A), times K for dGᵀ."""
        size = sp.expand(self.unknown.rows * self.unknown.cols)
        return product(1, *(step.matrix() for step in self.maps), sp.Identity(size))

    @property
    def transposed(self) -> bool:
        """Whether it ends in dGᵀ."""
        return bool(self.maps) and isinstance(self.maps[-1], Transposition)

    @property
    def sandwich(self) -> Sandwich | None:
        """The A · C of A dG C or A dGᵀ C; None where there is more than products."""
        kept = self.maps[:-1] if self.transposed else self.maps
        if not kept:
            rows, cols = self.unknown.shape[:: -1 if self.transposed else 1]
            return Sandwich(sp.Integer(1), sp.Identity(rows), sp.Identity(cols))
        only = kept[0]
        return only if len(kept) == 1 and isinstance(only, Sandwich) else None


def linear_terms(expr: Any, tangents: dict[Matrix, Matrix]) -> tuple[Term, ...]:
    """The terms of a matrix that is linear in the tangents, in order of occurrence."""
    walk = _Walk({tangent: unknown for unknown, tangent in tangents.items()})
    return tuple(walk.terms(expr, ()))


def slopes(expr: Any, tangents: dict[Matrix, Matrix]) -> dict[Matrix, MatrixExpr]:
    """The Γ of each unknown with expr = Σ Γ : dG, for a number that is linear in the tangents."""
    walk = _Walk({tangent: unknown for unknown, tangent in tangents.items()})
    return walk.slopes(expr)


def collect(terms: list[tuple[sp.Expr, MatrixExpr]], shape: tuple[Any, Any]) -> MatrixExpr:
    """Σ coefficient · matrix, a coefficient that all share in front."""
    if not terms:
        return sp.ZeroMatrix(*shape)
    coefficients = {coefficient for coefficient, _ in terms}
    if len(coefficients) == 1:
        return product(coefficients.pop(), add(*(matrix for _, matrix in terms)))
    return add(*(product(coefficient, matrix) for coefficient, matrix in terms))


def gather_terms(expressions: list[MatrixExpr], shape: tuple[Any, Any]) -> MatrixExpr:
    """`collect` on products that carry their own coefficients; equal products are merged."""
    merged: dict[MatrixExpr, sp.Expr] = {}
    for expr in expressions:
        coefficient, factors = split(expr)
        matrix = product(1, *factors)
        merged[matrix] = merged.get(matrix, sp.Integer(0)) + coefficient
    kept = [(c, m) for m, c in merged.items() if c != 0 and not isinstance(m, sp.ZeroMatrix)]
    return collect(kept, shape)


Path = tuple[LinearMap, ...]


@dataclass
class _Walk:
    """From the root of a linear expression to each tangent in it, collecting maps."""

    unknowns: dict[Matrix, Matrix]
    known: dict[Any, bool] = field(default_factory=dict)

    def moves(self, expr: Any) -> bool:
        if expr not in self.known:
            found = expr in self.unknowns or any(self.moves(arg) for arg in expr.args)
            self.known[expr] = found
        return self.known[expr]

    def terms(self, expr: Any, path: Path) -> Iterator[Term]:
        if expr in self.unknowns:
            yield Term(path, self.unknowns[expr])
        elif self.moves(expr):
            yield from self.step(expr, path)

    @singledispatchmethod
    def step(self, expr: Any, path: Path) -> Iterator[Term]:
        raise UnsupportedNodeError(expr, None, "it is not linear in the differentials")

    @step.register
    def _(self, expr: sp.MatAdd, path: Path) -> Iterator[Term]:
        for term in expr.args:
            yield from self.terms(term, path)

    @step.register
    def _(self, expr: sp.Transpose, path: Path) -> Iterator[Term]:
        yield from self.terms(expr.arg, (*path, Transposition(*expr.arg.shape)))

    @step.register
    def _(self, expr: sp.MatMul, path: Path) -> Iterator[Term]:
        scale, factors = split(expr)
        if self.moves(scale):
            matrix = product(1, *factors)
            for unknown, slope in self.slopes(scale).items():
                yield Term((*path, RankOne(matrix, slope)), unknown)
            return
        place = next(i for i, factor in enumerate(factors) if self.moves(factor))
        left = product(1, sp.Identity(factors[0].rows), *factors[:place])
        right = product(1, *factors[place + 1 :], sp.Identity(factors[-1].cols))
        yield from self.terms(factors[place], _extended(path, Sandwich(scale, left, right)))

    @step.register
    def _(self, expr: Hadamard, path: Path) -> Iterator[Term]:
        place = next(i for i, factor in enumerate(expr.args) if self.moves(factor))
        weight = hadamard(*expr.args[:place], *expr.args[place + 1 :])
        yield from self.terms(expr.args[place], (*path, Weight(weight)))

    @step.register
    def _(self, expr: Diag, path: Path) -> Iterator[Term]:
        yield from self.terms(expr.args[0], (*path, ToDiagonal(expr.rows)))

    @step.register
    def _(self, expr: DiagonalOf, path: Path) -> Iterator[Term]:
        yield from self.terms(expr.args[0], (*path, FromDiagonal(expr.rows)))

    @step.register
    def _(self, expr: Vec, path: Path) -> Iterator[Term]:
        yield from self.terms(expr.args[0], (*path, Stacking(*expr.args[0].shape)))

    @step.register
    def _(self, expr: Unvec, path: Path) -> Iterator[Term]:
        yield from self.terms(expr.args[0], (*path, Unstacking(*expr.shape)))

    @step.register
    def _(self, expr: Kronecker, path: Path) -> Iterator[Term]:
        left, right = expr.args
        if self.moves(left):
            yield from self.terms(left, (*path, KroneckerBy(right, True, *left.shape)))
        else:
            yield from self.terms(right, (*path, KroneckerBy(left, False, *right.shape)))

    @step.register
    def _(self, expr: ContractRight, path: Path) -> Iterator[Term]:
        weight, matrix, rows, cols = expr.args
        if self.moves(weight):
            yield from self.terms(weight, (*path, Contraction(matrix, True, rows, cols)))
        else:
            inner = ContractionOf(weight, True, rows, cols, matrix.shape)
            yield from self.terms(matrix, (*path, inner))

    @step.register
    def _(self, expr: ContractLeft, path: Path) -> Iterator[Term]:
        matrix, weight, rows, cols = expr.args
        if self.moves(weight):
            yield from self.terms(weight, (*path, Contraction(matrix, False, rows, cols)))
        else:
            inner = ContractionOf(weight, False, rows, cols, matrix.shape)
            yield from self.terms(matrix, (*path, inner))

    @step.register
    def _(self, expr: Exponential, path: Path) -> Iterator[Term]:
        along = expr.directions
        place = next(i for i, direction in enumerate(along) if self.moves(direction))
        others = along[:place] + along[place + 1 :]
        yield from self.terms(along[place], (*path, Exponentiating(expr.matrix, others)))

    @step.register
    def _(self, expr: PartialTrace, path: Path) -> Iterator[Term]:
        form, left, right, along, across = expr.args
        first = self.moves(along)
        inner = Tracing(form, left, right, first)
        yield from self.terms(along if first else across, (*path, inner))

    @step.register
    def _(self, expr: Equation, path: Path) -> Iterator[Term]:
        yield from self.terms(expr.right, (*path, Solving(type(expr), expr.operators)))

    def slopes(self, expr: Any) -> dict[Matrix, MatrixExpr]:
        """Γ per unknown of a number linear in the tangents."""
        found: dict[Matrix, list[MatrixExpr]] = {}
        for coefficient, trace in self.traces(expr, sp.Integer(1)):
            for term in self.terms(trace.arg, ()):
                cotangent = product(coefficient, sp.Identity(trace.arg.rows))
                found.setdefault(term.unknown, []).append(term.adjoint(cotangent))
        return {unknown: gather_terms(parts, unknown.shape) for unknown, parts in found.items()}

    def traces(self, expr: Any, scale: Any) -> Iterator[tuple[Any, sp.Trace]]:
        """The summands coefficient · tr(·) of a number linear in the tangents."""
        for summand in sp.Add.make_args(expr):
            if not self.moves(summand):
                continue
            factors = sp.Mul.make_args(summand)
            place = next(i for i, factor in enumerate(factors) if self.moves(factor))
            rest = scale * sp.Mul(*factors[:place], *factors[place + 1 :])
            if isinstance(factors[place], sp.Trace):
                yield rest, factors[place]
            else:
                yield from self.traces(factors[place], rest)


def _extended(path: Path, step: Sandwich) -> Path:
    """The path with one more product, two in a row made one."""
    if path and isinstance(path[-1], Sandwich):
        last = path[-1]
        left, right = product(1, last.left, step.left), product(1, step.right, last.right)
        return (*path[:-1], Sandwich(last.coefficient * step.coefficient, left, right))
    return (*path, step)
