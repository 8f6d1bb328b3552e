"""E(g) = φ(q(g)) of a model: φ quadratic in q, the stored values of a sparse Q(G)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """outer: the model of φ, a sum of squares of affine functions of q.  inner: that of Q(G).

    Of a symmetric Q, q holds the lower triangle.
    """

    outer: Any
    inner: Any

    @property
    def size(self) -> int:
        """Length of q."""
        return int(self.outer.size)

    @property
    def is_sparse(self) -> bool:
        """Whether ∂q/∂g is sparse by its structure."""
        return bool(self.inner.jacobian(np.zeros(self.inner.size)).is_sparse)

    def q(self, g: Floats) -> Floats:
        """Return q at g, shape (size,)."""
        return np.asarray(self.inner.residual(g)[self._chosen])

    def jacobian(self, g: Floats) -> sparse.csr_array:
        """D = ∂q/∂g, shape (size, size of g)."""
        return sparse.csr_array(self.inner.jacobian(g).tocsc().tocsr()[self._chosen])

    @property
    def _chosen(self) -> NDArray[np.int64]:
        """Which stored value of Q each entry of q is."""
        (pattern,) = self.outer.patterns
        if pattern.is_selection:
            return np.asarray(pattern.slots, dtype=np.int64)
        return np.asarray(pattern.adjoint.indices[pattern.adjoint.indptr[:-1]], dtype=np.int64)
