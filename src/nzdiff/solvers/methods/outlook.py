"""Whether E falls without end inside of a cone, asked at iterates of an interior point.

The way of a run leaves the cone where some of s shrinks, and so is no ray to follow. Rays from the
tip of the cone stay inside; E is looked at along them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.certificate.products import hessian_products
from nzdiff.solvers.certificate.recession import falls_inside
from nzdiff.solvers.run.cone import Cone
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import HasPatterns, Vector
from nzdiff.solvers.run.search import falls_without_end
from nzdiff.solvers.run.status import Status

FIRST_LOOK, FARTHER = 16, 1e4
"""Steps, and how much larger a g, after which it is asked again whether E falls without end."""
TURNS = tuple(0.5**k for k in range(8))
"""How far a ray is turned downhill, relative to itself: the first of these that stays inside."""


@dataclass(slots=True)
class Outlook:
    """Whether E falls without end along the ray from the tip of K through an iterate.

    K keeps a ray through a point of it, while the way of the run leaves K where some of s shrinks.
    count, reach: the number of records, and ‖g‖, from which on it is asked next.
    """

    objective: Objective
    cone: Cone
    progress: Progress
    count: int = FIRST_LOOK
    reach: float = 0.0

    def is_endless(self, point: Point) -> bool:
        """Tell whether E falls as far as doubles go; asked now and then."""
        size, count = float(np.linalg.norm(point.g)), len(self.progress.records)
        self.reach = self.reach or FARTHER * max(size, float(np.linalg.norm(self.progress.g0)))
        if count < self.count and size < self.reach:
            return False
        self.count, self.reach = 2 * max(count, FIRST_LOOK), max(self.reach, FARTHER * size)
        return self._falls(point)

    def verdict(self, status: Status, point: Point, *steps: Vector) -> Status:
        """Return the status of a last point, or NO_MINIMUM where E recedes along the ray or a step.

        A step of Newton along the ray alone is in scale with E there.
        """
        rays = self._rays(point) + self._turned(point)
        steps = (*steps, *(self._newton(point, d) for d in rays))
        is_endless = any(falls_inside(self.objective, point, step) for step in steps)
        return Status.NO_MINIMUM if is_endless or self._falls(point) else status

    def _rays(self, point: Point) -> list[Vector]:
        """Return the ray where E falls along it, and the part of each of several unknowns."""
        rays, model = [self.cone.outward(point.g)], self.objective.model
        sizes = (
            [pattern.size for pattern in model.patterns] if isinstance(model, HasPatterns) else []
        )
        ends = np.cumsum(sizes).tolist()
        if len(sizes) > 1:
            place = np.arange(point.g.size)
            of_unknowns = zip(ends, sizes, strict=True)
            rays += [np.where((place >= b - n) & (place < b), rays[0], 0.0) for b, n in of_unknowns]
        return [d for d in rays if float(point.gradient @ d) < 0.0]

    def _turned(self, point: Point) -> list[Vector]:
        """Return the ray turned downhill, about as far as K lets it."""
        d, N = self.cone.outward(point.g), self.cone.directions
        moves, slopes = (d, point.gradient) if N is None else (N.T @ d, N.T @ point.gradient)
        downhill = np.where(moves != 0.0, -slopes, 0.0)
        v = downhill if N is None else np.asarray(N @ downhill)
        size, length = float(np.linalg.norm(d)), float(np.linalg.norm(v))
        for turn in TURNS if length > 0.0 else ():
            turned = d + turn * size / length * v
            if self.cone.contains(point.g + FARTHER**2 * turned):
                return [turned] if float(point.gradient @ turned) < 0.0 else []
        return []

    def _newton(self, point: Point, d: Vector) -> Vector:
        """Return Newton's step along d alone, no longer than d."""
        size = float(np.linalg.norm(d))
        unit = d / size
        bent = float(unit @ hessian_products(self.objective, point).product(unit))
        return min(-float(point.gradient @ unit) / bent, size) * unit if bent > 0.0 else d

    def _falls(self, point: Point) -> bool:
        decrease = self.progress.decrease
        return any(falls_without_end(self.objective, point, d, decrease) for d in self._rays(point))
