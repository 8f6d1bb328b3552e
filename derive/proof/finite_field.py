"""Dual numbers over a prime field: exact directional derivatives with neither rounding nor step.

a + b ε with ε² = 0 and a, b in GF(q), q = 2⁶¹ − 1.  An identity of polynomials that is false
survives a random point with probability at most degree / q (Schwartz, Zippel).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

PRIME = 2**61 - 1


@dataclass(frozen=True, slots=True)
class Dual:
    """value + slope · ε over GF(PRIME)."""

    value: int
    slope: int = 0

    def __add__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        return Dual((self.value + other.value) % PRIME, (self.slope + other.slope) % PRIME)

    def __sub__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        return Dual((self.value - other.value) % PRIME, (self.slope - other.slope) % PRIME)

    def __truediv__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        if other.value == 0:
            raise ZeroDivisionError("division by 0 in the field")
        inverse = pow(other.value, -1, PRIME)
        quotient = self.value * inverse % PRIME
        return Dual(quotient, (self.slope - quotient * other.slope) * inverse % PRIME)

    def __mul__(self, other: Dual) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented
        slope = self.value * other.slope + self.slope * other.value
        return Dual(self.value * other.value % PRIME, slope % PRIME)


def field_number(number: Any) -> Dual:
    """A rational number in the field; TypeError for any other."""
    if not number.is_Rational:
        raise TypeError(f"{number} is no rational number: the exact check needs rational factors")
    return Dual(int(number.p) * pow(int(number.q), -1, PRIME) % PRIME)


def zeros(rows: int) -> Any:
    """A column of zeros."""
    return as_matrix([[Dual(0)]] * rows, rows, 1)


def with_slope(matrix: Any, direction: Any) -> Any:
    """matrix + direction · ε."""
    pairs = zip(matrix.ravel(), direction.ravel(), strict=True)
    entries = [Dual(a.value, b.value) for a, b in pairs]
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
