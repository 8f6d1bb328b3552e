"""SciPy's gradient methods, L-BFGS and nonlinear CG, behind the same history and stopping.

SciPy's own tolerances are switched off: `progress` decides. A trial point where the energy is
not finite is answered with the parabola

    E_c + ∂E_c·p + (κ/2) ‖p‖²,    κ = 2 (1 + c) |∂E_c·p| / ‖p‖²,    c = 4,  p = trial − current

whose value is above E_c and whose minimum lies at a tenth of the step. The line search then
shortens the step smoothly, instead of dividing infinities.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from nzdiff.solve.history import Progress
from nzdiff.solve.model import Vector
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.search import armijo, failure
from nzdiff.solve.status import Status

RISE = 4.0
UNLIMITED = 2**31 - 1
LINE_SEARCH = 40


@dataclass(frozen=True, slots=True)
class LBFGS:
    """Limited-memory BFGS (SciPy's L-BFGS-B without bounds); memory: the pairs kept."""

    memory: int = 10

    name = "l-bfgs"

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or the line search fails."""
        limits = {"maxiter": UNLIMITED, "maxfun": UNLIMITED, "maxls": LINE_SEARCH}
        options = {"maxcor": self.memory, "ftol": 0.0, "gtol": 0.0, **limits}
        return _minimise("L-BFGS-B", options, objective, progress, start)


@dataclass(frozen=True, slots=True)
class ConjugateGradient:
    """Nonlinear conjugate gradients (Polak-Ribière+) by SciPy."""

    name = "conjugate-gradient"

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or the line search fails."""
        return _minimise("CG", {"maxiter": UNLIMITED, "gtol": 0.0}, objective, progress, start)


@dataclass(slots=True)
class _Energy:
    """E and ∂E/∂g for SciPy, finite everywhere; remembers the last evaluation."""

    objective: Objective
    current: Point
    last: Point

    def __call__(self, g: Vector) -> tuple[float, Vector]:
        if np.array_equal(g, self.last.g):
            return self.last.energy, self.last.gradient
        point = self.objective.point(g.copy())
        self.last = point if math.isfinite(point.energy) else parabola(self.current, point.g)
        return self.last.energy, self.last.gradient

    def point(self, g: Vector) -> Point:
        """Return the point of an accepted g, evaluated again only if it was not the last."""
        self(g)
        return self.last


def parabola(current: Point, g: Vector) -> Point:
    """Return a finite stand-in for an undefined energy at g, see the formula above."""
    p = g - current.g
    slope = float(current.gradient @ p)
    kappa = 2.0 * (1.0 + RISE) * abs(slope) / float(p @ p)
    return Point(g, current.energy + RISE * abs(slope), current.gradient + kappa * p)


def _minimise(
    method: Literal["L-BFGS-B", "CG"],
    options: dict[str, Any],
    objective: Objective,
    progress: Progress,
    start: Point,
) -> Status:
    """Run SciPy's method; where its line search fails, again, if need be after one plain step."""
    energy = _Energy(objective, start, start)

    def callback(intermediate_result: OptimizeResult) -> None:
        energy.current = energy.point(intermediate_result.x)
        progress.record(energy.current)

    while True:
        before = energy.current
        minimize(energy, before.g, jac=True, method=method, options=options, callback=callback)
        if not energy.current.energy < before.energy:
            reached = _steepest_step(objective, energy.current)
            if isinstance(reached, Status):
                return reached
            energy.current = energy.last = reached
            progress.record(reached)


def _steepest_step(objective: Objective, point: Point) -> Point | Status:
    """Step along d = −∂E/∂g to the minimum t = ‖d‖² / dᵀHd of its parabola, or say why not."""
    d = -point.gradient
    h = 1e-6 * (float(np.linalg.norm(point.g)) or 1.0) / point.gradient_norm
    if not 0.0 < h < math.inf:
        return Status.NO_DESCENT
    curvature = float((objective.gradient(point.g + h * d) - point.gradient) @ d) / h
    if not curvature > 0.0:
        return Status.NO_DESCENT
    step = float(d @ d) / curvature * d
    found = armijo(objective, point, step)
    return failure(0.5 * float(d @ step), point) if found is None else found.point
