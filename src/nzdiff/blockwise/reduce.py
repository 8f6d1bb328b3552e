"""A large dimension replaced by a small one, in one pass over blocks: `reduce_dimension`."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.arrays import check_finite, real_numbers, to_doubles
from nzdiff.blockwise.pieces import axes_of, checked_size, given_blocks
from nzdiff.blockwise.triangle import ROWS, Triangle
from nzdiff.derive.dimensions.reduces import Reduction
from nzdiff.derive.dimensions.report import asked
from nzdiff.pools import limited
from nzdiff.runtime.bind import checked_threads

Floats = NDArray[np.float64]


def reduce_dimension(
    problem: Any,
    over: Any,
    data: Any,
    *,
    size: int = ROWS,
    threads: int = 1,
    verbose: bool = False,
) -> dict[str, Floats]:
    """Small matrices that stand for those with a large dimension: no energy changes.

    In ‖X − Y Q B‖² with k columns of X (p, k) and B (m, k), an orthogonal matrix from the right
    changes nothing; by the QR factorisation of [B; X]ᵀ, in one pass over blocks of columns that
    are never together in memory, at most m + p columns are left:

        model = problem.bind(**nz.reduce_dimension(problem, over="k", data=blocks), Y=…, L=…, G=…)

    over: a dimension that reduces (`nz.dimensions`), by name.
    data: an iterable of blocks, each a dict with every matrix that has the dimension, X (p, k_b)
        and B (m, k_b); or one such dict of long arrays that can be sliced: arrays, memory maps,
        Dask arrays, of which `size` columns are read at a time, of Dask arrays a chunk.
    threads: of BLAS.  verbose: a line from time to time, to sys.stdout.

    Memory beside the blocks: the triangle, (m + p)² numbers, and 4,096 columns.  What comes back
    has the names of data, doubles, with min(k, m + p) in place of k.  Householder's reflections
    lose no digits, however the columns are conditioned.

    Raises ValueError for a dimension that does not reduce, with the reason, for no blocks, and,
    naming the block, for shapes that do not fit and numbers that are not finite; TypeError for
    missing and unknown names.  Ctrl-C ends it between two blocks of 4,096 columns.
    """
    dimension = asked("reduce_dimension", problem, over)
    if not isinstance(dimension.reduction, Reduction):
        raise ValueError(
            f"over: {over} does not reduce: {dimension.reduction}"
            + ("; it separates: nz.blocks sums over it" if dimension.separates else "")
        )
    axes = axes_of(dimension.reduction.cuts)
    step, count = checked_size(size), checked_threads(threads)
    told = _Progress(str(over), verbose)
    triangle: Triangle | None = None
    sides: dict[str, int] = {}
    with limited(count):
        for what, block in given_blocks(data, axes, str(over), step):
            rows = {name: _rows(f"{what}: {name}", block[name], axes[name]) for name in axes}
            found = {name: array.shape[1] for name, array in rows.items()}
            sides = sides or found
            _check_sides(what, found, sides, axes)
            triangle = triangle or Triangle(sum(sides.values()))
            triangle.add(list(rows.values()))
            told(triangle.rows)
            del block, rows  # before the next one is made
        if triangle is None:
            raise ValueError("data: expected at least one block, got none")
        R = triangle.factor()
    told(triangle.rows, last=True)
    ends = np.cumsum(list(sides.values()))[:-1]
    parts = zip(axes.items(), np.split(R, ends, axis=1), strict=True)
    return {name: np.ascontiguousarray(part.T if axis else part) for (name, axis), part in parts}


def _rows(what: str, array: Any, axis: int) -> Floats:
    """A block of a matrix with the dimension as rows, as finite doubles."""
    if sparse.issparse(array):
        raise TypeError(
            f"{what}: expected an array, got a sparse matrix, which an orthogonal matrix makes "
            "dense; pass toarray() of each block"
        )
    numbers = to_doubles(what, real_numbers(what, array))
    check_finite(what, numbers)
    return numbers.T if axis else numbers


def _check_sides(what: str, found: dict[str, int], known: dict[str, int], axes: Any) -> None:
    for name, side in found.items():
        if side != known[name]:
            other = "rows" if axes[name] else "columns"
            raise ValueError(
                f"{what}: {name}: expected {known[name]} {other}, as in the first block, got {side}"
            )


class _Progress:
    """Writes how far it is: 0.2 s after the last line, later less often."""

    def __init__(self, dimension: str, verbose: bool) -> None:
        self._dimension, self._verbose = dimension, verbose
        self._began = time.perf_counter()
        self._due = 0.2

    def __call__(self, rows: int, *, last: bool = False) -> None:
        seconds = time.perf_counter() - self._began
        if self._verbose and (last or seconds >= self._due):
            self._due = seconds + min(max(0.05 * seconds, 0.2), 10.0)
            rate = rows / seconds if seconds > 0 else 0.0
            end = "done" if last else "so far"
            sys.stdout.write(
                f"{self._dimension} = {rows:,} {end}, {seconds:.1f} s, {rate:,.0f} a second\n"
            )
            sys.stdout.flush()
