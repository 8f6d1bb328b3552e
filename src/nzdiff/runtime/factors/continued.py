"""Matrices that may be singular, for what is asked of them is made of determinants and cofactors.

These are polynomials in the entries of A; kernels compute them from factors, which a singular A has
not.  Where singular values σ vanish, or nearly, A = U Σ Vᵀ is moved to U (Σ + s σ₁ D) Vᵀ, D = 1 at
those values alone: everything that kernels compute is analytic in s, and its value at s = 0 follows
from some s around it (see `NODES`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.factors.dense import SINGULAR, Dense, Determinant
from nzdiff.runtime.factors.fronted import Fronted
from nzdiff.runtime.factors.superlu import Sparse

Floats = NDArray[np.float64]
STEP, STEPS = 5e-4, 5


def _weight(k: int) -> float:
    """Of f(k) + f(−k) in the value at 0 of the even polynomial through k = 1 … STEPS, halved."""
    others = (j * j for j in range(1, STEPS + 1) if j != k)
    return math.prod(square / (square - k * k) for square in others) / 2.0


NODES = tuple((sign * k * STEP, _weight(k)) for k in range(1, STEPS + 1) for sign in (1.0, -1.0))
"""(s, weight): Σ weight · f(s) is f(0) for polynomials f of degree 9, and f(0) + O(STEP¹⁰)."""
VANISHES = 1e-5
"""Of the largest singular value: what counts as none."""
SUSPECT = 1e3
"""‖A‖ ‖A⁻¹ b‖ of a random b from which on singular values are looked at."""
LARGEST = 2000
"""Rows of a matrix of which all singular values are computed."""


class Continued:
    """A matrix of any kind.

    at: the s that `factor` takes.  near_singular: whether it was, when it was factorised at 0.
    """

    def __init__(self, inner: Dense | Sparse | Fronted, structure: int | sparse.csr_array) -> None:
        self.size, self.count, self.at = inner.size, inner.count, 0.0
        self.near_singular = False
        self._inner, self._structure = inner, structure
        self._moved: Dense | None = None
        self._base = self._direction = np.zeros((0, 0))

    def factor(self, values: Floats) -> Determinant:
        """Of A at s = 0, else of A moved."""
        if self.at:
            self._moved = Dense(self.size)
            found = self._moved.factor((self._base + self.at * self._direction).ravel())
            if isinstance(self._inner, Fronted):
                self._inner.take(self._moved)
            return found
        self._moved = None
        found = self._inner.factor(values)
        self.near_singular = self._is_suspect(values, found) and self._looked_at(values)
        return found

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        return (self._moved or self._inner).solve(b, transposed)

    def _is_suspect(self, values: Floats, found: Determinant) -> bool:
        if not self.size or self.size > LARGEST:
            return False
        if found == SINGULAR:
            return True
        b = np.random.default_rng(0).standard_normal((self.size, 1))
        with np.errstate(over="ignore", invalid="ignore"):
            solved = np.linalg.norm(self._inner.solve(b, False)) * np.linalg.norm(values)
        return not solved < SUSPECT

    def _looked_at(self, values: Floats) -> bool:
        """Whether singular values vanish; then where A is moved to."""
        self._base = self._dense(values)
        U, sigma, V = _singular_values(self._base)
        vanish = sigma <= VANISHES * sigma.max()
        self._direction = (sigma.max() or 1.0) * (U[:, vanish] @ V[:, vanish].T)
        return bool(vanish.any())

    def _dense(self, values: Floats) -> Floats:
        if isinstance(self._structure, int):
            return values.reshape(self.size, self.size).copy()
        known = self._structure
        matrix = sparse.csr_array((values, known.indices, known.indptr), shape=known.shape)
        return np.asarray(matrix.toarray())


def _singular_values(matrix: Floats) -> tuple[Floats, Floats, Floats]:
    """U, σ and V; of a symmetric matrix U = ±V, so that one that is moved stays symmetric."""
    if np.array_equal(matrix, matrix.T):
        values, vectors = np.linalg.eigh(matrix)
        return vectors, np.abs(values), vectors
    U, sigma, Vt = np.linalg.svd(matrix)
    return U, sigma, Vt.T
