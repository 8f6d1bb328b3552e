"""The numeric phase of assembled matrices: entries gathered from factors, in C or in NumPy.

Both backends compute the same sums in another order of rounding; symmetric matrices come out
symmetric to the last bit.  The C is one file for every energy, compiled on first use.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.assembly import compiled_blocks
from nzdiff.runtime.assembly.chains import kernels
from nzdiff.runtime.assembly.chains.kernels import CChaining, Chaining, NumpyChaining
from nzdiff.runtime.assembly.compiled_blocks import BlocksLayout, CompiledBlocks
from nzdiff.runtime.assembly.compiled_dense import CompiledDense, DenseSummand
from nzdiff.runtime.assembly.entries import Entries, Places, unpacked
from nzdiff.runtime.kernel.library import ahead, load, source_beside

Floats = NDArray[np.float64]

SameSizeBlocks = tuple[NDArray[np.int64], Floats]
"""Members (blocks, size) and values (blocks, size, size) of all blocks of one size."""


Write = Callable[[Sequence[float], Floats], None]
"""Write Σ c · summand, with one c for each, at every (t, u) of an array, or at u ≤ t alone."""


class Gather(Protocol):
    """Entries from factors; see `gather.c`.  chaining: what multiplies chains."""

    chaining: Chaining

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

    def inverses(
        self, values: Floats, shift: float, *, in_place: bool = False
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """(A + shift I)⁻¹ of blocks A (blocks, size, size), and which are not positive definite.

        in_place: A may be overwritten, but for those that are not definite.
        """
        ...

    def inverses_of_triangles(
        self, triangles: Floats, shift: float, out: Floats
    ) -> NDArray[np.bool_]:
        """The same from lower triangles (blocks, ·), row by row, into `out`."""
        ...

    def congruent(self, values: Floats, chosen: NDArray[np.int64], T: Floats) -> Floats:
        """T[b]ᵀ A[chosen[b]] T[b] of symmetric blocks A (·, size, size), T (blocks, size, left)."""
        ...


class NumpyGather:
    """By fancy indexing, a row at a time."""

    def __init__(self) -> None:
        self.chaining: Chaining = NumpyChaining()

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

    def inverses(
        self, values: Floats, shift: float, *, in_place: bool = False
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """See `Gather`; where one is not positive definite, all are left out."""
        shifted, indefinite = values + shift * np.eye(values.shape[1]), np.zeros(len(values), bool)
        try:
            np.linalg.cholesky(shifted)
            return np.asarray(np.linalg.inv(shifted), dtype=np.float64), indefinite
        except np.linalg.LinAlgError:
            return shifted, ~indefinite

    def inverses_of_triangles(
        self, triangles: Floats, shift: float, out: Floats
    ) -> NDArray[np.bool_]:
        """See `Gather`."""
        unpacked(triangles, out.shape[1], out)
        out[:], indefinite = self.inverses(out, shift)
        return indefinite

    def congruent(self, values: Floats, chosen: NDArray[np.int64], T: Floats) -> Floats:
        """See `Gather`."""
        found = np.swapaxes(T, 1, 2) @ (values[chosen] @ T)
        return np.asarray(0.5 * (found + np.swapaxes(found, 1, 2)))


class CGather:
    """By the compiled kernels."""

    def __init__(self, threads: int) -> None:
        self._library, self._threads = _library(), threads
        self.chaining: Chaining = CChaining(threads)
        self._layout: BlocksLayout | None = None

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
        members = [m for m, _ in by_size]
        if self._layout is None or not self._layout.is_of(members):
            self._layout = BlocksLayout.of(members)
        return CompiledBlocks(self._threads, by_size, size, self._layout)

    def inverses(
        self, values: Floats, shift: float, *, in_place: bool = False
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """See `Gather`."""
        if values.shape[1] > compiled_blocks.MOST:
            return NumpyGather().inverses(values, shift)
        return compiled_blocks.inverses(self._threads, values, shift, in_place=in_place)

    def inverses_of_triangles(
        self, triangles: Floats, shift: float, out: Floats
    ) -> NDArray[np.bool_]:
        """See `Gather`."""
        if out.shape[1] > compiled_blocks.MOST:
            return NumpyGather().inverses_of_triangles(triangles, shift, out)
        return compiled_blocks.inverses_of_triangles(self._threads, triangles, shift, out)

    def congruent(self, values: Floats, chosen: NDArray[np.int64], T: Floats) -> Floats:
        """See `Gather`."""
        if max(T.shape[1:]) > compiled_blocks.MOST:
            return NumpyGather().congruent(values, chosen, T)
        return compiled_blocks.congruent(self._threads, values, chosen, T)


def begin(backend: str) -> None:
    """Begin to compile in threads what the matrices of a backend need."""
    if backend in ("auto", "c"):
        for source in (_source(), compiled_blocks.source(), kernels.source()):
            ahead(source)


def prepare(backend: str) -> None:
    """Compile what the matrices of a backend need; CompilerError."""
    if backend == "c":
        begin(backend)
        _library()
        compiled_blocks.blocks_library()
        kernels.library()


def gather_for(backend: str, threads: int) -> Gather:
    """The kernels of a backend."""
    return CGather(threads) if backend == "c" else NumpyGather()


_POINTER, _COUNT, _NUMBER = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
_FUNCTIONS = {
    "nzdiff_gather_dense": (None, (ctypes.c_int, _POINTER, _COUNT, _POINTER, _POINTER)),
    "nzdiff_gather_sizes": (None, (_POINTER, _COUNT, _POINTER)),
    "nzdiff_gather_places": (None, (_POINTER,)),
    "nzdiff_gather_entries": (None, (ctypes.c_int, _COUNT, _NUMBER, *[_POINTER] * 5)),
    "nzdiff_mirror": (None, (ctypes.c_int, _COUNT, _POINTER)),
}


@cache
def _source() -> str:
    return source_beside(__name__, "gather.c")


@cache
def _library() -> Any:
    return load(_source(), _FUNCTIONS)
