"""Dual numbers over a prime field: exact directional derivatives with neither rounding nor step.

a + b ε with ε² = 0 and a, b in GF(q).  An identity of polynomials that is false survives a random
point with probability at most degree / q (Schwartz, Zippel), unless q divides its numbers: q is
2⁶¹ − 1 where they are small, and else a prime that nobody can have had in mind when writing them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

PRIME = 2**61 - 1
SMALL_BITS = 40
"""Bits of all numbers of an expression together that make no multiple of `PRIME`."""


def prime_for(*exprs: Any) -> int:
    """The q for expressions: the same for the same ones, drawn where their numbers are large."""
    if max(map(_bits, exprs)) <= SMALL_BITS:
        return PRIME
    generator = random.Random(" ".join(_written(node) for expr in exprs for node in _nodes(expr)))
    while not sp.isprime(drawn := generator.randrange(2**60, PRIME)):
        pass
    return drawn


def _nodes(expr: Any) -> Iterator[Any]:
    return iter(sp.preorder_traversal(expr))


def _written(node: Any) -> str:
    """What tells a node from others: SymPy's printer takes minutes where sums are divided."""
    return type(node).__name__ if node.args else str(node)


def _bits(expr: Any) -> int:
    numbers = (x for x in _nodes(expr) if x.is_Rational and x != 0)
    return sum(int(abs(x.p) * x.q).bit_length() - 1 for x in numbers)


@dataclass(frozen=True, slots=True)
class Dual:
    """value + slope · ε over GF(prime)."""

    value: int
    slope: int = 0
    prime: int = PRIME

    def of(self, value: int, slope: int = 0) -> Dual:
        """Another number of the same field."""
        return Dual(value % self.prime, slope % self.prime, self.prime)

    def __add__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        return self.of(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        return self.of(self.value - other.value, self.slope - other.slope)

    def __truediv__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        if other.value == 0:
            raise ZeroDivisionError("division by 0 in the field")
        inverse = pow(other.value, -1, self.prime)
        quotient = self.value * inverse % self.prime
        return self.of(quotient, (self.slope - quotient * other.slope) * inverse)

    def __mul__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        slope = self.value * other.slope + self.slope * other.value
        return self.of(self.value * other.value, slope)


def field_number(number: Any, prime: int = PRIME) -> Dual:
    """A rational number in the field; TypeError for any other."""
    if not number.is_Rational:
        raise TypeError(f"{number} is no rational number: the exact check needs rational factors")
    return Dual(int(number.p) % prime, 0, prime) / Dual(int(number.q) % prime, 0, prime)


def zeros(rows: int) -> Any:
    """A column of zeros."""
    return as_matrix([[Dual(0)]] * rows, rows, 1)


def with_slope(matrix: Any, direction: Any) -> Any:
    """matrix + direction · ε."""
    pairs = zip(matrix.ravel(), direction.ravel(), strict=True)
    entries = [a.of(a.value, b.value) for a, b in pairs]
    return _shaped(entries, matrix.shape)


def values(array: Any) -> list[int]:
    """The values of an array, row by row."""
    return [entry.value for entry in np.atleast_1d(array).ravel()]


def slopes(array: Any) -> list[int]:
    """The derivatives of an array, row by row."""
    return [entry.slope for entry in np.atleast_1d(array).ravel()]


def as_matrix(entries: Any, rows: int, cols: int) -> Any:
    """Nested lists of entries as an object array of two dimensions."""
    return _shaped([entry for row in entries for entry in row], (rows, cols))


def _shaped(entries: list[Any], shape: tuple[int, ...]) -> Any:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)
