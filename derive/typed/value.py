"""What a part of a formula is while it is read: a number or a matrix whose size may be open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.functions import as_scalar, ones, zeros
from nzdiff.derive.typed.sizes import Shape, Sizes


@dataclass(frozen=True, slots=True)
class Value:
    """A part of a formula.

    shape: of a matrix; None of a number.  build: makes the expression, once all sizes are known.
    place: the part of the text, for errors.
    inner, tall: the sizes that its columns and its rows are made of, of blocks, vec and ⊗.
    form: a 1 × 1 matrix in parentheses, as in 2 (x' A x): a number wherever it can be one.
    of_numbers: builds the number that a 1 × 1 matrix is, where it is a sum of such.
    scale, core: of a product, its number and its matrices: a sum in it is not multiplied out.
    """

    shape: Shape | None
    build: Callable[[], Any]
    place: Any
    inner: tuple[Any, ...] = ()
    tall: tuple[Any, ...] = ()
    form: bool = False
    of_numbers: Callable[[], Any] | None = None
    scale: Callable[[], Any] | None = None
    core: Callable[[], Any] | None = None

    def scaled(self) -> tuple[Callable[[], Any] | None, Callable[[], Any]]:
        """The number before a product of matrices, None without one, and the product."""
        return (self.scale, self.core) if self.core is not None else (None, self.build)

    @property
    def is_number(self) -> bool:
        """Whether it can only be a number."""
        return self.shape is None

    def at(self, place: Any) -> Value:
        """The same at another place of the text."""
        return replace(self, place=place)

    def is_single(self, sizes: Sizes) -> bool:
        """Whether it is a number, or a matrix known to be 1 × 1."""
        return self.shape is None or all(sizes(size) == 1 for size in self.shape)

    def number(self) -> Any:
        """The expression as a number."""
        if self.of_numbers is not None:
            return self.of_numbers()
        expr = self.build()
        if isinstance(expr, MatrixExpr) and expr.shape != (1, 1):
            rows, cols = expr.shape
            raise MeaningError(
                f"expected a number, got a matrix of shape {rows} × {cols}", self.place
            )
        return as_scalar(expr) if isinstance(expr, MatrixExpr) else expr


REFUSED = (ArithmeticError, LookupError, MemoryError, NotImplementedError, TypeError, ValueError)
"""What the language raises where it refuses operands; of typed text each is a FormulaError."""


class MeaningError(Exception):
    """A formula that is well formed and means nothing; says what was expected at `place`."""

    def __init__(self, message: str, place: Any) -> None:
        """`place` is the part of the text."""
        super().__init__(message)
        self.place = place


def spread(value: Value, shape: Shape, sizes: Sizes) -> Callable[[], Any]:
    """A number as the matrix of this shape that holds it everywhere."""

    def build() -> Any:
        number, (rows, cols) = value.number(), (sizes(size) for size in shape)
        if number == 0:
            return zeros(rows, cols)
        return ones(rows, cols) if number == 1 else number * ones(rows, cols)

    return build


def column_of_ones(sizes: Sizes, place: Any) -> Value:
    """The column 1, of a size that follows from what it meets."""
    rows = sizes.open(place)
    return Value((rows, sp.Integer(1)), lambda: ones(sizes(rows)), place)
