"""Bounds l ≤ g ≤ u: projection, projected gradient, and which unknowns a bound holds."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.solvers.run.check import real_array
from nzdiff.solvers.run.protocols import LinearMap, Vector

Mask = NDArray[np.bool_]
FORMS = (
    "expected a pair (lower, upper) of numbers or arrays, scipy.optimize.Bounds, or a sequence of "
    "one pair for each unknown"
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """lower ≤ g ≤ upper, both of shape (s,), infinite where there is none."""

    lower: Vector
    upper: Vector

    def project(self, g: Vector) -> Vector:
        """Return P(g), the nearest point within the bounds."""
        return np.clip(g, self.lower, self.upper)

    def projected_gradient(self, g: Vector, gradient: Vector) -> Vector:
        """Return P(g − ∂E/∂g) − g: zero exactly where no feasible direction descends."""
        return self.project(g - gradient) - g

    def held(self, g: Vector, gradient: Vector, curvature: float) -> Mask:
        """Tell which unknowns are within ε of a bound that −∂E/∂g pushes them against.

        ε = ‖P(g − ∂E/∂g / curvature) − g‖∞, at most a hundredth of what lies between the bounds:
        it vanishes at a solution, and has the unit of g. Source: Bertsekas, "Projected Newton
        methods for optimization problems with simple constraints", 1982.
        """
        width = np.abs(self.projected_gradient(g, gradient / curvature)).max(initial=0.0)
        near = np.minimum(width, 0.01 * (self.upper - self.lower))
        below = (g - self.lower <= near) & (gradient > 0.0)
        above = (self.upper - g <= near) & (gradient < 0.0)
        return np.asarray(below | above | (self.lower == self.upper))

    def free(self, g: Vector) -> Mask:
        """Tell which unknowns are strictly within their bounds."""
        return np.asarray((self.lower < g) & (g < self.upper))


def restricted(linear: LinearMap, free: Mask) -> LinearMap:
    """Return the part of a linear map between the unknowns that are free."""
    return partial(_of_free, linear, free)


def _of_free(linear: LinearMap, free: Mask, v: Vector) -> Vector:
    return linear(widened(v, free))[free]


def widened(v: Vector, free: Mask) -> Vector:
    """Return v at the unknowns that are free, 0 elsewhere."""
    full = np.zeros(free.size)
    full[free] = v
    return full


def checked_bounds(bounds: Any, size: int) -> Bounds | None:
    """Return (lower, upper) as arrays of shape (size,); None where nothing is bounded.

    bounds: a pair of numbers or arrays, where None is no bound; `scipy.optimize.Bounds`; or one
    pair for each unknown, as SciPy takes them.
    """
    if bounds is None:
        return None
    lower, upper = (
        _side(name, side, size) for name, side in zip("lu", _sides(bounds, size), strict=True)
    )
    for name, side, wrong in (("lower", lower, np.inf), ("upper", upper, -np.inf)):
        if (side == wrong).any():
            first = int(np.flatnonzero(side == wrong)[0])
            raise ValueError(
                f"bounds: no number is left by the {name} bound {wrong} at index {first}"
            )
    if not (lower <= upper).all():
        first = int(np.flatnonzero(~(lower <= upper))[0])
        raise ValueError(
            f"bounds: expected lower ≤ upper, got {lower[first]} and {upper[first]} "
            f"at index {first}"
        )
    if np.isneginf(lower).all() and np.isposinf(upper).all():
        return None
    return Bounds(lower, upper)


def _sides(bounds: Any, size: int) -> tuple[Any, Any]:
    """Return the lower and the upper bounds from each of the forms."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        return bounds.lb, bounds.ub
    if not isinstance(bounds, (tuple, list, np.ndarray)):
        raise ValueError(f"bounds: {FORMS}, got {bounds!r}")
    is_pairs = len(bounds) == size and all(_is_pair(entry) for entry in bounds)
    if len(bounds) == 2 and not (is_pairs and _has_tuples(bounds)):
        is_array = isinstance(bounds, np.ndarray)
        if is_pairs and (is_array or not isinstance(bounds[0], np.ndarray)):
            raise ValueError(
                "bounds: of two unknowns, two lists of two numbers can mean (lower, upper) or two "
                "pairs; write scipy.optimize.Bounds(lower, upper)"
            )
        return bounds[0], bounds[1]
    if not is_pairs:
        raise ValueError(f"bounds: {FORMS}, got {len(bounds)} entries for {size} unknowns")
    return [entry[0] for entry in bounds], [entry[1] for entry in bounds]


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, (tuple, list, np.ndarray)) and len(entry) == 2


def _has_tuples(bounds: Any) -> bool:
    """Tell whether entries are written as (low, high) within a list, which arrays never are."""
    return isinstance(bounds, list) and all(isinstance(entry, tuple) for entry in bounds)


def _side(name: str, side: Any, size: int) -> Vector:
    nothing = -np.inf if name == "l" else np.inf
    if side is None:
        side = nothing
    elif isinstance(side, (list, tuple)):
        side = [nothing if value is None else value for value in side]
    array = real_array(f"bounds: {name}", side)
    if array.shape not in {(), (1,), (size,)}:  # SciPy's Bounds has one entry for a number
        raise ValueError(f"bounds: {name}: expected a number or shape ({size},), got {array.shape}")
    return np.array(np.broadcast_to(array, (size,)))
