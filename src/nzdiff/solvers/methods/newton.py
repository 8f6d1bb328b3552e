"""Newton: descent from (∂²E/∂g² + τ I) v = −∂E/∂g, then a backtracking search along v.

τ is zero where the Hessian is positive definite, else the first of increasing shifts that makes it
so; a quadratic energy takes one step, and convergence is quadratic. Where the matrix is too large
to be factorised, CG is truncated at negative curvature instead.
"""

from dataclasses import dataclass
from typing import ClassVar

from nzdiff.solvers.linear.curvature import hessian
from nzdiff.solvers.linear.linear_system import Choice, LinearSystems
from nzdiff.solvers.linear.preconditioner import Preconditioner
from nzdiff.solvers.methods.descent import line_search_newton
from nzdiff.solvers.run.model import Needs
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.status import Status


@dataclass(frozen=True, slots=True)
class Newton:
    """Line-search Newton with the exact Hessian.

    forcing: the largest relative residual of a system that CG solves.  The others: see
    `LinearSystems`.
    """

    linear: Choice = "auto"
    cg_iterations: int = 200
    forcing: float = 0.1
    preconditioner: Preconditioner = "auto"
    probes: int = 8
    refresh: int = 10
    floor: float = 1.0

    name: ClassVar[str] = "newton"
    needs: ClassVar[Needs] = "hessian"
    takes_bounds: ClassVar[bool] = True

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        systems = LinearSystems(
            objective,
            hessian,
            self.linear,
            self.cg_iterations,
            self.preconditioner,
            self.probes,
            self.refresh,
            self.floor,
        )
        return line_search_newton(
            objective, progress, start, systems, damping=0.0, forcing=self.forcing
        )
