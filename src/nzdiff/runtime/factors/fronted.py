"""A sparse matrix whose inverse is asked for entries: in fronts, by SuperLU where these are poor.

Fronts exchange rows inside of a front alone.  Where that is not enough, a solve tells: its backward
error, componentwise (W. Oettli, W. Prager, Numer. Math. 6 (1964)), which no scaling of rows or
columns changes.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.factors.dense import SINGULAR, Determinant
from nzdiff.runtime.factors.superlu import Sparse
from nzdiff.runtime.factors.tree import Tree

Floats = NDArray[np.float64]
BACKWARD_ERROR = 1e-10
"""The componentwise backward error up to which factors without all exchanges are taken."""


class Solver(Protocol):
    """Solves with a matrix."""

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        ...


class Factors(Solver, Protocol):
    """What a backend makes of a matrix in a tree; see `Multifrontal`."""

    def factor(self, values: Floats) -> Determinant:
        """See `Multifrontal`."""
        ...


class Fronted:
    """A matrix of a tree.  in_fronts: whether its factors are `fronts`, since the last `factor`."""

    def __init__(
        self, structure: sparse.csr_array, tree: Tree, fronts: Factors, definite: bool
    ) -> None:
        self.size, self.count = int(structure.shape[0]), int(structure.nnz)
        self.tree, self.fronts = tree, fronts
        self.in_fronts = True
        self.definite, self._structure = definite, structure
        self._pivoted: Sparse | None = None
        self._other: Solver | None = None

    def factor(self, values: Floats) -> Determinant:
        """`SINGULAR` where A is, or is not definite although it has to be."""
        found = self.fronts.factor(values)
        self.in_fronts = self.definite or (found != SINGULAR and self._is_accurate(values))
        if self.in_fronts:
            return found
        self._pivoted = self._pivoted or Sparse(self._structure)
        self._other = self._pivoted
        return self._pivoted.factor(values)

    def take(self, other: Solver) -> None:
        """Solve by another's factors until the next `factor`."""
        self.in_fronts, self._other = False, other

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        if self.in_fronts:
            return self.fronts.solve(b, transposed)
        assert self._other is not None
        return self._other.solve(b, transposed)

    def _is_accurate(self, values: Floats) -> bool:
        """Whether a solve with a vector that knows nothing of A has a small backward error."""
        known = self._structure
        matrix = sparse.csr_array((values, known.indices, known.indptr), shape=known.shape)
        b = np.random.default_rng(0).standard_normal((self.size, 1))
        x = self.fronts.solve(b, False)
        with np.errstate(over="ignore", invalid="ignore"):
            error = np.abs(matrix @ x - b)
            scale = abs(matrix) @ np.abs(x) + np.abs(b)
            return bool((error <= BACKWARD_ERROR * scale).all())
