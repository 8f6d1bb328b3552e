"""What is wrong with a formula: the summand, the change that would make it right, an example.

In: a claim that is not the truth.  Out: reasons in words, and small numbers that tell them apart.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive import finite_field as gf
from nzdiff.derive.canonical import product, split, transpose
from nzdiff.derive.derivation import Derivation
from nzdiff.derive.evaluate import Evaluator
from nzdiff.derive.identities import random_point
from nzdiff.derive.printing import text
from nzdiff.derive.proof import small_patterns
from nzdiff.derive.second_order import canonical_df
from nzdiff.derive.symbols import CommutationMatrix, Kronecker, Vec, kron, sizes_of
from nzdiff.pattern import Pattern

SIZES = (4, 3, 2, 5)
STORED = 8
"""Stored positions of a random pattern."""
FACTORS = (-1, 2, -2, Fraction(1, 2), Fraction(-1, 2), 4, -4, Fraction(1, 4), Fraction(-1, 4))


class Judge:
    """Evaluates expressions at fixed random points; equal there is equal, but for one in 1e15."""

    def __init__(
        self, derivation: Derivation, generator: random.Random, symmetric: str = ""
    ) -> None:
        self.derivation = derivation
        self.points = [_evaluator(derivation, generator, symmetric) for _ in range(2)]

    def values(self, expr: Any) -> list[list[int]]:
        """The values of an expression at every point."""
        return [gf.values(evaluate(expr)) for evaluate in self.points]

    def same(self, left: Any, right: Any) -> bool:
        """Whether two expressions are equal."""
        return self.values(left) == self.values(right)


def _evaluator(derivation: Derivation, generator: random.Random, symmetric: str) -> Evaluator:
    dims = _dims(derivation, SIZES)
    patterns = small_patterns(derivation, dims, generator, most=STORED)
    point = random_point(derivation, dims, patterns, generator)
    if symmetric:
        matrix = point.fixed[symmetric]
        point.fixed[symmetric] = matrix + matrix.T
    return Evaluator(point.fixed, point.sizes, gf.field_number, dict(point.definitions))


def _dims(derivation: Derivation, sizes: tuple[int, ...]) -> dict[str, int]:
    names = [str(size.name) for size in derivation.problem.dimensions]
    return {name: sizes[place % len(sizes)] for place, name in enumerate(names)}


def reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """What is wrong, in the order in which one would look for it."""
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
        if Judge(judge.derivation, random.Random(7), symmetric=name).same(claim, truth):
            yield f"right only where {name} is symmetric"


def _summand_reasons(judge: Judge, claim: MatrixExpr, truth: MatrixExpr) -> Iterator[str]:
    """Match summands; explain what is left by one change each."""
    claimed = {_key(judge, term): term for term in summands(judge.derivation, claim)}
    wanted = {_key(judge, term): term for term in summands(judge.derivation, truth)}
    extra = [term for key, term in claimed.items() if key not in wanted]
    missing = {key: term for key, term in wanted.items() if key not in claimed}
    swaps = tuple(CommutationMatrix(*unknown.shape) for unknown in judge.derivation.problem.wrt)
    for term in extra:
        tried = ((why, _key(judge, other)) for why, other in _changes(term, swaps))
        found = next(((why, key) for why, key in tried if key in missing), None)
        if found is None:
            yield f"the summand {text(term)} does not belong there"
        else:
            why, key = found
            yield f"the summand {text(term)} is wrong: {why}, {text(missing.pop(key))}"
    for term in missing.values():
        yield f"the summand {text(term)} is missing"


def _key(judge: Judge, term: MatrixExpr) -> tuple[int, ...]:
    return tuple(number for values in judge.values(term) for number in values)


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
        parts.append(product(c * d, kron(product(1, *a), product(1, *b))))
    return tuple(parts)


def _numbered(pair: tuple[MatrixExpr, MatrixExpr]) -> bool:
    return any(split(expr)[0] != 1 for expr in pair)


def _changes(
    term: MatrixExpr, swaps: tuple[CommutationMatrix, ...] = ()
) -> Iterator[tuple[str, MatrixExpr]]:
    """Every single change of a product that people make by mistake, undone, with its name.

    swaps: the commutation matrices of the unknowns, which may be missing.
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
        for K in swaps:
            if isinstance(factor, Kronecker) and K.rows == factor.cols:
                yield "K is missing", product(coefficient, *factors[: place + 1], K, *around[1])
        if isinstance(factor, CommutationMatrix):
            yield (
                "K does not belong there",
                product(coefficient, *around[0], sp.Identity(factor.rows), *around[1]),
            )


