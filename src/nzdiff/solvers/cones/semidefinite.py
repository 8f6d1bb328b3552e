"""S(g) ⪰ 0 of a symmetric unknown, vec(S) = T g + c, by −log det S on what S does not have to be 0.

Constraints may force a null space: S 1 = 0 leaves S singular at every g. With Q an orthonormal
basis of the complement of {x : S(g) x = 0 for all g}, the cone is that of QᵀSQ ≻ 0, of r rows.

Relative to QᵀSQ = L Lᵀ a direction dS is M = L⁻¹ Qᵀ dS Q L⁻ᵀ, whose eigenvalues are its ratios, and
a dual Z is LᵀZL = V D Vᵀ. The scaling of Nesterov and Todd is W⁻¹ = Y Yᵀ with Y = Q L⁻ᵀ V D^¼, and
Aᵀ W⁻¹ A has the entries tr(W⁻¹ S_k W⁻¹ S_l), S_k the matrix of column k of T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.solvers.cones.inside import inside
from nzdiff.solvers.linear.cholesky import cholesky, solve_cholesky, solve_lower
from nzdiff.solvers.run.cone import longest
from nzdiff.solvers.run.protocols import Vector

Places = NDArray[np.intp]
BLOCK = 1 << 24
"""Numbers that are held at once while Aᵀ W⁻¹ A is summed up."""


@dataclass(frozen=True, slots=True)
class Semidefinite:
    """The map g ↦ S(g) ⪰ 0.

    name: of the unknown.  rows, cols: the positions i ≥ j that T and c are about.  T: CSR of shape
    (positions, s).  Q: the basis, shape (n, r).  slack: whether the last of g is added to QᵀSQ as a
    multiple of I, to look for a point inside.
    """

    name: str
    rows: Places
    cols: Places
    T: sparse.csr_array
    c: Vector
    Q: Vector
    slack: bool = False

    @property
    def directions(self) -> None:
        """Return None: no entries are fixed."""
        return

    def matrix(self, g: Vector) -> Vector:
        """Return S(g), dense, shape (n, n)."""
        return self._symmetric(self.T @ self._own(g) + self.c)

    def linear(self, v: Vector) -> Vector:
        """Return Qᵀ dS Q of a direction v, shape (r, r)."""
        return self._reduced(self._symmetric(self.T @ self._own(v)), v)

    def reduced(self, g: Vector) -> Vector:
        """Return Qᵀ S(g) Q."""
        return self._reduced(self.matrix(g), g)

    def adjoint(self, X: Vector) -> Vector:
        """Return the vector of tr(Qᵀ S_k Q X), X symmetric of shape (r, r)."""
        full = self.Q @ X @ self.Q.T
        found = self.T.T @ (self._weights * full[self.rows, self.cols])
        return np.append(found, np.trace(X)) if self.slack else np.asarray(found)

    def gram(self, Y: Vector) -> Vector:
        """Return the matrix of tr(P S_k P S_l), P = Q Y Yᵀ Qᵀ.

        Of positions (i, j) and (p, q) it has w w' (P_ip P_jq + P_iq P_jp) / 2, w = 1 on the
        diagonal and 2 beside it, and T on both sides.
        """
        P, i, j, w = self.Q @ (Y @ Y.T) @ self.Q.T, self.rows, self.cols, self._weights
        size = self.T.shape[1]
        total, step = np.zeros((size, size)), max(1, BLOCK // max(i.size, 1))
        for first in range(0, i.size, step):
            k = slice(first, first + step)
            pairs = P[np.ix_(i[k], i)] * P[np.ix_(j[k], j)]
            pairs += P[np.ix_(i[k], j)] * P[np.ix_(j[k], i)]
            pairs *= 0.5 * w[k, None] * w
            total += self.T[k].T @ np.asarray(pairs @ self.T)
        return self._with_slack(total, Y) if self.slack else total

    def contains(self, g: Vector) -> bool:
        """Tell whether Qᵀ S(g) Q is positive definite."""
        S = self.reduced(g)
        return bool(np.isfinite(S).all()) and cholesky(S) is not None

    def interior(
        self, g: Vector, energy: Callable[[Vector], float], watch: Callable[[], None]
    ) -> Vector:
        """Return g, or a point inside on the way to it; ValueError where none is found."""
        return inside(self, g, energy, watch)

    def room(self, g: Vector) -> tuple[float, float]:
        """Return the least eigenvalue of Qᵀ S(g) Q, and the mean of their sizes."""
        w = np.linalg.eigvalsh(self.reduced(g))
        return (float(w[0]), float(np.abs(w).mean())) if w.size else (1.0, 1.0)

    def relaxed(self) -> Semidefinite:
        """Return Qᵀ S(g) Q + τ I ⪰ 0 of (g, τ)."""
        return replace(self, slack=True)

    def outward(self, g: Vector) -> Vector:
        """Return what g holds of the columns of T that no row forbids.

        A row whose diagonal entry does not grow, as that of a fixed one or of an upper bound, stays
        as it is: a semidefinite direction is 0 there.
        """
        d, on_diagonal = g.copy(), self.rows == self.cols
        while True:
            grows = np.zeros(len(self.Q), bool)
            grows[self.rows[on_diagonal]] = (self.T @ d)[on_diagonal] > 0.0
            stays = ~(grows[self.rows] & grows[self.cols])
            held = np.unique(self.T[stays].indices)
            if not d[held].any():
                return d
            d[held] = 0.0

    def strength(self, g: Vector) -> float:
        """Return ‖|T|ᵀ |vec S⁻¹|‖."""
        L = cholesky(self.reduced(g))
        assert L is not None
        inverse = np.abs(self.Q @ solve_cholesky(L, self.Q.T))
        stored = self._weights * inverse[self.rows, self.cols]
        return float(np.linalg.norm(abs(self.T).T @ stored))

    def start(self, g: Vector, mu: float) -> SemidefinitePoint:
        """Return the point at g with Z = μ S⁻¹."""
        L = cholesky(self.reduced(g))
        assert L is not None
        r = len(L)
        return SemidefinitePoint(self, L, np.eye(r), np.full(r, mu))

    @property
    def _weights(self) -> Vector:
        return np.where(self.rows == self.cols, 1.0, 2.0)

    def _own(self, g: Vector) -> Vector:
        return g[:-1] if self.slack else g

    def _symmetric(self, values: Vector) -> Vector:
        full = np.zeros((len(self.Q), len(self.Q)))
        full[self.rows, self.cols] = full[self.cols, self.rows] = values
        return full

    def _reduced(self, full: Vector, g: Vector) -> Vector:
        X = self.Q.T @ full @ self.Q
        X = 0.5 * (X + X.T)
        return X + g[-1] * np.eye(len(X)) if self.slack else X

    def _with_slack(self, total: Vector, Y: Vector) -> Vector:
        """Add the row and the column of τ: tr(P S_k P) and tr(P P)."""
        P = Y @ Y.T
        beside = self.adjoint(P @ P)
        beside[-1] = np.sum(P * P)
        full = np.block([[total, beside[:-1, None]], [beside[None, :]]])
        return np.asarray(full)


@dataclass(frozen=True, slots=True)
class SemidefinitePoint:
    """QᵀSQ = L Lᵀ and LᵀZL = V diag(D) Vᵀ, see `ConePoint`."""

    cone: Semidefinite
    L: Vector
    V: Vector
    D: Vector

    @property
    def degree(self) -> int:
        """Return r."""
        return self.D.size

    @property
    def gap(self) -> float:
        """Return tr(Z S)."""
        return float(self.D.sum())

    def push(self) -> Vector:
        """Return the vector of tr(S⁻¹ S_k)."""
        return self.cone.adjoint(solve_cholesky(self.L, np.eye(self.degree)))

    def matrix(self) -> Vector:
        """Return the matrix of tr(W⁻¹ S_k W⁻¹ S_l)."""
        Y = solve_lower(self.L, self.V * self.D**0.25, transposed=True)
        return self.cone.gram(Y)

    def ratios(self, v: Vector) -> Vector:
        """Return the eigenvalues of M."""
        return np.asarray(np.linalg.eigvalsh(self._relative(v)), np.float64)

    def moved(self, g: Vector, v: Vector, mu: float, near: float) -> SemidefinitePoint | None:
        """Return the point at g; in the basis of V, dZ = μ I − D − D^½ M D^½."""
        L = cholesky(self.cone.reduced(g))
        if L is None:
            return None
        M, root = self.V.T @ self._relative(v) @ self.V, np.sqrt(self.D)
        relative = np.diag(mu / self.D - 1.0) - M
        t = min(1.0, longest(np.asarray(np.linalg.eigvalsh(relative), np.float64)))
        dual = root[:, None] * (np.eye(self.degree) + t * relative) * root
        F = self.V.T @ solve_lower(self.L, L)
        D, V = np.linalg.eigh(F.T @ dual @ F)
        return SemidefinitePoint(self.cone, L, V, np.clip(D, near * mu, mu / near))

    def recentred(self, mu: float, near: float) -> SemidefinitePoint:
        """Return the same with D ≥ near μ."""
        return replace(self, D=np.maximum(self.D, near * mu))

    def _relative(self, v: Vector) -> Vector:
        half = solve_lower(self.L, self.cone.linear(v))
        M = solve_lower(self.L, half.T)
        return np.asarray(0.5 * (M + M.T))
