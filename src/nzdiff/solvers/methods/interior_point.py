"""Primal-dual interior point for constraints s = A g + d ∈ K: entries within bounds that the
pattern joins, K the nonnegative numbers, and semidefinite matrices.

    ∂E − Aᵀ z = 0,    s ∘ z = μ e,    s ∈ K,    z ∈ K

Newton's step on these equations, scaled so that s and z are alike, μ tending to zero, and a search
along it for the barrier energy E − μ log det s. Iterates stay strictly inside, so that energies
that are undefined outside are taken. It ends where the duality gap ⟨z, s⟩ and what the Newton step
promises are together at most what a minimum may still promise, and the system is semidefinite:
then it is one to second order as well. Of a convex energy the two bound what it is above the
minimum.
Source: Nocedal and Wright, chapter 19; Nesterov and Todd 1997.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from scipy import sparse

from nzdiff.beside import Beside
from nzdiff.solvers.certificate.products import hessian_products
from nzdiff.solvers.linear.curvature import hessian
from nzdiff.solvers.linear.factorise import LEAST_SHIFT, Matrix, positive_definite
from nzdiff.solvers.linear.linear_system import FEW, is_direct
from nzdiff.solvers.methods.outlook import Outlook
from nzdiff.solvers.run.check import number
from nzdiff.solvers.run.cone import Cone, ConePoint, longest
from nzdiff.solvers.run.cone import Matrix as ConeMatrix
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import HasHessian, LinearMap, Needs, Vector
from nzdiff.solvers.run.search import MAX_TRIALS, SUFFICIENT_DECREASE, accept
from nzdiff.solvers.run.status import Status

UNSEEN = 1e-14
MOST_DENSE = 5_000
NEAR, RECENTRED = 1e-4, 1e-3
"""How far s ∘ z may be from μ; what it is lifted to where no step helps."""
EVERY = 16
"""Columns of a Hessian after which it may turn out that it can be assembled by now."""
SETTLED = 0.1
"""By how much a step changes E at most where E has come to rest at a μ, in μ times the degree."""
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
        cone = objective.cone
        if cone is None:
            raise ValueError(
                "interior-point: expected bounds on entries that constraints join, or semidefinite"
            )
        point, mu = start, objective.within(partial(_first_mu, objective, cone, start))
        at, added, still, curvatures = cone.start(point.g, mu), 0.0, 0, _Curvatures(objective)
        outlook = Outlook(objective, cone, progress)
        while point.energy > progress.energy_floor:
            right = mu * at.push() - _reduced(cone, point.gradient)
            found = objective.within(partial(_factors, curvatures, cone, point, at, added))
            if found is None:
                return outlook.verdict(Status.NO_DESCENT, point)
            v, added = found[0](right), 0.1 * found[1]
            step = v if cone.directions is None else cone.directions @ v
            promised, change = 0.5 * float(right @ v), abs(float(point.gradient @ step))
            # where no part of E holds S, the barrier alone lets it grow, and promises more and more
            has_settled = change <= SETTLED * mu * at.degree
            progress.promised = at.gap + (min(promised, change) if has_settled else promised)
            target = max(progress.threshold(), UNSEEN * abs(point.energy))
            if progress.promised <= target and found[1] <= LEAST_SHIFT:
                progress.best = point
                return outlook.verdict(Status.CONVERGED, point, step)
            reached = _search(objective, cone, point, step, mu, at.ratios(v))
            moved = None if reached is None else at.moved(reached.g, v, mu, NEAR)
            least = 0.3 * target / max(at.degree, 1)
            if reached is None or moved is None:
                if mu <= least:
                    return outlook.verdict(Status.STAGNATED, point)
                mu = max(self.decrease * mu, least)
                at = at.recentred(mu, RECENTRED)
                continue
            still = still + 1 if mu <= least and not reached.energy < point.energy else 0
            if still > PATIENCE:
                return outlook.verdict(Status.STAGNATED, point)
            point, at = reached, moved
            progress.record(point, damping=found[1], inner=0)
            if outlook.is_endless(point):
                return Status.NO_MINIMUM
            if promised <= mu * at.degree or has_settled:
                mu = max(self.decrease * mu, least)
        progress.promised = point.energy
        return Status.ZERO_ENERGY


def _first_mu(objective: Objective, cone: Cone, start: Point) -> float:
    """Return a μ at which what K pushes is as large as ∂E, or the gap as what ∂E promises.

    The second is the larger where s is too small to be in scale with E: the barrier lets it grow.
    """
    degree, strength = cone.start(start.g, 1.0).degree, cone.strength(start.g)
    if degree == 0:
        return 1.0
    pushed = start.gradient_norm / strength if strength > 0.0 else 0.0
    slope = start.gradient_norm
    if slope == 0.0:
        return 1.0
    downhill = start.gradient / slope
    bent = float(downhill @ hessian_products(objective, start).product(downhill))
    promised = 0.5 * slope * (slope / bent) if bent > 0.0 else 0.0
    return max(pushed, promised / degree) or 1.0


def _factors(
    curvatures: _Curvatures, cone: Cone, point: Point, at: ConePoint, added: float
) -> tuple[LinearMap, float] | None:
    """Return the inverse of H + Aᵀ W⁻¹ A and its shift, see `positive_definite`."""
    system = _sum(_restricted(cone, curvatures.at(point)), at.matrix())
    return positive_definite(system, 0.0, first=added)


@dataclass(slots=True)
class _Curvatures:
    """H of a run; with max_seconds by one product for each column until it can be assembled."""

    objective: Objective
    assembly: Beside[bool] | None = None

    def at(self, point: Point) -> Matrix:
        """Return H; MemoryError where it is neither small nor sparse."""
        size = point.g.size
        if self._is_assembled(point):
            return hessian(self.objective, point.g).matrix()
        if size > MOST_DENSE:
            raise MemoryError(
                f"interior-point: expected a sparse Hessian or at most {MOST_DENSE} unknowns, "
                f"got {size}"
            )
        return self._by_columns(point)

    def _by_columns(self, point: Point) -> Matrix:
        """Return H by its columns, or assembled as soon as that can be."""
        product, assembly = hessian_products(self.objective, point).product, self.assembly
        is_open = assembly is not None and not assembly.is_done()
        H = np.empty((point.g.size, point.g.size))
        for k, unit in enumerate(np.eye(point.g.size)):
            if is_open and k % EVERY == 0 and self._is_assembled(point):
                return hessian(self.objective, point.g).matrix()
            H[k] = product(unit)
        return np.asarray(0.5 * (H + H.T))

    def _is_assembled(self, point: Point) -> bool:
        """Tell whether H is assembled, and what that takes is planned and compiled."""
        if point.g.size <= FEW or not isinstance(self.objective.model, HasHessian):
            return False
        if self.assembly is None:
            self.assembly = Beside(lambda: self._assembles(point))
        if point.g.size > MOST_DENSE:
            return self.assembly.result()
        return self.objective.is_done(self.assembly) and self.assembly.result()

    def _assembles(self, point: Point) -> bool:
        curvature, size = hessian(self.objective, point.g), point.g.size
        is_dense = size <= MOST_DENSE and curvature.assembled_bytes is not None
        if not (is_dense or is_direct(curvature, size)):
            return False
        if self.objective.is_timed:
            curvature.matrix()
        return True


def _reduced(cone: Cone, gradient: Vector) -> Vector:
    """Return Nᵀ ∂E where entries are fixed."""
    return gradient if cone.directions is None else np.asarray(cone.directions.T @ gradient)


def _restricted(cone: Cone, H: Matrix) -> Matrix:
    """Return Nᵀ H N where entries are fixed."""
    N = cone.directions
    if N is None:
        return H
    inner = N.T @ H @ N
    return sparse.csc_array(inner) if sparse.issparse(inner) else np.asarray(inner)


def _sum(H: Matrix, added: ConeMatrix) -> Matrix:
    """Return the sum, sparse where both are."""
    if sparse.issparse(H) and sparse.issparse(added):
        return sparse.csc_array(H + added)
    return _dense(H) + _dense(added)


def _dense(matrix: Matrix | ConeMatrix) -> Vector:
    return matrix if isinstance(matrix, np.ndarray) else np.asarray(matrix.toarray())


def _search(
    objective: Objective, cone: Cone, point: Point, v: Vector, mu: float, ratios: Vector
) -> Point | None:
    """Shorten t until E − μ log det s falls enough along v; None where no t does."""
    slope = float(point.gradient @ v) - mu * float(np.sum(ratios))
    if not slope < 0.0:
        return None
    t = min(1.0, longest(ratios))
    for _ in range(MAX_TRIALS):
        g = point.g + t * v
        if cone.contains(g):
            energy = objective.energy(g)
            gain = point.energy - energy + mu * float(np.sum(np.log1p(t * ratios)))
            noise = 1e-13 * (abs(point.energy) + mu * float(np.abs(ratios).sum()))
            if gain + noise >= -SUFFICIENT_DECREASE * t * slope:
                reached = accept(objective, g, energy)
                if reached is not None:
                    return reached
        t *= 0.5
    return None
