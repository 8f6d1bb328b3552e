"""Spectral gradient: steps −α ∂E/∂g with the lengths of Barzilai and Borwein in turn.

    α = sᵀs / sᵀy  and  α = sᵀy / yᵀy,    s = Δg, y = Δ∂E

The search is not monotone: E may rise, but not above the highest of the last energies (Grippo,
Lampariello and Lucidi). Within bounds the direction is P(g − α ∂E/∂g) − g, the spectral projected
gradient of Birgin, Martínez and Raydan (2000). One evaluation per step, memory for a few vectors.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from nzdiff.solvers.run.check import whole
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import cauchy_step
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs, Vector
from nzdiff.solvers.run.search import armijo, failure
from nzdiff.solvers.run.status import Status

LONGEST = 10.0


@dataclass(frozen=True, slots=True)
class BarzilaiBorwein:
    """Spectral (projected) gradient; memory: the energies that the newest may not exceed."""

    memory: int = 10

    name: ClassVar[str] = "barzilai-borwein"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Reject a memory that holds nothing."""
        whole("memory", self.memory, least=1)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        point, alpha = start, math.nan
        recent = deque([start.energy], self.memory)
        while True:
            is_fresh = math.isnan(alpha)
            if is_fresh:
                alpha = _first_length(objective, point)
            step = objective.project(point.g - alpha * point.gradient) - point.g
            found = armijo(objective, point, step, reference=max(recent))
            if found is None:
                if is_fresh:
                    return failure(-float(point.gradient @ step), point)
                alpha = math.nan
                recent = deque([point.energy], self.memory)
                continue
            s, y = found.g - point.g, found.gradient - point.gradient
            alpha = _length(s, y, alpha, is_long=len(progress.records) % 2 == 0)
            point = found
            recent.append(point.energy)
            progress.record(point)


def _first_length(objective: Objective, point: Point) -> float:
    """Return α of the minimum along −∂E/∂g."""
    step = cauchy_step(objective, point, -point.gradient)
    return -float(step @ point.gradient) / float(point.gradient @ point.gradient)


def _length(s: Vector, y: Vector, before: float, *, is_long: bool) -> float:
    """Return the next α; without positive curvature ten times the last one."""
    sy = float(s @ y)
    if not sy > 0.0:
        return LONGEST * before
    return float(s @ s) / sy if is_long else sy / float(y @ y)
