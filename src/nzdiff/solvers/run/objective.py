"""The model as the methods see it: calls counted, the clock watched, energies comparable."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from nzdiff.beside import Beside
from nzdiff.solvers.run.bounds import Bounds
from nzdiff.solvers.run.cone import Cone
from nzdiff.solvers.run.protocols import ModelLike, SymmetricOperator, Vector
from nzdiff.solvers.run.status import Status, Stop

T = TypeVar("T")

PATIENCE, HALF = 0.1, 0.5
"""Of the seconds left, what a step waits for that which makes it better, and what an inexact one
takes at most."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often the model was called; a fused energy and gradient counts once in each.

    products, assemblies: of the model's own second-order operators, with vectors and as a whole.
    """

    energies: int = 0
    gradients: int = 0
    jvps: int = 0
    vjps: int = 0
    products: int = 0
    assemblies: int = 0

    @property
    def total(self) -> int:
        """Return the calls, an energy or a gradient with its energy as one each."""
        first = max(self.energies, self.gradients) + self.jvps + self.vjps
        return first + self.products + self.assemblies


@dataclass(frozen=True, slots=True)
class Point:
    """An iterate with everything known there."""

    g: Vector
    energy: float
    gradient: Vector

    @property
    def gradient_norm(self) -> float:
        """Return ‖∂E/∂g‖."""
        return float(np.linalg.norm(self.gradient))


@dataclass(slots=True)
class Objective:
    """Forward calls to the model; raise `Stop` with MAX_SECONDS once the time is over.

    bounds: of the unknowns, or None.  cone: other constraints that g keeps, strictly inside, or
    None.  squares: whether E = ‖r‖² has a residual.
    """

    model: ModelLike
    bounds: Bounds | None = None
    cone: Cone | None = None
    squares: bool = False
    max_seconds: float = math.inf
    started: float = field(default_factory=time.perf_counter)
    counts: Counts = field(default_factory=Counts)

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.started

    def energy(self, g: Vector) -> float:
        """Return E(g), +∞ where it is not finite or needs the inverse of a singular matrix."""
        self.watch()
        self.counts = replace(self.counts, energies=self.counts.energies + 1)
        if not np.isfinite(g).all():
            return math.inf
        try:
            energy = float(self.model.energy(g))
        except np.linalg.LinAlgError:
            return math.inf
        return energy if math.isfinite(energy) else math.inf

    def gradient(self, g: Vector) -> Vector:
        """Return ∂E/∂g, NaN at a singular matrix; cheap where E(g) was the last evaluation."""
        self.watch()
        self.counts = replace(self.counts, gradients=self.counts.gradients + 1)
        if not np.isfinite(g).all():
            return np.full(g.shape, math.nan)
        try:
            return np.array(self.model.gradient(g), dtype=np.float64)
        except np.linalg.LinAlgError:
            return np.full(g.shape, math.nan)

    def point(self, g: Vector, *, watched: bool = True) -> Point:
        """Return g with its energy (+∞ where energy or gradient is not finite) and gradient.

        Not watched: also where the time is over.
        """
        if watched:
            self.watch()
        counts = self.counts
        self.counts = replace(counts, energies=counts.energies + 1, gradients=counts.gradients + 1)
        undefined = Point(g, math.inf, np.full(g.shape, math.nan))
        if not np.isfinite(g).all():
            return undefined
        try:
            energy, gradient = self.model.energy_and_gradient(g)
        except np.linalg.LinAlgError:
            return undefined
        finite = math.isfinite(energy) and bool(np.isfinite(gradient).all())
        return Point(g, float(energy) if finite else math.inf, np.array(gradient, np.float64))

    def jvp(self, g: Vector, v: Vector) -> Vector:
        """Return J(g) v."""
        self.watch()
        self.counts = replace(self.counts, jvps=self.counts.jvps + 1)
        return self.model.jvp(g, v)

    def vjp(self, g: Vector, w: Vector) -> Vector:
        """Return J(g)ᵀ w."""
        self.watch()
        self.counts = replace(self.counts, vjps=self.counts.vjps + 1)
        return self.model.vjp(g, w)

    def product(self, operator: SymmetricOperator, v: Vector) -> Vector:
        """Return the product of a second-order operator of the model with v."""
        self.watch()
        self.counts = replace(self.counts, products=self.counts.products + 1)
        return operator @ v

    def assembly(self) -> None:
        """Count one second-order matrix that is about to be assembled."""
        self.watch()
        self.counts = replace(self.counts, assemblies=self.counts.assemblies + 1)

    def project(self, g: Vector) -> Vector:
        """Return the nearest point within the bounds, or one inside of the cone."""
        if self.cone is not None:
            return self.cone.interior(g, self.energy, self.watch)
        return g if self.bounds is None else self.bounds.project(g)

    def on_ray(self, g: Vector) -> Vector | None:
        """Return g projected on the bounds; None where it is not finite, or outside of the cone."""
        if not np.isfinite(g).all() or (self.cone is not None and not self.cone.contains(g)):
            return None
        return g if self.bounds is None else self.bounds.project(g)

    def stationarity(self, point: Point) -> float:
        """Return the norm that vanishes at a solution: of ∂E/∂g, or of P(g − ∂E/∂g) − g."""
        if self.bounds is None:
            return point.gradient_norm
        return float(np.linalg.norm(self.bounds.projected_gradient(point.g, point.gradient)))

    def within(self, work: Callable[[], T]) -> T:
        """Return work(); raise `Stop` when the time is over, also in the middle of it.

        What cannot be interrupted (a factorisation, a compiler) then goes on in its thread, to an
        end that nobody waits for.
        """
        if not self.is_timed:
            return work()
        self.watch()
        job = Beside(work)
        while not job.wait(self.left()):
            self.watch()
        return job.result()

    @property
    def is_timed(self) -> bool:
        """Whether there is a max_seconds: without one nothing depends on the clock."""
        return math.isfinite(self.max_seconds)

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(self.max_seconds - self.seconds(), 0.0)

    def is_done(self, job: Beside[T]) -> bool:
        """Tell whether work beside the run is done that the next step may wait for.

        To its end without max_seconds, else for PATIENCE of what was left when it began.
        """
        if not self.is_timed:
            return job.wait()
        now, end = time.perf_counter(), self.started + self.max_seconds
        return job.wait(max(job.began + PATIENCE * (end - job.began) - now, 0.0))

    def half_left(self) -> Callable[[], bool]:
        """Return what tells when half of the seconds that are left now are over."""
        end = self.seconds() + HALF * self.left()
        return lambda: self.seconds() >= end

    def watch(self) -> None:
        """Raise `Stop` once the time is over."""
        if self.seconds() >= self.max_seconds:
            raise Stop(Status.MAX_SECONDS)
