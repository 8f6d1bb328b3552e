"""What is wrong with a formula: the summand, the change that would make it right, an example.

In: a claim that is not the truth.  Out: reasons in words, and small numbers that tell them apart.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import inverse, kronecker, product, split, transpose
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.second_order import canonical_df
from nzdiff.derive.language.nodes import CommutationMatrix, Kronecker, Vec
from nzdiff.derive.language.notation import text
from nzdiff.derive.language.symbols import sizes_of
from nzdiff.derive.proof.arithmetic import Entries, Field, Fractions, Precise, filled
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.points import Point, arithmetic_of, flat, same, small_point
from nzdiff.derive.proof.proof import at_regular_point, of_kind
from nzdiff.pattern import Pattern

SIZES = (4, 3, 2, 5)
STORED = 8
"""Stored positions of a random pattern."""
TRIES = 3
"""Draws of small numbers at each size of a counterexample."""
FACTORS = (
    *(-1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 4, -4, Fraction(1, 4), Fraction(-1, 4)),
    *(3, Fraction(1, 3), Fraction(3, 2), Fraction(2, 3)),
)


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
        return all(same(self.arithmetic, a, b) for a, b in pairs)


def _dims(derivation: Derivation, sizes: tuple[int, ...]) -> dict[str, int]:
    names = [str(size.name) for size in derivation.problem.dimensions]
    return {name: sizes[place % len(sizes)] for place, name in enumerate(names)}


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
    inserted = _numbers_of([*claimed.values(), *wanted.values()]), _swaps(judge.derivation)
    for term in extra:
        changes = _changes(term, *inserted)
        tried = ((why, _key(judge, to)) for why, to in changes if judge.has_value(to))
        found = next(((why, key) for why, key in tried if key in missing), None)
        if found is None:
            yield f"the summand {text(term)} does not belong there"
        else:
            why, key = found
            yield f"the summand {text(term)} is wrong: {why}, {text(missing.pop(key))}"
    for term in missing.values():
        yield f"the summand {text(term)} is missing"


def _key(judge: Judge, term: MatrixExpr) -> tuple[Any, ...]:
    return tuple(_token(entry) for values in judge.values(term) for entry in values)


def _token(entry: Any) -> Any:
    """An entry as something that equals itself: numbers of many digits are rounded."""
    if hasattr(entry, "value"):
        return entry.value
    return Precise.context.nstr(entry, 20)


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


def _numbers_of(terms: list[MatrixExpr]) -> tuple[sp.Expr, ...]:
    """The factors other than numbers that coefficients have: determinants, norms, symbols."""
    factors = (f for term in terms for f in sp.Mul.make_args(split(term)[0]) if not f.is_number)
    return tuple(dict.fromkeys(factors))


def _swaps(derivation: Derivation) -> tuple[CommutationMatrix, ...]:
    """The commutation matrices of the unknowns, in both orientations."""
    shapes = [u.shape for u in derivation.problem.wrt if 1 not in u.shape]
    turned = (CommutationMatrix(*shape[::step]) for shape in shapes for step in (1, -1))
    return tuple(dict.fromkeys(turned))


def _changes(
    term: MatrixExpr,
    numbers: tuple[sp.Expr, ...] = (),
    swaps: tuple[CommutationMatrix, ...] = (),
) -> Iterator[tuple[str, MatrixExpr]]:
    """Every single change of a product that people make by mistake, undone, with its name.

    numbers: factors that may be missing or too many; swaps: commutation matrices that may be.
    """
    coefficient, factors = split(term)
    for number in FACTORS:
        what = "its sign has to be turned" if number == -1 else f"it has to be {number} times that"
        yield what, product(coefficient * sp.Rational(number), *factors)
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
    for factor in numbers:
        yield f"the factor {text(factor)} is missing", product(coefficient * factor, *factors)
        yield f"the factor {text(factor)} is too much", product(coefficient / factor, *factors)
    sizes = (*(factor.rows for factor in factors), factors[-1].cols)
    for place, size in enumerate(sizes):
        for K in swaps:
            if K.rows == size:
                yield "K is missing", product(coefficient, *factors[:place], K, *factors[place:])


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
            for what, changed in _changes(factor.args[side]):
                pair = (changed, other) if side == 0 else (other, changed)
                yield what, kronecker(*pair)
    elif isinstance(factor, Vec):
        for what, changed in _changes(factor.args[0]):
            yield what, Vec(changed)
    else:
        yield f"{text(factor)} has to be transposed", transpose(factor)
        if factor.rows == factor.cols:
            undone = isinstance(factor, sp.Inverse) or factor.has(sp.Inverse)
            what = "must not be inverted" if undone else "has to be inverted"
            yield f"{text(factor)} {what}", inverse(factor)


def counterexample(derivation: Derivation, claim: MatrixExpr, truth: MatrixExpr) -> str:
    """The smallest sizes at which the two differ, with small whole numbers."""
    count = len(derivation.problem.dimensions)
    exact = isinstance(arithmetic_of(derivation, claim), Field)
    arithmetic = Fractions() if exact else Precise()
    for size in (1, 2, 3):
        for sizes in ((size,) * count, *(_alternating(size, count, first) for first in (0, 1))):
            for seed in range(TRIES):
                evaluate = _small_numbers(derivation, sizes, random.Random(seed), arithmetic)
                try:
                    left, right = flat(evaluate(claim)), flat(evaluate(truth))
                except (
                    ZeroDivisionError,
                    ValueError,
                    IndexError,
                ):  # singular, log 0
                    continue
                if not same(arithmetic, left, right):
                    return _shown(derivation, evaluate, evaluate(claim), evaluate(truth))
    return "  (no counterexample with sizes up to 4)"


def _alternating(size: int, count: int, first: int) -> tuple[int, ...]:
    return tuple(size + (i + first) % 2 for i in range(count))


def _small_numbers(
    derivation: Derivation, sizes: tuple[int, ...], generator: random.Random, arithmetic: Entries
) -> Evaluator:
    dims = _dims(derivation, sizes)
    patterns = {}
    for unknown in derivation.problem.wrt:
        pattern = Pattern.full(sizes_of(unknown, dims))
        patterns[str(unknown.name)] = of_kind(unknown, pattern)

    def draw(rows: int, cols: int, low: int = -2) -> Any:
        numbers = (sp.Integer(generator.randint(low, 3)) for _ in range(rows * cols))
        return filled([arithmetic.number(number) for number in numbers], (rows, cols))

    return small_point(derivation, dims, patterns, arithmetic, draw, generator).here


def _shown(derivation: Derivation, evaluate: Evaluator, left: Any, right: Any) -> str:
    lines = ["  counterexample:"]
    names = [str(matrix.name) for matrix in derivation.problem.matrices]
    names += [str(symbol.name) for symbol in derivation.problem.scalars]
    lines += [f"    {name} = {_numbers(evaluate.values[name])}" for name in names]
    return "\n".join([*lines, f"    claim {_numbers(left)}", f"    truth {_numbers(right)}"])


def _numbers(array: Any) -> str:
    if not isinstance(array, np.ndarray):
        return _number(array)
    rows = [", ".join(_number(entry) for entry in row) for row in np.atleast_2d(array)]
    return "[" + "; ".join(rows) + "]"


def _number(entry: Any) -> str:
    return str(entry) if isinstance(entry, Fraction) else str(Precise.context.nstr(entry, 6))
