"""Primal-dual interior point for bounds on entries that constraints join: B g + d ≥ 0.

    ∂E − Bᵀ z = 0,    z_i s_i = μ,    s = B g + d > 0,    z > 0

Newton's step on these equations, μ tending to zero, and a search along it for the barrier energy
E − μ Σ log s. Entries stay strictly inside, so that energies that are undefined outside are taken.
It ends where the duality measure zᵀs and what the Newton step promises are at most what a minimum
may still promise, and the system is semidefinite: then it is one to second order as well.
Source: Nocedal and Wright, chapter 19.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from scipy import sparse

from nzdiff.solvers.certificate.products import hessian_products
from nzdiff.solvers.linear.curvature import hessian
from nzdiff.solvers.linear.factorise import LEAST_SHIFT, Matrix, positive_definite
from nzdiff.solvers.linear.linear_system import FEW, is_direct
from nzdiff.solvers.run.check import number
from nzdiff.solvers.run.entries import Polyhedron
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import HasHessian, LinearMap, Needs, Vector
from nzdiff.solvers.run.search import MAX_TRIALS, SUFFICIENT_DECREASE, accept
from nzdiff.solvers.run.status import Status

TO_THE_BOUNDARY = 0.995
UNSEEN = 1e-14
MOST_DENSE = 3_000
PATIENCE = 20
"""Steps at the last μ that may leave the energy as it is."""


@dataclass(frozen=True, slots=True)
class InteriorPoint:
    """decrease: by how much μ falls once its equations hold well enough."""

    decrease: float = 0.1

    name: ClassVar[str] = "interior-point"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Reject a μ that does not fall."""
        number("decrease", self.decrease, above=True, most=0.9)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until the conditions of a minimum hold, or no step helps."""
        region = objective.polyhedron
        if region is None:
            raise ValueError("interior-point: expected bounds on entries that constraints join")
        point, s = start, region.slack(start.g)
        push = abs(region.B).T @ (1.0 / s)  # bounds on both sides may cancel in Bᵀ (1/s)
        mu = float(np.linalg.norm(point.gradient)) / float(np.linalg.norm(push))
        mu, z, added, still = mu or 1.0, (mu or 1.0) / s, 0.0, 0
        while True:
            right = region.B.T @ (mu / s) - point.gradient
            found = objective.within(partial(_factors, objective, region, point, s, z, added))
            if found is None:
                return Status.NO_DESCENT
            v, added = found[0](right), 0.1 * found[1]
            promised = 0.5 * float(right @ v)
            target = max(progress.threshold(), UNSEEN * abs(point.energy))
            if max(float(z @ s), promised) <= target and found[1] <= LEAST_SHIFT:
                progress.best = point
                return Status.CONVERGED
            ds = np.asarray(region.B @ v)
            dz = mu / s - z - z / s * ds
            reached = _search(objective, region, point, v, mu, min(1.0, _longest(s, ds)))
            least = 0.3 * target / s.size
            if reached is None:
                if mu <= least:
                    return Status.STAGNATED
                mu = max(self.decrease * mu, least)
                z = np.maximum(z, 1e-3 * mu / s)
                continue
            still = still + 1 if mu <= least and not reached.energy < point.energy else 0
            if still > PATIENCE:
                return Status.STAGNATED
            point, s = reached, region.slack(reached.g)
            z = np.clip(z + min(1.0, _longest(z, dz)) * dz, 1e-8 * mu / s, 1e8 * mu / s)
            progress.record(point, damping=found[1], inner=0)
            if promised <= mu * s.size:
                mu = max(self.decrease * mu, least)


def _longest(x: Vector, dx: Vector) -> float:
    """Return the t up to which x + t dx stays positive, with a margin."""
    falls = dx < 0.0
    return TO_THE_BOUNDARY * float(np.min(-x[falls] / dx[falls], initial=math.inf))


def _factors(
    objective: Objective, region: Polyhedron, point: Point, s: Vector, z: Vector, added: float
) -> tuple[LinearMap, float] | None:
    """Return the inverse of the system and its shift, see `positive_definite`."""
    return positive_definite(_system(objective, region, point, s, z), 0.0, first=added)


def _system(objective: Objective, region: Polyhedron, point: Point, s: Vector, z: Vector) -> Matrix:
    """Return H + Bᵀ diag(z/s) B; MemoryError where neither is small or sparse."""
    added = sparse.csr_array(region.B.T @ sparse.diags_array(z / s) @ region.B)
    size = point.g.size
    if size > FEW and isinstance(objective.model, HasHessian):
        curvature = hessian(objective, point.g)
        if is_direct(curvature, size):
            H = curvature.matrix()
            return sparse.csc_array(H + added) if sparse.issparse(H) else H + added.toarray()
    if size > MOST_DENSE:
        raise MemoryError(
            f"interior-point: expected a sparse Hessian or at most {MOST_DENSE} unknowns, "
            f"got {size}"
        )
    return np.asarray(hessian_products(objective, point).matrix(size) + added.toarray())


def _search(
    objective: Objective, region: Polyhedron, point: Point, v: Vector, mu: float, t: float
) -> Point | None:
    """Shorten t until E − μ Σ log s falls enough along v; None where no t does."""
    s, ds = region.slack(point.g), np.asarray(region.B @ v)
    slope = float(point.gradient @ v) - mu * float(np.sum(ds / s))
    if not slope < 0.0:
        return None
    noise = 1e-13 * (abs(point.energy) + mu * float(np.abs(np.log(s)).sum()))
    for _ in range(MAX_TRIALS):
        after = s + t * ds
        if after.min(initial=1.0) > 0.0 and region.slack(point.g + t * v).min(initial=1.0) > 0.0:
            energy = objective.energy(point.g + t * v)
            gain = point.energy - energy + mu * float(np.sum(np.log1p(t * ds / s)))
            if gain + noise >= -SUFFICIENT_DECREASE * t * slope:
                reached = accept(objective, point.g + t * v, energy)
                if reached is not None:
                    return reached
        t *= 0.5
    return None
