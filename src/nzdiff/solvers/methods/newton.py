"""Newton: descent from (∂²E/∂g² + τ I) v = −∂E/∂g, then a backtracking search along v.

τ is zero where the Hessian is positive definite, else the first of increasing shifts that makes it
so; a quadratic energy takes one step, and convergence is quadratic. Where the matrix is too large
to be factorised, CG is truncated at negative curvature instead.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from nzdiff.solvers.linear.curvature import hessian
from nzdiff.solvers.linear.linear_system import Linear, LinearSystems, check_linear
from nzdiff.solvers.methods.descent import line_search_newton
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Status


@dataclass(frozen=True, slots=True)
class Newton:
    """Line-search Newton with the exact Hessian."""

    linear: Linear = field(default_factory=Linear)

    name: ClassVar[str] = "newton"
    needs: ClassVar[Needs] = "hessian"
    takes_bounds: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Reject the name of a solver where its record is meant."""
        check_linear(self.linear)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        systems = LinearSystems(objective, hessian, self.linear)
        return line_search_newton(objective, progress, start, systems, damping=0.0)
