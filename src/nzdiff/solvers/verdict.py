"""The run of a method until its word is true: candidates are certified, or the run goes on.

A method stops at a candidate: a small gradient, an energy that stands still, no step that helps.
The certificate says what is still promised there. Where that is too much, the step that promises it
is taken, or one along negative curvature, and the method goes on from there with stricter rules.
"""

from __future__ import annotations

import math

import numpy as np

from nzdiff.solvers.certificate.certificate import Certificate, certify
from nzdiff.solvers.certificate.products import hessian_products
from nzdiff.solvers.certificate.recession import RAY, Ray, is_level, recession
from nzdiff.solvers.certificate.weak import lower_along_weak
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import of_size
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import (
    ABYSS,
    NOISE,
    ROUNDING,
    armijo,
    below_rounding,
    falls_without_end,
)
from nzdiff.solvers.run.status import Status, Stop

CANDIDATES = {
    Status.CONVERGED,
    Status.ZERO_ENERGY,
    Status.STAGNATED,
    Status.ROUNDING_LEVEL,
    Status.NO_DESCENT,
}
MOST_ROUNDS = 50
MOST_TRIALS, SHRINKING = 30, 0.3
PLATEAU, HALVINGS = 1e-6, 40
"""How near, relative to g, a plateau is still expected to be one; and how far its end is told."""
LEAST_FACTOR = 1.001
"""How much farther a ray is followed at least, where E is infinite farther on."""
DWARFED = 1e-6
"""½ dᵀ H d, in the decrease so far, below which that is no measure of what is left."""
MOST_RENEWALS = 4
"""How often: of x¹⁰ and of exp(x) nothing near them tells which has its minimum within sight."""
SMALLER = 0.75
"""By how much a gradient is, where the energy tells nothing."""
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
            if _is_beyond(progress):
                return Status.NO_MINIMUM, promised
            found = objective.within(
                lambda: certify(objective, progress.best, progress.threshold())
            )
            promised = found.decrement
            is_minimum = status is Status.ZERO_ENERGY or found.holds(progress.threshold())
            if not is_minimum and progress.is_spent():
                return Status.MAX_ITERATIONS, promised
            reached = None if is_minimum else _onwards(objective, progress, found)
            if reached is None:
                if not is_minimum:
                    status = _final(status, found, progress)
                elif status is not Status.ZERO_ENERGY:
                    status = Status.CONVERGED
                if not status.success:
                    return _unless_endless(status, objective, progress, found.step), promised
                reached, status = _doubted(objective, progress, found, status)
                if reached is None:
                    return status, promised
        except Stop as stop:
            return stop.status, promised
        except KeyboardInterrupt:
            return Status.INTERRUPTED, promised
        point = reached
    return _unless_endless(Status.STAGNATED, objective, progress), promised


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


def _is_beyond(progress: Progress) -> bool:
    """Tell whether the best iterate is so far away that doubles cannot measure it."""
    return not math.isfinite(float(np.linalg.norm(progress.best.g - progress.g0)))


def _unless_endless(
    status: Status, objective: Objective, progress: Progress, *steps: Vector
) -> Status:
    """Return the status, or NO_MINIMUM where E falls without end: by a step, or the way of the run.

    By the latter from the start on: at the best iterate E may be as low as doubles go.
    """
    best, first = progress.best, progress.origin
    start = Point(first.g, first.energy, np.zeros_like(first.g))
    rays = [
        (start, of_size(best.g - first.g, first.g)),
        *((best, step) for step in (*steps, -best.gradient)),
    ]
    try:
        is_endless = is_level(objective, best, first.g, progress.decrease) or any(
            falls_without_end(objective, *ray, progress.decrease) for ray in rays
        )
    except Stop:
        return status
    return Status.NO_MINIMUM if is_endless else status


def _doubted(
    objective: Objective, progress: Progress, found: Certificate, status: Status
) -> tuple[Point | None, Status]:
    """Return a point from which to go on after all, or the status of the best iterate."""
    best, first, threshold = progress.best, progress.origin.g, progress.threshold()
    if is_level(objective, best, first, progress.decrease):
        return None, Status.NO_MINIMUM
    if status is not Status.ZERO_ENERGY:
        moved, decrease = best.g - first, progress.decrease
        lower = lower_along_weak(objective, best, found, moved, decrease, threshold)
        if lower is not None:
            return lower, status
    ray = recession(objective, best, found, first)
    if ray is not None:
        return _beyond(objective, progress, ray, status)
    if status is Status.ZERO_ENERGY:
        return None, status
    return _in_its_own_measure(objective, progress, found), status