def _factor_changes(factor: MatrixExpr) -> Iterator[tuple[str, MatrixExpr]]:
    if isinstance(factor, CommutationMatrix):
        turned = CommutationMatrix(*reversed(factor.args))
        yield "K has to be in the other orientation", turned
    elif isinstance(factor, Kronecker):
        left, right = factor.args
        yield "the factors of ⊗ have to change places", kron(right, left)
        for a, b in (
            (transpose(left), right),
            (left, transpose(right)),
            (transpose(left), transpose(right)),
        ):
            yield "a transpose is missing or too many", kron(a, b)
        for side, other in ((0, right), (1, left)):
            for what, changed in _changes(factor.args[side]):
                pair = (changed, other) if side == 0 else (other, changed)
                yield what, kron(*pair)
    elif isinstance(factor, Vec):
        for what, changed in _changes(factor.args[0]):
            yield what, Vec(changed)
    else:
        yield f"{text(factor)} has to be transposed", transpose(factor)


def counterexample(derivation: Derivation, claim: MatrixExpr, truth: MatrixExpr) -> str:
    """The smallest sizes at which the two differ, with small whole numbers."""
    count = len(derivation.problem.dimensions)
    for size in (1, 2, 3):
        generator = random.Random(size)
        for sizes in ((size,) * count, tuple(size + i % 2 for i in range(count))):
            evaluate = _small_numbers(derivation, sizes, generator)
            left, right = evaluate(claim), evaluate(truth)
            if not np.array_equal(left, right):
                return _shown(derivation, evaluate, left, right)
    return "  (no counterexample with sizes up to 4)"


def _small_numbers(
    derivation: Derivation, sizes: tuple[int, ...], generator: random.Random
) -> Evaluator:
    dims = _dims(derivation, sizes)
    patterns = {}
    for unknown in derivation.problem.wrt:
        rows, cols = sizes_of(unknown, dims)
        patterns[str(unknown.name)] = Pattern.full((rows, cols))
    point = random_point(derivation, dims, patterns, generator)
    values = {}
    for name, array in point.fixed.items():
        if name.startswith("P"):
            values[name] = np.vectorize(lambda x: Fraction(x.value), otypes=[object])(array)
        elif isinstance(array, gf.Dual):
            values[name] = Fraction(generator.randint(1, 3))
        else:
            drawn = [Fraction(generator.randint(-2, 3)) for _ in range(array.size)]
            values[name] = np.array(drawn, dtype=object).reshape(array.shape)
    for unknown in derivation.problem.wrt:
        g = values[str(derivation.parameters(unknown).name)]
        shape = patterns[str(unknown.name)].shape
        values[str(unknown.name)] = g.reshape(shape, order="F")
    definitions = dict(point.definitions)
    return Evaluator(values, point.sizes, lambda x: Fraction(int(x.p), int(x.q)), definitions)


def _shown(derivation: Derivation, evaluate: Evaluator, left: Any, right: Any) -> str:
    lines = ["  counterexample:"]
    names = [str(matrix.name) for matrix in derivation.problem.matrices]
    lines += [f"    {name} = {_numbers(evaluate.values[name])}" for name in names]
    return "\n".join([*lines, f"    claim {_numbers(left)}", f"    truth {_numbers(right)}"])


def _numbers(array: Any) -> str:
    rows = [", ".join(str(entry) for entry in row) for row in np.atleast_2d(array)]
    return "[" + "; ".join(rows) + "]"
