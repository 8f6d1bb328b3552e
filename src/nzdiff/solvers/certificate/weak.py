"""Directions of next to no curvature: what E itself says along them.

An eigenvalue of H below 10⁻¹⁶ of the largest is lost in the others, and with it what is promised
along its direction v. A parabola through E at g − t v, g and g + t v, t so large that E changes, is
not: it tells a valley from a gauge, along which E stays as it is.
"""

from __future__ import annotations

import math

import numpy as np

from nzdiff.solvers.certificate.certificate import Certificate
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import ROUNDING

LENGTHS = (1.0, 30.0, 1000.0)
"""t, in lengths of the way from the start."""
CURVED = 1e-6
"""A change of E, relative to the fall so far, that tells a parabola."""


def lower_along_weak(
    objective: Objective, point: Point, found: Certificate, moved: Vector, threshold: float
) -> Point | None:
    """Return a point whose energy is lower by more than the threshold, visibly; None if none is.

    moved: the way from the start to the point.
    """
    length = float(np.linalg.norm(moved)) or float(np.linalg.norm(point.g)) or 1.0
    least = max(threshold, ROUNDING * abs(point.energy))
    lowest, energy = point.g, point.energy - least
    for v in found.weak:
        g, reached = _lowest(objective, point, v * (length / float(np.linalg.norm(v))), least)
        if reached < energy:
            lowest, energy = g, reached
    if lowest is point.g:
        return None
    found_point = objective.point(lowest)
    return found_point if math.isfinite(found_point.energy) else None


def _lowest(objective: Objective, point: Point, v: Vector, least: float) -> tuple[Vector, float]:
    """Return the lowest g that was tried along v, and its energy."""
    tried = [(point.energy, point.g)]

    def energy_at(t: float) -> float:
        g = objective.on_ray(point.g + t * v)
        energy = math.inf if g is None else objective.energy(g)
        if g is not None:
            tried.append((energy, g))
        return energy

    for t in LENGTHS:
        after, before = energy_at(t), energy_at(-t)
        bend = after + before - 2.0 * point.energy
        if not bend <= least / CURVED:
            break
    if math.isfinite(bend) and bend > 0.0:
        energy_at(0.5 * t * (before - after) / bend)
    best = min(tried, key=lambda pair: pair[0])
    return best[1], best[0]
