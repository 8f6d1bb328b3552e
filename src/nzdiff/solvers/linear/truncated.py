"""Steps by preconditioned conjugate gradients, truncated at negative curvature."""

from collections.abc import Callable
from dataclasses import dataclass

from nzdiff.solvers.linear.cg import conjugate_gradient
from nzdiff.solvers.linear.curvature import Curvature
from nzdiff.solvers.linear.preconditioner import Preconditioner, preconditioned
from nzdiff.solvers.run.bounds import Mask, restricted
from nzdiff.solvers.run.protocols import LinearMap, Vector


@dataclass(frozen=True, slots=True)
class Truncated:
    """C by its products; kind, weights, floor: see `preconditioned`.

    time: begins the time of one system, and returns what tells when that is over.
    """

    curvature: Curvature
    weights: Vector
    floor: float
    held: Mask | None
    kind: Preconditioner
    iterations: int
    time: Callable[[], Callable[[], bool]]

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
            is_late=self.time(),
        )
        x = solution.x if solution.x.any() else inverse(b)
        return x, shift, solution.iterations

    def _restricted(self, linear: LinearMap) -> LinearMap:
        """Return the part of a linear map between the unknowns that are free."""
        return linear if self.held is None else restricted(linear, ~self.held)
