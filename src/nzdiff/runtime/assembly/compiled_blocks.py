"""Many small dense blocks in C: a block-diagonal matrix applied, inverses, congruences.

What C applies is a function for Python, and for compiled loops an address.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.kernel.library import load, source_beside

Floats = NDArray[np.float64]
MOST = 32
"""The largest block that C inverts: of larger ones LAPACK is as fast.  As in blocks.c."""


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


@dataclass(frozen=True, slots=True, eq=False)
class BlocksLayout:
    """Where the members and the values of each block begin.

    of_members: what it was made of, all blocks of one size together.
    """

    of_members: tuple[NDArray[np.int64], ...]
    first: NDArray[np.int64]
    start: NDArray[np.int64]
    members: NDArray[np.int32]

    @classmethod
    def of(cls, by_size: Sequence[NDArray[np.int64]]) -> BlocksLayout:
        """Count them."""
        sizes = np.concatenate([[0], *(np.full(*members.shape) for members in by_size)])
        first, start = (np.cumsum(x, dtype=np.int64) for x in (sizes, sizes * sizes))
        members = np.concatenate([np.zeros(0), *(m.ravel() for m in by_size)]).astype(np.int32)
        return cls(tuple(by_size), first, start, members)

    def is_of(self, by_size: Sequence[NDArray[np.int64]]) -> bool:
        """Whether these are the same arrays."""
        alike = len(by_size) == len(self.of_members)
        return alike and all(a is b for a, b in zip(by_size, self.of_members, strict=True))


class CompiledBlocks:
    """x ↦ A x, A block-diagonal of order `size`; address: of its `nzdiff_blocks`.

    by_size: (members, values) of all blocks of one size.
    """

    def __init__(
        self,
        threads: int,
        by_size: Sequence[tuple[Any, Floats]],
        size: int,
        layout: BlocksLayout | None = None,
    ) -> None:
        times = blocks_library().nzdiff_blocks_times
        layout = layout or BlocksLayout.of([members for members, _ in by_size])
        values = _joined([v.ravel() for _, v in by_size] or [np.zeros(0)])
        self._times, self._threads, self._size = times, threads, size
        self._arrays = (layout.first, layout.start, layout.members, values)
        self._given = (layout.first.size - 1, *(array.ctypes.data for array in self._arrays))
        function = ctypes.cast(times, ctypes.c_void_p).value
        self._blocks = _Blocks(function, *self._given)
        self.address = ctypes.addressof(self._blocks)

    def __call__(self, x: Floats) -> Floats:
        """A x."""
        given, out = np.ascontiguousarray(x, dtype=np.float64), np.zeros(self._size)
        self._times(self._threads, *self._given, given.ctypes.data, out.ctypes.data)
        return out


def _joined(parts: Sequence[Floats]) -> Floats:
    """Arrays one after another, as they are where they stand so in memory."""
    first, size = parts[0], sum(part.size for part in parts)
    ends = np.cumsum([0, *(8 * part.size for part in parts)])
    follow = all(
        part.base is first.base and part.ctypes.data == first.ctypes.data + end
        for part, end in zip(parts, ends, strict=False)
    )
    if len(parts) > 1 and follow and first.base is not None:
        begin = (first.ctypes.data - first.base.ctypes.data) // 8
        return np.asarray(first.base.reshape(-1)[begin : begin + size])
    return first if len(parts) == 1 else np.concatenate(parts)


def inverses(
    threads: int, values: Floats, shift: float, *, in_place: bool = False
) -> tuple[Floats, NDArray[np.bool_]]:
    """(A + shift I)⁻¹ of blocks (blocks, size, size), size ≤ MOST; which are not definite."""
    given = np.ascontiguousarray(values)
    out = given if in_place else np.empty(given.shape)
    return out, _inverted(threads, given, out, shift, packed=False)


def inverses_of_triangles(
    threads: int, triangles: Floats, shift: float, out: Floats
) -> NDArray[np.bool_]:
    """out = (A + shift I)⁻¹ of blocks by their lower triangles; which are not definite."""
    return _inverted(threads, np.ascontiguousarray(triangles), out, shift, packed=True)


def _inverted(
    threads: int, given: Floats, out: Floats, shift: float, *, packed: bool
) -> NDArray[np.bool_]:
    indefinite = np.zeros(len(given), dtype=np.uint8)
    addresses = (array.ctypes.data for array in (given, out, indefinite))
    blocks_library().nzdiff_blocks_inverse(threads, *out.shape[:2], packed, shift, *addresses)
    return indefinite.astype(bool)


def congruent(threads: int, values: Floats, chosen: NDArray[np.int64], T: Floats) -> Floats:
    """T[b]ᵀ A[chosen[b]] T[b] of blocks A (·, size, size) and T (blocks, size, left) up to MOST."""
    given, (count, size, left) = np.ascontiguousarray(values), T.shape
    out = np.empty((count, left, left))
    addresses = (array.ctypes.data for array in (chosen, given, T, out))
    blocks_library().nzdiff_blocks_congruent(threads, count, size, left, *addresses)
    return out


_POINTER, _COUNT = ctypes.c_void_p, ctypes.c_int64
_FUNCTIONS = {
    "nzdiff_blocks_times": (None, (ctypes.c_int, _COUNT, *[_POINTER] * 6)),
    "nzdiff_blocks_inverse": (
        None,
        (ctypes.c_int, _COUNT, _COUNT, ctypes.c_int, ctypes.c_double, *[_POINTER] * 3),
    ),
    "nzdiff_blocks_congruent": (None, (ctypes.c_int, _COUNT, _COUNT, _COUNT, *[_POINTER] * 4)),
}


@cache
def source() -> str:
    """Their C."""
    return source_beside(__name__, "blocks.c")


@cache
def blocks_library() -> Any:
    """The compiled kernels; CompilerError."""
    return load(source(), _FUNCTIONS)
