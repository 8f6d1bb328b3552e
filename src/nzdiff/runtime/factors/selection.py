"""Entries of A₁⁻¹ M₁ A₂⁻¹ M₂ … A_k⁻¹ from factors in one tree, without any inverse.

They are the block (1, k) of the inverse of a matrix of k × k blocks with A_a on its diagonal and
−M_a above it.  Numbers become triangles of k × k numbers in the elimination of each front; going
back down from the roots (see `tree`), the inverse is

    Z_SJ = −Z_SS X,   Z_JS = −Y Z_SS,   Z_JJ = B − Y Z_SJ,   X = F_SJ B,  Y = B F_JS,  B = F_JJ⁻¹,

where only what stands in fronts is ever computed.  For k = 1 that is Takahashi's recursion, for
k = 2 its differential.  K. Takahashi, J. Fagan, M.-S. Chin, 8th PICA Conference (1973);
A. M. Erisman, W. F. Tinney, Comm. ACM 18 (1975).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.factors.multifrontal import Inverted, Multifrontal, loaded
from nzdiff.runtime.factors.tree import Places, Tree

Floats = NDArray[np.float64]
Blocks = dict[tuple[int, int], Any]
"""By block (a, b), 0 ≤ a ≤ b < k."""
Inverses = Sequence[tuple[Multifrontal, bool]]
"""A₁ … A_k, each transposed or not."""
MOST = 16
"""The most inverses in a product, for the compiled twin."""


class NumpyEngine:
    """See `Engine`."""

    name = "numpy"

    def factors(self, tree: Tree, places: Places, *, definite: bool) -> Multifrontal:
        """See `Engine`."""
        return Multifrontal(tree, places, definite)

    def select(
        self,
        inverses: Inverses,
        middles: Sequence[tuple[Places, Floats]],
        wanted: Places,
        out: Floats,
        *,
        symmetric: bool,
    ) -> None:
        """See `selected`."""
        selected(inverses, middles, wanted, out)


def selected(
    inverses: Inverses, middles: Sequence[tuple[Places, Floats]], wanted: Places, out: Floats
) -> None:
    """Fill `out`, the values of the pattern `wanted`.  middles: M₁ … M_{k−1}."""
    tree = inverses[0][0].tree
    fronts = _upwards(tree, inverses, middles)
    last = len(inverses) - 1
    same = {a: next(b for b in range(a + 1) if inverses[b] == inverses[a]) for a in range(last + 1)}
    below: list[Any] = [None] * tree.count
    left = np.bincount(tree.parent[tree.parent >= 0], minlength=tree.count)
    for q in reversed(range(tree.count)):
        parent, at = int(tree.parent[q]), tree.within_parent(q)
        above = below[parent] if parent >= 0 else None
        Z: Blocks = {}
        for a, b in _pairs(last + 1):
            if a == b and same[a] != a:
                Z[a, b] = Z[same[a], same[a]]
                continue
            p, s = tree.shape(q)
            Z[a, b] = np.empty((p + s, p + s), order="F")
            if above is not None:
                Z[a, b][p:, p:] = above[a, b][at[:, None], at]
            _downwards(Z, fronts[q], p, a, b)
        below[q] = Z if left[q] else None
        fronts[q] = {}
        if parent >= 0:
            left[parent] -= 1
            if not left[parent]:
                below[parent] = None
        mine = slice(wanted.start[q], wanted.start[q + 1])
        out[wanted.value[mine]] = Z[0, last].T.ravel()[wanted.offset[mine]]


def _upwards(
    tree: Tree, inverses: Inverses, middles: Sequence[tuple[Places, Floats]]
) -> list[dict[tuple[int, int], Inverted]]:
    """X, Y and B of every block of every front."""
    count = len(inverses)
    found: list[dict[tuple[int, int], Inverted]] = []
    waiting: list[list[tuple[int, Blocks]]] = [[] for _ in range(tree.count)]
    for q in range(tree.count):
        made: dict[tuple[int, int], Inverted] = {}
        for a, (factors, transposed) in enumerate(inverses):
            inverted = factors.inverted(q)
            made[a, a] = inverted.T if transposed else inverted
        p, s = tree.shape(q)
        F: Blocks = {}
        rest: Blocks = {}
        for a, b in _pairs(count):
            if a == b:
                continue
            if b == a + 1:
                F[a, b] = loaded(tree, middles[a][0], q, -middles[a][1])
            else:
                F[a, b] = np.zeros((p + s, p + s), order="F")
            for child, blocks in waiting[q]:
                at = tree.within_parent(child)
                F[a, b][at[:, None], at] += blocks[a, b]
            made[a, b], rest[a, b] = _eliminated(F, made, p, a, b)
        waiting[q] = []
        if s and count > 1:
            waiting[tree.parent[q]].append((q, rest))
        found.append(made)
    return found


def _eliminated(
    F: Blocks, made: dict[tuple[int, int], Inverted], p: int, a: int, b: int
) -> tuple[Inverted, Floats]:
    """X, Y, B of a block above the diagonal, and what it leaves of F_SS: F_SS − X F_JJ Y."""
    between = range(a + 1, b)
    steps = [(c, d) for c in range(a, b) for d in range(c + 1, b + 1)]
    right = F[a, b][p:, :p] - _sum(made[a, c].X @ F[c, b][:p, :p] for c in range(a, b))
    upper = F[a, b][:p, p:] - _sum(F[a, c][:p, :p] @ made[c, b].Y for c in range(a + 1, b + 1))
    inner = _sum(F[a, c][:p, :p] @ made[c, b].B for c in range(a + 1, b + 1))
    first, last = made[a, a], made[b, b]
    made[a, b] = Inverted(right @ last.B, first.B @ upper, -(first.B @ inner))
    rest = F[a, b][p:, p:] - first.X @ upper - right @ last.Y
    for c in between:
        residual = F[a, c][p:, :p] - _sum(made[a, d].X @ F[d, c][:p, :p] for d in range(a, c))
        rest -= residual @ made[c, b].Y
    for c, d in steps:
        rest -= made[a, c].X @ F[c, d][:p, :p] @ made[d, b].Y
    return made[a, b], rest


def _downwards(Z: Blocks, made: dict[tuple[int, int], Inverted], p: int, a: int, b: int) -> None:
    """The rows and columns of the pivots in a block of the inverse."""
    whole, span = Z[a, b], range(a, b + 1)
    whole[p:, :p] = -_sum(Z[a, c][p:, p:] @ made[c, b].X for c in span)
    whole[:p, p:] = -_sum(made[a, c].Y @ Z[c, b][p:, p:] for c in span)
    whole[:p, :p] = made[a, b].B - _sum(made[a, c].Y @ Z[c, b][p:, :p] for c in span)


def _pairs(count: int) -> list[tuple[int, int]]:
    """The blocks of a triangle, the diagonal first."""
    return [(a, a + width) for width in range(count) for a in range(count - width)]


def _sum(terms: Any) -> Any:
    first, *others = terms
    for term in others:
        first = first + term
    return first
