"""The triangle R of a QR factorisation A = Q R whose rows arrive a few at a time.

Householder reflections over [R; rows], which keep R a triangle (Golub, Van Loan: Matrix
Computations, 5.2; LAPACK's tpqrt): no digits are lost, as they would be by AᵀA.  Columns are taken
in panels, a panel recursively (Elmroth, Gustavson 2000), so that nearly all of the 2 k s² flops of
a matrix of shape (k, s) are those of products of matrices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import dgemm
from scipy.linalg.lapack import dtpqrt

Floats = NDArray[np.float64]
ROWS = 4096
"""Rows that are taken together: 32 MB of 1,000 columns."""
PANEL, LEAF = 96, 12
"""Columns of a panel, and those that are reflected one by one."""


class Triangle:
    """R of the rows that were added, of shape (columns, columns).

    rows: how many were added.
    """

    def __init__(self, columns: int) -> None:
        self.rows = 0
        self._R = np.zeros((columns, columns), order="F")
        self._waiting = np.empty((ROWS, columns), order="F")
        self._filled = 0

    def add(self, parts: list[Floats]) -> None:
        """Take rows, their columns in several arrays of shape (rows, ·)."""
        count = parts[0].shape[0]
        start = 0
        while start < count:
            stop = min(count, start + ROWS - self._filled)
            end, first = self._filled + stop - start, 0
            for part in parts:
                last = first + part.shape[1]
                self._waiting[self._filled : end, first:last] = part[start:stop]
                first = last
            self._filled, start = end, stop
            if end == ROWS:
                self._flush()
        self.rows += count

    def factor(self) -> Floats:
        """R without the rows that are 0, shape (min(rows, columns), columns)."""
        self._flush()
        return np.ascontiguousarray(np.triu(self._R)[: self.rows])

    def _flush(self) -> None:
        if self._filled:
            rows = self._waiting[: self._filled]
            reflect(self._R, rows if self._filled == ROWS else np.asfortranarray(rows))
            self._filled = 0


def reflect(R: Floats, rows: Floats) -> None:
    """Replace R by the triangle of [R; rows]; both in Fortran's order, rows are overwritten."""
    columns = R.shape[1]
    for first in range(0, columns, PANEL):
        last = min(first + PANEL, columns)
        V = rows[:, first:last]
        T = _panel(R[first:last, first:last], V)
        if last < columns:
            _apply(V, T, R[first:last, last:], rows[:, last:])


def _panel(R: Floats, rows: Floats) -> Floats:
    """`reflect`, with the reflections I − [I; V] T [I; V]ᵀ: V in place of the rows, T returned."""
    columns = R.shape[1]
    if columns <= LEAF:
        triangle, _, T, _ = dtpqrt(0, columns, R, rows, overwrite_b=True)
        R[:] = triangle
        return np.triu(T)
    half = columns // 2
    left, right = rows[:, :half], rows[:, half:]
    T = np.zeros((columns, columns), order="F")
    T[:half, :half] = _panel(R[:half, :half], left)
    _apply(left, T[:half, :half], R[:half, half:], right)
    T[half:, half:] = _panel(R[half:, half:], right)
    between = dgemm(1.0, left, right, trans_a=True)
    T[:half, half:] = -T[:half, :half] @ between @ T[half:, half:]
    return T


def _apply(V: Floats, T: Floats, R: Floats, rows: Floats) -> None:
    """[R; rows] ← (I − [I; V] Tᵀ [I; V]ᵀ) [R; rows], in place."""
    W = dgemm(1.0, T, dgemm(1.0, V, rows, trans_a=True) + R, trans_a=True)
    R -= W
    dgemm(-1.0, V, W, beta=1.0, c=rows, overwrite_c=True)
