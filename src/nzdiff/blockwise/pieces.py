"""Matrices in blocks along one dimension: what may be given, and the blocks one after the other.

Either an iterable of blocks, each a dict of arrays by name; or one dict of long arrays that can be
sliced (arrays, memory maps, HDF5 and Zarr datasets, Dask arrays), of which a slice at a time is
read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from nzdiff.arrays import real_numbers
from nzdiff.derive.dimensions.along import SIDES, Cut

Axes = Mapping[str, int]
"""The axis of the dimension by name of the matrix."""


def axes_of(cuts: Iterable[Cut]) -> dict[str, int]:
    """The axes of matrices, by name."""
    return {str(cut.matrix.name): cut.axis for cut in cuts}


def given_blocks(
    data: Any, axes: Axes, dimension: str, step: int
) -> Iterator[tuple[str, dict[str, NDArray[Any]]]]:
    """Each block as (words for it, arrays by name); errors name the block.

    Long arrays in slices of `step`, or of the chunks of the first Dask array among them.
    """
    if isinstance(data, Mapping):
        data = {n: x if hasattr(x, "shape") else real_numbers(n, x) for n, x in data.items()}
        length = checked_block("data", data, axes, dimension)
        for start, stop in ranges(data, axes, length, step):
            what = f"{dimension} {start}:{stop}"
            yield what, {name: _slice(data[name], axes[name], start, stop) for name in axes}
        return
    if not isinstance(data, Iterable):
        raise TypeError(
            f"data: expected blocks, each a dict of arrays, or one dict of long arrays, got "
            f"{type(data).__name__}"
        )
    numbers = count()
    for block in data:  # which enumerate would hold while the next one is made
        what = f"block {next(numbers)}"
        if not isinstance(block, Mapping):
            raise TypeError(f"{what}: expected a dict of arrays, got {type(block).__name__}")
        checked_block(what, block, axes, dimension)
        found = {name: as_array(block[name]) for name in axes}
        del block
        yield what, found
        del found


def ranges(data: Mapping[str, Any], axes: Axes, length: int, step: int) -> list[tuple[int, int]]:
    """The slices that long arrays are read in."""
    for name, axis in axes.items():
        chunks = getattr(data[name], "chunks", None)
        if isinstance(chunks, tuple) and isinstance(chunks[axis], tuple):  # of Dask
            ends = np.cumsum(chunks[axis]).tolist()
            return list(zip([0, *ends[:-1]], ends, strict=True))
    return [(start, min(start + step, length)) for start in range(0, length, step)]


def checked_block(what: str, block: Mapping[str, Any], axes: Axes, dimension: str) -> int:
    """The size of the dimension in a block; ValueError or TypeError where it is not the same."""
    missing, more = sorted(set(axes) - set(block)), sorted(set(block) - set(axes))
    if missing or more:
        said = [f"missing {', '.join(missing)}"] * bool(missing)
        said += [f"{', '.join(more)} has no {dimension}"] * bool(more)
        raise TypeError(f"{what}: expected {', '.join(axes)}, {'; '.join(said)}")
    sizes = {}
    for name, axis in axes.items():
        shape = getattr(block[name], "shape", None)
        if shape is None:
            shape = real_numbers(f"{what}: {name}", block[name]).shape
        if len(shape) != 2:
            raise ValueError(f"{what}: {name}: expected two dimensions, got shape {tuple(shape)}")
        sizes[name] = known_size(f"{what}: {name}", shape, axis)
    first = next(iter(axes))
    for name, size in sizes.items():
        if size != sizes[first]:
            raise ValueError(
                f"{what}: {name}: expected {sizes[first]} {SIDES[axes[name]]}, as {first} has "
                f"{SIDES[axes[first]]}, got shape {tuple(block[name].shape)}"
            )
    return sizes[first]


def known_size(what: str, shape: Any, axis: int) -> int:
    """A size of a shape; ValueError for one of a Dask array that it does not know."""
    if shape[axis] != shape[axis]:
        raise ValueError(
            f"{what}: expected a known number of {SIDES[axis]}, got {shape}; a Dask array knows "
            "it after compute_chunk_sizes()"
        )
    return int(shape[axis])


def checked_size(size: Any) -> int:
    """A block size, at least 1."""
    try:
        number = index(size)
    except TypeError:
        number = 0
    if isinstance(size, bool) or number < 1:
        raise ValueError(f"size: expected a whole number of at least 1, got {size!r}")
    return number


def as_array(value: Any) -> NDArray[Any]:
    """np.asarray, but of masked arrays and sparse matrices: they are refused as what they are."""
    return value if isinstance(value, np.ma.MaskedArray) or issparse(value) else np.asarray(value)


def _slice(array: Any, axis: int, start: int, stop: int) -> NDArray[Any]:
    key = (slice(start, stop), slice(None)) if axis == 0 else (slice(None), slice(start, stop))
    return as_array(array[key])
