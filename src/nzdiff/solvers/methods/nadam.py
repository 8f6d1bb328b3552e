"""NADAM: Adam with Nesterov's momentum, the published method of spectral coarsening.

    m ← β₁ m + (1 − β₁) ∂E,   v ← β₂ v + (1 − β₂) ∂E²
    g ← g − η (β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) ∂E / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)

A baseline: no search, so that the energy may rise, and a step is about η long per unknown, whatever
its unit. It rarely converges in the sense of the other methods and then ends by max_iterations;
the result is the best iterate. Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016;
Liu, Jacobson and Ovsjanikov, "Spectral coarsening of geometric operators", 2019.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nzdiff.solvers.run.check import number
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs, Vector
from nzdiff.solvers.run.search import MAX_TRIALS
from nzdiff.solvers.run.status import Status

MOST_MEMORY = 1.0 - 2.0**-53
"""The largest number below 1."""


@dataclass(frozen=True, slots=True)
class NADAM:
    """NADAM; rate: η, beta1: β₁, beta2: β₂ (0.999 in Dozat's text), epsilon: ε."""

    rate: float = 2e-2
    beta1: float = 0.9
    beta2: float = 0.9
    epsilon: float = 1e-8

    name: ClassVar[str] = "nadam"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Reject parameters that cannot be meant."""
        number("rate", self.rate, above=True)
        number("epsilon", self.epsilon)
        number("beta1", self.beta1, most=MOST_MEMORY)
        number("beta2", self.beta2, most=MOST_MEMORY)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run; a step to where E is undefined is halved."""
        point, mean, square = start, np.zeros_like(start.g), np.zeros_like(start.g)
        t = 0
        while True:
            t += 1
            mean = self.beta1 * mean + (1.0 - self.beta1) * point.gradient
            square = self.beta2 * square + (1.0 - self.beta2) * point.gradient**2
            reached = _halved(
                objective, point, -self.rate * self._direction(point, mean, square, t)
            )
            if reached is None:
                return Status.NO_DESCENT
            point = reached
            progress.record(point)

    def _direction(self, point: Point, mean: Vector, square: Vector, t: int) -> Vector:
        ahead = self.beta1 / (1.0 - self.beta1 ** (t + 1)) * mean
        ahead += (1.0 - self.beta1) / (1.0 - self.beta1**t) * point.gradient
        return ahead / (np.sqrt(square / (1.0 - self.beta2**t)) + self.epsilon)


def _halved(objective: Objective, point: Point, step: Vector) -> Point | None:
    for _ in range(MAX_TRIALS):
        reached = objective.point(point.g + step)
        if math.isfinite(reached.energy):
            return reached
        step = 0.5 * step
    return None
