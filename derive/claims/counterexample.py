"""Small whole numbers for which a claim and the truth differ."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.symbols import sizes_of
from nzdiff.derive.proof.arithmetic import Entries, Field, Fractions, Precise, filled
from nzdiff.derive.proof.evaluate import Evaluator
from nzdiff.derive.proof.points import arithmetic_of, flat, same, small_point
from nzdiff.derive.proof.proof import of_kind
from nzdiff.pattern import Pattern

TRIES = 3
"""Draws of small numbers at each size of a counterexample."""


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


def _dims(derivation: Derivation, sizes: tuple[int, ...]) -> dict[str, int]:
    names = [str(size.name) for size in derivation.problem.dimensions]
    return {name: sizes[place % len(sizes)] for place, name in enumerate(names)}
