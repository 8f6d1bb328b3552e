"""Bounds l ≤ g ≤ u: projection, projected gradient, and which unknowns a bound holds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.solvers.run.check import real_array
from nzdiff.solvers.run.protocols import Vector

Mask = NDArray[np.bool_]


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


def checked_bounds(bounds: tuple[ArrayLike, ArrayLike] | None, size: int) -> Bounds | None:
    """Return (lower, upper) as arrays of shape (size,); None where nothing is bounded."""
    if bounds is None:
        return None
    if not isinstance(bounds, (tuple, list, np.ndarray)) or len(bounds) != 2:
        raise ValueError(f"bounds: expected a pair (lower, upper), got {bounds!r}")
    lower, upper = (_side(name, side, size) for name, side in zip("lu", bounds, strict=True))
    if not (lower <= upper).all():
        first = int(np.flatnonzero(~(lower <= upper))[0])
        raise ValueError(
            f"bounds: expected lower ≤ upper, got {lower[first]} and {upper[first]} "
            f"at index {first}"
        )
    if np.isneginf(lower).all() and np.isposinf(upper).all():
        return None
    return Bounds(lower, upper)


def _side(name: str, side: ArrayLike, size: int) -> Vector:
    array = real_array(f"bounds: {name}", side)
    if array.shape not in {(), (size,)}:
        raise ValueError(f"bounds: {name}: expected a number or shape ({size},), got {array.shape}")
    return np.array(np.broadcast_to(array, (size,)))
