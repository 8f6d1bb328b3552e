"""What is wrong with a formula: the summand, and the change that would make it right.

In: a claim that is not the truth.  Out: reasons in words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import kronecker, product, split, transpose
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.second_order import canonical_df
from nzdiff.derive.claims.changes import FACTORS, changes, numbers_of, swaps
from nzdiff.derive.language import decimals
from nzdiff.derive.language.decimals import is_rounded
from nzdiff.derive.language.nodes import Kronecker, Vec
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.arithmetic import Field, Precise
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.points import DIGITS, Point, arithmetic_of, flat, same
from nzdiff.derive.proof.proof import at_regular_point

SIZES = (4, 3, 2, 5)
STORED = 8
"""Stored positions of a random pattern."""


class Judge:
    """Evaluates expressions at fixed random points; equal there is equal, but for one in 1e15."""

    def __init__(
        self,
        derivation: Derivation,
        generator: random.Random,
        claim: Any,
        truth: Any,
        symmetric: str = "",
    ) -> None:
        """The truth has a value at the points; a claim that has none is wrong."""
        self.derivation = derivation
        self.arithmetic = arithmetic_of(derivation, claim)
        rounded = is_rounded(derivation.problem.energy, claim)
        self.digits = decimals.DIGITS if rounded else DIGITS

        def evaluator(point: Point) -> Evaluator:
            values = point.here.values
            if symmetric:
                values[symmetric] = values[symmetric] + values[symmetric].T
            point.here(truth)
            return point.here

        self.points = [
            at_regular_point(
                derivation, generator, evaluator, SIZES, most=STORED, arithmetic=self.arithmetic
            )
            for _ in range(2)
        ]

    @property
    def how(self) -> str:
        """How numbers are compared, in words."""
        if isinstance(self.arithmetic, Field):
            return f"at random points of {self.arithmetic}"
        rounded = ", as decimals in it are rounded" if self.digits != DIGITS else ""
        return f"to {self.digits} digits at random points{rounded}"

    def values(self, expr: Any) -> list[Any]:
        """The values of an expression at every point."""
        return [flat(evaluate(expr)) for evaluate in self.points]

    def has_value(self, expr: Any) -> bool:
        """Whether nothing in it divides by 0."""
        try:
            self.values(expr)
        except ZeroDivisionError:
            return False
        return True

    def same(self, left: Any, right: Any) -> bool:
        """Whether two expressions are equal; one that divides by 0 equals nothing."""
        if not (self.has_value(left) and self.has_value(right)):
            return False
        pairs = zip(self.values(left), self.values(right), strict=True)
        return all(same(self.arithmetic, a, b, self.digits) for a, b in pairs)


def reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """What is wrong, in the order in which one would look for it."""
    if not judge.has_value(claim):
        yield "it inverts a matrix that is singular, or divides by 0, where the derivative exists"
        return
    for factor in FACTORS:
        scaled = product(sp.Rational(factor), claim)
        if judge.same(scaled, truth):
            what = (
                "the sign is wrong"
                if factor == -1
                else f"off by a factor: {factor} times it is right"
            )
            yield what
            return
    if claim.rows == claim.cols and judge.same(transpose(claim), truth):
        yield "the transpose of it is right"
        return
    yield from _symmetric_reasons(judge, claim, truth)
    yield from _summand_reasons(judge, claim, truth)


def _symmetric_reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    problem = judge.derivation.problem
    for matrix in problem.matrices:
        if matrix in problem.wrt or matrix.rows != matrix.cols or matrix.symmetric:
            continue
        name = str(matrix.name)
        where = Judge(judge.derivation, random.Random(7), claim, truth, symmetric=name)
        if where.same(claim, truth):
            yield f"right only where {name} is symmetric"


def _summand_reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """Match summands; explain what is left by one change each."""
    claimed = {_key(judge, term): term for term in summands(judge.derivation, claim)}
    wanted = {_key(judge, term): term for term in summands(judge.derivation, truth)}
    extra = [term for key, term in claimed.items() if key not in wanted]
    missing = {key: term for key, term in wanted.items() if key not in claimed}
    inserted = numbers_of([*claimed.values(), *wanted.values()]), swaps(judge.derivation)
    for term in extra:
        made = changes(term, *inserted)
        tried = ((why, _key(judge, to)) for why, to in made if judge.has_value(to))
        found = next(((why, key) for why, key in tried if key in missing), None)
        if found is None:
            yield f"the summand {text(term)} does not belong there"
        else:
            why, key = found
            yield f"the summand {text(term)} is wrong: {why}, {text(missing.pop(key))}"
    for term in missing.values():
        yield f"the summand {text(term)} is missing"


def _key(judge: Judge, term: MatrixExpr) -> tuple[Any, ...]:
    digits = min(judge.digits, 20)
    return tuple(_token(entry, digits) for values in judge.values(term) for entry in values)


def _token(entry: Any, digits: int) -> Any:
    """An entry as something that equals itself: numbers of many digits are rounded."""
    if hasattr(entry, "value"):
        return entry.value
    return Precise.context.nstr(entry, digits)


def summands(derivation: Derivation, expr: MatrixExpr) -> list[MatrixExpr]:
    """The products of an expression multiplied out, df written out in dG."""
    flat = canonical_df(derivation, expr)
    return list(_expanded(flat))


def _expanded(expr: MatrixExpr) -> Iterator[MatrixExpr]:
    if isinstance(expr, sp.MatAdd):
        for term in expr.args:
            yield from _expanded(term)
        return
    coefficient, factors = split(expr)
    if isinstance(expr, Vec) and isinstance(expr.args[0], (sp.MatAdd, sp.MatMul)):
        inner = list(_expanded(expr.args[0]))
        for term in inner:
            scale, parts = split(term)
            yield product(scale, Vec(product(1, *parts)))
        return
    for place, factor in enumerate(factors):
        parts = _factor_parts(factor)
        if parts != (factor,):
            for part in parts:
                yield from _expanded(
                    product(coefficient, *factors[:place], part, *factors[place + 1 :])
                )
            return
    yield expr


def _factor_parts(factor: MatrixExpr) -> tuple[MatrixExpr, ...]:
    """A sum as its summands, (A + B) ⊗ C as A ⊗ C and B ⊗ C, any other factor alone."""
    if isinstance(factor, sp.MatAdd):
        return tuple(_expanded(factor))
    if not isinstance(factor, Kronecker):
        return (factor,)
    pairs = [(a, b) for a in _expanded(factor.args[0]) for b in _expanded(factor.args[1])]
    if len(pairs) == 1 and pairs[0] == factor.args and not _numbered(pairs[0]):
        return (factor,)
    parts = []
    for left, right in pairs:
        (c, a), (d, b) = split(left), split(right)
        parts.append(product(c * d, kronecker(product(1, *a), product(1, *b))))
    return tuple(parts)


def _numbered(pair: tuple[MatrixExpr, MatrixExpr]) -> bool:
    return any(split(expr)[0] != 1 for expr in pair)
