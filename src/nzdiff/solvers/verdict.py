"""The run of a method until its word is true: candidates are certified, or the run goes on.

A method stops at a candidate: a small gradient, an energy that stands still, no step that helps.
The certificate says what is still promised there. Where that is too much, the step that promises it
is taken, or one along negative curvature, and the method goes on from there with stricter rules.
"""

from __future__ import annotations

import math

import numpy as np

from nzdiff.solvers.certificate.certificate import Certificate, certify
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import NOISE, armijo, below_rounding
from nzdiff.solvers.run.status import Status, Stop

CANDIDATES = {Status.CONVERGED, Status.STAGNATED, Status.ROUNDING_LEVEL, Status.NO_DESCENT}
MOST_ROUNDS = 50
MOST_TRIALS, SHRINKING = 30, 0.3
SHORT = 1e-7
"""A step relative to g that changes the last of its digits alone."""


def run_certified(
    method: Method, objective: Objective, progress: Progress, start: Point
) -> tuple[Status, float]:
    """Run a method; return the final status, and λ²/2 at the best iterate, NaN where not known."""
    point, promised = start, math.nan
    for _ in range(MOST_ROUNDS):
        status = _run(method, objective, progress, point)
        if status not in CANDIDATES or objective.cone is not None:  # judged by the method
            return status, progress.promised
        try:
            found = objective.within(
                lambda: certify(objective, progress.best, progress.threshold())
            )
            promised = found.decrement
            if found.holds(progress.threshold()):
                return Status.CONVERGED, promised
            if progress.is_spent():
                return Status.MAX_ITERATIONS, promised
            reached = _onwards(objective, progress, found)
        except Stop as stop:
            return stop.status, promised
        except KeyboardInterrupt:
            return Status.INTERRUPTED, promised
        if reached is None:
            return _final(status, found, progress), promised
        point = reached
    return Status.STAGNATED, promised


def _run(method: Method, objective: Objective, progress: Progress, point: Point) -> Status:
    try:
        if not progress.records:
            progress.record(point)
        elif point is progress.best:
            progress.judge()
        else:
            progress.restart(point)
        return method.run(objective, progress, point)
    except Stop as stop:
        return stop.status
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def _final(status: Status, found: Certificate, progress: Progress) -> Status:
    """Return what a candidate is that is no proven minimum, and from which no step leads on.

    Negative curvature along which no step lowers the energy visibly is as good as none. So is a
    gradient that Newton's own step, too short to be seen in g or E, does not make smaller.
    """
    if found.decrement <= progress.threshold():
        return Status.CONVERGED
    if found.is_noise or _is_lost(found, progress.best):
        return Status.ROUNDING_LEVEL
    return Status.NO_DESCENT if status is Status.NO_DESCENT else Status.STAGNATED


def _is_lost(found: Certificate, point: Point) -> bool:
    short = np.linalg.norm(found.step) <= SHORT * np.linalg.norm(point.g)
    return bool(short) and below_rounding(found.decrement, point)


def _onwards(objective: Objective, progress: Progress, found: Certificate) -> Point | None:
    """Return a better point than the candidate, or None."""
    point = progress.best
    if found.bend is not None:
        scale = max(progress.decrease, abs(point.energy))
        reached = _along(objective, point, found.bend, found.bent, scale)
        if reached is not None:
            return reached
    return _stepped(objective, point, found.step)


def _stepped(objective: Objective, point: Point, step: Vector) -> Point | None:
    """Search along the step of the certificate.

    Where the energy is too coarse to see what the step promises, it is taken if it halves the
    gradient.
    """
    slope = float(point.gradient @ step)
    if not slope < 0.0:
        return None
    if not below_rounding(-slope, point):
        found = armijo(objective, point, step)
        if found is not None:
            return found
    reached = objective.point(objective.project(point.g + step))
    coarse = NOISE * max(abs(point.energy), abs(reached.energy))
    if not reached.energy <= point.energy + coarse:
        return None
    return (
        reached if objective.stationarity(reached) <= 0.5 * objective.stationarity(point) else None
    )


def _along(
    objective: Objective, point: Point, bend: Vector, bent: float, scale: float
) -> Point | None:
    """Search both ways along a direction v for an energy visibly less.

    bent: vᵀ H v < 0.  First t with ½ t² |vᵀ H v| = scale, the size of energies, then ever less.
    """
    downhill = bend if float(point.gradient @ bend) <= 0.0 else -bend
    t = math.sqrt(2.0 * scale / -bent) if scale > 0.0 else 1.0
    for _ in range(MOST_TRIALS):
        for direction in (downhill, -downhill):
            g = objective.project(point.g + t * direction)
            energy = objective.energy(g)
            gain = point.energy - energy
            if gain > 0.0 and not below_rounding(0.01 * gain, point):
                reached = objective.point(g)
                if math.isfinite(reached.energy):
                    return reached
        t *= SHRINKING
    return None
