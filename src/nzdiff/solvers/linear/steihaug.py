"""The step of a trust region by conjugate gradients, truncated at its boundary.

    min −bᵀv + ½ vᵀ C v    for    ‖v‖_M ≤ Δ

CG from zero makes ‖v‖_M grow; the step ends where it leaves the region or meets curvature that is
not positive, on the boundary in both cases. ‖·‖_M is the norm of the preconditioner M, followed by
recurrences, so that M⁻¹ alone is applied. Source: Steihaug 1983; Toint 1981.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.run.protocols import LinearMap, Vector


@dataclass(frozen=True, slots=True)
class RegionStep:
    """v, C v, ‖v‖_M, whether v lies on the boundary, and the CG iterations."""

    v: Vector
    product: Vector
    norm: float
    on_boundary: bool
    inner: int


def steihaug(
    product: LinearMap,
    b: Vector,
    radius: float,
    *,
    precondition: LinearMap,
    rtol: float,
    max_iterations: int,
    is_late: Callable[[], bool] = lambda: False,
) -> RegionStep:
    """Minimise −bᵀv + ½ vᵀ C v within the radius until ‖b − C v‖_{M⁻¹} ≤ rtol ‖b‖_{M⁻¹}.

    Or until it is late, after one iteration at least.
    """
    v, Cv = np.zeros_like(b), np.zeros_like(b)
    residual = b.copy()
    p = precondition(residual)
    rho = float(residual @ p)
    target = rtol * rtol * rho
    vv, vp, pp = 0.0, 0.0, rho
    for iteration in range(max_iterations):
        if not rho > target or (iteration > 0 and is_late()):
            return RegionStep(v, Cv, math.sqrt(vv), False, iteration)
        q = product(p)
        curvature = float(p @ q)
        alpha = rho / curvature if curvature > 0.0 else math.inf
        if not vv + 2.0 * alpha * vp + alpha * alpha * pp < radius * radius:
            tau = _to_boundary(vv, vp, pp, radius)
            return RegionStep(v + tau * p, Cv + tau * q, radius, True, iteration + 1)
        v, Cv, residual = v + alpha * p, Cv + alpha * q, residual - alpha * q
        vv += 2.0 * alpha * vp + alpha * alpha * pp
        z = precondition(residual)
        rho, previous = float(residual @ z), rho
        beta = rho / previous
        p = z + beta * p
        vp, pp = beta * (vp + alpha * pp), rho + beta * beta * pp
    return RegionStep(v, Cv, math.sqrt(vv), False, max_iterations)


def _to_boundary(vv: float, vp: float, pp: float, radius: float) -> float:
    """Return τ ≥ 0 with ‖v + τ p‖_M = radius."""
    room = max(radius * radius - vv, 0.0)
    return room / (vp + math.sqrt(vp * vp + pp * room)) if room > 0.0 else 0.0
