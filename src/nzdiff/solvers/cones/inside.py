"""A point inside of a cone: what is missing to be inside is made smaller until nothing is.

    minimise  w τ − log det (s(g) + τ e),    w growing,    until τ < 0

Newton's steps, damped a little, for directions may change nothing; no energy is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import linalg

from nzdiff.solvers.linear.cholesky import cholesky
from nzdiff.solvers.run.cone import Cone, longest
from nzdiff.solvers.run.protocols import Vector

MOST_STEPS = 60
ENOUGH, AMPLE = 1e-7, 1e-2
"""The room of a start relative to the mean: what it needs, and what is looked for."""
SHARE = 0.1
DAMPING = 1e-3
GROWTH, CENTRED = 5.0, 0.5
FRACTIONS = np.geomspace(1e-4, 1.0, 40)
WAYS, TENTH = np.geomspace(1e-9, 1.0, 37), 4
"""Of the way from g₀ to the middle, what the start is looked for at."""


class Roomy(Cone, Protocol):
    """A cone that says how far inside a point is."""

    @property
    def name(self) -> str:
        """Return what it is about, for messages."""
        ...

    def room(self, g: Vector) -> tuple[float, float]:
        """Return the least of s(g), negative outside, and the mean of the sizes."""
        ...

    def relaxed(self) -> Cone:
        """Return s(g) + τ e ∈ K of (g, τ)."""
        ...


def inside(
    cone: Roomy, g: Vector, energy: Callable[[Vector], float], watch: Callable[[], None]
) -> Vector:
    """Return g, or a point inside on the way to it; ValueError where none is found.

    Of those with room, the one of least energy: a cone says nothing of how large a matrix is.
    """
    if relative_room(cone, g) > ENOUGH:
        return g
    middle = _middle(cone, g, watch)
    points = [g + t * (middle - g) for t in WAYS]
    rooms = np.array([_watched_room(cone, point, watch) for point in points])
    kept = np.flatnonzero(rooms > min(AMPLE, float(rooms.max())) * SHARE)
    energies = np.array([energy(points[i]) for i in kept])
    return np.asarray(points[kept[_in_scale(energies, WAYS[kept])]])


def _in_scale(energies: Vector, t: Vector) -> int:
    """Return the place of the least energy; where that is the first, of where E is not linear.

    A start in the tip of a cone has room, but is too small for any step.
    """
    least = int(np.argmin(energies))
    if least > 0 or t[0] > WAYS[0]:
        return least
    rise = energies - energies[0]
    with np.errstate(invalid="ignore"):  # infinite ones
        curved = rise[TENTH:] - 10.0 * rise[:-TENTH]  # of a t + c t²: 0.9 c t²
    bent = np.flatnonzero(2.0 * curved > rise[TENTH:])
    place = int(bent[0]) if bent.size else len(t) - 1
    return place if np.isfinite(energies[place]) else least


def relative_room(cone: Roomy, g: Vector) -> float:
    """Return the least of s(g) relative to the mean."""
    least, mean = cone.room(g)
    return least / (mean or 1.0)


def _damped(matrix: Vector, right: Vector) -> Vector:
    """Return the step of a semidefinite matrix, a share of its diagonal added."""
    scale = np.sqrt(np.where(matrix.diagonal() > 0.0, matrix.diagonal(), 1.0))
    system = matrix / scale[:, None] / scale
    system.flat[:: len(system) + 1] += DAMPING
    L = cholesky(system)
    if L is not None:
        return np.asarray(linalg.cho_solve((L, True), right / scale) / scale)
    w, V = np.linalg.eigh(system)  # semidefinite but for rounding
    return np.asarray(V @ ((right / scale) @ V / np.maximum(w, DAMPING)) / scale)


def _watched_room(cone: Roomy, g: Vector, watch: Callable[[], None]) -> float:
    watch()
    return relative_room(cone, g)


def _middle(cone: Roomy, g: Vector, watch: Callable[[], None]) -> Vector:
    """Return a point with more room than a start needs."""
    relaxed, (least, mean) = cone.relaxed(), cone.room(g)
    x = np.append(g, (mean or 1.0) - min(least, 0.0))
    weight, best, room = 0.0, g, -np.inf
    for _ in range(MOST_STEPS):
        watch()
        at = relaxed.start(x, 1.0)
        push = at.push()
        weight = weight or float(push[-1])
        right = push.copy()
        right[-1] -= weight
        v = _damped(np.array(at.matrix()), right)
        ratios = at.ratios(v)
        steps = min(longest(ratios), 1e3) * FRACTIONS
        falls = weight * v[-1] * steps - np.log1p(np.outer(steps, ratios)).sum(axis=1)
        x = x + steps[np.argmin(falls)] * v
        here = relative_room(cone, x[:-1])
        if here > room:
            best, room = x[:-1], here
        if room > AMPLE or (float(right @ v) < CENTRED and x[-1] > 2.0 * at.degree / weight):
            break
        if float(right @ v) < CENTRED:
            weight *= GROWTH
    if not room > ENOUGH:
        raise ValueError(
            f"semidefinite: expected constraints of the pattern that leave {cone.name} room to be "
            f"positive definite where it is not always 0; the largest least eigenvalue that was "
            f"found is {room:.2g} times the mean. A row whose diagonal entry is not stored, or "
            "fixed to 0, has to be 0: leave it out of the pattern; or loosen what fixes entries"
        )
    return best
