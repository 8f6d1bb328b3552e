"""Second-order matrices C at one g, as the methods see them: ∂²E/∂g², or its part 2 JᵀJ."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from scipy import sparse

from nzdiff.solvers.linear.diagonal import probed_diagonal, probed_gauss_newton
from nzdiff.solvers.linear.jacobian_square import JacobianSquare
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.protocols import (
    HasArray,
    HasBlockInverse,
    HasDiagonal,
    HasGaussNewton,
    HasHessian,
    HasSparseArray,
    LinearMap,
    SymmetricOperator,
    Vector,
)


class Curvature(Protocol):
    """A symmetric matrix of shape (s, s)."""

    @property
    def is_sparse(self) -> bool:
        """Return whether `matrix` is sparse."""
        ...

    @property
    def assembled_bytes(self) -> int | None:
        """Return the memory of `matrix`; None where it is made of one product per column."""
        ...

    def product(self, v: Vector) -> Vector:
        """Return C v."""
        ...

    def matrix(self) -> Vector | sparse.csc_array:
        """Return C assembled."""
        ...

    def columns(self) -> Vector:
        """Return C by one product for each column, which takes no plan."""
        ...

    def diagonal(self, probes: int) -> Vector:
        """Return diag(C), from `probes` random vectors where it is not known."""
        ...

    def estimate(self, probes: int) -> Vector:
        """Return diag(C) from random vectors."""
        ...

    def block_inverse(
        self, kind: Literal["row", "column"], shift: float, *, relative: bool = False
    ) -> LinearMap:
        """Return v ↦ M⁻¹ v, see `HasBlockInverse`; NotImplementedError where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ModelCurvature:
    """An operator that the model made at g; random(probes): its diagonal from random vectors."""

    objective: Objective
    operator: SymmetricOperator
    size: int
    random: Callable[[int], Vector]

    @property
    def is_sparse(self) -> bool:
        """Return what the operator says; SciPy's sparse arrays are sparse."""
        return bool(getattr(self.operator, "is_sparse", sparse.issparse(self.operator)))

    @property
    def assembled_bytes(self) -> int | None:
        """Return what the operator says, if it does."""
        return getattr(self.operator, "assembled_bytes", None)

    def product(self, v: Vector) -> Vector:
        """Return C v, counted."""
        return self.objective.product(self.operator, v)

    def matrix(self) -> Vector | sparse.csc_array:
        """Return C as CSC where it is sparse, else dense; by its columns if need be."""
        self.objective.assembly()
        if self.is_sparse and isinstance(self.operator, HasSparseArray | sparse.sparray):
            return sparse.csc_array(self.operator.tocsc())  # pyright: ignore[reportAttributeAccessIssue]
        if isinstance(self.operator, HasArray):
            return np.asarray(self.operator.toarray(), dtype=np.float64)
        return np.array([self.operator @ unit for unit in np.eye(self.size)])

    def columns(self) -> Vector:
        """Return C by one product for each column, counted."""
        return np.array([self.product(unit) for unit in np.eye(self.size)])

    def diagonal(self, probes: int) -> Vector:
        """Return diag(C) in closed form where the operator has one."""
        if isinstance(self.operator, HasDiagonal):
            with suppress(NotImplementedError):
                return np.array(self.operator.diagonal(), dtype=np.float64)
        return self.estimate(probes)

    def estimate(self, probes: int) -> Vector:
        """Return diag(C) as `probes` random vectors tell it."""
        return self.random(probes)

    def block_inverse(
        self, kind: Literal["row", "column"], shift: float, *, relative: bool = False
    ) -> LinearMap:
        """Return the operator's, if it has one."""
        if not isinstance(self.operator, HasBlockInverse):
            raise NotImplementedError(f"block_inverse: {type(self.operator).__name__} has none")
        return self.operator.block_inverse(kind, shift, relative=relative)


def gauss_newton(objective: Objective, g: Vector) -> Curvature:
    """Return 2 JᵀJ at g, from JVPs and VJPs where the model has no operator for it."""
    model = objective.model
    if not isinstance(model, HasGaussNewton):
        return JacobianSquare(objective, g)
    return ModelCurvature(
        objective,
        model.gauss_newton(g),
        g.size,
        lambda probes: probed_gauss_newton(objective, g, probes, seed=0),
    )


def hessian(objective: Objective, g: Vector) -> Curvature:
    """Return ∂²E/∂g² at g; TypeError where the model has none."""
    model = objective.model
    if not isinstance(model, HasHessian):
        raise TypeError(
            "model: expected a method hessian(g) that returns an operator with `@`; "
            "without it take method='l-bfgs', or 'gauss-newton' for a sum of squares"
        )
    operator = model.hessian(g)
    return ModelCurvature(
        objective,
        operator,
        g.size,
        lambda probes: probed_diagonal(
            lambda v: objective.product(operator, v), g.size, probes, seed=0
        ),
    )
