"""A block-diagonal matrix that C applies: for Python a function, for compiled loops an address."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class _Blocks(ctypes.Structure):
    """`nzdiff_blocks` of lbfgs/loop.c."""

    _fields_ = (
        ("times", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("first", ctypes.c_void_p),
        ("start", ctypes.c_void_p),
        ("members", ctypes.c_void_p),
        ("values", ctypes.c_void_p),
    )


class CompiledBlocks:
    """x ↦ A x, A block-diagonal of order `size`; address: of its `nzdiff_blocks`.

    times: `nzdiff_blocks_times` of gather.c.  by_size: (members, values) of all blocks of one size.
    """

    def __init__(
        self, times: Any, threads: int, by_size: Sequence[tuple[Any, Floats]], size: int
    ) -> None:
        sizes = np.concatenate([[0], *(np.full(*members.shape) for members, _ in by_size)])
        first, start = (np.cumsum(x, dtype=np.int64) for x in (sizes, sizes * sizes))
        members = np.concatenate([np.zeros(0), *(m.ravel() for m, _ in by_size)]).astype(np.int32)
        values = np.concatenate([np.zeros(0), *(v.ravel() for _, v in by_size)])
        self._times, self._threads, self._size = times, threads, size
        self._arrays = (first, start, members, values)
        self._given = (sizes.size - 1, *(array.ctypes.data for array in self._arrays))
        function = ctypes.cast(times, ctypes.c_void_p).value
        self._blocks = _Blocks(function, *self._given)
        self.address = ctypes.addressof(self._blocks)

    def __call__(self, x: Floats) -> Floats:
        """A x."""
        given, out = np.ascontiguousarray(x, dtype=np.float64), np.zeros(self._size)
        self._times(self._threads, *self._given, given.ctypes.data, out.ctypes.data)
        return out
