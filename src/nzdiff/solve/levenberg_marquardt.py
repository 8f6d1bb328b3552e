"""Levenberg-Marquardt: (2 JᵀJ + λμI) v = −∂E/∂g, λ led by the gain ratio.

    ρ = (E(g) − E(g + v)) / (−∂E·v − ½ vᵀ(2 JᵀJ) v)

A step with ρ > 10⁻⁴ is accepted and λ ← λ max(1/3, 1 − (2ρ − 1)³); any other is rejected and
λ ← ν λ, ν ← 2 ν (H. B. Nielsen 1999). μ is the mean of diag(2 JᵀJ), so λ has no unit. The system is
solved by truncated CG.
"""

from dataclasses import dataclass

from nzdiff.solve.damped_step import damped_step
from nzdiff.solve.forcing import forcing_term
from nzdiff.solve.history import Progress
from nzdiff.solve.model import Vector
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.preconditioner import DiagonalScale
from nzdiff.solve.search import accept, below_rounding
from nzdiff.solve.status import Status

LEAST_GAIN = 1e-4
LEAST_DAMPING, MOST_DAMPING = 1e-12, 1e16


@dataclass(frozen=True, slots=True)
class Trial:
    """A step v, the decrease −∂E·v − ½ vᵀ(2 JᵀJ)v that the model promises, CG iterations."""

    step: Vector
    promised: float
    inner: int


@dataclass(frozen=True, slots=True)
class LevenbergMarquardt:
    """Damped Gauss-Newton with gain-ratio control.

    damping: the first λ.  cg_iterations: the most per step.  forcing: the largest
    relative residual of the linear system.  probes, refresh, floor: see DiagonalScale.
    """

    damping: float = 1.0
    cg_iterations: int = 200
    forcing: float = 0.1
    probes: int = 8
    refresh: int = 10
    floor: float = 1.0

    name = "levenberg-marquardt"

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or the damping finds no decrease."""
        point, forcing, damping, growth, inner = start, self.forcing, self.damping, 2.0, 0
        scale = DiagonalScale(objective, self.probes, self.refresh, self.floor)
        diagonal = scale.at(point.g)
        while True:
            trial = self._trial(objective, point, diagonal, damping, forcing)
            inner += trial.inner
            reached = _attempt(objective, point, trial)
            if reached is None:
                if below_rounding(trial.promised, point):
                    return Status.ROUNDING_LEVEL if growth == 2.0 else Status.NO_DESCENT
                if damping > MOST_DAMPING:
                    return Status.NO_DESCENT
                damping, growth = damping * growth, 2.0 * growth
                continue
            gain = (point.energy - reached.energy) / trial.promised
            damping = max(LEAST_DAMPING, damping * max(1 / 3, 1.0 - (2.0 * gain - 1.0) ** 3))
            forcing = forcing_term(
                reached.gradient_norm, point.gradient_norm, forcing, largest=self.forcing
            )
            point, growth = reached, 2.0
            progress.record(point, damping=damping, inner=inner)
            diagonal, inner = scale.at(point.g), 0

    def _trial(
        self, objective: Objective, point: Point, diagonal: Vector, damping: float, forcing: float
    ) -> Trial:
        shift = damping * float(diagonal.mean())
        solution = damped_step(
            objective, point, diagonal, shift, rtol=forcing, max_iterations=self.cg_iterations
        )
        v = solution.x
        curved = -point.gradient - solution.residual - shift * v
        return Trial(v, float(-(point.gradient @ v) - 0.5 * (v @ curved)), solution.iterations)


def _attempt(objective: Objective, point: Point, trial: Trial) -> Point | None:
    """Return the point after the step if its gain ratio is high enough."""
    g = point.g + trial.step
    energy = objective.energy(g)
    if not point.energy - energy > LEAST_GAIN * max(trial.promised, 0.0):
        return None
    return accept(objective, g, energy)
