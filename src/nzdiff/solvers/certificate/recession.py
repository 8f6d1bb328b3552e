"""Whether a point that passes for a minimum is near one, or E only falls ever more slowly there.

Of exp(−x) and 1/x the quadratic model promises less and less, and no x is a minimum. From a point
near a minimum Newton's step leads nearly to it: what the next one promises is far less. Where it is
not, either the minimum is degenerate, as that of x⁴, and the slope along the step changes its sign
a few steps on; or E recedes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.certificate.certificate import Certificate, certify, curvatures, rounding
from nzdiff.solvers.certificate.products import Products, hessian_products
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import is_quadratic
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import ROUNDING

REFINEMENTS = 6
SUPERLINEAR, ENOUGH = 0.01, 1e-6
"""How far a step of Newton near a minimum lowers what is promised; what is as good as nothing."""
RAY = tuple(float(np.e * 2.0**k) for k in range(6))
"""Newton steps after which the slope is looked at: no zero of a power xᵖ, p < 80, is among them."""
VISIBLE = 4.0
"""Rounding errors of ∂E above which a slope is one."""
FLAT = 1e-6
"""A displacement, relative to all of it, that is none; a slope that is nearly flat."""
MUCH, FADED = 1e6, 0.01
"""Rounding errors of E that no gauge makes; what is left of the slope at the end of RAY."""
BEHIND, SAME = 0.5, 1e-10
"""How far behind, in sizes of g, a gauge is told by its energy; and how alike that is."""
HALVINGS = 60
MAYBE_LEVEL, LEVEL = 1e-8, 1e-13
"""Curvature, relative to that of some direction, that is looked at; that is rounding."""
FARTHEST, STATIONS = 1e8, 12
"""How far, in sizes of g, a ray in a cone is followed."""


@dataclass(frozen=True, slots=True)
class Ray:
    """point + t step, t ≥ 0: along it E falls at each of RAY."""

    point: Point
    step: Vector


def recession(objective: Objective, point: Point, found: Certificate, origin: Vector) -> Ray | None:
    """Return a ray along which E falls far beyond what Newton's step promises; None near a minimum.

    origin: where the run began.
    """
    moved = point.g - origin
    return _of_newton(objective, point, found, moved) or _of_flat(objective, point, found, moved)


def is_level(objective: Objective, point: Point, origin: Vector, decrease: float) -> bool:
    """Tell whether E has no curvature along the way from `origin`, and fell by hardly anything.

    So it is where a quadratic energy has no minimum: along a direction v without curvature rounding
    alone ends a run, 10¹⁶ steps away. Curvature is compared with Σ H_ii v_i², and the decrease
    with what that makes of the way: no units of the unknowns change this.
    """
    moved = point.g - origin
    length = float(np.linalg.norm(moved))
    if not length > 0.0 or not np.isfinite(length):
        return False
    products = hessian_products(objective, point)
    v, other = moved / length, np.random.default_rng(0).standard_normal(moved.size)
    bowl = 2.0 * (decrease / length) / length
    if not bowl <= MAYBE_LEVEL * float(np.abs(products.product(other)).max()):
        return False
    return _is_flat(products, v, bowl)


def is_endless_quadratic(objective: Objective, point: Point, step: Vector) -> bool:
    """Tell whether E is quadratic and has, along v, a slope and no curvature.

    A slope that may be what is left of a far larger one by rounding counts as none.
    """
    length = float(np.linalg.norm(step))
    if not 0.0 < length < math.inf:
        return False
    v = step / length
    noise = float(np.linalg.norm(rounding(objective, point) * v))
    if not float(point.gradient @ v) < -MUCH * noise:
        return False
    return _is_flat(hessian_products(objective, point), v) and is_quadratic(objective, point)


def _is_flat(products: Products, v: Vector, bowl: float = 0.0) -> bool:
    """Tell whether vᵀ H v, and another curvature along v, are rounding beside Σ |H_ii| v_i²."""
    level = LEVEL * float(np.abs(curvatures(products, v.size)) @ v**2)
    return bowl <= level and abs(float(v @ products.product(v))) <= level


def falls_along(objective: Objective, point: Point, step: Vector) -> bool:
    """Tell whether the slope along v is visibly negative at g + t v for each t of RAY."""
    for t in RAY:
        g = objective.on_ray(point.g + t * step)
        if g is None:
            return False
        reached = objective.point(g)
        v = np.where(g == point.g + t * step, step, 0.0)
        noise = float(np.linalg.norm(rounding(objective, reached) * v))
        if not float(reached.gradient @ v) < -VISIBLE * noise:
            return False
    return True


def falls_inside(objective: Objective, point: Point, step: Vector) -> bool:
    """Tell whether E falls along v, and g + t v stays in the cone, and E low, however large t.

    Inside of a cone a step of Newton may be far shorter than what is left to the minimum.
    """
    if not falls_along(objective, point, step):
        return False
    length, size = float(np.abs(step).max()), float(np.abs(point.g).max())
    for t in np.geomspace(RAY[-1], FARTHEST * max(size, length) / length, STATIONS):
        g = objective.on_ray(point.g + t * step)
        if g is None or not objective.energy(g) <= point.energy:
            return False
    return True


def _of_newton(objective: Objective, point: Point, found: Certificate, moved: Vector) -> Ray | None:
    """Return Newton's step from near the point, if it leads on and on; or the way of the run.

    What converges fast does so within a few steps, H kept; what is left is looked at.
    """
    at, step = point, found.step
    first = promised = -float(at.gradient @ step)
    for _ in range(REFINEMENTS):
        if not promised > ENOUGH * first:
            return None
        g = objective.on_ray(at.g + step)
        reached = None if g is None else objective.point(g)
        if reached is None or not np.isfinite(reached.energy):
            return None
        much = SUPERLINEAR * promised
        step = found.newton(reached, 0.5 * much)
        at, promised = reached, -float(reached.gradient @ step)
        if promised > much:
            rays = (Ray(at, v) for v in (step, _long(objective, at, moved)) if v is not None)
            return next((ray for ray in rays if _recedes(objective, ray, moved)), None)
    return None


def _recedes(objective: Objective, ray: Ray, moved: Vector) -> bool:
    """Tell whether E falls along a ray, and was visibly higher behind its beginning.

    Along a gauge it is the same before and after, and a slope is rounding errors.
    """
    point, step = ray.point, ray.step
    if not falls_along(objective, point, step):
        return False
    length, size = float(np.linalg.norm(step)), float(np.linalg.norm(point.g))
    back = objective.on_ray(
        point.g - BEHIND * max(size, float(np.linalg.norm(moved))) / length * step
    )
    if back is None:
        return True
    return not abs(objective.energy(back) - point.energy) <= SAME * abs(point.energy)


def _long(objective: Objective, at: Point, d: Vector) -> Vector | None:
    """Return Newton's step along d alone; None where E does not fall along it, or is not convex."""
    before, after = float(at.gradient @ d), _slope(objective, at.g + FLAT * d, d)
    return -before * FLAT / (after - before) * d if before < 0.0 and after > before else None


