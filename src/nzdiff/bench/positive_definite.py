"""A model whose energy is +∞ wherever its unknown matrix is not positive definite.

−log |det Θ| is finite outside of the cone of positive definite matrices too, and falls without
bound there (Θ = −c I, c → ∞): a line search that steps across the border would never come back.
A Cholesky factorisation decides; the sign of det Θ could not (two negative eigenvalues).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import lapack

from nzdiff.runtime.model import Model
from nzdiff.runtime.operators import SecondOrder

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PositiveDefinite:
    """E(g) where the one, symmetric unknown is positive definite, +∞ and NaN elsewhere.

    The factorisation is dense, O(p³): for unknowns of a few hundred rows.
    """

    model: Model

    @property
    def size(self) -> int:
        """Length of g."""
        return self.model.size

    @property
    def residual_size(self) -> int:
        """TypeError: a log-determinant is no sum of squares."""
        return self.model.residual_size

    @property
    def threads(self) -> int:
        """The number of threads the model was bound with."""
        return self.model.threads

    @property
    def backend(self) -> str:
        """Which backend runs the kernel."""
        return self.model.backend

    def contains(self, g: ArrayLike) -> bool:
        """Whether the matrix of g is positive definite: whether Cholesky's algorithm ends."""
        matrix = self.model.unpack(g)
        _, failed = lapack.dpotrf(matrix if isinstance(matrix, np.ndarray) else matrix.toarray())
        return int(failed) == 0

    def energy(self, g: ArrayLike) -> float:
        """E(g), +∞ outside."""
        return self.model.energy(g) if self.contains(g) else math.inf

    def gradient(self, g: ArrayLike) -> Floats:
        """∂E/∂g, NaN outside."""
        return self.model.gradient(g) if self.contains(g) else np.full(self.size, math.nan)

    def energy_and_gradient(self, g: ArrayLike) -> tuple[float, Floats]:
        """E(g) and ∂E/∂g, +∞ and NaN outside."""
        if self.contains(g):
            return self.model.energy_and_gradient(g)
        return math.inf, np.full(self.size, math.nan)

    def hessian(self, g: ArrayLike) -> SecondOrder:
        """∂²E/∂g² at a g inside."""
        return self.model.hessian(g)

    def residual(self, g: ArrayLike) -> Floats:
        """TypeError: a log-determinant is no sum of squares."""
        return self.model.residual(g)

    def jvp(self, g: ArrayLike, v: ArrayLike) -> Floats:
        """TypeError: a log-determinant is no sum of squares."""
        return self.model.jvp(g, v)

    def vjp(self, g: ArrayLike, w: ArrayLike) -> Floats:
        """TypeError: a log-determinant is no sum of squares."""
        return self.model.vjp(g, w)

    def unpack(self, g: ArrayLike) -> Any:
        """The unknown matrix."""
        return self.model.unpack(g)
