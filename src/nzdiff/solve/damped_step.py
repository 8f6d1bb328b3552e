"""The linear system that Gauss-Newton and Levenberg-Marquardt share, solved by truncated CG."""

from nzdiff.solve.cg import Solution, conjugate_gradient
from nzdiff.solve.model import Vector
from nzdiff.solve.objective import Objective, Point


def damped_step(
    objective: Objective,
    point: Point,
    diagonal: Vector,
    shift: float,
    *,
    rtol: float,
    max_iterations: int,
) -> Solution:
    """Solve (2 JᵀJ + shift I) v = −∂E/∂g, preconditioned with diagonal + shift.

    The damping is uniform, not diag(2 JᵀJ): measured on the seed energy, steps that are long
    where the columns of J are short leave the region where the linearisation holds.
    """
    product = objective.gauss_newton_product(point.g)
    weights = 1.0 / (diagonal + shift)
    return conjugate_gradient(
        lambda v: product(v) + shift * v,
        -point.gradient,
        precondition=lambda r: weights * r,
        rtol=rtol,
        max_iterations=max_iterations,
    )
