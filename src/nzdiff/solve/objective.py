"""The model as the methods see it: calls counted, the clock watched, energies comparable."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from nzdiff.solve.model import Model, Vector
from nzdiff.solve.status import Status, Stop


@dataclass(frozen=True, slots=True)
class Counts:
    """How often the model was called; a fused energy and gradient counts once in each."""

    energies: int = 0
    gradients: int = 0
    jvps: int = 0
    vjps: int = 0

    @property
    def total(self) -> int:
        """Return the calls, an energy or a gradient with its energy as one each."""
        return max(self.energies, self.gradients) + self.jvps + self.vjps


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
    """Forward calls to the model; raise `Stop` with MAX_SECONDS once the time is over."""

    model: Model
    max_seconds: float = math.inf
    started: float = field(default_factory=time.perf_counter)
    counts: Counts = field(default_factory=Counts)

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.started

    def energy(self, g: Vector) -> float:
        """Return E(g), +∞ where it is not finite or needs the inverse of a singular matrix."""
        self._watch()
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
        self._watch()
        self.counts = replace(self.counts, gradients=self.counts.gradients + 1)
        try:
            return np.array(self.model.gradient(g), dtype=np.float64)
        except np.linalg.LinAlgError:
            return np.full(g.shape, math.nan)

    def point(self, g: Vector) -> Point:
        """Return g with its energy (+∞ where energy or gradient is not finite) and gradient."""
        self._watch()
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
        self._watch()
        self.counts = replace(self.counts, jvps=self.counts.jvps + 1)
        return self.model.jvp(g, v)

    def vjp(self, g: Vector, w: Vector) -> Vector:
        """Return J(g)ᵀ w."""
        self._watch()
        self.counts = replace(self.counts, vjps=self.counts.vjps + 1)
        return self.model.vjp(g, w)

    def gauss_newton_product(self, g: Vector) -> Callable[[Vector], Vector]:
        """Return v ↦ 2 JᵀJ v at g, the Gauss-Newton part of the Hessian of E = ‖r‖²."""
        return lambda v: 2.0 * self.vjp(g, self.jvp(g, v))

    def _watch(self) -> None:
        if self.seconds() >= self.max_seconds:
            raise Stop(Status.MAX_SECONDS)
