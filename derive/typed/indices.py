"""What indices pick: entries, rows and columns, and the matrices that pick them."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.symbol import Str

from nzdiff.derive.language import functions
from nzdiff.derive.language.nodes import Selection, Shift
from nzdiff.derive.typed.sizes import Sizes
from nzdiff.derive.typed.value import MeaningError, Value
from nzdiff.derive.typed.words import ONE, matrix, size_of

Place = Value | tuple[Value | None, Value | None]
"""An index, or the two ends of a range, None where it has none."""


def picked(sizes: Sizes, place: Any, value: Value, places: list[Place]) -> Value:
    """A[i, j] is a number, A[i, :], A[:, j] and A[1:n, :] are matrices; x[i] is an entry of x."""
    rows, cols = shape = matrix(value, "[i, j]")
    if len(places) == 1:
        column = sizes(cols) == 1 or sizes(rows) != 1
        if column:
            sizes.equal(cols, ONE, value.place)
        first = Value(None, lambda: sp.Integer(0), place)
        other: Place = first if isinstance(places[0], Value) else (None, None)
        places = [*places, other] if column else [other, *places]
    if all(isinstance(each, Value) for each in places):
        return Value(
            None,
            lambda: functions.entry(value.build(), *(p.number() for p in places)),  # type: ignore[union-attr]
            place,
        )
    found = tuple(_picked_size(*pair) for pair in zip(places, shape, strict=True))

    def build() -> Any:
        part = value.build()[tuple(_index(each) for each in places)]
        if part.shape != tuple(map(sizes, found)):
            raise MeaningError(
                f"expected places inside of a matrix of shape {sizes(rows)} × {sizes(cols)}", place
            )
        return part

    return Value((found[0], found[1]), build, place)


def _picked_size(part: Place, size: Any) -> Any:
    if isinstance(part, Value):
        return ONE
    first, last = part
    return sp.expand(_end(last, size, size) - _end(first, size, sp.Integer(0)))


def _end(value: Value | None, size: Any, default: Any) -> Any:
    """An end of a range; negative ones count from the last."""
    end = default if value is None else value.number()
    return size + end if end.is_negative else end


def _index(part: Place) -> Any:
    if isinstance(part, Value):
        return part.number()
    return slice(*(end and end.number() for end in part))


def shift(sign: str, place: Any, arguments: tuple[Value, ...]) -> Value:
    """[I 0], [0 I] or [0 I 0], the identity between zeros, by its rows, columns and offset."""
    given = [size_of(value) for value in arguments]
    if len(given) != (3 if sign.count("0") == 2 else 2):
        raise MeaningError(
            "expected the sizes of [I 0]_(rows, columns), [0 I]_(rows, columns) or "
            "[0 I 0]_(rows, columns, offset)",
            place,
        )
    rows, cols = given[:2]
    offset = given[2] if len(given) == 3 else 0 if sign.startswith("[I") else cols - rows
    return Value((rows, cols), lambda: Shift(rows, cols, offset), place)


def selection(places: str, place: Any, arguments: tuple[Value, ...]) -> Value:
    """I[i j …]_(rows, cols): those rows of the identity."""
    shape = size_of(arguments[0]), size_of(arguments[1])
    return Value(shape, lambda: Selection(Str(places), *shape), place)
