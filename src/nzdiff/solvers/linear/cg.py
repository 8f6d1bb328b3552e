"""Preconditioned conjugate gradients for A x = b, A symmetric positive semidefinite.

Started from zero and truncated: every iterate lies in the Krylov space, which for
A = JᵀJ, b = Jᵀr never leaves the row space of J (in the preconditioner's metric). So a singular
A needs no special care: the gauge directions get no step, as in a minimum-norm solution.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.run.protocols import LinearMap, Vector


@dataclass(frozen=True, slots=True)
class Solution:
    """The approximate solution x, its residual b − A x and the iterations used."""

    x: Vector
    residual: Vector
    iterations: int


def conjugate_gradient(
    product: LinearMap,
    b: Vector,
    *,
    precondition: LinearMap,
    rtol: float,
    max_iterations: int,
    is_late: Callable[[], bool] = lambda: False,
) -> Solution:
    """Solve A x = b from x = 0 until ‖b − A x‖ ≤ rtol ‖b‖ in the preconditioner's norm.

    Stops as well when it is late, and where pᵀA p is not positive: singular up to rounding, or not
    finite.
    """
    x, residual = np.zeros_like(b), b.copy()
    z = precondition(residual)
    p, rho = z, float(residual @ z)
    target = rtol * rtol * rho
    for iteration in range(max_iterations):
        if not rho > target or is_late():
            return Solution(x, residual, iteration)
        q = product(p)
        curvature = float(p @ q)
        if not curvature > 0.0:
            return Solution(x, residual, iteration)
        alpha = rho / curvature
        x += alpha * p
        residual -= alpha * q
        z = precondition(residual)
        rho, previous = float(residual @ z), rho
        p = z + (rho / previous) * p
    return Solution(x, residual, max_iterations)
