"""The numeric phase of assembled matrices: entries gathered from factors, in C or in NumPy.

Both backends compute the same sums in another order of rounding; symmetric matrices come out
symmetric to the last bit.  The C is one file for every energy, compiled on first use.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.compiler import compile_cached
from nzdiff.runtime.entries import Entries, Places
from nzdiff.runtime.native_blocks import NativeBlocks

Floats = NDArray[np.float64]

Group = tuple[NDArray[np.int64], Floats]
"""Members (blocks, size) and values (blocks, size, size) of all blocks of one size."""


@dataclass(frozen=True, slots=True)
class Factors:
    """One summand with its two dense factors: c · left[i, i′] right[j, j′], or crossed."""

    coefficient: float
    left: Floats
    right: Floats
    crossed: bool


class Gather(Protocol):
    """Entries from factors; see `gather.c`."""

    def dense(
        self, rows: Entries, cols: Entries, summands: list[Factors], out: Floats, *, lower: bool
    ) -> None:
        """Write Σ summands at every (t, u), or at u ≤ t alone, into `out`."""

    def pairs(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """out[q] += c left[at_left[q]] right[at_right[q]], where no place is negative."""

    def mirror(self, matrix: Floats) -> None:
        """Write the upper triangle from the lower one."""

    def blocks(self, groups: Sequence[Group], size: int) -> Callable[[Floats], Floats]:
        """x ↦ A x, A block-diagonal of order `size`."""


class NumpyGather:
    """By fancy indexing, a row at a time."""

    def dense(
        self, rows: Entries, cols: Entries, summands: list[Factors], out: Floats, *, lower: bool
    ) -> None:
        """See `Gather`."""
        for t in range(rows.size):
            count = t + 1 if lower else cols.size
            i, j, row = cols.rows[:count], cols.cols[:count], out[t, :count]
            row[:] = 0.0
            for s in summands:
                first, second = (j, i) if s.crossed else (i, j)
                row += s.coefficient * s.left[rows.rows[t], first] * s.right[rows.cols[t], second]

    def pairs(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """See `Gather`."""
        kept = np.flatnonzero((at_left >= 0) & (at_right >= 0))
        out[kept] += c * left[at_left[kept]] * right[at_right[kept]]

    def mirror(self, matrix: Floats) -> None:
        """See `Gather`."""
        for t in range(1, matrix.shape[0]):
            matrix[:t, t] = matrix[t, :t]

    def blocks(self, groups: Sequence[Group], size: int) -> Callable[[Floats], Floats]:
        """See `Gather`."""

        def apply(x: Floats) -> Floats:
            out = np.zeros(size)
            for members, values in groups:
                out[members] = np.matmul(values, x[members][:, :, None])[:, :, 0]
            return out

        return apply


class CGather:
    """By the compiled kernels."""

    def __init__(self, threads: int) -> None:
        self._library, self._threads = _library(), threads

    def dense(
        self, rows: Entries, cols: Entries, summands: list[Factors], out: Floats, *, lower: bool
    ) -> None:
        """See `Gather`."""
        wide = rows.shape[1] > rows.shape[0]  # what is laid out once for many t is the lesser part
        if wide:
            rows, cols = rows.transposed, cols.transposed
        order = None if _ascending(rows.rows) else np.argsort(rows.rows, kind="stable")
        places = (order, rows.rows, rows.cols, cols.rows, cols.cols)
        arrays = [None if x is None else np.ascontiguousarray(x, dtype=np.int32) for x in places]
        addresses = (None if x is None else x.ctypes.data for x in arrays)
        stride = out.strides[0] // out.itemsize
        counts = (rows.shape[1], *cols.shape)
        entries = _Entries(rows.size, cols.size, *addresses, *counts, lower, stride)
        given = [_Summand.of(s, wide) for s in _paired(summands)]
        failed = self._library.nzdiff_gather_dense(
            self._threads,
            ctypes.byref(entries),
            len(given) // 2,
            (_Summand * len(given))(*given),
            out.ctypes.data,
        )
        if failed:
            raise MemoryError("assembly: no memory for the rows of the factors")

    def pairs(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """See `Gather`."""
        arrays = (left, at_left, right, at_right, out)
        self._library.nzdiff_gather_pairs(
            self._threads, out.size, c, *(array.ctypes.data for array in arrays)
        )

    def mirror(self, matrix: Floats) -> None:
        """See `Gather`."""
        if matrix.shape[1] and matrix.strides[0] != matrix.shape[1] * matrix.itemsize:
            raise ValueError("mirror: expected a C-contiguous matrix")
        self._library.nzdiff_mirror(self._threads, matrix.shape[0], matrix.ctypes.data)

    def blocks(self, groups: Sequence[Group], size: int) -> Callable[[Floats], Floats]:
        """See `Gather`."""
        return NativeBlocks(self._library.nzdiff_blocks_times, self._threads, groups, size)


def gather_for(backend: str, threads: int) -> Gather:
    """The kernels of a backend."""
    return CGather(threads) if backend == "c" else NumpyGather()


class _Summand(ctypes.Structure):
    """`nzdiff_summand` of gather.c."""

    _fields_ = (
        ("left", ctypes.c_void_p),
        ("right", ctypes.c_void_p),
        ("left_width", ctypes.c_int64),
        ("right_width", ctypes.c_int64),
        ("coefficient", ctypes.c_double),
        ("crossed", ctypes.c_int64),
    )

    @classmethod
    def of(cls, s: Factors | None, wide: bool) -> _Summand:
        """The pointers of a summand, whose arrays the caller keeps; wide: of transposed entries."""
        if s is None:
            return cls()
        left, right = (s.right, s.left) if wide else (s.left, s.right)
        widths = left.shape[1], right.shape[1]
        return cls(left.ctypes.data, right.ctypes.data, *widths, s.coefficient, s.crossed)


class _Entries(ctypes.Structure):
    """`nzdiff_entries` of gather.c."""

    _fields_ = (
        ("rows", ctypes.c_int64),
        ("cols", ctypes.c_int64),
        ("order", ctypes.c_void_p),
        ("row_i", ctypes.c_void_p),
        ("row_j", ctypes.c_void_p),
        ("col_i", ctypes.c_void_p),
        ("col_j", ctypes.c_void_p),
        ("row_count_j", ctypes.c_int64),
        ("count_i", ctypes.c_int64),
        ("count_j", ctypes.c_int64),
        ("lower", ctypes.c_int64),
        ("stride", ctypes.c_int64),
    )


def _ascending(places: Places) -> bool:
    return bool((places[1:] >= places[:-1]).all())


def _paired(summands: list[Factors]) -> list[Factors | None]:
    """Two and two of one kind; None beside one that is left over."""
    found: list[Factors | None] = []
    for crossed in (False, True):
        alike = [s for s in summands if s.crossed == crossed]
        found += [*alike, None] if len(alike) % 2 else alike
    return found


@cache
def _library() -> Any:
    source = (resources.files("nzdiff.runtime") / "gather.c").read_text(encoding="utf-8")
    library = ctypes.CDLL(str(compile_cached(source)))
    pointer, whole, number = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
    library.nzdiff_gather_dense.argtypes = [ctypes.c_int, pointer, whole, pointer, pointer]
    library.nzdiff_gather_pairs.argtypes = [ctypes.c_int, whole, number, *[pointer] * 5]
    library.nzdiff_blocks_times.argtypes = [ctypes.c_int, whole, *[pointer] * 6]
    library.nzdiff_blocks_times.restype = None
    library.nzdiff_mirror.argtypes = [ctypes.c_int, whole, pointer]
    library.nzdiff_gather_pairs.restype = library.nzdiff_mirror.restype = None
    return library
