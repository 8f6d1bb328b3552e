"""Nonlinear conjugate gradients: d ← −∂E/∂g + β d with the β of Polak and Ribière, β ≥ 0.

    β = max(0, ∂E₊·(∂E₊ − ∂E) / ‖∂E‖²)

The search is for the strong Wolfe conditions with c = 0.4, from the step that promises the same
decrease as the last one; c = 0.1 took up to five times as many evaluations on Rosenbrock's valley.
Where it fails the direction is −∂E/∂g once.
Source: Nocedal and Wright, section 5.2.
"""

from dataclasses import dataclass
from typing import ClassVar

from nzdiff.solvers.run.check import number
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import cauchy_step
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs, Vector
from nzdiff.solvers.run.search import failure
from nzdiff.solvers.run.status import Status
from nzdiff.solvers.run.wolfe import wolfe


@dataclass(frozen=True, slots=True)
class ConjugateGradient:
    """Nonlinear conjugate gradients (Polak-Ribière+); curvature: c of the search."""

    curvature: float = 0.4

    name: ClassVar[str] = "conjugate-gradient"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Reject a c that no step can satisfy."""
        number("curvature", self.curvature, above=True, most=1.0)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        point, d, v = start, -start.gradient, cauchy_step(objective, start, -start.gradient)
        is_fresh = True
        while True:
            reached = wolfe(objective, point, v, curvature=self.curvature)
            if reached is None:
                if is_fresh:
                    return failure(-float(point.gradient @ v), point)
                d, v = -point.gradient, cauchy_step(objective, point, -point.gradient)
                is_fresh = True
                continue
            progress.record(reached)
            d, v = _next_step(point, reached, d)
            point, is_fresh = reached, False


def _next_step(before: Point, after: Point, d: Vector) -> tuple[Vector, Vector]:
    """Return the next direction d and the step t d that promises what the last one promised."""
    gradient = after.gradient
    change = float(gradient @ (gradient - before.gradient))
    d = -gradient + max(0.0, change / float(before.gradient @ before.gradient)) * d
    slope = float(gradient @ d)
    if not slope < 0.0:
        d, slope = -gradient, -float(gradient @ gradient)
    promise = float(before.gradient @ (after.g - before.g))
    return d, promise / slope * d
