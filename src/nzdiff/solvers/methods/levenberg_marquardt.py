"""Levenberg-Marquardt: (2 JᵀJ + λμI) v = −∂E/∂g, λ led by the gain ratio.

    ρ = (E(g) − E(g + p)) / (−∂E·p − ½ pᵀ(2 JᵀJ) p),    p = P(g + v) − g

A step with ρ > 10⁻⁴ is accepted and λ ← λ max(1/3, 1 − (2ρ − 1)³); any other is rejected and
λ ← ν λ, ν ← 2 ν (H. B. Nielsen 1999). μ is the mean of diag(2 JᵀJ), so λ has no unit; P projects on
the bounds (Kanzow, Yamashita and Fukushima 2004).
"""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from nzdiff.solvers.linear.curvature import gauss_newton
from nzdiff.solvers.linear.forcing import forcing_term
from nzdiff.solvers.linear.linear_system import Linear, LinearSystem, LinearSystems, check_linear
from nzdiff.solvers.run.check import number
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs, Vector
from nzdiff.solvers.run.search import accept, below_rounding, failure
from nzdiff.solvers.run.status import Status

LEAST_GAIN = 1e-4
LEAST_DAMPING, MOST_DAMPING = 1e-12, 1e16


@dataclass(frozen=True, slots=True)
class Trial:
    """The point P(g + v), the decrease −∂E·p − ½ pᵀ(2 JᵀJ)p that is promised, CG iterations."""

    g: Vector
    promised: float
    inner: int


@dataclass(frozen=True, slots=True)
class LevenbergMarquardt:
    """Damped Gauss-Newton with gain-ratio control; damping: the first λ."""

    damping: float = 1.0
    linear: Linear = field(default_factory=Linear)

    name: ClassVar[str] = "levenberg-marquardt"
    needs: ClassVar[Needs] = "squares"
    takes_bounds: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Reject parameters that cannot be meant."""
        number("damping", self.damping, above=True)
        check_linear(self.linear)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or the damping finds no decrease."""
        systems = LinearSystems(objective, gauss_newton, self.linear)
        point, rtol, damping = start, self.linear.forcing, self.damping
        while True:
            step = _decrease(systems.at(point), rtol, damping)
            if isinstance(step, Status):
                return step
            before, after = objective.stationarity(point), objective.stationarity(step.point)
            rtol = forcing_term(after, before, rtol, largest=self.linear.forcing)
            point, damping = step.point, step.damping
            progress.record(point, damping=damping, inner=step.inner)


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The next iterate, the λ to go on with, all CG iterations spent."""

    point: Point
    damping: float
    inner: int


def _decrease(system: LinearSystem, rtol: float, damping: float) -> _Accepted | Status:
    """Adapt λ until a step is accepted, or say why none is.

    A promise below rounding says that the energy is at its minimum only if λ is not large;
    so λ first falls, as long as no step was rejected.
    """
    point, growth, inner, largest = system.point, 2.0, 0, 0.0
    while True:
        trial = _trial(system, damping, rtol)
        inner += trial.inner
        largest = max(largest, trial.promised)
        if below_rounding(abs(trial.promised), point) and not _is_blocked(system):
            if growth > 2.0:
                return failure(largest, point)
            if damping <= 1.0:
                return Status.ROUNDING_LEVEL
            damping /= 10.0
            continue
        reached = _attempt(system, trial)
        if isinstance(reached, Point):
            gain = (point.energy - reached.energy) / trial.promised
            factor = max(1 / 3, 1.0 - (2.0 * gain - 1.0) ** 3)
            return _Accepted(reached, max(LEAST_DAMPING, damping * factor), inner)
        if damping > MOST_DAMPING and (math.isfinite(reached) or math.isinf(damping)):
            return failure(largest, point)
        damping, growth = damping * growth, 2.0 * growth


def _trial(system: LinearSystem, damping: float, rtol: float) -> Trial:
    point = system.point
    step = system.step(damping * system.scale, rtol=rtol)
    g = system.objective.project(point.g + step.v)
    p = g - point.g
    promised = -(point.gradient @ p) - 0.5 * (p @ system.product(p))
    return Trial(g, float(promised), step.inner)


def _is_blocked(system: LinearSystem) -> bool:
    """Tell whether bounds stop the step, while −∂E/∂g / μ within them promises a decrease."""
    if system.objective.bounds is None:
        return False
    point = system.point
    p = system.objective.project(point.g - point.gradient / system.scale) - point.g
    return failure(-float(point.gradient @ p), point) is Status.NO_DESCENT


def _attempt(system: LinearSystem, trial: Trial) -> Point | float:
    """Return the point after the step if its gain ratio is high enough, else its energy."""
    energy = system.objective.energy(trial.g)
    decrease = system.point.energy - energy
    if not (trial.promised > 0.0 and decrease > LEAST_GAIN * trial.promised):
        return energy
    return accept(system.objective, trial.g, energy) or math.inf
