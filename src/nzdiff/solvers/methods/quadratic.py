"""Conjugate gradients for a quadratic energy: one Newton step.

    E(g + x) = E(g) + ∂E·x + ½ xᵀ H x

Iterates, energies and gradients come from the recurrences of CG; the last iterate is evaluated.
What is recorded is the end, and where CG is each half second; what is noted, for forecasts, is
where it is after 0.2 ms and each time that the run has lasted longer by a twentieth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from nzdiff.solvers.certificate.products import hessian_products
from nzdiff.solvers.certificate.recession import is_endless_quadratic
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Status

FIRST, SHARE = 0.0002, 0.05
RECORDED = 0.5
LEVEL = 1e-14
"""Curvature, relative to the largest that was met, that is rounding."""


@dataclass(frozen=True, slots=True)
class LinearConjugateGradient:
    """CG on the Newton equation of an energy that is quadratic."""

    name: ClassVar[str] = "linear-conjugate-gradient"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = False

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run, or a direction has no curvature."""
        try:
            return _iterate(objective, progress, start)
        finally:
            reached = objective.point(progress.latest.g, watched=False)
            if math.isfinite(reached.energy):
                progress.latest = progress.best = reached


def _iterate(objective: Objective, progress: Progress, start: Point) -> Status:
    product = objective.within(lambda: hessian_products(objective, start)).product
    g, energy, r = start.g, start.energy, -start.gradient
    p, rho, inner, largest = r, float(r @ r), 0, 0.0
    seen = recorded = objective.seconds()
    progress.notes.clear()
    while rho > 0.0:
        q = product(p)
        curvature = float(p @ q)
        square = float(p @ p)
        largest = max(largest, curvature / square)
        if not curvature > LEVEL * largest * square:
            reached = Point(g, energy, -r)
            progress.record(reached, inner=inner)
            is_endless = is_endless_quadratic(objective, reached, p)
            return Status.NO_MINIMUM if is_endless else Status.NO_DESCENT
        alpha = rho / curvature
        g, r, inner = g + alpha * p, r - alpha * q, inner + 1
        energy -= 0.5 * alpha * rho
        rho, before = float(r @ r), rho
        p = r + (rho / before) * p
        now = objective.seconds()
        is_small = progress.is_small(math.sqrt(rho), g, energy)
        if is_small or now - recorded > RECORDED:
            progress.record(Point(g, energy, -r), inner=inner)
            inner, seen, recorded = 0, now, now
        elif now - seen > max(FIRST, SHARE * seen):
            progress.note(Point(g, energy, -r), inner)
            seen = now
    return Status.CONVERGED
