"""What an interior point method needs of constraints: a convex cone that an affine map of g is in.

    s(g) = A g + d ∈ K,    dual z ∈ K,    s ∘ z = μ e

K is self-dual, the nonnegative numbers or the semidefinite matrices, and scales itself (Nesterov
and Todd 1997): relative to s, a step has real `ratios`, by which −log det changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import numpy as np
from scipy import sparse

from nzdiff.solvers.run.protocols import Vector

Matrix: TypeAlias = Vector | sparse.csr_array


class ConePoint(Protocol):
    """s at a g inside, and a dual z beside it."""

    @property
    def degree(self) -> int:
        """Return ν, how many inequalities, or rows of a matrix: ⟨z, s⟩ = μ ν at the centre."""
        ...

    @property
    def gap(self) -> float:
        """Return ⟨z, s⟩."""
        ...

    def push(self) -> Vector:
        """Return Aᵀ s⁻¹, the slope of log det s."""
        ...

    def matrix(self) -> Matrix:
        """Return Aᵀ W⁻¹ A, W the scaling that takes z to s."""
        ...

    def ratios(self, v: Vector) -> Vector:
        """Return r with log det s(g + t v) = log det s + Σ log(1 + t r); 1 + t r > 0 is inside."""
        ...

    def moved(self, g: Vector, v: Vector, mu: float, near: float) -> ConePoint | None:
        """Return the point at g, z moved by the Newton step that belongs to v, as far as it may.

        s ∘ z is kept within [near, 1/near] μ.  None where g is not inside, by rounding.
        """
        ...

    def recentred(self, mu: float, near: float) -> ConePoint:
        """Return the same with s ∘ z ≥ near μ."""
        ...


class Cone(Protocol):
    """A g ↦ s(g) and its K."""

    @property
    def directions(self) -> sparse.csr_array | None:
        """Return N of g = N h + x where entries are fixed: points of the cone then speak of h."""
        ...

    def contains(self, g: Vector) -> bool:
        """Tell whether s(g) is inside of K."""
        ...

    def interior(
        self, g: Vector, energy: Callable[[Vector], float], watch: Callable[[], None]
    ) -> Vector:
        """Return g, or a point inside on the way to it, of little energy if there are several.

        watch: called now and then, raises what ends the search.  ValueError where there is none.
        """
        ...

    def outward(self, g: Vector) -> Vector:
        """Return the direction from the tip of K to g, where K has its tip at 0."""
        ...

    def strength(self, g: Vector) -> float:
        """Return the size of Aᵀ s⁻¹, without what cancels in it."""
        ...

    def start(self, g: Vector, mu: float) -> ConePoint:
        """Return the point at g with s ∘ z = μ e."""
        ...


TO_THE_BOUNDARY = 0.995


def longest(ratios: Vector) -> float:
    """Return how far a step with such ratios may go, with a margin."""
    least = float(np.min(ratios, initial=0.0))
    return TO_THE_BOUNDARY / -least if least < 0.0 else np.inf
