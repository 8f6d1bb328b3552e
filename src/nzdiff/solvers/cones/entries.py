"""Bounds on stored entries, vec(G) = T g + c, as bounds or inequalities of g."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from scipy import sparse

from nzdiff.solvers.cones.matrices import of_matrices
from nzdiff.solvers.run.bounds import Bounds, checked_bounds
from nzdiff.solvers.run.cone import longest
from nzdiff.solvers.run.protocols import HasPatterns, ModelLike, Vector

TOUCHING = 1e-9


@dataclass(frozen=True, slots=True)
class Polyhedron:
    """B g + d ≥ 0, B sparse of shape (inequalities, s)."""

    B: sparse.csr_array
    d: Vector

    @property
    def directions(self) -> None:
        """Return None: no entries are fixed."""
        return

    def slack(self, g: Vector) -> Vector:
        """Return B g + d."""
        return np.asarray(self.B @ g + self.d)

    def contains(self, g: Vector) -> bool:
        """Tell whether all are positive."""
        return bool(self.slack(g).min(initial=1.0) > 0.0)

    def outward(self, g: Vector) -> Vector:
        """Return g."""
        return g

    def strength(self, g: Vector) -> float:
        """Return ‖|B|ᵀ s⁻¹‖: bounds on both sides may cancel in Bᵀ s⁻¹."""
        return float(np.linalg.norm(abs(self.B).T @ (1.0 / self.slack(g))))

    def start(self, g: Vector, mu: float) -> PolyhedronPoint:
        """Return the point at g with z_i s_i = μ."""
        s = self.slack(g)
        return PolyhedronPoint(self, s, mu / s)

    def interior(
        self, g: Vector, energy: Callable[[Vector], float], watch: Callable[[], None]
    ) -> Vector:
        """Return g, or where it is not inside, a point inside on the way to it.

        ValueError where there is none: the bounds contradict the constraints, or leave some entry
        one value. The middle is that of a linear program: the largest least slack, at most 1.
        """
        slack = self.slack(g)
        if slack.min(initial=np.inf) > TOUCHING * (1.0 + np.abs(slack).max(initial=0.0)):
            return g
        rows, size = self.B.shape
        found = scipy.optimize.linprog(
            np.append(np.zeros(size), -1.0),
            A_ub=sparse.hstack([-self.B, np.ones((rows, 1))], format="csr"),
            b_ub=self.d,
            bounds=[(None, None)] * size + [(None, 1.0)],
        )
        if found.x is None or not found.x[-1] > TOUCHING:
            least = "none" if found.x is None else f"{found.x[-1]:.3g}"
            raise ValueError(
                "bounds: expected bounds within which the entries have room under the constraints "
                f"of the pattern; the largest room that all have is {least}. Of entries that can "
                "take one value alone both bounds have to be that value"
            )
        middle = found.x[:-1]
        way, start = self.slack(g) - self.slack(middle), self.slack(middle)
        with np.errstate(divide="ignore"):
            longest = np.min(np.where(way < 0.0, -0.9 * start / way, 1.0), initial=1.0)
        return np.asarray(middle + longest * (g - middle))


@dataclass(frozen=True, slots=True)
class PolyhedronPoint:
    """s = B g + d > 0 and z > 0, see `ConePoint`."""

    polyhedron: Polyhedron
    s: Vector
    z: Vector

    @property
    def degree(self) -> int:
        """Return how many inequalities there are."""
        return self.s.size

    @property
    def gap(self) -> float:
        """Return zᵀ s."""
        return float(self.z @ self.s)

    def push(self) -> Vector:
        """Return Bᵀ s⁻¹."""
        return np.asarray(self.polyhedron.B.T @ (1.0 / self.s))

    def matrix(self) -> sparse.csr_array:
        """Return Bᵀ diag(z/s) B."""
        B = self.polyhedron.B
        return sparse.csr_array(B.T @ sparse.diags_array(self.z / self.s) @ B)

    def ratios(self, v: Vector) -> Vector:
        """Return B v / s."""
        return np.asarray(self.polyhedron.B @ v / self.s)

    def moved(self, g: Vector, v: Vector, mu: float, near: float) -> PolyhedronPoint | None:
        """Return the point at g, with dz = μ/s − z − z (B v)/s."""
        s = self.polyhedron.slack(g)
        if not s.min(initial=1.0) > 0.0:
            return None
        relative = mu / (self.s * self.z) - 1.0 - self.ratios(v)
        z = self.z * (1.0 + min(1.0, longest(relative)) * relative)
        return PolyhedronPoint(self.polyhedron, s, np.clip(z, near * mu / s, mu / (near * s)))

    def recentred(self, mu: float, near: float) -> PolyhedronPoint:
        """Return the same with z_i s_i ≥ near μ."""
        return PolyhedronPoint(self.polyhedron, self.s, np.maximum(self.z, near * mu / self.s))


@dataclass(frozen=True, slots=True)
class EntryBounds:
    """Bounds on entries, as what they are of g.

    box: where every entry with bounds has one g_t.  polyhedron: else, of entries whose bounds leave
    room; E, e: of those with one value, E g = e.  None where there are none.
    """

    box: Bounds | None = None
    polyhedron: Polyhedron | None = None
    fixed: tuple[sparse.csr_array, Vector] | None = None


def bounds_of_entries(model: ModelLike, bounds: Any) -> EntryBounds:
    """Return bounds on entries as bounds, inequalities and equations of g.

    Arrays are in the order of g where g holds the entries themselves, else in that of the stored
    entries, one unknown after the other; matrices are those of the unknowns.
    """
    if bounds is None:
        return EntryBounds()
    T, c = _map(model)
    bounds = of_matrices(model, bounds)
    if T is None:
        return EntryBounds(checked_bounds(bounds, model.size))
    box = checked_bounds(bounds, T.shape[0])
    if box is None:
        return EntryBounds()
    lower, upper = box.lower - c, box.upper - c
    counts = np.diff(T.indptr)
    _check_fixed(counts, lower, upper, c)
    has_bounds = np.isfinite(lower) | np.isfinite(upper)
    if (counts[has_bounds] <= 1).all():
        return EntryBounds(_of_ties(T, counts, lower, upper))
    is_fixed = (box.lower == box.upper) & (counts > 0)
    low, high = (np.isfinite(side) & (counts > 0) & ~is_fixed for side in (lower, upper))
    B = sparse.csr_array(sparse.vstack([T[low], -T[high]], format="csr"))
    polyhedron = Polyhedron(B, np.concatenate([-lower[low], upper[high]]))
    fixed = (sparse.csr_array(T[is_fixed]), lower[is_fixed]) if is_fixed.any() else None
    return EntryBounds(None, polyhedron, fixed)


def _map(model: ModelLike) -> tuple[sparse.csr_array | None, Vector]:
    """Return T and c of the stored entries of all unknowns; T None where g holds them itself."""
    patterns = model.patterns if isinstance(model, HasPatterns) else ()
    if all(pattern.is_selection for pattern in patterns):
        return None, np.zeros(0)
    parts = [
        sparse.eye_array(p.size, format="csr") if p.is_selection else p.matrix for p in patterns
    ]
    offsets = [np.zeros(p.size) if p.is_selection else p.expand(np.zeros(p.size)) for p in patterns]
    return sparse.csr_array(sparse.block_diag(parts, format="csr")), np.concatenate(offsets)


def _check_fixed(counts: Vector, lower: Vector, upper: Vector, c: Vector) -> None:
    """Refuse bounds that an entry which never changes does not keep."""
    room = TOUCHING * (1.0 + np.abs(c))
    wrong = np.flatnonzero((counts == 0) & ((lower > room) | (upper < -room)))
    if wrong.size:
        first = int(wrong[0])
        raise ValueError(
            f"bounds: entry {first} of the stored ones is fixed to {c[first]:g} by the pattern, "
            f"outside of [{lower[first] + c[first]:g}, {upper[first] + c[first]:g}]"
        )


def _of_ties(T: sparse.csr_array, counts: Vector, lower: Vector, upper: Vector) -> Bounds | None:
    """Return the bounds on g of entries t g_j: what all entries of a g_j leave it."""
    rows = np.flatnonzero(counts == 1)
    j, t = T.indices[T.indptr[rows]], T.data[T.indptr[rows]]
    ends = np.sort(np.array([lower[rows], upper[rows]]) / t, axis=0)
    least, most = np.full(T.shape[1], -np.inf), np.full(T.shape[1], np.inf)
    np.maximum.at(least, j, ends[0])
    np.minimum.at(most, j, ends[1])
    empty = np.flatnonzero(least > most + TOUCHING * (1.0 + np.abs(most)))
    if empty.size:
        raise ValueError(
            f"bounds: the entries that are tied to g[{empty[0]}] leave it no value: at least "
            f"{least[empty[0]]:g} and at most {most[empty[0]]:g}"
        )
    return checked_bounds((np.minimum(least, most), most), T.shape[1])
