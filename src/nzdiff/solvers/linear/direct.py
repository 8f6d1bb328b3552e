"""Steps by factorisation: exact, with as much shift as makes the matrix positive definite."""

from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.linear.factorise import Matrix, positive_definite
from nzdiff.solvers.run.protocols import Vector


@dataclass(frozen=True, slots=True)
class Direct:
    """An assembled C and the mean size of its diagonal."""

    matrix: Matrix
    scale: float

    def solve(
        self, b: Vector, shift: float, rtol: float, modification: float
    ) -> tuple[Vector, float, int]:
        """Return (C + shift I + τ W)⁻¹ b, shift + τ scale, and 0 inner iterations.

        `rtol` is always met. A singular C is the usual case (gauge freedom): τ = 10⁻¹⁰ then leaves
        the null space alone, because b has no part in it. NaN where C is not finite.
        """
        found = positive_definite(self.matrix, shift, first=modification / self.scale)
        if found is None:
            return np.full_like(b, np.nan), shift, 0
        inverse, tau = found
        return inverse(b), shift + tau * self.scale, 0
