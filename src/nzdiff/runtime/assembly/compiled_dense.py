"""Dense matrices gathered in C: what `gather.c` is given, laid out once."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.memory import on_a_line
from nzdiff.runtime.assembly.entries import Entries, Places

Floats = NDArray[np.float64]

PAST = 2**18
"""From how many numbers on a matrix is written past the cache, which it would sweep."""


@dataclass(frozen=True, slots=True)
class DenseSummand:
    """A summand with two dense factors, which stay where they are: left[i, i′] right[j, j′].

    crossed: left[i, j′] right[j, i′].
    """

    left: Floats
    right: Floats
    crossed: bool


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
