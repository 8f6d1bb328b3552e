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

from nzdiff.memory import on_a_line
from nzdiff.runtime.assembly.compiled_blocks import CompiledBlocks
from nzdiff.runtime.assembly.entries import Entries, Places
from nzdiff.runtime.kernel.library import load

Floats = NDArray[np.float64]

PAST = 2**18
"""From how many numbers on a matrix is written past the cache, which it would sweep."""

SameSizeBlocks = tuple[NDArray[np.int64], Floats]
"""Members (blocks, size) and values (blocks, size, size) of all blocks of one size."""


@dataclass(frozen=True, slots=True)
class DenseSummand:
    """A summand with two dense factors, which stay where they are: left[i, i′] right[j, j′].

    crossed: left[i, j′] right[j, i′].
    """

    left: Floats
    right: Floats
    crossed: bool


Write = Callable[[Sequence[float], Floats], None]
"""Write Σ c · summand, with one c for each, at every (t, u) of an array, or at u ≤ t alone."""


class Gather(Protocol):
    """Entries from factors; see `gather.c`."""

    def dense(
        self, rows: Entries, cols: Entries, summands: Sequence[DenseSummand], *, lower: bool
    ) -> Write:
        """What writes the summands at the present values of their factors."""
        ...

    def add_products(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """out[q] += c left[at_left[q]] right[at_right[q]], where no place is negative."""
        ...

    def mirror(self, matrix: Floats) -> None:
        """Write the upper triangle from the lower one."""
        ...

    def blocks(self, by_size: Sequence[SameSizeBlocks], size: int) -> Callable[[Floats], Floats]:
        """x ↦ A x, A block-diagonal of order `size`."""
        ...


class NumpyGather:
    """By fancy indexing, a row at a time."""

    def dense(
        self, rows: Entries, cols: Entries, summands: Sequence[DenseSummand], *, lower: bool
    ) -> Write:
        """See `Gather`."""

        def write(coefficients: Sequence[float], out: Floats) -> None:
            for t in range(rows.size):
                count = t + 1 if lower else cols.size
                i, j, row = cols.rows[:count], cols.cols[:count], out[t, :count]
                row[:] = 0.0
                for c, s in zip(coefficients, summands, strict=True):
                    first, second = (j, i) if s.crossed else (i, j)
                    row += c * s.left[rows.rows[t], first] * s.right[rows.cols[t], second]

        return write

    def add_products(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """See `Gather`."""
        kept = np.flatnonzero((at_left >= 0) & (at_right >= 0))
        out[kept] += c * left[at_left[kept]] * right[at_right[kept]]

    def mirror(self, matrix: Floats) -> None:
        """See `Gather`."""
        for t in range(1, matrix.shape[0]):
            matrix[:t, t] = matrix[t, :t]

    def blocks(self, by_size: Sequence[SameSizeBlocks], size: int) -> Callable[[Floats], Floats]:
        """See `Gather`."""

        def apply(x: Floats) -> Floats:
            out = np.zeros(size)
            for members, values in by_size:
                out[members] = np.matmul(values, x[members][:, :, None])[:, :, 0]
            return out

        return apply


class CGather:
    """By the compiled kernels."""

    def __init__(self, threads: int) -> None:
        self._library, self._threads = _library(), threads

    def dense(
        self, rows: Entries, cols: Entries, summands: Sequence[DenseSummand], *, lower: bool
    ) -> Write:
        """See `Gather`."""
        return CompiledDense(self._library, self._threads, rows, cols, summands, lower=lower)

    def add_products(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """See `Gather`."""
        arrays = (left, at_left, right, at_right, out)
        self._library.nzdiff_gather_entries(
            self._threads, out.size, c, *(array.ctypes.data for array in arrays)
        )

    def mirror(self, matrix: Floats) -> None:
        """See `Gather`."""
        if matrix.shape[1] and matrix.strides[0] != matrix.shape[1] * matrix.itemsize:
            raise ValueError("mirror: expected a C-contiguous matrix")
        self._library.nzdiff_mirror(self._threads, matrix.shape[0], matrix.ctypes.data)

    def blocks(self, by_size: Sequence[SameSizeBlocks], size: int) -> Callable[[Floats], Floats]:
        """See `Gather`."""
        return CompiledBlocks(self._library.nzdiff_blocks_times, self._threads, by_size, size)


def prepare(backend: str) -> None:
    """Compile what the matrices of a backend need; CompilerError."""
    if backend == "c":
        _library()


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
    def of(cls, s: DenseSummand | None, wide: bool) -> _Summand:
        """The pointers of a summand, whose arrays the caller keeps; wide: of transposed entries."""
        if s is None:
            return cls()
        left, right = (s.right, s.left) if wide else (s.left, s.right)
        widths = left.shape[1], right.shape[1]
        return cls(left.ctypes.data, right.ctypes.data, *widths, 0.0, s.crossed)


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
        ("past", ctypes.c_int64),
        ("places", ctypes.c_void_p),
        ("room", ctypes.c_void_p),
        ("room_size", ctypes.c_int64),
    )


class CompiledDense:
    """`Write` in C: everything but the coefficients and the array is laid out before."""

    def __init__(
        self,
        library: Any,
        threads: int,
        rows: Entries,
        cols: Entries,
        summands: Sequence[DenseSummand],
        *,
        lower: bool,
    ) -> None:
        wide = rows.shape[1] > rows.shape[0]  # what is laid out once for many t is the lesser part
        if wide:
            rows, cols = rows.transposed, cols.transposed
        order = None if _ascending(rows.rows) else np.argsort(rows.rows, kind="stable")
        indices = (order, rows.rows, rows.cols, cols.rows, cols.cols)
        arrays = [None if x is None else np.ascontiguousarray(x, dtype=np.int32) for x in indices]
        addresses = (None if x is None else x.ctypes.data for x in arrays)
        counts = (rows.shape[1], *cols.shape)
        self._write, self._threads = library.nzdiff_gather_dense, threads
        self._entries = _Entries(rows.size, cols.size, *addresses, *counts, lower)
        paired = _paired(summands)
        self._summands = (_Summand * len(paired))(
            *(_Summand.of(None if k is None else summands[k], wide) for k in paired)
        )
        self._places = [(place, k) for place, k in enumerate(paired) if k is not None]
        sizes = np.zeros(2, dtype=np.int64)
        library.nzdiff_gather_sizes(
            ctypes.byref(self._entries), len(paired) // 2, sizes.ctypes.data
        )
        room = [on_a_line(int(size), np.uint8) for size in (sizes[0], sizes[1] * threads)]
        self._entries.places, self._entries.room = (x.ctypes.data for x in room)
        self._entries.room_size = int(sizes[1])
        library.nzdiff_gather_places(ctypes.byref(self._entries))
        self._kept = (arrays, room, summands)
        self._address = ctypes.addressof(self._entries)

    def __call__(self, coefficients: Sequence[float], out: Floats) -> None:
        """See `Write`."""
        for place, k in self._places:
            self._summands[place].coefficient = coefficients[k]
        self._entries.stride = out.strides[0] // out.itemsize
        self._entries.past = out.size >= PAST
        count = len(self._summands) // 2
        self._write(self._threads, self._address, count, self._summands, out.ctypes.data)


def _ascending(places: Places) -> bool:
    return bool((places[1:] >= places[:-1]).all())


def _paired(summands: Sequence[DenseSummand]) -> list[int | None]:
    """Two and two of one kind, by number; None beside one that is left over."""
    found: list[int | None] = []
    for crossed in (False, True):
        alike = [k for k, s in enumerate(summands) if s.crossed == crossed]
        found += [*alike, None] if len(alike) % 2 else alike
    return found


_POINTER, _COUNT, _NUMBER = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
_FUNCTIONS = {
    "nzdiff_gather_dense": (None, (ctypes.c_int, _POINTER, _COUNT, _POINTER, _POINTER)),
    "nzdiff_gather_sizes": (None, (_POINTER, _COUNT, _POINTER)),
    "nzdiff_gather_places": (None, (_POINTER,)),
    "nzdiff_gather_entries": (None, (ctypes.c_int, _COUNT, _NUMBER, *[_POINTER] * 5)),
    "nzdiff_blocks_times": (None, (ctypes.c_int, _COUNT, *[_POINTER] * 6)),
    "nzdiff_mirror": (None, (ctypes.c_int, _COUNT, _POINTER)),
}


@cache
def _library() -> Any:
    source = (resources.files("nzdiff.runtime.assembly") / "gather.c").read_text(encoding="utf-8")
    return load(source, _FUNCTIONS)
