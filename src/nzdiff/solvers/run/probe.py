"""What a difference of gradients tells: the first step's length, whether E is quadratic."""

import numpy as np

from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector

PROBE_STEP = 1e-6
BLIND_STEP = 1e-3
LINEAR = 1e-11
"""How far ∂E of a quadratic energy may be from linear, by rounding."""


def probe(objective: Objective, point: Point, direction: Vector) -> tuple[Vector, Vector] | None:
    """Return s along the direction (within the bounds) and y = ∂E(g + s) − ∂E(g).

    ‖s‖ is 10⁻⁶ ‖g‖, or 10⁻⁶ at zero. None unless sᵀy > 0.
    """
    s = objective.project(point.g + PROBE_STEP * of_size(direction, point.g)) - point.g
    y = objective.gradient(point.g + s) - point.gradient
    return (s, y) if float(s @ y) > 0.0 else None


def cauchy_step(objective: Objective, point: Point, direction: Vector) -> Vector:
    """Return the step along a descent direction d to the minimum t = −∂E·d / dᵀHd of its parabola.

    Where there is none, 10⁻³ ‖g‖ long: a guess, which the search corrects.
    """
    pair = probe(objective, point, direction)
    if pair is None:
        return BLIND_STEP * of_size(direction, point.g)
    s, y = pair
    return -float(point.gradient @ s) / float(s @ y) * s


def of_size(direction: Vector, g: Vector) -> Vector:
    """Return the direction with the length ‖g‖, or 1 where g = 0."""
    size = float(np.linalg.norm(g)) or 1.0
    length = float(np.linalg.norm(direction))
    return direction * (size / length) if length > 0.0 else direction


def is_quadratic(objective: Objective, point: Point) -> bool:
    """Tell whether ∂E is affine: ∂E(g − 2 v) − ∂E(g) = −2 (∂E(g + v) − ∂E(g)), v at random."""
    v = of_size(np.random.default_rng(0).standard_normal(point.g.size), point.g)
    once, twice = (objective.gradient(point.g + t * v) - point.gradient for t in (1.0, -2.0))
    size = sum(float(np.linalg.norm(x)) for x in (point.gradient, once, twice))
    return float(np.linalg.norm(twice + 2.0 * once)) <= LINEAR * size
