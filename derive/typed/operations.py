"""Sums, products and blocks of values: which is a number, which sizes are equal, what is built."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sympy as sp

from nzdiff.derive.language import functions
from nzdiff.derive.language.operators import own, plain
from nzdiff.derive.typed.sizes import Shape, Sizes
from nzdiff.derive.typed.value import MeaningError, Value, spread

Build = Callable[[], Any]
ONE = sp.Integer(1)


def summed(sizes: Sizes, place: Any, pair: tuple[Value, Value], make: Callable[..., Any]) -> Value:
    """Two summands; a number beside a matrix stands at every entry."""
    left, right = pair
    single = left.is_single(sizes) and right.is_single(sizes)

    def of_numbers() -> Any:
        return make(left.number(), right.number())

    if single and any(value.is_number or value.form for value in pair):
        return Value(None, of_numbers, place)
    shape, (first, second) = _alike(sizes, place, pair)
    numbers = of_numbers if single else None
    for one, other in ((left.inner, right.inner), (left.tall, right.tall)):
        for size, beside in zip(one, other, strict=False):
            sizes.suggest(size, beside)
    inner, tall = left.inner or right.inner, left.tall or right.tall
    return Value(shape, lambda: make(first(), second()), place, inner, tall, of_numbers=numbers)


def entry_by_entry(
    sizes: Sizes,
    place: Any,
    pair: tuple[Value, Value],
    matrices: Callable[..., Any],
    numbers: Callable[..., Any],
) -> Value:
    """A product or quotient of entries; a number stands at every entry."""
    left, right = pair
    if left.is_number and right.is_number:
        return Value(None, lambda: numbers(left.build(), right.build()), place)
    shape, (first, second) = _alike(sizes, place, pair)
    return Value(shape, lambda: matrices(first(), second()), place)


def _alike(
    sizes: Sizes, place: Any, pair: tuple[Value, Value]
) -> tuple[Shape, tuple[Build, Build]]:
    """The one shape of two values, at least one a matrix, and how each is built in it."""
    left, right = pair
    shape = left.shape or right.shape
    if shape is None:
        raise MeaningError("expected a matrix, got two numbers", place)
    for value in pair:
        if value.shape is None and getattr(value.place, "data", "") not in ("number", "negative"):
            sizes.spreads += 1
    if left.shape is None:
        return shape, (spread(left, shape, sizes), right.build)
    if right.shape is None:
        return shape, (left.build, spread(right, shape, sizes))
    for one, other in zip(left.shape, right.shape, strict=True):
        sizes.equal(one, other, place)
    return shape, (left.build, right.build)


def negated(place: Any, value: Value) -> Value:
    """−A."""
    if value.form:
        return Value(None, lambda: -value.number(), place)
    if value.shape is None:
        return Value(None, lambda: -value.build(), place)
    found = _scaled(place, value.shape, lambda: sp.Integer(-1), *value.scaled())
    return replace(found, inner=value.inner, tall=value.tall)


def product(sizes: Sizes, place: Any, left: Value, right: Value) -> Value:
    """A product of matrices, or a number times a matrix."""
    if left.is_number and right.is_number:
        return Value(None, lambda: left.build() * right.build(), place)
    rows = sizes((right.shape or (ONE,))[0])
    cols = sizes((left.shape or (ONE, ONE))[1])
    scales_left = left.is_single(sizes) and (left.is_number or left.form or rows != 1)
    scales_right = right.is_single(sizes) and (
        right.is_number or cols != 1 or (right.form and (left.is_number or left.form))
    )
    if scales_left and scales_right:
        return Value(None, lambda: left.number() * right.number(), place)
    if scales_left:
        found = _scaled(place, right.shape, left.number, *right.scaled())
        return replace(found, inner=right.inner, tall=right.tall)
    if scales_right or left.shape is None or right.shape is None:
        found = _scaled(place, left.shape, right.number, *left.scaled())
        return replace(found, inner=left.inner, tall=left.tall)
    sizes.equal(left.shape[1], right.shape[0], right.place)
    for one, other in zip(left.inner, right.tall, strict=False):
        sizes.suggest(one, other)
    (scale, first), (other_scale, second) = left.scaled(), right.scaled()
    shape = left.shape[0], right.shape[1]
    found = Value(shape, lambda: _multiplied(first(), second()), place)
    for number in (scale, other_scale):
        if number is not None:
            found = _scaled(place, shape, number, *found.scaled())
    return replace(found, inner=right.inner, tall=left.tall)


def _scaled(
    place: Any,
    shape: Any,
    number: Build,
    scale: Build | None,
    core: Build,
) -> Value:
    """A number times a product of matrices that may have one already."""
    both = number if scale is None else lambda: number() * scale()
    return Value(shape, lambda: _times(both(), core()), place, scale=both, core=core)


def _multiplied(left: Any, right: Any) -> Any:
    """A product of matrices whose factors stay as they are written."""
    return own(sp.MatMul(plain(left), plain(right)).doit(deep=False))


def _times(number: Any, matrix: Any) -> Any:
    """A number times a matrix, a sum as it is: SymPy's * multiplies it out."""
    if isinstance(matrix, sp.MatAdd):
        return own(sp.MatMul(number, plain(matrix)))
    return own(sp.MatMul(number, plain(matrix)).doit(deep=False))


def blocks(sizes: Sizes, place: Any, rows: Sequence[Sequence[Value]]) -> Value:
    """[A, B; C, D]: rows of matrices of one height each, of one width in all.

    A number is a 1 × 1 matrix; 0 is as large as what stands beside and above it.
    """
    numbers = [[value.shape is None for value in row] for row in rows]
    columns = [all(column) for column in zip(*numbers, strict=False)]
    parts = [
        [_block(sizes, value, all(flags), single) for value, single in zip(row, alone, strict=True)]
        for row, flags in zip(rows, numbers, strict=True)
        for alone in [columns if len(columns) == len(row) else flags]
    ]
    heights = [row[0].shape[0] for row in parts]
    widths = [[value.shape[1] for value in row] for row in parts]
    for row, height in zip(parts, heights, strict=True):
        for value in row[1:]:
            sizes.equal(height, value.shape[0], value.place)
    for below, values in zip(widths[1:], parts[1:], strict=True):
        for one, other in zip(widths[0], below, strict=False):
            sizes.suggest(one, other)
        sizes.equal(sp.Add(*widths[0]), sp.Add(*below), values[0].place)
    shape = sp.Add(*heights), sp.Add(*widths[0])

    def build() -> Any:
        stacked = [functions.hstack(*(value.build() for value in row)) for row in parts]
        return functions.vstack(*stacked)

    return Value(shape, build, place, tuple(widths[0]) if len(parts) == 1 else ())


def _block(sizes: Sizes, value: Value, flat: bool, narrow: bool) -> Any:
    """An entry of brackets as a matrix; flat, narrow: among numbers alone, it is one of them."""
    if value.shape is not None:
        return value
    shape: Shape = (ONE, ONE)
    if _is_zero(value.place):
        shape = tuple(ONE if known else sizes.open(value.place) for known in (flat, narrow))
    return replace(value, shape=shape, build=spread(value, shape, sizes))


def _is_zero(tree: Any) -> bool:
    return getattr(tree, "data", "") == "number" and tree.children[0] == "0"
