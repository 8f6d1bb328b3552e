"""2 JᵀJ of a model that knows JVP and VJP alone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nzdiff.solvers.linear.diagonal import probed_gauss_newton
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.protocols import LinearMap, Vector


@dataclass(frozen=True, slots=True)
class JacobianSquare:
    """The curvature 2 JᵀJ at g by one JVP and one VJP per product."""

    objective: Objective
    g: Vector

    is_sparse = False
    assembled_bytes = None

    def product(self, v: Vector) -> Vector:
        """Return 2 Jᵀ(J v)."""
        return 2.0 * self.objective.vjp(self.g, self.objective.jvp(self.g, v))

    def matrix(self) -> Vector:
        """Return 2 JᵀJ from the rows or the columns of J, whichever are fewer."""
        rows = self.objective.model.residual_size
        if rows < self.g.size:
            J = np.array([self.objective.vjp(self.g, unit) for unit in np.eye(rows)])
            J = J.reshape(rows, self.g.size)
        else:
            J = np.array([self.objective.jvp(self.g, unit) for unit in np.eye(self.g.size)]).T
        return np.asarray(2.0 * (J.T @ J))

    def columns(self) -> Vector:
        """Return the matrix, which is made of products anyway."""
        return self.matrix()

    def diagonal(self, probes: int) -> Vector:
        """Return an estimate of the diagonal."""
        return self.estimate(probes)

    def estimate(self, probes: int) -> Vector:
        """Return the diagonal as `probes` random vectors tell it."""
        return probed_gauss_newton(self.objective, self.g, probes, seed=0)

    def block_inverse(
        self, kind: Literal["row", "column"], shift: float, *, relative: bool = False
    ) -> LinearMap:
        """Raise NotImplementedError: the pattern of G is not known here."""
        raise NotImplementedError(f"block_inverse: no {kind} blocks, shift {shift}")
