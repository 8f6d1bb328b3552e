"""Directions of next to no curvature: what E itself says along them.

An eigenvalue of H below 10⁻¹⁶ of the largest is lost in the others, and with it what is promised
along its direction v. A parabola through E at g − t v, g and g + t v, t so large that E changes, is
not: it tells a valley from a gauge, along which E stays as it is.

A change counts that is more than what rounding of the problem's own data makes, far away: with A of
‖A g − b‖² moved by ε, E moves by 2 ε ‖r‖ ‖A‖ ‖g‖ + (ε ‖A‖ ‖g‖)².
"""

from __future__ import annotations

import math

import numpy as np

from nzdiff.solvers.certificate.certificate import Certificate
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import ROUNDING

LENGTHS = (1.0, 30.0)
"""t, in lengths of the way from the start: farther away E tells rounding of the problem's data."""
CURVED = 1e-6
"""What has to be seen, relative to a change of E that tells a parabola."""
EPS, SAFE = float(np.finfo(np.float64).eps), 10.0


def lower_along_weak(
    objective: Objective,
    point: Point,
    found: Certificate,
    moved: Vector,
    decrease: float,
    threshold: float,
) -> Point | None:
    """Return a point whose energy is lower by more than the threshold, visibly; None if none is.

    moved, decrease: the way from the start to the point, and the fall of E on it.
    """
    if not len(found.weak):
        return None
    length = float(np.linalg.norm(moved)) or float(np.linalg.norm(point.g)) or 1.0
    scale = math.sqrt(2.0 * (abs(point.energy) + decrease))
    reached = (point.energy, point.g)
    for v in found.weak:
        step = v * (length / float(np.linalg.norm(v)))
        for energy, g in _tried(objective, point, step, threshold):
            lost = EPS * float(np.linalg.norm(found.metric * g))
            least = max(threshold, ROUNDING * abs(point.energy), SAFE * lost * (scale + lost))
            if point.energy - energy > least and energy < reached[0]:
                reached = (energy, g)
    return None if reached[1] is point.g else objective.point(reached[1])


def _tried(
    objective: Objective, point: Point, v: Vector, threshold: float
) -> list[tuple[float, Vector]]:
    """Return energies along v, and where: the minimum of a parabola through three among them."""
    tried: list[tuple[float, Vector]] = []

    def energy_at(t: float) -> float:
        g = objective.on_ray(point.g + t * v)
        energy = math.inf if g is None else objective.energy(g)
        if g is not None:
            tried.append((energy, g))
        return energy

    bend, tilt, least = 0.0, 0.0, max(threshold, ROUNDING * abs(point.energy))
    for t in LENGTHS:
        after, before = energy_at(t), energy_at(-t)
        bend, tilt = after + before - 2.0 * point.energy, 0.5 * t * (before - after)
        if not bend <= least / CURVED:
            break
    if math.isfinite(bend) and bend > 0.0:
        energy_at(min(max(tilt / bend, -LENGTHS[-1]), LENGTHS[-1]))
    return tried