def _of_flat(objective: Objective, point: Point, found: Certificate, moved: Vector) -> Ray | None:
    """Return a ray to a place without any slope or curvature, as that of exp(−x) at x = 800.

    It begins where the slope is FLAT of the first one, and the slope vanishes along it; Newton's
    step leads on from there.
    """
    d = found.flat(moved)
    d = np.where(np.abs(d) > FLAT * float(np.abs(moved).max(initial=0.0)), d, 0.0)
    if not d.any() or (point.gradient * d).any():  # a slope of rounding errors: of a gauge
        return None
    behind, ahead = (objective.on_ray(point.g + t * d) for t in (-1.0, 1.0))
    if behind is None or ahead is None:
        return None
    fall, rise = (objective.energy(g) - point.energy for g in (behind, ahead))
    rounded = ROUNDING * abs(point.energy)
    if not fall > MUCH * rounded or abs(rise) > rounded:  # a gauge, straight or curved
        return None
    start = objective.point(_nearly_flat(objective, point, d))
    step = _long(objective, start, d)
    if step is None or not falls_along(objective, start, step):
        return None
    last = _slope(objective, start.g + RAY[-1] * step, step)
    if not last > FADED * float(start.gradient @ step):
        return None
    return _of_newton(objective, start, certify(objective, start, 0.0), d)


def _nearly_flat(objective: Objective, point: Point, d: Vector) -> Vector:
    """Return the g between point − d and point where the slope is FLAT of the first one."""
    steepest = _slope(objective, point.g - d, d)
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        is_steep = _slope(objective, point.g - middle * d, d) < FLAT * steepest
        low, high = (low, middle) if is_steep else (middle, high)
    return point.g - high * d


def _slope(objective: Objective, g: Vector, d: Vector) -> float:
    g = g if objective.bounds is None else objective.bounds.project(g)
    return float(objective.gradient(g) @ d)
