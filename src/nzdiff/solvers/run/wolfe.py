"""Search for the strong Wolfe conditions along a descent direction, safe outside the domain.

    φ(t) = E(g + t d):    φ(t) ≤ φ(0) + 10⁻⁴ t φ'(0)    and    |φ'(t)| ≤ c |φ'(0)|

Between a `low` end, which satisfies the first and descends too steeply for the second, and a
`high` end, which violates the first, ascends or is undefined, lies a t that satisfies both.
Source: Nocedal and Wright, section 3.5.
"""

import math
from dataclasses import dataclass, replace

from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import MAX_TRIALS, SUFFICIENT_DECREASE, accept, below_rounding

CURVATURE = 0.9
"""c above, for methods whose directions are well scaled."""
MARGIN = 0.1
"""How near to an end of a bracket the next t may lie, in widths of the bracket."""
RETREAT = 0.5
"""How far from the low end, in widths, where the energy is undefined at the high one."""
LEAST_EXPANSION, MOST_EXPANSION = 2.0, 10.0


@dataclass(frozen=True, slots=True)
class End:
    """One end of the bracket: t, φ(t), and φ'(t), NaN where it was not evaluated."""

    t: float
    energy: float
    slope: float = math.nan


@dataclass(frozen=True, slots=True)
class Bracket:
    """The interval that holds a solution; high.t is infinite until one is found."""

    low: End
    high: End

    def next(self) -> float:
        """Return the next t: the minimum of a parabola, kept off the ends."""
        low, high = self.low, self.high
        width = high.t - low.t
        if not math.isfinite(high.energy):
            return low.t + (RETREAT if low.t > 0.0 else MARGIN) * width
        if math.isnan(high.slope):
            rise = high.energy - low.energy
            t = -0.5 * low.slope * width * width / (rise - low.slope * width)
        else:
            t = width * low.slope / (low.slope - high.slope)
        return low.t + min(max(t, MARGIN * width), (1.0 - MARGIN) * width)


def wolfe(
    objective: Objective, point: Point, direction: Vector, *, curvature: float = CURVATURE
) -> Point | None:
    """Return a point on g + t d, from t = 1 on; None where no t decreases the energy visibly.

    curvature: c above. Where MAX_TRIALS do not suffice, the best point that decreases enough.
    """
    slope = float(point.gradient @ direction)
    if not slope < 0.0 or below_rounding(-slope, point):
        return None
    bracket = Bracket(End(0.0, point.energy, slope), End(math.inf, math.nan))
    best, t = None, 1.0
    for _ in range(MAX_TRIALS):
        if below_rounding(-t * slope, point):
            break
        reached = _reached(objective, point, direction, t, slope)
        if isinstance(reached, Point):
            end = End(t, reached.energy, float(reached.gradient @ direction))
            best = reached if best is None or reached.energy < best.energy else best
            if abs(end.slope) <= -curvature * slope:
                return reached
        else:
            end = End(t, reached)
        t, bracket = _narrowed(bracket, end)
    return best


def _reached(
    objective: Objective, point: Point, direction: Vector, t: float, slope: float
) -> Point | float:
    """Return the point at t, or its energy alone where that is not low enough."""
    g = point.g + t * direction
    energy = objective.energy(g)
    if not energy <= point.energy + SUFFICIENT_DECREASE * t * slope:
        return energy
    return accept(objective, g, energy) or math.inf


def _narrowed(bracket: Bracket, end: End) -> tuple[float, Bracket]:
    """Return the next t and the bracket with one end replaced."""
    if not end.slope < 0.0:
        narrower = replace(bracket, high=end)
        return narrower.next(), narrower
    narrower = replace(bracket, low=end)
    if math.isinf(bracket.high.t):
        return _beyond(bracket.low, end), narrower
    return narrower.next(), narrower


def _beyond(before: End, low: End) -> float:
    """Extrapolate to where the slope vanishes, between 2 and 10 times as far."""
    flattening = low.slope - before.slope
    reach = -low.slope * (low.t - before.t) / flattening if flattening > 0.0 else math.inf
    return min(max(low.t + reach, LEAST_EXPANSION * low.t), MOST_EXPANSION * low.t)
