"""The step of a trust region within bounds: projected gradient, then CG where no bound holds.

    min q(v) = ∂E·v + ½ vᵀ C v    for    l ≤ g + v ≤ u,    ‖v‖ about ≤ Δ

First along the path P(g − t W⁻¹ ∂E) − g, W diagonal, up to where q has fallen enough: this says
which bounds hold. Then Steihaug-CG in the unknowns that none holds, and a projected search along
it; again while that meets new bounds. Every v is feasible, and q falls at least as far as along the
path, which is what convergence needs. Source: Lin and Moré 1999 (TRON).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.linear.steihaug import RegionStep, steihaug
from nzdiff.solvers.run.bounds import Bounds, restricted, widened
from nzdiff.solvers.run.objective import Point
from nzdiff.solvers.run.protocols import LinearMap, Vector

SUFFICIENT = 0.01
SHORTER = 0.25
MOST_TRIALS, MOST_FACES = 40, 20


@dataclass(frozen=True, slots=True)
class Region:
    """The model and what surrounds it: C v, M⁻¹ v for CG, the diagonal W, Δ, when it is late."""

    product: LinearMap
    precondition: LinearMap
    weights: Vector
    radius: float
    is_late: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class _Step:
    """v, C v and q(v)."""

    v: Vector
    product: Vector
    q: float


def step_in_bounds(
    region: Region, point: Point, bounds: Bounds, *, rtol: float, max_iterations: int
) -> RegionStep:
    """Return v; CG on each face ends at the relative residual rtol."""
    step, on_boundary = _along_path(region, point, bounds)
    inner = 0
    for _ in range(MOST_FACES):
        free = bounds.free(point.g + step.v)
        r = -(point.gradient + step.product)[free]
        found = steihaug(
            restricted(region.product, free),
            r,
            region.radius,
            precondition=restricted(region.precondition, free),
            rtol=rtol,
            max_iterations=max(max_iterations - inner, 1),
            is_late=region.is_late,
        )
        inner += found.inner
        before, step = step, _search(region, point, bounds, step, widened(found.v, free))
        on_boundary = on_boundary or found.on_boundary
        meets_bounds = not np.array_equal(free, bounds.free(point.g + step.v))
        if found.on_boundary or not meets_bounds or step is before or inner >= max_iterations:
            break
    norm = min(_norm(region, step.v), region.radius)
    return RegionStep(step.v, step.product, norm, on_boundary, inner)


def _along_path(region: Region, point: Point, bounds: Bounds) -> tuple[_Step, bool]:
    """Return P(g − t z) − g, z = W⁻¹ ∂E, and whether Δ limits t."""
    z = point.gradient / region.weights
    z = np.where(bounds.project(point.g - z) == point.g, 0.0, z)
    slope, bent = float(point.gradient @ z), float(z @ region.product(z))
    length = _norm(region, z)
    farthest = region.radius / length if length > 0.0 else 0.0
    t = slope / bent if bent * farthest > slope else farthest
    limited = t == farthest
    for _ in range(MOST_TRIALS):
        step = _at(region, point, bounds, -t * z)
        if step.q <= SUFFICIENT * float(point.gradient @ step.v):
            return step, limited
        t, limited = SHORTER * t, False
    return _at(region, point, bounds, np.zeros_like(z)), False


def _search(region: Region, point: Point, bounds: Bounds, step: _Step, w: Vector) -> _Step:
    """Return P(g + v + t w) − g of the first t at which q falls enough; v where none is."""
    slope, t = point.gradient + step.product, 1.0
    for _ in range(MOST_TRIALS):
        reached = _at(region, point, bounds, step.v + t * w)
        if reached.q <= step.q + SUFFICIENT * min(float(slope @ (reached.v - step.v)), 0.0):
            return reached
        t *= SHORTER
    return step


def _at(region: Region, point: Point, bounds: Bounds, v: Vector) -> _Step:
    v = bounds.project(point.g + v) - point.g
    Cv = region.product(v)
    return _Step(v, Cv, float(point.gradient @ v) + 0.5 * float(v @ Cv))


def _norm(region: Region, v: Vector) -> float:
    return float(np.sqrt(region.weights @ v**2))
