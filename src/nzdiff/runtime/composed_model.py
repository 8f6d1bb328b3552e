"""E(g) = φ(q(g)) of a model: φ quadratic in q, the stored values of a sparse Q(G)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ComposedModel:
    """size: length of q; of a symmetric Q, q holds the lower triangle.  bind_outer: the model of φ,
    a sum of squares of affine functions of q.  bind_inner: that of Q(G), a matrix function.

    Each is bound when it is first used.
    """

    size: int
    bind_outer: Callable[[], Any]
    bind_inner: Callable[[], Any]

    @cached_property
    def outer(self) -> Any:
        """The model of φ."""
        return self.bind_outer()

    @cached_property
    def inner(self) -> Any:
        """The model of Q(G)."""
        return self.bind_inner()

    def q(self, g: Floats) -> Floats:
        """Return q at g, shape (size,)."""
        return np.asarray(self.inner.residual(g)[self._chosen])

    def jacobian(self, g: Floats) -> sparse.csr_array:
        """D = ∂q/∂g, shape (size, size of g), in sparse storage."""
        J = self.inner.jacobian(g)
        whole = J.tocsc().tocsr() if J.is_sparse else sparse.csr_array(J.toarray())
        return sparse.csr_array(whole[self._chosen])

    @property
    def _chosen(self) -> NDArray[np.int64]:
        """Which stored value of Q each entry of q is."""
        (pattern,) = self.outer.patterns
        if pattern.is_selection:
            return np.asarray(pattern.slots, dtype=np.int64)
        return np.asarray(pattern.adjoint.indices[pattern.adjoint.indptr[:-1]], dtype=np.int64)
