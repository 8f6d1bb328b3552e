"""Steps by preconditioned conjugate gradients, truncated at negative curvature."""

from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.linear.cg import conjugate_gradient
from nzdiff.solvers.linear.curvature import Curvature
from nzdiff.solvers.linear.preconditioner import Preconditioner, preconditioned
from nzdiff.solvers.run.bounds import Mask
from nzdiff.solvers.run.protocols import LinearMap, Vector


@dataclass(frozen=True, slots=True)
class Truncated:
    """C by its products; kind, weights, floor: see `preconditioned`."""

    curvature: Curvature
    weights: Vector
    floor: float
    held: Mask | None
    kind: Preconditioner
    iterations: int

    def solve(
        self, b: Vector, shift: float, rtol: float, modification: float
    ) -> tuple[Vector, float, int]:
        """Return an approximate solution, shift, CG iterations; `modification` is not needed.

        Where the first direction has no positive curvature, it is the preconditioned b.
        """
        inverse = self._restricted(
            preconditioned(
                self.curvature, self.kind, weights=self.weights, floor=self.floor, shift=shift
            )
        )
        product = self._restricted(self.curvature.product)
        solution = conjugate_gradient(
            lambda v: product(v) + shift * v,
            b,
            precondition=inverse,
            rtol=rtol,
            max_iterations=self.iterations,
        )
        x = solution.x if solution.x.any() else inverse(b)
        return x, shift, solution.iterations

    def _restricted(self, linear: LinearMap) -> LinearMap:
        """Return the part of a linear map between the unknowns that are free."""
        held = self.held
        if held is None:
            return linear

        def free(v: Vector) -> Vector:
            full = np.zeros(held.size)
            full[~held] = v
            return linear(full)[~held]

        return free
