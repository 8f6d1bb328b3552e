"""Arrays as they are given, checked: an error names the argument, what it expected and got."""

from __future__ import annotations

from collections.abc import Mapping
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


def checked_vector(name: str, value: ArrayLike, size: int) -> Floats:
    """`value` as a contiguous float64 vector of length `size`; errors name the argument."""
    vector = real_vector(name, value, size)
    if not np.isfinite(vector).all():
        bad = int(np.flatnonzero(~np.isfinite(vector))[0])
        raise ValueError(f"{name}: expected finite numbers, got {vector[bad]} at position {bad}")
    return vector


def real_vector(name: str, value: ArrayLike, size: int) -> Floats:
    """`checked_vector` without a look at its numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name}: expected real numbers (float64), got dtype {array.dtype}")
    if array.shape != (size,):
        raise ValueError(f"{name}: expected shape ({size},), got {array.shape}")
    return np.ascontiguousarray(array, dtype=np.float64)


def checked_matrix(value: Any, shape: tuple[int, int]) -> Any:
    """A sparse or dense matrix of one shape, of finite real numbers."""
    matrix = checked_real("matrix", value)
    if tuple(matrix.shape) != shape:
        raise ValueError(f"pattern: expected a matrix of shape {shape}, got {matrix.shape}")
    return matrix


def checked_map(value: Any, rows: int) -> Any:
    """A sparse or dense matrix with so many rows, of finite real numbers."""
    matrix = checked_real("map", value)
    if matrix.ndim != 2 or matrix.shape[0] != rows:
        raise ValueError(f"pattern: expected a map with {rows} rows, got shape {matrix.shape}")
    return matrix


def checked_real(name: str, value: Any) -> Any:
    """A sparse matrix as it is, anything else as an array; of finite real numbers."""
    matrix: Any = value if sparse.issparse(value) else np.asarray(value)
    if matrix.dtype.kind not in "fiub":
        raise TypeError(
            f"pattern: {name}: expected real numbers (float64), got dtype {matrix.dtype}"
        )
    if not np.isfinite(matrix.tocoo().data if sparse.issparse(matrix) else matrix).all():
        raise ValueError(
            f"pattern: {name}: expected finite numbers, got some that are NaN or infinite"
        )
    return matrix


def checked_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """(rows, columns) as two sizes ≥ 0 that fit 32 bits."""
    if not isinstance(shape, tuple | list):
        raise TypeError(f"pattern: expected a shape (rows, columns), got {shape!r}")
    if len(shape) != 2 or any(int(size) != size or size < 0 for size in shape):
        raise ValueError(f"pattern: expected a shape of two sizes ≥ 0, got {shape}")
    if max(shape) > INDEX_LIMIT:
        raise OverflowError(
            f"pattern: sizes must fit 32-bit indices (≤ {INDEX_LIMIT}), got {shape}"
        )
    return int(shape[0]), int(shape[1])


def checked_indices(name: str, value: ArrayLike, size: int) -> Indices:
    """A vector of row or column numbers below a size, as 32-bit integers."""
    array = np.asarray(value)
    if array.ndim != 1:
        raise ValueError(f"pattern: {name}: expected one dimension, got shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, dtype=np.int32)
    if array.dtype.kind not in "iu":
        raise TypeError(f"pattern: {name}: expected integers, got dtype {array.dtype}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= size:
        raise IndexError(f"pattern: {name}: expected indices in 0..{size - 1}, got {low}..{high}")
    if array.size > INDEX_LIMIT:
        raise OverflowError(f"pattern: {name}: at most {INDEX_LIMIT} entries, got {array.size}")
    return np.ascontiguousarray(array, dtype=np.int32)


def checked_labels(groups: ArrayLike, size: int) -> NDArray[Any]:
    """A label ≥ 0 for each of `size` entries."""
    labels = np.asarray(groups)
    if labels.dtype.kind not in "iu" and labels.size:
        raise TypeError(f"groups: expected integers, got dtype {labels.dtype}")
    if labels.shape != (size,):
        raise ValueError(
            f"groups: expected a label for each entry of g, shape ({size},), got {labels.shape}"
        )
    if labels.size and labels.min() < 0:
        raise ValueError(
            f"groups: expected labels ≥ 0, got {labels.min()}; "
            "an entry that is tied to no other needs a label of its own"
        )
    return labels


def checked_places(values: Mapping[int, float], size: int) -> Floats:
    """The vector of a mapping from places in g to values, NaN where g stays free."""
    places = np.array([index(place) for place in values], dtype=np.int64)
    numbers = checked_vector("values", list(values.values()), places.size)
    if places.size and not 0 <= places.min() <= places.max() < size:
        raise IndexError(
            f"values: expected places in 0..{size - 1}, got {places.min()}..{places.max()}"
        )
    known = np.full(size, np.nan)
    known[places] = numbers
    return known


def real_csr(matrix: Any) -> sparse.csr_array:
    """A matrix as CSR of float64, each entry once."""
    csr = sparse.csr_array(matrix, dtype=np.float64)
    csr.sum_duplicates()
    return csr