def _in_its_own_measure(
    objective: Objective, progress: Progress, found: Certificate
) -> Point | None:
    """Return a point to go on from, where a fall from very far above hides what is left.

    Of a quadratic energy the decrease so far is ½ dᵀ H d, d the way from the start; where H is now
    far smaller, as that of exp(x), what is promised is compared with this, and then with the
    decrease from here.
    """
    if progress.renewals >= MOST_RENEWALS:
        return None
    best, moved = progress.best, progress.best.g - progress.origin.g
    bowl = 0.5 * float(moved @ hessian_products(objective, best).product(moved))
    if not 0.0 < bowl < DWARFED * progress.decrease:
        return None
    if found.decrement <= progress.stopping.threshold(bowl) or below_rounding(
        found.decrement, best
    ):
        return None
    reached = _onwards(objective, progress, found)
    if reached is not None:
        progress.renew(reached)
    return reached


def _beyond(
    objective: Objective, progress: Progress, ray: Ray, status: Status
) -> tuple[Point | None, Status]:
    """Return the lowest point on a ray; none, and NO_MINIMUM, where E falls without end, or hardly.

    A saddle such as that of x³ + x⁴ at 0 is left on such a ray, for a minimum. Where E rises again
    on it, as that of exp(x²) does, whose decrease so far dwarfs what is left, the run goes on.
    """
    lowest, energy, t, factor = None, progress.best.energy, RAY[-1], 2.0
    rises = False
    while math.isfinite(t):
        g = objective.on_ray(ray.point.g + t * ray.step)
        value = math.inf if g is None else objective.energy(g)
        if value == math.inf and lowest is not None and factor > LEAST_FACTOR:
            t, factor = t / factor, math.sqrt(factor)
        elif value < energy:
            lowest, energy = g, value
        else:
            rises = value - energy > ROUNDING * max(abs(value), abs(energy)) < math.inf
            break
        t *= factor
    fall = progress.best.energy - energy
    is_deep = fall > ABYSS * max(progress.decrease, abs(progress.best.energy))
    is_much = fall > 10.0 * progress.threshold()
    is_seen = is_much or (rises and not below_rounding(fall, progress.best))
    if lowest is None or is_deep or not math.isfinite(t) or not is_seen:
        return None, Status.NO_MINIMUM
    reached = objective.point(lowest)
    if not math.isfinite(reached.energy):
        return None, Status.NO_MINIMUM
    if not is_much:
        progress.renew(reached)
    return reached, status


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
    reached = _stepped(objective, point, found.step)
    firm = found.firm() if reached is None else None
    return reached if firm is None else _stepped(objective, point, firm)


def _stepped(objective: Objective, point: Point, step: Vector) -> Point | None:
    """Search along the step of the certificate.

    Where the energy is too coarse to see what the step promises, it is taken if it makes the
    gradient visibly smaller.
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
    if not (math.isfinite(reached.energy) and reached.energy <= point.energy + coarse):
        return None
    before, after = objective.stationarity(point), objective.stationarity(reached)
    return reached if after <= SMALLER * before else None


def _along(
    objective: Objective, point: Point, bend: Vector, bent: float, scale: float
) -> Point | None:
    """Search both ways along a direction v for an energy visibly less.

    bent: vᵀ H v < 0.  First t with ½ t² |vᵀ H v| = scale, the size of energies, then ever less.
    Where a step as long as g changes nothing to be seen, the end of the plateau is looked for.
    """
    downhill = bend if float(point.gradient @ bend) <= 0.0 else -bend
    farthest = t = math.sqrt(2.0 * scale / -bent) if scale > 0.0 else 1.0
    for _ in range(MOST_TRIALS):
        for direction in (downhill, -downhill):
            reached, _ = _lower(objective, point, t * direction)
            if reached is not None:
                return reached
        t *= SHRINKING
    long = float(np.linalg.norm(point.g) / np.linalg.norm(bend))
    is_plateau = below_rounding(0.5 * -bent * long * long, point)
    return _beyond_plateau(objective, point, downhill, farthest) if is_plateau else None


def _lower(objective: Objective, point: Point, step: Vector) -> tuple[Point | None, float]:
    """Return the point at a step, where its energy is visibly less; and that energy."""
    g = objective.project(point.g + step)
    energy = objective.energy(g)
    gain = point.energy - energy
    if not gain > 0.0 or below_rounding(0.01 * gain, point):
        return None, energy
    reached = objective.point(g)
    return (reached if math.isfinite(reached.energy) else None), energy


def _beyond_plateau(
    objective: Objective, point: Point, bend: Vector, farthest: float
) -> Point | None:
    """Return a point visibly lower, on the way along v to where E begins to differ.

    Of (exp(x) − 5)² at x = −100 all that is near is 25 to the last digit, and all that is far away
    is higher: halved, in powers of ten, what lies between ends where E first changes.
    """
    for v in (bend, -bend):
        near, far = PLATEAU * float(np.linalg.norm(point.g) / np.linalg.norm(v)), farthest
        last = objective.energy(objective.project(point.g + far * v))
        if not 0.0 < near < far or last <= point.energy:
            continue
        for _ in range(HALVINGS):
            t = math.sqrt(near) * math.sqrt(far)
            reached, energy = _lower(objective, point, t * v)
            if reached is not None:
                return reached
            near, far = (t, far) if energy <= point.energy else (near, t)
    return None
