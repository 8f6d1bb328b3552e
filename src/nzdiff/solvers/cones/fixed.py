"""Entries that bounds leave one value: g = N h + x keeps them, and h is inside of a cone.

N and x are those of linear constraints of a pattern: see `nzdiff.constraints`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import linalg as sparse_linalg

from nzdiff.constraints.basis import constraint_basis
from nzdiff.solvers.run.cone import Cone, ConePoint
from nzdiff.solvers.run.cone import Matrix as ConeMatrix
from nzdiff.solvers.run.protocols import LinearMap, Vector


@dataclass(frozen=True, slots=True)
class Plane:
    """All g = N h + x; inverse: (NᵀN)⁻¹."""

    N: sparse.csr_array
    x: Vector
    inverse: LinearMap

    def coordinates(self, g: Vector) -> Vector:
        """Return the h whose g is nearest."""
        return self.inverse(np.asarray(self.N.T @ (g - self.x)))

    def at(self, h: Vector) -> Vector:
        """Return N h + x."""
        return np.asarray(self.N @ h + self.x)


def plane(E: sparse.csr_array, e: Vector) -> Plane:
    """Return all g with E g = e; ValueError where there is none."""
    count, size = E.shape
    eye = sparse.csr_array(sparse.eye_array(size, format="csr"))
    try:
        N, x = constraint_basis(E, eye, np.zeros(size), e)
    except ValueError as error:
        raise ValueError(
            f"bounds: the constraints of the pattern do not let the {count} entries of equal "
            "bounds have these values together"
        ) from error
    gram = sparse.csc_array(N.T @ N)
    return Plane(N, x, sparse_linalg.splu(gram).solve if N.shape[1] else np.copy)


@dataclass(frozen=True, slots=True)
class ConeOnPlane:
    """The cone of g = N h + x, from that of h."""

    cone: Cone
    plane: Plane

    @property
    def directions(self) -> sparse.csr_array:
        """Return N."""
        return self.plane.N

    def contains(self, g: Vector) -> bool:
        """Tell whether s(g) is inside of K."""
        return self.cone.contains(self.plane.coordinates(g))

    def interior(
        self, g: Vector, energy: Callable[[Vector], float], watch: Callable[[], None]
    ) -> Vector:
        """Return the nearest g on the plane, or a point inside on the way to it."""
        h = self.plane.coordinates(g)
        return self.plane.at(self.cone.interior(h, lambda x: energy(self.plane.at(x)), watch))

    def outward(self, g: Vector) -> Vector:
        """Return that of the part of g that moves no fixed entry."""
        N = self.plane.N
        return np.asarray(N @ self.cone.outward(self.plane.inverse(np.asarray(N.T @ g))))

    def strength(self, g: Vector) -> float:
        """Return that at h."""
        return self.cone.strength(self.plane.coordinates(g))

    def start(self, g: Vector, mu: float) -> ConePoint:
        """Return the point at g with s ∘ z = μ e."""
        return PointOnPlane(self.cone.start(self.plane.coordinates(g), mu), self.plane)


@dataclass(frozen=True, slots=True)
class PointOnPlane:
    """A point of the cone of h, which is moved to a g."""

    point: ConePoint
    plane: Plane

    @property
    def degree(self) -> int:
        """Return ν."""
        return self.point.degree

    @property
    def gap(self) -> float:
        """Return ⟨z, s⟩."""
        return self.point.gap

    def push(self) -> Vector:
        """Return the slope of log det s by h."""
        return self.point.push()

    def matrix(self) -> ConeMatrix:
        """Return Aᵀ W⁻¹ A of h."""
        return self.point.matrix()

    def ratios(self, v: Vector) -> Vector:
        """Return those of a direction of h."""
        return self.point.ratios(v)

    def moved(self, g: Vector, v: Vector, mu: float, near: float) -> PointOnPlane | None:
        """Return the point at g."""
        moved = self.point.moved(self.plane.coordinates(g), v, mu, near)
        return None if moved is None else PointOnPlane(moved, self.plane)

    def recentred(self, mu: float, near: float) -> PointOnPlane:
        """Return the same with s ∘ z ≥ near μ."""
        return PointOnPlane(self.point.recentred(mu, near), self.plane)
