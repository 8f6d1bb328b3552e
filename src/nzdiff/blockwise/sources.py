"""Where a block comes from: arrays that travel, files that are opened where they are needed.

A source is a function of nothing that returns the matrices of a block by name; it pickles.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.blockwise.pieces import Axes, as_array, checked_size, known_size, ranges
from nzdiff.derive.dimensions.along import SIDES
from nzdiff.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Given:
    """A block that is in memory."""

    matrices: Mapping[str, Any]

    def __call__(self) -> Mapping[str, Any]:
        """It."""
        return self.matrices


@dataclass(frozen=True)
class Slices:
    """A slice of each of several long matrices; it alone travels, of memory maps their files."""

    matrices: Mapping[str, Any]
    axes: Axes
    start: int
    stop: int

    def __call__(self) -> dict[str, Any]:
        """The slices, as matrices of their own."""
        return {
            name: sliced(matrix, self.axes[name], self.start, self.stop)
            for name, matrix in self.matrices.items()
        }

    def __reduce__(self) -> tuple[Any, ...]:
        whole = {name: Mapped.of(matrix) for name, matrix in self.matrices.items()}
        if all(found is not None for found in whole.values()):
            return MappedSlices, (whole, self.axes, self.start, self.stop)
        return Given, (self(),)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A memory map by its file."""

    path: str
    dtype: Any
    shape: tuple[int, ...]
    offset: int
    order: Any

    @classmethod
    def of(cls, array: Any) -> Mapped | None:
        """Of a whole memory map; None of everything else, a view of one among it."""
        if not isinstance(array, np.memmap) or not isinstance(array.base, mmap.mmap):
            return None
        if array.mode == "c":  # what was written to it is in this process alone
            return None
        if not isinstance(array.filename, str) and not hasattr(array.filename, "__fspath__"):
            return None
        order = "C" if array.flags.c_contiguous else "F"
        return cls(str(array.filename), array.dtype, array.shape, array.offset, order)

    def open(self) -> Any:
        """The map, where the file is."""
        return np.memmap(self.path, self.dtype, "r", self.offset, self.shape, self.order)


@dataclass(frozen=True, slots=True)
class MappedSlices:
    """`Slices` of memory maps that were pickled."""

    maps: Mapping[str, Mapped]
    axes: Axes
    start: int
    stop: int

    def __call__(self) -> dict[str, Any]:
        """The slices, read from the files."""
        opened = {name: found.open() for name, found in self.maps.items()}
        return Slices(opened, self.axes, self.start, self.stop)()


def sliced(matrix: Any, axis: int, start: int, stop: int) -> Any:
    """Rows or columns of a matrix of any kind; of a diagonal, a vector, its entries."""
    if isinstance(matrix, Pattern):
        return _pattern(matrix, axis, start, stop)
    if sparse.issparse(matrix):
        rows = sparse.csr_array(matrix) if axis == 0 else sparse.csc_array(matrix)
        return rows[start:stop] if axis == 0 else rows[:, start:stop]
    part = matrix[start:stop] if axis == 0 else matrix[:, start:stop]
    if hasattr(part, "compute"):  # Dask: here, whatever its scheduler is elsewhere
        part = part.compute(scheduler="synchronous")
    return as_array(part)


def sources(data: Any, axes: Axes, dimension: str, size: int) -> tuple[Any, ...]:
    """The source of each block; ValueError or TypeError where there is none."""
    if isinstance(data, Mapping):
        length = _length(data, axes)
        cuts = ranges(data, {name: axes[name] for name in data}, length, checked_size(size))
        found = [Slices(_quick(data, axes), axes, start, stop) for start, stop in cuts]
    elif isinstance(data, Iterable):
        found = [_source(number, block) for number, block in enumerate(data)]
    else:
        raise TypeError(
            "data: expected blocks, each a dict of matrices or a function that returns one, or one "
            f"dict of long matrices, got {type(data).__name__}"
        )
    if not found:
        raise ValueError(f"data: expected at least one block of {dimension}, got none")
    return tuple(found)


def _source(number: int, block: Any) -> Any:
    if isinstance(block, Mapping):
        return Given(dict(block))
    if callable(block):
        return block
    raise TypeError(
        f"block {number}: expected a dict of matrices, or a function that returns one, got "
        f"{type(block).__name__}"
    )


def _length(data: Mapping[str, Any], axes: Axes) -> int:
    """The size of the dimension in long matrices."""
    unknown = sorted(set(data) - set(axes))
    if unknown or not data:
        what = f"{', '.join(unknown)} is not cut" if unknown else "got none"
        raise TypeError(f"data: expected matrices among {', '.join(axes)}; {what}")
    sizes = {}
    for name, matrix in data.items():
        shape = getattr(matrix, "shape", None)
        if shape is None:
            kind = type(matrix).__name__
            raise TypeError(f"data: {name}: expected a matrix with a shape, got {kind}")
        sizes[name] = known_size(f"data: {name}", shape, min(axes[name], len(shape) - 1))
    first = next(iter(sizes))
    for name, size in sizes.items():
        if size != sizes[first]:
            raise ValueError(
                f"data: {name}: expected {sizes[first]} {SIDES[axes[name]]}, as {first} has, got "
                f"shape {tuple(data[name].shape)}"
            )
    return sizes[first]


def _quick(data: Mapping[str, Any], axes: Axes) -> dict[str, Any]:
    """Sparse matrices in the format in which they are quickly sliced."""
    formats = (sparse.csr_array, sparse.csc_array)
    return {
        name: formats[axes[name]](matrix) if sparse.issparse(matrix) else matrix
        for name, matrix in data.items()
    }


def _pattern(pattern: Pattern, axis: int, start: int, stop: int) -> Pattern:
    if not pattern.is_selection:
        raise ValueError("a pattern with duplicates, ties or constraints is not cut into blocks")
    along = (pattern.rows, pattern.cols)[axis]
    inside = (start <= along) & (along < stop)
    places = [pattern.rows[inside], pattern.cols[inside]]
    places[axis] = places[axis] - start
    shape = list(pattern.shape)
    shape[axis] = stop - start
    return Pattern(tuple(places), (shape[0], shape[1]))
