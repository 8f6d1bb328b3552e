"""Formulas of single entries at a random point: is the sum over indices the entry of Γ?"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from functools import partial, reduce
from itertools import product
from math import prod
from operator import mul
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.identities.entries import (
    Element,
    Gather,
    Mapped,
    Part,
    Summand,
    Total,
)
from nzdiff.derive.language.symbols import size_of
from nzdiff.derive.proof.arithmetic import filled
from nzdiff.derive.proof.points import Point, arithmetic_of, flat
from nzdiff.derive.proof.proof import EXACT_SIZES, at_regular_point

MOST = 20_000
"""Products that are added up for one entry; a formula of more is not checked."""


def check_entries(
    derivation: Derivation, formulas: Iterable[Gather], *, seed: int = 0
) -> dict[Total, bool]:
    """Whether each formula is the entry of Γ that it says.

    One that has no value at any point, or too many products, is left out.
    """
    found = dict[Total, bool]()
    for gather in formulas:
        gamma = derivation.gradients[gather.unknown].matrix
        try:
            held = at_regular_point(
                derivation,
                random.Random(seed),
                partial(_holds, gather, gamma),
                EXACT_SIZES,
                most=6,
                arithmetic=arithmetic_of(derivation, gamma),
            )
        except ValueError:
            continue
        if held is not None:
            found[gather.formula] = held
    return found


def _holds(gather: Gather, gamma: Any, point: Point) -> bool | None:
    """At two corners of Γ; None where that would be too much."""
    values = point.here(gamma)
    if _products(gather.formula, point.here.dims) > MOST:
        return None
    for i, j in {(0, 0), (values.shape[0] - 1, values.shape[1] - 1)}:
        entry = _value(gather.formula, point, {gather.row: i, gather.column: j, "": 0})
        if not point.same(flat(entry), flat(values[i, j])):
            return False
    return True


def _products(part: Part, dims: Mapping[str, int]) -> int:
    match part:
        case Element():
            return 1
        case Mapped(_, inside):
            return _products(inside, dims)
        case Total(terms):
            return sum(_products(term, dims) for term in terms)
        case Summand(_, _, sizes, factors):
            count = prod(size_of(sp.sympify(size), dims) for size in sizes)
            return count * (1 + sum(_products(factor, dims) for factor in factors))


def _value(part: Part, point: Point, at: Mapping[str, int]) -> Any:
    """The number that a part stands for, indices being numbers."""
    match part:
        case Element(matrix, row, column):
            return point.here(matrix)[at[row], at[column]]
        case Mapped(function, inside):
            number = filled([_value(inside, point, at)], (1, 1))
            return point.here.applied(function, number)[0, 0]
        case Total(terms):
            return reduce(lambda a, b: a + b, [_value(term, point, at) for term in terms])
        case Summand(coefficient, indices, sizes, factors):
            ranges = [range(size_of(sp.sympify(size), point.here.dims)) for size in sizes]
            total = point.arithmetic.number(sp.Integer(0))
            for places in product(*ranges):
                here = {**at, **dict(zip(indices, places, strict=True))}
                numbers = [_value(factor, point, here) for factor in factors]
                one = point.arithmetic.number(sp.Integer(1))
                total = total + reduce(mul, numbers, one)
            return point.here(coefficient) * total
