"""Multifrontal factors in NumPy and entries of inverses from them: the twin of `fronts.c`.

Of each front F = [F_JJ F_JS; F_SJ F_SS] (see `tree`) an elimination keeps F_JJ = L U, rows
exchanged inside of it, W = F_SJ U⁻¹ and V = L⁻¹ F_JS; symmetric and definite ones U = Lᵀ, V = Wᵀ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, lapack

from nzdiff.runtime.factors.tree import Places, Tree

Floats = NDArray[np.float64]


class Inverted(NamedTuple):
    """X = F_SJ F_JJ⁻¹, Y = F_JJ⁻¹ F_JS and B = F_JJ⁻¹ of a front."""

    X: Floats
    Y: Floats
    B: Floats

    @property
    def T(self) -> Inverted:
        """That of the transposed matrix."""
        return Inverted(self.Y.T, self.X.T, self.B.T)


class _Eliminated(NamedTuple):
    lu: Floats
    swaps: NDArray[np.int32] | None
    W: Floats
    V: Floats


@dataclass(slots=True, eq=False)
class Multifrontal:
    """The factors of matrices of one pattern.  definite: symmetric, and positive definite."""

    tree: Tree
    places: Places
    definite: bool
    _fronts: list[_Eliminated] = field(default_factory=list)
    _inverted: list[Inverted] = field(default_factory=list)

    def factor(self, values: Floats) -> tuple[float, float]:
        """Log |det A| and the sign of det A; (−∞, 0) where there are no such factors."""
        tree = self.tree
        self._fronts, self._inverted = [], []
        waiting: list[Any] = [[] for _ in range(tree.count)]
        log, sign = 0.0, 1.0
        for q in range(tree.count):
            (p, s), front = tree.shape(q), loaded(tree, self.places, q, values)
            for child, rest in waiting[q]:
                at = tree.within_parent(child)
                front[at[:, None], at] += rest
            waiting[q] = []
            made = _cholesky(front, p) if self.definite else _lu(front, p)
            diagonal = np.diagonal(made.lu)
            if not (np.isfinite(diagonal).all() and diagonal.all()):
                return -np.inf, 0.0
            log += float(np.log(np.abs(diagonal)).sum()) * (2.0 if self.definite else 1.0)
            if made.swaps is not None:
                odd = np.count_nonzero(diagonal < 0.0)
                odd += np.count_nonzero(made.swaps != np.arange(p))
                sign = -sign if odd % 2 else sign
            self._fronts.append(made)
            if s:
                waiting[tree.parent[q]].append((q, front[p:, p:]))
        return log, sign

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b, or A⁻ᵀ b."""
        tree = self.tree
        x = np.empty_like(b, order="C")
        x[tree.position] = b
        for q in range(tree.count):
            inside, below = self._rows(q)
            lu, swaps, W, V = self._fronts[q]
            if transposed and swaps is not None:
                x[inside] = _triangle(lu, x[inside], upper=True, transposed=True)
                x[below] -= V.T @ x[inside]
            else:
                x[inside] = _triangle(lu, _swapped(x[inside], swaps), unit=swaps is not None)
                x[below] -= W @ x[inside]
        for q in reversed(range(tree.count)):
            inside, below = self._rows(q)
            lu, swaps, W, V = self._fronts[q]
            if transposed and swaps is not None:
                rest = x[inside] - W.T @ x[below]
                rest = _triangle(lu, rest, unit=True, transposed=True)
                x[inside] = _swapped(rest, swaps, back=True)
            else:
                rest = x[inside] - V @ x[below]
                upper = swaps is not None
                x[inside] = _triangle(lu, rest, upper=upper, transposed=not upper)
        found: Floats = x[tree.position]
        return found

    def inverted(self, q: int) -> Inverted:
        """X, Y and B of a front."""
        if not self._inverted:
            self._inverted = [_inverted(made) for made in self._fronts]
        return self._inverted[q]

    def _rows(self, q: int) -> tuple[slice, NDArray[np.int64]]:
        tree = self.tree
        inside = slice(int(tree.first[q]), int(tree.first[q + 1]))
        return inside, tree.members[tree.start[q] + inside.stop - inside.start : tree.start[q + 1]]


def loaded(tree: Tree, places: Places, q: int, values: Floats) -> Floats:
    """A front with the values of a pattern that stand in it, zeros elsewhere."""
    size = sum(tree.shape(q))
    front = np.zeros(size * size)
    mine = slice(places.start[q], places.start[q + 1])
    front[places.offset[mine]] = values[places.value[mine]]
    return front.reshape(size, size).T


def _cholesky(front: Floats, p: int) -> _Eliminated:
    """F_JJ = L Lᵀ and what is left in F_SS; a zero on the diagonal where there is no L."""
    lower, failed = lapack.dpotrf(front[:p, :p], lower=1)
    if failed:
        return _Eliminated(np.zeros((1, 1)), None, front[p:, :p], front[:p, p:])
    W = blas.dtrsm(1.0, lower, front[p:, :p], side=1, lower=1, trans_a=1)
    front[p:, p:] -= W @ W.T
    return _Eliminated(lower, None, W, W.T)


def _lu(front: Floats, p: int) -> _Eliminated:
    """F_JJ = P L U and what is left in F_SS."""
    lu, swaps, _ = lapack.dgetrf(front[:p, :p])
    if not np.diagonal(lu).all():
        return _Eliminated(lu, swaps, front[p:, :p], front[:p, p:])
    V = blas.dtrsm(1.0, lu, _swapped(front[:p, p:], swaps), lower=1, diag=1)
    W = blas.dtrsm(1.0, lu, front[p:, :p], side=1)
    front[p:, p:] -= W @ V
    return _Eliminated(lu, swaps, W, V)


def _inverted(made: _Eliminated) -> Inverted:
    lu, swaps, W, V = made
    eye = np.eye(len(lu))
    if swaps is None:
        X = blas.dtrsm(1.0, lu, W, side=1, lower=1)
        half = _triangle(lu, eye)
        return Inverted(X, X.T, half.T @ half)
    X = blas.dtrsm(1.0, lu, W, side=1, lower=1, diag=1)
    B = _triangle(lu, _triangle(lu, _swapped(eye, swaps), unit=True), upper=True)
    return Inverted(_swapped(X.T, swaps, back=True).T, _triangle(lu, V, upper=True), B)


def _triangle(
    lu: Floats, b: Floats, *, upper: bool = False, unit: bool = False, transposed: bool = False
) -> Floats:
    """b solved with a triangle of lu."""
    found: Floats = blas.dtrsm(
        1.0, lu, b, lower=int(not upper), diag=int(unit), trans_a=int(transposed)
    )
    return found


def _swapped(b: Floats, swaps: NDArray[np.int32] | None, *, back: bool = False) -> Floats:
    """The rows of b exchanged one after the other; `back`: from the last to the first."""
    if swaps is None or not b.size:
        return b
    order = np.arange(len(b))
    for i, j in list(enumerate(swaps))[:: -1 if back else 1]:
        order[[i, j]] = order[[j, i]]
    return b[order]
