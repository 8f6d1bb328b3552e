"""Every step of a derivation at a random point: is what stands after it what its rule says?"""

from __future__ import annotations

import random
from collections.abc import Iterable

import sympy as sp

from nzdiff.derive.calculus.canonical import product
from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language.nodes import Kronecker, Vec
from nzdiff.derive.language.symbols import tangent
from nzdiff.derive.proof.arithmetic import Array
from nzdiff.derive.proof.points import Point, arithmetic_of, dot, flat
from nzdiff.derive.proof.proof import EXACT_SIZES, KRONECKER_SIZES, at_regular_point


def check_steps(
    derivation: Derivation, steps: Iterable[Rewrite], *, seed: int = 0
) -> dict[Rewrite, bool]:
    """Whether each step holds at a random point of the field, or in 80 digits.

    A step that has no value at any point, as where a matrix is singular at all small sizes, is
    left out.
    """
    steps = list(dict.fromkeys(steps))
    try:
        found = _checked(derivation, steps, seed)
    except ValueError:
        if len(steps) == 1:
            return {}
        alone = (check_steps(derivation, [step], seed=seed) for step in steps)
        return {step: held for each in alone for step, held in each.items()}
    return dict(zip(steps, found, strict=True))


def _checked(derivation: Derivation, steps: list[Rewrite], seed: int) -> list[bool]:
    """Raises ValueError where no point has a value."""
    expressions = [side for step in steps for side in (step.before, step.after)]
    many = any(expr.has(Kronecker) for expr in (derivation.problem.energy, *expressions))
    return at_regular_point(
        derivation,
        random.Random(seed),
        lambda point: [_holds(derivation, point, step) for step in steps],
        KRONECKER_SIZES if many else EXACT_SIZES,
        most=6,
        arithmetic=arithmetic_of(derivation, *expressions),
    )


def _holds(derivation: Derivation, point: Point, step: Rewrite) -> bool:
    for unknown, direction in point.directions.items():
        name = str(tangent(derivation.parameters(unknown)).name)
        point.here.values[name] = direction
    after = point.values(step.after)
    if step.relation == "differential":
        return point.same(point.slopes(step.before), after)
    if step.relation == "along":
        return _along(point, step, after)
    if step.relation == "read off":
        slope = point.slopes(derivation.scalar)
        return any(
            point.same(slope, flat(dot(after, flat(v)) + _others(derivation, point, unknown)))
            for unknown, v in point.directions.items()
            if len(flat(v)) == len(after)
        )
    before = step.before
    if step.relation == "substitution":
        before = before.xreplace(derivation.residual_tangents)
    return point.same(point.values(before), after)


def _along(point: Point, step: Rewrite, after: Array) -> bool:
    """before = after : dG."""
    before = point.values(step.before)
    return point.same(before, flat(dot(after, point.values(step.tangent))))


def _others(derivation: Derivation, point: Point, unknown: sp.MatrixSymbol) -> object:
    """The slope of the energy along the directions of all other unknowns."""
    total = point.arithmetic.number(sp.Integer(0))
    for other, direction in point.directions.items():
        if other != unknown:
            vector = product(
                1, derivation.selection(other), Vec(derivation.gradients[other].matrix)
            )
            total = total + dot(point.values(vector), flat(direction))
    return total
