"""Orthonormal bases of the directions that keep constraints, many blocks of one size at a time."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Map = tuple[sparse.csr_array, Floats]

RANK = 1e-12
"""Singular values below RANK · (the largest) count as 0."""
BYTES = 100
"""Memory for each number of a basis while it is made: measured."""


def block_null_spaces(A: Floats, d: Floats) -> Map:
    """N and x of the block diagonal matrix of A, shape (m, r, k), and d, (m, r).

    A wide block would have a dense basis of k² numbers.  Its columns are taken in groups of w:
    of each, an orthogonal matrix turns all but r against the constraints; the r others of all
    groups are a narrower problem of the same kind.  N then has about w · log(k) numbers in a row.
    """
    m, r, k = A.shape
    w = max(2 * r, 8)
    if k < 2 * w:
        return _dense_null_spaces(A, d)
    groups = k // w
    turned = A[:, :, : groups * w].reshape(m, r, groups, w).transpose(0, 2, 3, 1)
    Q, R = np.linalg.qr(turned, mode="complete")
    first = np.arange(m)[:, None, None, None] * k + np.arange(groups)[:, None, None] * w
    rows = np.broadcast_to(first + np.arange(w)[:, None], Q.shape)
    cols = np.broadcast_to(first + np.arange(w), Q.shape)
    rest = (np.arange(m)[:, None] * k + np.arange(groups * w, k)).ravel()
    parts = [(Q, rows, cols), (np.ones(rest.size), rest, rest)]
    data, where, column = (joined(arrays) for arrays in zip(*parts, strict=True))
    rotation = sparse.csc_array((data, (where, column)), shape=(m * k, m * k))
    place = np.arange(m * k) % k
    kept = (place >= groups * w) | (place % w < r)
    narrow = R[:, :, :r].transpose(0, 3, 1, 2).reshape(m, r, groups * r)
    narrower = np.concatenate([narrow, A[:, :, groups * w :]], axis=2)
    N, x = block_null_spaces(narrower, d)
    carried = rotation[:, kept]
    return sparse.hstack([rotation[:, ~kept], carried @ N], format="csr"), carried @ x


def _dense_null_spaces(A: Floats, d: Floats) -> Map:
    """`block_null_spaces` by singular value decompositions."""
    m, r, k = A.shape
    U, s, V = np.linalg.svd(A, full_matrices=r < k)
    ruling = s > RANK * s.max(axis=1, keepdims=True, initial=0.0)
    inverse = np.divide(1.0, s, out=np.zeros_like(s), where=ruling)
    x = np.einsum("mr,mrs,ms,msk->mk", d, U[:, :, : s.shape[1]], inverse, V[:, : s.shape[1]])
    member, row = np.nonzero(np.arange(k) >= ruling.sum(axis=1)[:, None])
    basis = V[member, row]
    where = member[:, None] * k + np.arange(k)
    column = np.broadcast_to(np.arange(member.size)[:, None], where.shape)
    entries = (basis.ravel(), (where.ravel(), column.ravel()))
    N = sparse.csr_array(entries, shape=(m * k, member.size))
    N.eliminate_zeros()
    return N, x.ravel()


def basis_numbers(r: int, k: int) -> float:
    """About how many numbers `block_null_spaces` stores for r constraints on k entries."""
    w = max(2 * r, 8)
    return k * min(k, w * (1 + log(max(k / w, 1)) / log(w / r)))


def joined(arrays: tuple[NDArray[Any], ...]) -> NDArray[Any]:
    """Arrays of any shapes one after the other."""
    return np.concatenate([array.ravel() for array in arrays])
