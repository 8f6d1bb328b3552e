"""Whether two formulas are equal: both evaluated at fixed random points, exactly where they can be.

In: a derivation, a claim and the truth.  Out: what compares them, and their summands.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language import decimals
from nzdiff.derive.language.decimals import is_rounded
from nzdiff.derive.proof.arithmetic import Field, filled
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
        return self.equals(left, self.values(right))

    def is_zero(self, entry: Any) -> bool:
        """Whether nothing but rounding is left of a value."""
        zero = self.arithmetic.zeros_and_ones(np.zeros(1, dtype=int))
        return same(self.arithmetic, filled([entry], (1,)), zero, self.digits)

    def difference(self, truth: Any, claim: Any, term: Any) -> list[Any]:
        """The values of what a summand of the claim has to be for the claim to be right."""
        sides = zip(*map(self.values, (truth, claim, term)), strict=True)
        return [wanted - claimed + own for wanted, claimed, own in sides]

    def equals(self, expr: Any, wanted: list[Any]) -> bool:
        """Whether an expression has some values."""
        pairs = zip(self.values(expr), wanted, strict=True)
        return all(same(self.arithmetic, a, b, self.digits) for a, b in pairs)
