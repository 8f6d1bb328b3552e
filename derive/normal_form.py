"""The first-order normal form  df = Σ A dG C + Σ A dGᵀ C  and what is read off from it.

In: a factored differential, linear in the tangents.  Out: its terms, and from the terms
the adjoint (VJP), the gradient matrix and the Jacobian in Kronecker/commutation form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.canonical import add, product, split, transpose
from nzdiff.derive.symbols import CommutationMatrix, Matrix, kron


@dataclass(frozen=True, slots=True)
class Term:
    """coefficient · left dG right, or with dGᵀ where `transposed`."""

    coefficient: sp.Expr
    left: MatrixExpr
    unknown: Matrix
    transposed: bool
    right: MatrixExpr

    def apply(self, tangent: MatrixExpr) -> MatrixExpr:
        """The term at a direction: left · tangent · right."""
        middle = transpose(tangent) if self.transposed else tangent
        return product(self.coefficient, self.left, middle, self.right)

    def adjoint(self, cotangent: MatrixExpr) -> MatrixExpr:
        """The Γ with  W : (A dG C) = Γ : dG,  that is Aᵀ W Cᵀ, or C Wᵀ A for dGᵀ."""
        if self.transposed:
            return product(self.coefficient, self.right, transpose(cotangent), self.left)
        return product(self.coefficient, transpose(self.left), cotangent, transpose(self.right))

    def kronecker(self) -> MatrixExpr:
        """The matrix of vec(dG) ↦ vec(A dG C): (Cᵀ ⊗ A), times K for dGᵀ."""
        matrix = kron(transpose(self.right), self.left)
        if self.transposed:
            return product(1, matrix, CommutationMatrix(*self.unknown.shape))
        return matrix


def linear_terms(expr: MatrixExpr, tangents: dict[Matrix, Matrix]) -> tuple[Term, ...]:
    """The terms of an expression that is linear in the tangents, in order of occurrence."""
    unknowns = {tangent: unknown for unknown, tangent in tangents.items()}
    rows, cols = sp.Identity(expr.rows), sp.Identity(expr.cols)
    return tuple(_walk(expr, unknowns, sp.Integer(1), rows, cols))


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
    return collect([(c, matrix) for matrix, c in merged.items()], shape)


def _walk(
    expr: MatrixExpr,
    unknowns: dict[Matrix, Matrix],
    coefficient: sp.Expr,
    left: MatrixExpr,
    right: MatrixExpr,
) -> Iterator[Term]:
    if isinstance(expr, sp.MatAdd):
        for term in expr.args:
            yield from _walk(term, unknowns, coefficient, left, right)
        return
    scale, factors = split(expr)
    if len(factors) == 1 and not isinstance(factors[0], sp.MatAdd):
        yield from _leaf(factors[0], unknowns, coefficient * scale, left, right)
        return
    place = next((i for i, f in enumerate(factors) if any(f.has(t) for t in unknowns)), None)
    if place is None:
        return
    yield from _walk(
        factors[place],
        unknowns,
        coefficient * scale,
        product(1, left, *factors[:place]),
        product(1, *factors[place + 1 :], right),
    )


def _leaf(
    expr: MatrixExpr,
    unknowns: dict[Matrix, Matrix],
    coefficient: sp.Expr,
    left: MatrixExpr,
    right: MatrixExpr,
) -> Iterator[Term]:
    transposed = isinstance(expr, sp.Transpose)
    symbol = expr.arg if transposed else expr
    if symbol in unknowns:
        yield Term(coefficient, left, unknowns[symbol], transposed, right)
