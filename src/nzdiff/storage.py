"""Sparse matrices as they are given: checked wholly before compiled code trusts their indices.

SciPy checks little when a matrix is made and nothing when its arrays are changed afterwards; an
index out of range is then a number from elsewhere, or the end of the process.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.arrays import real_numbers, sealed, to_doubles
from nzdiff.indices import INDEX_LIMIT
from nzdiff.memory import check_fits


def checked_csr(name: str, value: Any) -> sparse.csr_array:
    """A SciPy sparse matrix as CSR of doubles: sorted indices, each position once, own arrays.

    Raises TypeError for what is no sparse matrix of real numbers; ValueError, with the argument,
    the place and the value, for a number that is not finite or that a double cannot hold, and for
    index arrays that are no matrix.
    """
    checked = checked_storage(name, value)
    check_fits(f"{name}: row pointers", 16 * checked.shape[0], "use a matrix of fewer rows")
    matrix = sparse.csr_array(checked, dtype=np.float64)
    matrix.sum_duplicates()
    if not np.isfinite(matrix.data).all():
        place = int(np.flatnonzero(~np.isfinite(matrix.data))[0])
        row = int(np.searchsorted(matrix.indptr, place, side="right")) - 1
        raise ValueError(
            f"{name}: expected finite numbers, got {matrix.data[place]} at "
            f"({row}, {matrix.indices[place]})"
        )
    return matrix


def checked_storage(name: str, value: Any) -> Any:
    """A SciPy sparse matrix on arrays of its own, in a format of the same order of storage."""
    if not sparse.issparse(value):
        raise TypeError(f"{name}: expected a SciPy sparse matrix, got {type(value).__name__}")
    try:
        return _storage(name, value)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if str(error).startswith(f"{name}:"):
            raise
        raise ValueError(
            f"{name}: the arrays of this {value.format} matrix are no matrix: {error}"
        ) from None


def _storage(name: str, value: Any) -> Any:
    if value.ndim != 2:
        raise ValueError(f"{name}: expected two dimensions, got shape {value.shape}")
    shape = int(value.shape[0]), int(value.shape[1])
    if max(shape) > INDEX_LIMIT:
        raise OverflowError(f"{name}: sizes must fit 32-bit indices, got {shape}")
    if value.format in ("csr", "csc", "bsr"):
        return _compressed(name, value, shape)
    if value.format == "coo":
        return _coordinates(name, value, shape)
    if value.format == "lil":
        _check_lists(name, value)
        return _compressed(name, value.tocsr(), shape)
    if value.format == "dia":
        return _coordinates(name, _diagonals(name, value, shape).tocoo(), shape)
    if value.format == "dok" and not all(_is_position(key) for key in value.keys()):  # noqa: SIM118
        raise ValueError(f"{name}: expected pairs of whole numbers as keys of the dictionary")
    return _coordinates(name, value.tocoo(), shape)


def _is_position(key: Any) -> bool:
    return len(key) == 2 and all(isinstance(part, int | np.integer) for part in key)


def _diagonals(name: str, value: Any, shape: tuple[int, int]) -> sparse.dia_array:
    """DIA: one row of data for each offset."""
    data, offsets = _numbers(name, value.data), _whole(name, "offsets", value.offsets)
    if data.ndim != 2 or len(data) != offsets.size:
        raise ValueError(
            f"{name}: expected a row of data for each of {offsets.size} offsets, got shape "
            f"{data.shape}"
        )
    if np.unique(offsets).size != offsets.size:
        raise ValueError(f"{name}: expected each diagonal once, got offsets {offsets.tolist()}")
    return sparse.dia_array((np.array(data), np.array(offsets)), shape=shape)


def _compressed(name: str, value: Any, shape: tuple[int, int]) -> Any:
    """CSR, CSC and BSR: pointers that rise from 0, indices that the other side has."""
    rows, cols = shape if value.format != "csc" else shape[::-1]
    data = _numbers(name, value.data)
    if value.format == "bsr":
        if data.ndim != 3 or 0 in data.shape[1:] or rows % data.shape[1] or cols % data.shape[2]:
            raise ValueError(f"{name}: blocks of shape {data.shape[1:]} do not tile {shape}")
        rows, cols = rows // data.shape[1], cols // data.shape[2]
    elif data.ndim != 1:
        raise ValueError(f"{name}: expected a vector of stored values, got shape {data.shape}")
    indptr = _whole(name, "indptr", value.indptr)
    indices = _whole(name, "indices", value.indices)
    if indptr.size != rows + 1:
        raise ValueError(f"{name}: expected {rows + 1} numbers in indptr, got {indptr.size}")
    if indptr[0] != 0:
        raise ValueError(f"{name}: expected indptr to begin with 0, got {indptr[0]} at indptr[0]")
    falls = np.flatnonzero(indptr[1:] < indptr[:-1])
    if falls.size:
        k = int(falls[0]) + 1
        raise ValueError(
            f"{name}: expected indptr to rise, got {indptr[k]} after {indptr[k - 1]} at indptr[{k}]"
        )
    nnz, room = int(indptr[-1]), min(indices.size, len(data))
    if nnz > room:
        raise ValueError(
            f"{name}: expected indptr to end within the {room} stored values, got {nnz} at "
            f"indptr[{rows}]"
        )
    side = "row" if value.format == "csc" else "column"
    _check_range(name, f"{side} indices", "indices", indices[:nnz], cols)
    made = {"csr": sparse.csr_array, "csc": sparse.csc_array, "bsr": sparse.bsr_array}
    parts = np.array(data[:nnz]), np.array(indices[:nnz]), np.array(indptr)
    return made[value.format](parts, shape=shape)


def _coordinates(name: str, value: Any, shape: tuple[int, int]) -> Any:
    """COO: a row and a column that the matrix has for each value."""
    data = _numbers(name, value.data)
    if len(value.coords) != 2:
        raise ValueError(f"{name}: expected rows and columns, got {len(value.coords)} coordinates")
    row, col = (_whole(name, *part) for part in zip(("row", "col"), value.coords, strict=True))
    if not row.size == col.size == data.size or data.ndim != 1:
        raise ValueError(
            f"{name}: expected as many rows and columns as values, got {row.size}, {col.size} and "
            f"{data.size}"
        )
    _check_range(name, "row indices", "row", row, shape[0])
    _check_range(name, "column indices", "col", col, shape[1])
    return sparse.coo_array((np.array(data), (np.array(row), np.array(col))), shape=shape)


def _check_lists(name: str, value: Any) -> None:
    counts = [len(row) for row in value.rows], [len(row) for row in value.data]
    if counts[0] != counts[1] or len(counts[0]) != value.shape[0]:
        raise ValueError(f"{name}: expected one value for each index in the lists of each row")


def _numbers(name: str, data: Any) -> NDArray[np.float64]:
    return to_doubles(name, real_numbers(name, data))


def _whole(name: str, part: str, value: Any) -> NDArray[Any]:
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{name}: expected {part} without a mask, got a masked array")
    array = np.asarray(value)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: expected a vector of whole numbers as {part}, got dtype {array.dtype} of "
            f"shape {array.shape}"
        )
    return array


def _check_range(name: str, what: str, part: str, indices: NDArray[Any], size: int) -> None:
    if indices.size and not 0 <= indices.min() <= indices.max() < size:
        k = int(np.flatnonzero((indices < 0) | (indices >= size))[0])
        raise ValueError(
            f"{name}: expected {what} in 0..{size - 1}, got {indices[k]} at {part}[{k}]"
        )


def sealed_csr(matrix: sparse.csr_array) -> sparse.csr_array:
    """The same matrix; what would write to its arrays raises."""
    for array in (matrix.data, matrix.indices, matrix.indptr):
        sealed(array)
    return matrix
