"""Matrices whose eigenvalues have to lie in a set; nothing is solved with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.data.spec import DomainKind
from nzdiff.runtime.factors.dense import SINGULAR, Determinant

Floats = NDArray[np.float64]


class Eigenvalues:
    """A matrix whose eigenvalues must lie in the left half plane, or in the unit disk.

    By rounding they are as far from the border as n ε ‖A‖ where they lie on it: that counts as
    outside.
    """

    def __init__(self, structure: int | sparse.csr_array, domain: DomainKind) -> None:
        self._structure, self._domain = structure, domain
        self.size = structure if isinstance(structure, int) else int(structure.shape[0])
        self.count = self.size**2 if isinstance(structure, int) else int(structure.nnz)

    def factor(self, values: Floats) -> Determinant:
        """(0, 1) where all lie inside, else `SINGULAR`."""
        found = np.linalg.eigvals(self._dense(values))
        distances = found.real if self._domain == "hurwitz" else np.abs(found) - 1.0
        border = self.size * np.finfo(np.float64).eps * float(np.linalg.norm(values))
        return (0.0, 1.0) if (distances < -border).all() else SINGULAR

    def _dense(self, values: Floats) -> Floats:
        if isinstance(self._structure, int):
            return values.reshape(self.size, self.size)
        indices, indptr = self._structure.indices, self._structure.indptr
        matrix = sparse.csr_array((values, indices, indptr), shape=self._structure.shape)
        return np.asarray(matrix.toarray())

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """Nothing solves with it: solves with the same matrix have factors of their own."""
        raise NotImplementedError(f"solve: of a {self._domain} matrix there are no factors")
