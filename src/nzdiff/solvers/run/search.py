"""Backtracking along a descent direction, safe where E is undefined; how far E falls along it."""

import math

import numpy as np

from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.status import Status

SUFFICIENT_DECREASE = 1e-4
ROUNDING, NOISE = 1e-13, 1e-11
MAX_TRIALS = 60
UNDEFINED, DECADE = 20, 10.0
"""Undefined trials after which the length at which E is lower is looked for by its exponent, and
how exactly."""
FARTHER, FALLS = 1e4, 8
"""How much farther the next trial of `falls_without_end` is; how often E has to fall."""
ABYSS = 1e30
"""A fall, in falls so far, that is as good as without end."""
BESIDE = 1e-6
"""Parts of a step, relative to its largest, that may belong to what has converged."""


def armijo(
    objective: Objective, point: Point, step: Vector, *, reference: float | None = None
) -> Point | None:
    """Shorten `step` until E(P(g + t v)) ≤ reference + 10⁻⁴ t ∂E·v; None if no t does.

    P projects on the bounds; reference is E(g) where none is given. t shrinks to the minimum of the
    parabola through E(g), its slope and the trial, kept in [0.1, 0.5] t; where the energy or
    gradient is not finite, to 0.5 t: Newton steps that end close to the border of the domain are
    the longest that the model of a barrier allows. The search ends where the promised decrease
    t |∂E·v| is below the rounding error of E: a success there would be noise.
    """
    slope = float(point.gradient @ step)
    if not slope < 0.0:
        return None
    highest = point.energy if reference is None else reference
    fraction = 1.0
    for trial in range(MAX_TRIALS):
        if below_rounding(-fraction * slope, point):
            return None
        g = objective.project(point.g + fraction * step)
        energy = objective.energy(g)
        if energy <= highest + SUFFICIENT_DECREASE * fraction * slope:
            found = accept(objective, g, energy)
            if found is not None:
                return found
            energy = math.inf
        if trial == UNDEFINED and math.isinf(energy):
            fraction *= longest_lower(objective, point, fraction * step, -fraction * slope)
        else:
            fraction = _shorter(fraction, energy - point.energy, slope)
    return None


def longest_lower(objective: Objective, point: Point, step: Vector, promised: float) -> float:
    """Return a t < 1 at which E(P(g + t v)) < E(g), near to the longest: by bisection of log t.

    promised: by the step v, at which E is not finite.  Where E is not even lower at the shortest
    step whose decrease can be seen, that one.
    """
    tiny = float(np.finfo(np.float64).tiny)
    shortest, t = max(ROUNDING * abs(point.energy) / promised, tiny), 1.0
    while t > DECADE * shortest:
        between = math.sqrt(shortest) * math.sqrt(t)
        if objective.energy(objective.project(point.g + between * step)) < point.energy:
            shortest = between
        else:
            t = between
    return shortest


def accept(objective: Objective, g: Vector, energy: float) -> Point | None:
    """Complete a trial with its gradient; None where that is not finite."""
    gradient = objective.gradient(g)
    return Point(g, energy, gradient) if math.isfinite(float(gradient @ gradient)) else None


def below_rounding(promised: float, point: Point) -> bool:
    """Tell whether a decrease of E is too small to be seen in double precision."""
    return promised <= ROUNDING * abs(point.energy)


def failure(promised: float, point: Point) -> Status:
    """Say why no step was found, from the decrease that the full step promised.

    A promise of a hundred rounding errors counts as none: it was tried, and what a step as short
    as it takes would gain is below them.
    """
    is_noise = promised <= NOISE * abs(point.energy)
    return Status.ROUNDING_LEVEL if is_noise else Status.NO_DESCENT


def falls_without_end(objective: Objective, point: Point, step: Vector, decrease: float) -> bool:
    """Tell whether E falls visibly along g + t v, t = 10⁴, 10⁸, …, as far as doubles go.

    decrease: of the run so far. Seen as well without small parts of v: far away they would tell of
    unknowns that have converged.
    """
    largest = float(np.abs(step).max(initial=0.0))
    if not 0.0 < largest < math.inf:
        return False
    direct = np.where(np.abs(step) > BESIDE * largest, step, 0.0)
    if _falls(objective, point, direct, decrease):
        return True
    return not np.array_equal(direct, step) and _falls(objective, point, step, decrease)


def _falls(objective: Objective, point: Point, step: Vector, decrease: float) -> bool:
    lowest, t, count = point.energy, 1.0, 0
    while True:
        t *= FARTHER
        g = objective.on_ray(point.g + t * step) if math.isfinite(t) else None
        energy = math.inf if g is None else objective.energy(g)
        if not lowest - energy > ROUNDING * max(abs(lowest), abs(energy)):
            depth = ABYSS * max(decrease, abs(point.energy))
            return count >= FALLS or point.energy - lowest > depth
        lowest, count = energy, count + 1


def _shorter(fraction: float, rise: float, slope: float) -> float:
    """Return the parabola's minimum within its bounds, the upper one for an infinite rise."""
    if not math.isfinite(rise):
        return 0.5 * fraction
    parabola = -0.5 * slope * fraction * fraction / (rise - slope * fraction)
    return min(max(parabola, 0.1 * fraction), 0.5 * fraction)
