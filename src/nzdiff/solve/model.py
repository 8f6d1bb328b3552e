"""What a solver needs of a model: the energy E(g), its gradient and the Jacobian's products.

Every energy that Gauss-Newton and Levenberg-Marquardt accept is a sum of squares without the
factor 1/2:

    E(g) = ‖r(g)‖²,    ∂E/∂g = 2 Jᵀ r,    ∂²E/∂g² ≈ 2 JᵀJ,    J = ∂r/∂g.

Not supported here: bounds and constraints (put linear ones into the model, g = T h + c).
"""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Model(Protocol):
    """An energy of s unknowns; evaluations at the same g are shared by the model.

    `residual`, `jvp` and `vjp` raise TypeError if the energy is not a sum of squares.
    """

    @property
    def size(self) -> int:
        """Return s, the length of g."""
        ...

    @property
    def residual_size(self) -> int:
        """Return the length of the residual, the number of rows of J."""
        ...

    def energy(self, g: Vector) -> float:
        """Return E(g)."""
        ...

    def gradient(self, g: Vector) -> Vector:
        """Return ∂E/∂g, shape (s,)."""
        ...

    def energy_and_gradient(self, g: Vector) -> tuple[float, Vector]:
        """Return E(g) and ∂E/∂g from one pass."""
        ...

    def residual(self, g: Vector) -> Vector:
        """Return r(g)."""
        ...

    def jvp(self, g: Vector, v: Vector) -> Vector:
        """Return J(g) v."""
        ...

    def vjp(self, g: Vector, w: Vector) -> Vector:
        """Return J(g)ᵀ w, shape (s,)."""
        ...


class OperatorWithDiagonal(Protocol):
    """A symmetric operator that knows its own diagonal."""

    def diagonal(self) -> Vector:
        """Return the diagonal, shape (s,); NotImplementedError where it is not known."""
        ...


@runtime_checkable
class HasGaussNewton(Protocol):
    """A model that offers 2 JᵀJ as an operator with a closed-form diagonal."""

    def gauss_newton(self, g: Vector) -> OperatorWithDiagonal:
        """Return 2 J(g)ᵀJ(g)."""
        ...
