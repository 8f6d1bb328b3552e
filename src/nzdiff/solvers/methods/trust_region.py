"""Trust-region Newton-CG: the quadratic model with the exact Hessian, within ‖v‖_M ≤ Δ.

    ρ = (E(g) − E(g + v)) / (−∂E·v − ½ vᵀ ∂²E v)

A step with ρ > 10⁻⁴ is accepted. Δ becomes ‖v‖/4 below ρ = 1/4 and at an undefined trial, 2 Δ above
ρ = 3/4 on the boundary. Indefinite and singular Hessians need nothing special.
Source: Nocedal and Wright, algorithms 4.1 and 7.2.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, get_args

import numpy as np

from nzdiff.solvers.linear.curvature import Curvature, hessian
from nzdiff.solvers.linear.diagonal import bounded_below
from nzdiff.solvers.linear.factorise import ALIKE, sizes
from nzdiff.solvers.linear.forcing import forcing_term
from nzdiff.solvers.linear.linear_system import FEW, mean_size
from nzdiff.solvers.linear.preconditioner import Preconditioner, preconditioned
from nzdiff.solvers.linear.region_in_bounds import Region, step_in_bounds
from nzdiff.solvers.linear.steihaug import RegionStep, steihaug
from nzdiff.solvers.run.check import choice, number, whole
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import LinearMap, Needs, Vector
from nzdiff.solvers.run.search import (
    UNDEFINED,
    accept,
    below_rounding,
    failure,
    longest_lower,
)
from nzdiff.solvers.run.status import Status

LEAST_GAIN = 1e-4
MOST_TRIALS = 60
MOST_RADIUS = 1e150
"""Doubles hold its square."""


@dataclass(frozen=True, slots=True)
class TrustRegion:
    """Trust-region Newton-CG.

    radius: the first Δ in steps to the minimum along −M⁻¹ ∂E/∂g.  cg_iterations, forcing: the most
    per step, and the largest relative residual.  preconditioner: M, see `preconditioned`; floor:
    the least of it in means of the diagonal. "none": I, but for few unknowns in units that span
    decades.  probes: see `Linear`.
    """

    radius: float = 10.0
    cg_iterations: int = 500
    forcing: float = 0.1
    preconditioner: Preconditioner = "none"
    probes: int = 8
    floor: float = 1.0

    name: ClassVar[str] = "trust-region"
    needs: ClassVar[Needs] = "hessian"
    takes_bounds: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Reject names and numbers that cannot be meant."""
        choice("preconditioner", self.preconditioner, get_args(Preconditioner))
        number("radius", self.radius, above=True)
        number("forcing", self.forcing, above=True, most=1.0)
        number("floor", self.floor)
        for name in ("cg_iterations", "probes"):
            whole(name, getattr(self, name), least=1)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no radius gives a decrease."""
        point, rtol, radius = start, self.forcing, 0.0
        while True:
            curvature, metric = objective.within(partial(self._at, objective, point.g))
            radius = radius or self.radius * _cauchy_length(curvature, metric.inverse, point)
            step = self._decrease(objective, point, curvature, metric, radius, rtol)
            if isinstance(step, Status):
                return step
            norms = objective.stationarity(step.point), objective.stationarity(point)
            rtol = forcing_term(*norms, rtol, largest=self.forcing)
            point, radius = step.point, step.radius
            progress.record(point, inner=step.inner)

    def _at(self, objective: Objective, g: Vector) -> tuple[Curvature, "_Metric"]:
        curvature = hessian(objective, g)
        return curvature, self._metric(curvature, g.size)

    def _metric(self, curvature: Curvature, size: int) -> "_Metric":
        if self.preconditioner == "none":
            return _units(curvature, size)
        diagonal = curvature.diagonal(self.probes)
        weights, floor = bounded_below(diagonal, self.floor), self.floor * mean_size(diagonal)
        return _Metric(
            preconditioned(curvature, self.preconditioner, weights=weights, floor=floor, shift=0.0),
            weights,
        )

    def _step(
        self,
        objective: Objective,
        point: Point,
        curvature: Curvature,
        metric: "_Metric",
        radius: float,
        rtol: float,
    ) -> RegionStep:
        is_late, radius = objective.half_left(), min(radius, MOST_RADIUS)
        if objective.bounds is not None:
            region = Region(curvature.product, metric.inverse, metric.weights, radius, is_late)
            return step_in_bounds(
                region, point, objective.bounds, rtol=rtol, max_iterations=self.cg_iterations
            )
        return steihaug(
            curvature.product,
            -point.gradient,
            radius,
            precondition=metric.inverse,
            rtol=rtol,
            max_iterations=self.cg_iterations,
            is_late=is_late,
        )

    def _decrease(
        self,
        objective: Objective,
        point: Point,
        curvature: Curvature,
        metric: "_Metric",
        radius: float,
        rtol: float,
    ) -> "_Accepted | Status":
        """Adapt Δ until a step is accepted, or say why none is.

        A promise below rounding says that the energy is at its minimum only inside the region;
        on its boundary Δ first grows, as long as no step was rejected.
        """
        inner, has_rejected, largest = 0, False, 0.0
        for trial in range(MOST_TRIALS):
            step = self._step(objective, point, curvature, metric, radius, rtol)
            inner += step.inner
            promised = -float(point.gradient @ step.v) - 0.5 * float(step.v @ step.product)
            largest = max(largest, promised)
            if below_rounding(promised, point):
                if has_rejected:
                    return failure(largest, point)
                if not step.on_boundary:
                    return Status.ROUNDING_LEVEL
                radius *= 10.0
                continue
            g = objective.project(point.g + step.v)
            energy = objective.energy(g)
            gain = (point.energy - energy) / promised
            reached = accept(objective, g, energy) if gain > LEAST_GAIN else None
            if reached is not None:
                return _Accepted(reached, _next_radius(radius, step, gain), inner)
            shorter = 0.25
            if trial >= UNDEFINED and math.isinf(energy):
                shorter = longest_lower(objective, point, step.v, promised)
            radius, has_rejected = shorter * step.norm, True
        return failure(largest, point)


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The next iterate, the Δ to go on with, all CG iterations spent."""

    point: Point
    radius: float
    inner: int


@dataclass(frozen=True, slots=True)
class _Metric:
    """v ↦ M⁻¹ v, and a diagonal W ≈ M."""

    inverse: LinearMap
    weights: Vector


def _units(curvature: Curvature, size: int) -> _Metric:
    """Return I, or the sizes of few unknowns where they span decades."""
    if size <= FEW:
        weights = sizes(curvature.columns())
        if weights.min(initial=np.inf) <= ALIKE * weights.mean():
            return _Metric(lambda v: v / weights, weights)
    return _Metric(np.copy, np.ones(size))


def _next_radius(radius: float, step: RegionStep, gain: float) -> float:
    if gain < 0.25:
        return 0.25 * step.norm
    return 2.0 * radius if gain > 0.75 and step.on_boundary else radius


def _cauchy_length(curvature: Curvature, inverse: LinearMap, point: Point) -> float:
    """Return ‖v‖_M of the minimum along −M⁻¹ ∂E/∂g; without one, of a tenth of ‖g‖."""
    z = inverse(point.gradient)
    length = float(np.linalg.norm(z))
    if not 0.0 < length < math.inf:
        return 0.1
    z = z / length
    slope, bent = float(point.gradient @ z), float(z @ curvature.product(z))
    size = slope / bent if bent > 0.0 else 0.1 * (float(np.linalg.norm(point.g)) or 1.0)
    return size * math.sqrt(slope / length)
