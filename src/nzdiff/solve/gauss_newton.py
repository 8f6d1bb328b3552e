"""Gauss-Newton: descent from (2 JᵀJ + λμI) v = −∂E/∂g, then a backtracking search along v.

μ is the mean of diag(2 JᵀJ) and λ a small fixed floor: J is rank-deficient by construction in
many problems, and what truncated CG leaves of its null space stays finite. Matrix-free: one JVP
and one VJP per CG iteration.
"""

from dataclasses import dataclass

from nzdiff.solve.damped_step import damped_step
from nzdiff.solve.forcing import forcing_term
from nzdiff.solve.history import Progress
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.preconditioner import DiagonalScale
from nzdiff.solve.search import armijo, failure
from nzdiff.solve.status import Status


@dataclass(frozen=True, slots=True)
class GaussNewton:
    """Line-search Gauss-Newton.

    damping: λ above.  cg_iterations: the most per step.  forcing: the largest relative residual
    of the linear system.  probes, refresh, floor: see DiagonalScale.
    """

    damping: float = 1e-6
    cg_iterations: int = 200
    forcing: float = 0.1
    probes: int = 8
    refresh: int = 10
    floor: float = 1.0

    name = "gauss-newton"

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        point, forcing = start, self.forcing
        scale = DiagonalScale(objective, self.probes, self.refresh, self.floor)
        while True:
            diagonal = scale.at(point.g)
            solution = damped_step(
                objective,
                point,
                diagonal,
                self.damping * diagonal.mean(),
                rtol=forcing,
                max_iterations=self.cg_iterations,
            )
            found = armijo(objective, point, solution.x)
            if found is None:
                return failure(-float(point.gradient @ solution.x), point)
            forcing = forcing_term(
                found.point.gradient_norm, point.gradient_norm, forcing, largest=self.forcing
            )
            point = found.point
            progress.record(point, damping=self.damping, inner=solution.iterations)
