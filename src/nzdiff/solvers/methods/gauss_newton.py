"""Gauss-Newton: descent from (2 JᵀJ + λμI) v = −∂E/∂g, then a backtracking search along v.

μ is the mean of diag(2 JᵀJ) and λ a small fixed floor: J is rank-deficient by construction in
many problems, and what is left of its null space stays finite. The damping is uniform, not
diag(2 JᵀJ): measured on the seed energy, steps that are long where the columns of J are short
leave the region where the linearisation holds.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from nzdiff.solvers.linear.curvature import gauss_newton
from nzdiff.solvers.linear.linear_system import Linear, LinearSystems, check_linear
from nzdiff.solvers.methods.descent import line_search_newton
from nzdiff.solvers.run.check import number
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Status


@dataclass(frozen=True, slots=True)
class GaussNewton:
    """Line-search Gauss-Newton; damping: λ above."""

    damping: float = 1e-6
    linear: Linear = field(default_factory=Linear)

    name: ClassVar[str] = "gauss-newton"
    needs: ClassVar[Needs] = "squares"
    takes_bounds: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Reject parameters that cannot be meant."""
        number("damping", self.damping)
        check_linear(self.linear)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        systems = LinearSystems(objective, gauss_newton, self.linear)
        return line_search_newton(objective, progress, start, systems, damping=self.damping)
