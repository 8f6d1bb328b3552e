"""Dense matrices by LAPACK: A = P L U, or L Lᵀ where A has to be positive definite."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Floats = NDArray[np.float64]
Determinant = tuple[float, float]
"""log |det A| and the sign of det A."""
SINGULAR: Determinant = (-np.inf, 0.0)
"""Of a matrix that has no inverse, or none of the factors that it should have."""


class Dense:
    """A dense matrix.  LAPACK sees its transpose, so that the values are copied as they lie."""

    def __init__(self, size: int) -> None:
        self.size, self.count = size, size * size
        self._lu = np.zeros((size, size), order="F")
        self._pivots = np.zeros(size, dtype=np.int32)

    def factor(self, values: Floats) -> Determinant:
        """Of the values row by row."""
        if self.size:
            np.copyto(self._lu.T, values.reshape(self.size, self.size))
            self._lu, self._pivots, _ = lapack.dgetrf(self._lu, overwrite_a=1)
        swaps = int(np.count_nonzero(self._pivots != np.arange(self.size)))
        return determinant(np.diagonal(self._lu), swaps % 2 == 0)

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b or A⁻ᵀ b."""
        right, trans = np.array(b, order="F"), int(not transposed)
        x, _ = lapack.dgetrs(self._lu, self._pivots, right, trans=trans, overwrite_b=1)
        return np.asarray(x)


class DenseCholesky:
    """A dense symmetric matrix, of which the entries on and above the diagonal count."""

    def __init__(self, size: int) -> None:
        self.size, self.count = size, size * size
        self._factor = np.zeros((size, size), order="F")

    def factor(self, values: Floats) -> Determinant:
        """`SINGULAR` where there is no L."""
        if self.size == 0:
            return 0.0, 1.0
        np.copyto(self._factor.T, values.reshape(self.size, self.size))
        self._factor, failed = lapack.dpotrf(self._factor, lower=1, overwrite_a=1, clean=0)
        return SINGULAR if failed else determinant(np.diagonal(self._factor) ** 2, True)

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """A⁻¹ b, which is A⁻ᵀ b."""
        right = np.array(b, order="F")
        x, _ = lapack.dpotrs(self._factor, right, lower=1, overwrite_b=1)
        return np.asarray(x)


def determinant(diagonal: Floats, even: bool) -> Determinant:
    """From the diagonal of U, and whether the rows were exchanged an even number of times."""
    if not (np.isfinite(diagonal).all() and diagonal.all()):
        return SINGULAR
    negative = int(np.count_nonzero(diagonal < 0.0)) % 2 == 1
    return float(np.log(np.abs(diagonal)).sum()), 1.0 if negative != even else -1.0
