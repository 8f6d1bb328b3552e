"""The mistakes that people make in a product: every single change that would undo one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import inverse, kronecker, product, split, transpose
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.nodes import CommutationMatrix, Kronecker, Vec
from nzdiff.derive.language.notation import text

FACTORS = (
    *(-1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 4, -4, Fraction(1, 4), Fraction(-1, 4)),
    *(3, Fraction(1, 3), Fraction(3, 2), Fraction(2, 3)),
)
Change = tuple[str, MatrixExpr]
"""What has to be done, in words, and what comes out."""
Inserted = tuple[tuple[sp.Expr, ...], tuple[CommutationMatrix, ...]]
"""Factors and commutation matrices that may be missing."""


def changes(
    term: MatrixExpr,
    numbers: tuple[sp.Expr, ...] = (),
    swaps: tuple[CommutationMatrix, ...] = (),
) -> Iterator[Change]:
    """Every single change of a product that people make by mistake, undone, with its name.

    numbers: factors that may be missing or too many; swaps: commutation matrices that may be.
    """
    coefficient, factors = split(term)
    for number in FACTORS:
        yield scaled(number), product(coefficient * sp.Rational(number), *factors)
    for place, factor in enumerate(factors):
        around = (factors[:place], factors[place + 1 :])
        for what, changed in _factor_changes(factor):
            fits = changed.shape == factor.shape
            if fits:
                yield what, product(coefficient, *around[0], changed, *around[1])
        if isinstance(factor, CommutationMatrix):
            yield (
                "K does not belong there",
                product(coefficient, *around[0], sp.Identity(factor.rows), *around[1]),
            )
    yield from _exchanges(coefficient, factors)
    yield from transpositions(term)
    for factor in numbers:
        yield f"the factor {text(factor)} is missing", product(coefficient * factor, *factors)
        yield f"the factor {text(factor)} is too much", product(coefficient / factor, *factors)
    sizes = (*(factor.rows for factor in factors), factors[-1].cols)
    for place, size in enumerate(sizes):
        for K in swaps:
            if K.rows == size:
                yield "K is missing", product(coefficient, *factors[:place], K, *factors[place:])


def scaled(number: Any) -> str:
    """What a factor says."""
    return "its sign has to be turned" if number == -1 else f"it has to be {number} times that"


def transpositions(term: MatrixExpr) -> Iterator[Change]:
    """Square products of factors in a row as their transposes, the whole one among them."""
    coefficient, factors = split(term)
    for first, last in combinations(range(len(factors) + 1), 2):
        run = factors[first:last]
        if run[0].rows == run[-1].cols:
            whole = len(run) == len(factors) > 1
            what = "it" if whole else text(product(1, *run))
            turned = (transpose(factor) for factor in reversed(run))
            changed = product(coefficient, *factors[:first], *turned, *factors[last:])
            yield f"{what} has to be transposed", changed


def two_transpositions(term: MatrixExpr) -> Iterator[Change]:
    """One after the other."""
    for what, once in transpositions(term):
        for then, twice in transpositions(once):
            yield f"{what}, and then {then}", twice


def _exchanges(
    coefficient: sp.Expr, factors: tuple[MatrixExpr, ...]
) -> Iterator[tuple[str, MatrixExpr]]:
    """Two factors that have changed places, where both fit."""
    for i, j in combinations(range(len(factors)), 2):
        order = list(factors)
        order[i], order[j] = order[j], order[i]
        if all(a.cols == b.rows for a, b in pairwise(order)):
            what = f"{text(factors[i])} and {text(factors[j])} have to change places"
            yield what, product(coefficient, *order)


def _factor_changes(factor: MatrixExpr) -> Iterator[tuple[str, MatrixExpr]]:
    if isinstance(factor, CommutationMatrix):
        turned = CommutationMatrix(*reversed(factor.args))
        rows, cols = (text(size) for size in turned.args)
        yield f"K has to be in the other orientation, for {rows} × {cols} matrices", turned
    elif isinstance(factor, Kronecker):
        left, right = factor.args
        yield "the factors of ⊗ have to change places", kronecker(right, left)
        for a, b in (
            (transpose(left), right),
            (left, transpose(right)),
            (transpose(left), transpose(right)),
        ):
            yield "a transpose is missing or too many", kronecker(a, b)
        for side, other in ((0, right), (1, left)):
            for what, changed in changes(factor.args[side]):
                pair = (changed, other) if side == 0 else (other, changed)
                yield what, kronecker(*pair)
    elif isinstance(factor, Vec):
        for what, changed in changes(factor.args[0]):
            yield what, Vec(changed)
    else:
        yield f"{text(factor)} has to be transposed", transpose(factor)
        if factor.rows == factor.cols:
            undone = isinstance(factor, sp.Inverse) or factor.has(sp.Inverse)
            what = "must not be inverted" if undone else "has to be inverted"
            yield f"{text(factor)} {what}", inverse(factor)


def numbers_of(terms: list[MatrixExpr]) -> tuple[sp.Expr, ...]:
    """The factors other than numbers that coefficients have: determinants, norms, symbols."""
    factors = (f for term in terms for f in sp.Mul.make_args(split(term)[0]) if not f.is_number)
    return tuple(dict.fromkeys(factors))


def swaps(derivation: Derivation) -> tuple[CommutationMatrix, ...]:
    """The commutation matrices of the unknowns, in both orientations."""
    shapes = [u.shape for u in derivation.problem.wrt if 1 not in u.shape]
    turned = (CommutationMatrix(*shape[::step]) for shape in shapes for step in (1, -1))
    return tuple(dict.fromkeys(turned))
