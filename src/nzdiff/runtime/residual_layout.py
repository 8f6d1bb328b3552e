"""Which entry of a residual matrix each number of the residual vector is.

The vector holds what is stored of each residual, one residual after the other: of a dense one every
entry, column by column (vec); of a sparse one its stored positions, row by row (CSR, as SciPy has
them).  So do the rows of J, and the cotangents that `vjp` takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from nzdiff.arrays import checked_vector, fixed, real_numbers, to_doubles
from nzdiff.memory import check_fits
from nzdiff.runtime.data.spec import Array
from nzdiff.runtime.data.supports import Supports

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@fixed("it is that of a model")
@dataclass(frozen=True, slots=True, eq=False)
class ResidualLayout:
    """The shape of each residual, and the (i, j) of its numbers, an array of shape (count, 2)."""

    shapes: tuple[tuple[int, int], ...]
    positions: tuple[Places, ...]

    @classmethod
    def of(cls, arrays: tuple[Array, ...], supports: Supports) -> ResidualLayout:
        """The layout of residuals that are stored in these arrays of a kernel."""
        shapes = tuple((supports.size(a.rows), supports.size(a.cols)) for a in arrays)
        pairs = zip(arrays, shapes, strict=True)
        return cls(shapes, tuple(_positions(a, shape, supports) for a, shape in pairs))

    def scatter(self, vector: ArrayLike) -> Any:
        """The residual matrices of a vector, dense, 0 where nothing is stored.

        One matrix; a tuple of them where the energy has several squared norms.
        """
        ends = np.cumsum([len(places) for places in self.positions])
        parts = np.split(checked_vector("vector", vector, int(ends[-1])), ends[:-1])
        found = tuple(np.zeros(shape) for shape in self.shapes)
        for matrix, places, part in zip(found, self.positions, parts, strict=True):
            matrix[tuple(places.T)] = part
        return found[0] if len(found) == 1 else found

    def gather(self, *matrices: ArrayLike) -> Floats:
        """The vector of residual matrices, one per squared norm; ValueError for other shapes."""
        if len(matrices) != len(self.shapes):
            raise TypeError(f"gather: expected {len(self.shapes)} matrices, got {len(matrices)}")
        parts = []
        for matrix, shape, places in zip(matrices, self.shapes, self.positions, strict=True):
            array: Any = matrix
            if sparse.issparse(array):
                array = array.toarray()
            array = to_doubles("gather", real_numbers("gather", array))
            if array.shape != shape:
                raise ValueError(f"gather: expected a matrix of shape {shape}, got {array.shape}")
            parts.append(array[tuple(places.T)])
        return np.concatenate(parts)


def _positions(array: Array, shape: tuple[int, int], supports: Supports) -> Places:
    if array.support is None:
        check_fits("residual_positions", 40 * shape[0] * shape[1], "they are column by column")
        cols, rows = (places.ravel() for places in np.indices(shape[::-1]))
    else:
        stored = supports.matrix(array.support)
        rows = np.repeat(np.arange(shape[0]), np.diff(stored.indptr))
        cols = stored.indices
    found = np.stack([rows, cols], axis=1).astype(np.int64)
    found.flags.writeable = False
    return found
