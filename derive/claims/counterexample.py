"""Small whole numbers for which a claim and the truth differ."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
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
INTEGERS = tuple(map(sp.Integer, range(-2, 4)))
RANGES = (INTEGERS, INTEGERS[3:], (-sp.Rational(1, 2), sp.Rational(1, 2)))
"""What entries are drawn from: of any sign, positive, below 1.  Logarithms and roots want the
second, arc sines the third."""


def counterexample(derivation: Derivation, claim: MatrixExpr, truth: MatrixExpr) -> str:
    """The smallest sizes at which the two differ, with small numbers.

    Inside of the domain of the energy, where numbers of it are found: everything is real.
    """
    return (
        _found(derivation, claim, truth, real=True)
        or _found(derivation, claim, truth, real=False)
        or "  (no counterexample with sizes up to 4)"
    )


def _found(derivation: Derivation, claim: Any, truth: Any, *, real: bool) -> str:
    """The first numbers, real ones where it is asked for; "" where none are found."""
    count = len(derivation.problem.dimensions)
    exact = isinstance(arithmetic_of(derivation, claim), Field)
    arithmetic = Fractions() if exact else Precise()
    for size in (1, 2, 3):
        for sizes in ((size,) * count, *(_alternating(size, count, first) for first in (0, 1))):
            for among, seed in product(RANGES[: 1 if exact else None], range(TRIES)):
                generator = random.Random(seed)
                evaluate = _small_numbers(derivation, sizes, generator, arithmetic, among)
                try:
                    left, right = flat(evaluate(claim)), flat(evaluate(truth))
                    energy = () if exact else flat(evaluate(derivation.problem.energy))
                except (
                    ZeroDivisionError,
                    ValueError,
                    IndexError,
                ):  # singular, log 0
                    continue
                if real and not _is_real(*energy, *left, *right):
                    continue
                if not same(arithmetic, left, right):
                    return _shown(derivation, evaluate, claim, truth)
    return ""


def _is_real(*entries: Any) -> bool:
    return all(getattr(entry, "imag", 0) == 0 for entry in entries)


def _alternating(size: int, count: int, first: int) -> tuple[int, ...]:
    return tuple(size + (i + first) % 2 for i in range(count))


def _small_numbers(
    derivation: Derivation,
    sizes: tuple[int, ...],
    generator: random.Random,
    arithmetic: Entries,
    among: tuple[sp.Rational, ...],
) -> Evaluator:
    dims = _dims(derivation, sizes)
    patterns = {}
    for unknown in derivation.problem.wrt:
        pattern = Pattern.full(sizes_of(unknown, dims))
        patterns[str(unknown.name)] = of_kind(unknown, pattern)

    def draw(rows: int, cols: int) -> Any:
        numbers = (generator.choice(among) for _ in range(rows * cols))
        return filled([arithmetic.number(number) for number in numbers], (rows, cols))

    return small_point(derivation, dims, patterns, arithmetic, draw, generator).here


def _shown(derivation: Derivation, evaluate: Evaluator, claim: Any, truth: Any) -> str:
    """All that the values follow from, W and dG among it where they occur, and the values."""
    lines = ["  counterexample:"]
    names = [str(matrix.name) for matrix in derivation.problem.matrices]
    names += [str(symbol.name) for symbol in derivation.problem.scalars]
    written_out = [side.xreplace(derivation.definitions) for side in (claim, truth)]
    moving = (*derivation.tangents.values(), *derivation.cotangents)
    names += [str(m.name) for m in moving if any(side.has(m) for side in written_out)]
    lines += [f"    {name} = {_numbers(evaluate.values[name])}" for name in names]
    left, right = (_numbers(evaluate(side)) for side in (claim, truth))
    return "\n".join([*lines, f"    claim {left}", f"    truth {right}"])


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
