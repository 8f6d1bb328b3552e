"""SciPy's L-BFGS-B, for L-BFGS within bounds, behind the same history and stopping.

SciPy's own tolerances are switched off: `progress` decides. A trial point where the energy is
not finite is answered with the parabola

    E_c + ∂E_c·p + (κ/2) ‖p‖²,    κ = 2 (1 + c) |∂E_c·p| / ‖p‖²,    c = 4,  p = trial − current

whose value is above E_c and whose minimum lies at a tenth of the step. The line search then
shortens the step smoothly, instead of dividing infinities.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy

from nzdiff.solvers.methods.barzilai_borwein import BarzilaiBorwein
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import cauchy_step
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.search import armijo, failure
from nzdiff.solvers.run.status import Status

RISE = 4.0
UNLIMITED = 2**31 - 1
LINE_SEARCH = 40
SETUP, SHARE = 3e-6, 0.2
"""Seconds for each unknown before SciPy's first step, and what they may be of those left."""


def lbfgsb(objective: Objective, progress: Progress, start: Point, *, memory: int) -> Status:
    """Run SciPy's method; where its line search fails, again, if need be after one plain step.

    Of many unknowns SciPy takes longer to look at the bounds than some budgets are: then there are
    spectral projected gradients.
    """
    if SETUP * start.g.size > SHARE * objective.left():
        instead = BarzilaiBorwein()
        if instead.name not in progress.method:
            progress.method += f", {instead.name}"
        return instead.run(objective, progress, start)
    energy = _Energy(objective, start, start)

    def callback(intermediate_result: scipy.optimize.OptimizeResult) -> None:
        energy.current = energy.point(intermediate_result.x)
        progress.record(energy.current)

    while True:
        before = energy.current
        _minimise(energy, memory, callback)
        if not energy.current.energy < before.energy:
            reached = _steepest_step(objective, energy.current)
            if isinstance(reached, Status):
                return reached
            energy.current = energy.last = reached
            progress.record(reached)


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


def _minimise(energy: _Energy, memory: int, callback: object) -> None:
    limits = {"maxiter": UNLIMITED, "maxfun": UNLIMITED, "maxls": LINE_SEARCH}
    bounds = energy.objective.bounds
    scipy.optimize.minimize(
        energy,
        energy.current.g,
        jac=True,
        method="L-BFGS-B",
        bounds=None if bounds is None else scipy.optimize.Bounds(bounds.lower, bounds.upper),
        options={"maxcor": memory, "ftol": 0.0, "gtol": 0.0, **limits},
        callback=callback,
    )


def _steepest_step(objective: Objective, point: Point) -> Point | Status:
    """Step along −∂E/∂g, projected, or say why not."""
    step = cauchy_step(objective, point, -point.gradient)
    step = objective.project(point.g + step) - point.g
    found = armijo(objective, point, step)
    return failure(-float(point.gradient @ step), point) if found is None else found
