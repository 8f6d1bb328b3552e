"""Limited-memory BFGS: descent along −H ∂E/∂g, then a search for the strong Wolfe conditions.

H comes from the last pairs of steps and changes of the gradient, on top of γ M⁻¹ with M = I or a
preconditioner. The first pair is a difference of gradients along −M⁻¹ ∂E/∂g, so that the first
step has the right length whatever the units. Where the search fails, the pairs are dropped once.
Within bounds SciPy's L-BFGS-B runs instead, without preconditioner.
Source: Nocedal and Wright, algorithm 7.5.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from nzdiff.solve.curvature import gauss_newton, hessian
from nzdiff.solve.linear_system import mean_size
from nzdiff.solve.model import Linear, Needs, Vector
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.pairs import Pairs
from nzdiff.solve.preconditioner import Preconditioner, preconditioned
from nzdiff.solve.probe import BLIND_STEP, of_size, probe
from nzdiff.solve.progress import Progress
from nzdiff.solve.scipy_lbfgsb import lbfgsb
from nzdiff.solve.search import failure
from nzdiff.solve.status import Status
from nzdiff.solve.wolfe import wolfe


@dataclass(frozen=True, slots=True)
class LBFGS:
    """L-BFGS with `memory` pairs.

    preconditioner: of 2 JᵀJ, or of the Hessian where the energy is no sum of squares, see
    `preconditioned`.  damping: its shift in means of the diagonal.  refresh: the steps it is kept
    for; the pairs stay.  probes: see `LinearSystems`.
    """

    memory: int = 10
    preconditioner: Preconditioner = "none"
    damping: float = 10.0
    refresh: int = 30
    probes: int = 8

    name = "l-bfgs"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds = True

    def __post_init__(self) -> None:
        """Reject a memory that holds nothing."""
        if self.memory < 1:
            raise ValueError(f"memory: expected an integer ≥ 1, got {self.memory}")

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        if objective.bounds is not None:
            return lbfgsb(objective, progress, start, memory=self.memory)
        point, pairs = start, Pairs(self.memory, start.g.size)
        inverse = _Refreshed(self, objective)
        while True:
            v, is_fresh = _direction(objective, point, pairs, inverse.at(point.g))
            reached = wolfe(objective, point, v)
            if reached is None:
                if is_fresh:
                    return failure(-float(point.gradient @ v), point)
                pairs.clear()
                continue
            pairs.add(reached.g - point.g, reached.gradient - point.gradient)
            point = reached
            progress.record(point)


def _direction(
    objective: Objective, point: Point, pairs: Pairs, inverse: Linear
) -> tuple[Vector, bool]:
    """Return −H ∂E/∂g and whether H knows no more than the curvature along −M⁻¹ ∂E/∂g."""
    is_fresh = not pairs
    if is_fresh:
        steepest = -inverse(point.gradient)
        pair = probe(objective, point, steepest)
        if pair is not None:
            pairs.add(*pair)
        if not pairs:
            return BLIND_STEP * of_size(steepest, point.g), True
    pairs.rescale(inverse)
    return -pairs.product(point.gradient, inverse), is_fresh


@dataclass(slots=True)
class _Refreshed:
    """M⁻¹, made anew every `refresh` steps."""

    method: LBFGS
    objective: Objective
    age: int = 0
    inverse: Linear = field(default=np.asarray)

    def at(self, g: Vector) -> Linear:
        """Return v ↦ M⁻¹ v for an iterate."""
        if self.method.preconditioner != "none" and self.age % self.method.refresh == 0:
            self.inverse = self._made(g)
        self.age += 1
        return self.inverse

    def _made(self, g: Vector) -> Linear:
        curvature_at = gauss_newton if self.objective.squares else hessian
        curvature = curvature_at(self.objective, g)
        weights = np.abs(curvature.diagonal(self.method.probes))
        shift = self.method.damping * mean_size(weights)
        kind = self.method.preconditioner
        return preconditioned(curvature, kind, weights=weights, floor=0.0, shift=shift)
