"""Linear constraints on stored values as an orthonormal basis of what they leave free."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


def row_sum_basis(
    indptr: Indices, weight: Floats, value: Floats
) -> tuple[sparse.csr_array, Floats]:
    """Orthonormal N and offset c with (N h + c)·weight = value in each row.

    N holds columns 2..q of the Householder reflector that takes weight / |weight| to the first
    axis; c = weight · value / |weight|².  Rows of one length are handled together.
    """
    counts = np.diff(indptr)
    square = np.add.reduceat(np.append(weight**2, 0.0), indptr[:-1]) * (counts > 0)
    unreachable = (square == 0) & (value != 0)
    if unreachable.any():
        row = int(np.flatnonzero(unreachable)[0])
        raise ValueError(
            f"pattern: row {row} cannot reach the sum {value[row]:.6g}: "
            "it has no stored position with a nonzero weight"
        )
    constrained = square > 0
    first = np.concatenate([[0], np.cumsum(counts - constrained)])
    groups = [(q, kind) for q in np.unique(counts[counts > 0]) for kind in (True, False)]
    parts = []
    for q, kind in groups:
        members = np.flatnonzero((counts == q) & (constrained == kind))
        entries = indptr[members, None] + np.arange(q)
        basis = _reflected(weight[entries]) if kind else np.tile(np.eye(q), (members.size, 1, 1))
        columns = first[members, None, None] + np.arange(basis.shape[2])
        parts.append(np.broadcast_arrays(basis, entries[:, :, None], columns))
    data, rows, cols = (_joined(arrays) for arrays in zip(*parts, strict=True)) if parts else _EMPTY
    size = (weight.size, int(first[-1]))
    owner = np.repeat(np.arange(counts.size), counts)
    scale = np.divide(value, square, out=np.zeros_like(square), where=constrained)
    return sparse.csr_array((data, (rows, cols)), shape=size), weight * scale[owner]


_EMPTY = (np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def _reflected(w: Floats) -> Floats:
    """Columns 2..q of I − 2 u uᵀ / uᵀu with u = w / |w| ± e₁, for each row of w, (rows, q)."""
    q = w.shape[1]
    u = w / np.linalg.norm(w, axis=1, keepdims=True)
    u[:, 0] += np.where(u[:, 0] >= 0, 1.0, -1.0)
    factor = 2.0 / np.sum(u * u, axis=1)
    return np.asarray(np.eye(q)[:, 1:] - factor[:, None, None] * u[:, :, None] * u[:, None, 1:])


def _joined(arrays: tuple[NDArray[Any], ...]) -> NDArray[Any]:
    return np.concatenate([array.ravel() for array in arrays])
