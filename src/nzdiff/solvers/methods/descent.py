"""Newton's and Gauss-Newton's iteration: a descent direction, then a backtracking search."""

from nzdiff.solvers.certificate.recession import is_endless_quadratic
from nzdiff.solvers.linear.forcing import forcing_term
from nzdiff.solvers.linear.linear_system import LinearSystems, ShiftedStep
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.search import armijo, failure
from nzdiff.solvers.run.status import Status

ASKED = tuple(2**k for k in range(2, 10))
"""Steps with a shifted matrix at which it is asked whether E is quadratic and has no minimum."""
LEVEL = 1e-3
"""Curvature along such a step, relative to the shift, that may be none."""


def line_search_newton(
    objective: Objective,
    progress: Progress,
    start: Point,
    systems: LinearSystems,
    *,
    damping: float,
) -> Status:
    """Step along v of (C + damping μ I) v = −∂E/∂g until `progress` stops the run or none helps.

    μ is the mean of |diag(C)|.

    What must be added to make C definite is first tried a tenth as large as the last time, or less
    in proportion to ∂E/∂g: near a set of optima the negative eigenvalues of C are of that order,
    and convergence stays quadratic.
    """
    point, rtol, added, modified = start, systems.linear.forcing, 0.0, 0
    while True:
        system = systems.at(point)
        shift = damping * system.scale
        step = system.step(shift, rtol=rtol, modification=added)
        if step.shift > shift:
            modified += 1
            if modified in ASKED and _is_endless(objective, point, step):
                return Status.NO_MINIMUM
        found = armijo(objective, point, step.v)
        if found is None:
            return failure(-float(point.gradient @ step.v), point)
        before, after = objective.stationarity(point), objective.stationarity(found)
        rtol = forcing_term(after, before, rtol, largest=systems.linear.forcing)
        point, added = found, (step.shift - shift) * _reduced(after, before)
        progress.record(point, damping=step.shift / system.scale, inner=step.inner)


def _is_endless(objective: Objective, point: Point, step: ShiftedStep) -> bool:
    """Tell whether E is quadratic and falls without end along a step; what is bent is no such one.

    (C + shift I) v = −∂E says what vᵀ C v is.
    """
    slope = -float(point.gradient @ step.v)
    bent = slope - step.shift * float(step.v @ step.v)
    return abs(bent) <= LEVEL * slope and is_endless_quadratic(objective, point, step.v)


def _reduced(after: float, before: float) -> float:
    """Return after / before, 0.1 at most."""
    return after / before if after < 0.1 * before else 0.1
