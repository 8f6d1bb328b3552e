"""The numeric phase of chains: sparse products and blocks that are sums over a row, C or NumPy.

Both backends compute the same sums in another order of rounding.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import look_up
from nzdiff.memory import on_a_line
from nzdiff.runtime.kernel.library import load, source_beside

Floats = NDArray[np.float64]
Places = NDArray[np.int32]
LANES = 8
"""Doubles of a vector register."""
TOGETHER, TILE = 32, 8
"""Rows of a factor that are added up at a time, and rows of the sum, as in chains.c."""


@dataclass(frozen=True, slots=True, eq=False)
class Compressed:
    """A sparse matrix by rows, indices ascending in each: start int64, indices int32."""

    start: NDArray[np.int64]
    indices: Places
    values: Floats
    shape: tuple[int, int]

    @classmethod
    def of(cls, structure: sparse.csr_array, values: Floats) -> Compressed:
        """With these numbers at the entries of a pattern."""
        start = structure.indptr.astype(np.int64, copy=False)
        indices = structure.indices.astype(np.int32, copy=False)
        return cls(start, indices, values, structure.shape)


Factor = Floats | Compressed
"""A dense matrix, or a sparse one by rows."""


@dataclass(frozen=True, slots=True, eq=False)
class BlockLayout:
    """Blocks one after another: which row of a weight each has, which columns its members.

    first: of block b the members first[b] ≤ e < first[b + 1]; start: where its entries begin, its
    lower triangle row by row where `lower`, else all.
    """

    label: Places
    first: NDArray[np.int64]
    members: Places
    start: NDArray[np.int64]
    lower: bool


class Chaining(Protocol):
    """See `chains.c`."""

    def add_sparse_product(
        self,
        c: float,
        left: Compressed,
        right: Compressed,
        start: NDArray[np.int64],
        cols: Places,
        out: Floats,
    ) -> None:
        """out[q] += c (left right)[t, cols[q]] for start[t] ≤ q < start[t + 1], t by t."""
        ...

    def add_gram(
        self, c: float, scale: Factor, left: Factor, right: Factor, at: BlockLayout, out: Floats
    ) -> None:
        """Add c Σ_q scale[label, q] left[q, a] right[q, b] to each block, a and b its members."""
        ...


class NumpyChaining:
    """By SciPy, a block at a time."""

    def add_sparse_product(
        self,
        c: float,
        left: Compressed,
        right: Compressed,
        start: NDArray[np.int64],
        cols: Places,
        out: Floats,
    ) -> None:
        """See `Chaining`."""
        matrices = (
            sparse.csr_array((x.values, x.indices, x.start), x.shape) for x in (left, right)
        )
        product = sparse.csr_array(next(matrices) @ next(matrices))
        product.sort_indices()
        at = look_up(product, np.repeat(np.arange(start.size - 1), np.diff(start)), cols)
        out += np.where(at < 0, 0.0, c * np.append(product.data, 0.0)[at])

    def add_gram(
        self, c: float, scale: Factor, left: Factor, right: Factor, at: BlockLayout, out: Floats
    ) -> None:
        """See `Chaining`."""
        weight, first, second = (
            sparse.csr_array((x.values, x.indices, x.start), x.shape)
            if isinstance(x, Compressed)
            else sparse.csr_array(x)
            for x in (scale, left, right)
        )
        for b, label in enumerate(at.label):
            members = at.members[at.first[b] : at.first[b + 1]]
            rows, count = weight[[label]], members.size
            met, w = rows.indices, c * rows.data
            block = (first[met][:, members].T * w) @ second[met][:, members]
            whole = np.asarray(block.todense() if sparse.issparse(block) else block)
            found = whole[np.tril_indices(count)] if at.lower else whole.ravel()
            out[at.start[b] : at.start[b] + found.size] += found


class CChaining:
    """By the compiled kernels."""

    def __init__(self, threads: int) -> None:
        self._library, self._threads = library(), threads

    def add_sparse_product(
        self,
        c: float,
        left: Compressed,
        right: Compressed,
        start: NDArray[np.int64],
        cols: Places,
        out: Floats,
    ) -> None:
        """See `Chaining`."""
        room = on_a_line(right.shape[1] * self._threads)
        factors = (x for side in (left, right) for x in (side.start, side.indices, side.values))
        arrays = (*factors, start, np.ascontiguousarray(cols, dtype=np.int32), room, out)
        addresses = (array.ctypes.data for array in arrays)
        self._library.nzdiff_sparse_product(
            self._threads, left.shape[0], right.shape[1], c, *addresses
        )

    def add_gram(
        self, c: float, scale: Factor, left: Factor, right: Factor, at: BlockLayout, out: Floats
    ) -> None:
        """See `Chaining`."""
        sides = [_Factor.of(x) for x in (scale, left, right)]
        arrays = (at.label, at.members, at.first, at.start)
        layout = _Layout(at.label.size, at.lower, *(array.ctypes.data for array in arrays))
        widest = int(np.diff(at.first).max(initial=0))
        padded = -(-widest // LANES) * LANES
        columns = -(-max(left.shape[1], right.shape[1]) // LANES) * LANES
        size = 8 * padded * (widest + TILE + 2 * TOGETHER) + 4 * (2 * padded + 2 * columns)
        room = on_a_line(size * self._threads, np.uint8)
        addresses = (ctypes.addressof(part) for part in (*sides, layout))
        self._library.nzdiff_gram_blocks(
            self._threads, c, *addresses, widest, padded, room.ctypes.data, size, out.ctypes.data
        )


class _Factor(ctypes.Structure):
    """`nzdiff_factor` of gather.c."""

    _fields_ = (
        ("values", ctypes.c_void_p),
        ("start", ctypes.c_void_p),
        ("cols", ctypes.c_void_p),
        ("width", ctypes.c_int64),
    )

    @classmethod
    def of(cls, x: Factor) -> _Factor:
        """The pointers of a factor, whose arrays the caller keeps."""
        if isinstance(x, Compressed):
            arrays = (x.values, x.start, x.indices)
            return cls(*(array.ctypes.data for array in arrays), x.shape[1])
        return cls(x.ctypes.data, None, None, x.shape[1])


class _Layout(ctypes.Structure):
    """`nzdiff_layout` of gather.c."""

    _fields_ = (
        ("count", ctypes.c_int64),
        ("lower", ctypes.c_int64),
        ("label", ctypes.c_void_p),
        ("members", ctypes.c_void_p),
        ("first", ctypes.c_void_p),
        ("start", ctypes.c_void_p),
    )


_POINTER, _COUNT, _NUMBER = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
_FUNCTIONS = {
    "nzdiff_sparse_product": (None, (ctypes.c_int, _COUNT, _COUNT, _NUMBER, *[_POINTER] * 10)),
    "nzdiff_gram_blocks": (
        None,
        (ctypes.c_int, _NUMBER, *[_POINTER] * 4, _COUNT, _COUNT, _POINTER, _COUNT, _POINTER),
    ),
}


@cache
def source() -> str:
    """Their C."""
    return source_beside(__name__, "chains.c")


@cache
def library() -> Any:
    """The compiled kernels; CompilerError."""
    return load(source(), _FUNCTIONS)
