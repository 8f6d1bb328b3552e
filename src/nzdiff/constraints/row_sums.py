"""The sum of each row, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.constraints.orthonormal import BYTES, joined
from nzdiff.memory import check_fits

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Map = tuple[sparse.csr_array, Floats]


def row_sum_basis(indptr: Indices, weight: Floats, value: Floats) -> Map:
    """Orthonormal N and offset c with (N h + c)·weight = value in each row.

    N holds columns 2..q of the Householder reflector that takes weight / |weight| to the first
    axis; c = weight · value / |weight|².  Rows of one length are handled together.
    """
    counts = np.diff(indptr)
    owner = np.repeat(np.arange(counts.size), counts)
    peak = np.zeros(counts.size)
    np.maximum.at(peak, owner, np.abs(weight))
    scale = np.where(peak > 0, peak, 1.0)
    weight, given = weight / scale[owner], value  # squares neither overflow nor vanish
    with np.errstate(over="ignore"):
        value = value / scale
    square = np.add.reduceat(np.append(weight**2, 0.0), indptr[:-1]) * (counts > 0)
    unreachable = ((square == 0) & (value != 0)) | ~np.isfinite(value)
    if unreachable.any():
        row = int(np.flatnonzero(unreachable)[0])
        raise ValueError(
            f"pattern: row {row} cannot reach the sum {given[row]:.6g}: "
            "it has no stored position with a nonzero weight"
        )
    constrained = square > 0
    wide = int(counts.max(initial=0))
    check_fits(
        f"pattern: orthonormal bases for the sums of rows of up to {wide} entries",
        BYTES * float(counts.astype(np.float64) @ counts),
        "constrained() needs less for rows of many entries",
    )
    first = np.concatenate([[0], np.cumsum(counts - constrained)])
    groups = [(q, kind) for q in np.unique(counts[counts > 0]) for kind in (True, False)]
    parts = []
    for q, kind in groups:
        members = np.flatnonzero((counts == q) & (constrained == kind))
        entries = indptr[members, None] + np.arange(q)
        basis = _reflected(weight[entries]) if kind else np.tile(np.eye(q), (members.size, 1, 1))
        columns = first[members, None, None] + np.arange(basis.shape[2])
        parts.append(np.broadcast_arrays(basis, entries[:, :, None], columns))
    data, rows, cols = (joined(arrays) for arrays in zip(*parts, strict=True)) if parts else _EMPTY
    size = (weight.size, int(first[-1]))
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
