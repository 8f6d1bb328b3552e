"""2 JᵀJ of the seed energy the classical way: J in closed form, dense, then one dsyrk.

    J e_t = −vec(Y_j H_iᵀ + N_i B_jᵀ),    H = L G B (n × k),    N = Y GᵀL (p × n),

t = (i, j), Y_j and N_i columns, H_i and B_j rows.  J has p k rows and s columns: 8 p k s bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas

Floats = NDArray[np.float64]

BLOCK = 16
"""Columns of J that are filled while they are in cache."""


def explicit_jacobian(data: Mapping[str, Any], G: Any, out: Floats) -> None:
    """Fill out (s, k, p), J's columns one after another, each column by column."""
    L, Y, B, pattern = data["L"], data["Y"], data["B"], data["G"]
    H = L @ (G @ B)
    Nt, Yt = np.ascontiguousarray(L @ (G @ Y.T)), np.ascontiguousarray(Y.T)
    second = np.empty((BLOCK, *out.shape[1:]))
    for start in range(0, out.shape[0], BLOCK):
        i, j = pattern.rows[start : start + BLOCK], pattern.cols[start : start + BLOCK]
        block, other = out[start : start + BLOCK], second[: len(i)]
        np.multiply(-H[i][:, :, None], Yt[j][:, None, :], out=block)
        np.multiply(B[j][:, :, None], Nt[i][:, None, :], out=other)
        block -= other


def square(jacobian: Floats, out: Floats) -> None:
    """The lower triangle of out (s, s) ← 2 JᵀJ by dsyrk; jacobian as `explicit_jacobian` fills."""
    columns = jacobian.reshape(jacobian.shape[0], -1)
    blas.dsyrk(2.0, columns.T, trans=1, lower=0, c=out.T, overwrite_c=1)
