"""The memory of one bound model: every array, index table and size a kernel refers to."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.memory import check_fits
from nzdiff.runtime.data.check import Data, coefficients
from nzdiff.runtime.data.index_maps import embedding, positions, product_map
from nzdiff.runtime.data.listing import Lister
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.panels import Groups, outer, sampled, spread
from nzdiff.runtime.data.reduction import reduce, reduce_constant
from nzdiff.runtime.data.spec import (
    Array,
    KernelSpec,
    PairTable,
    PanelTable,
    PlaceTable,
    Reduction,
    RowTable,
    Table,
)
from nzdiff.runtime.data.support import LANES
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.factors.callbacks import MakeSolvers, Solvers, no_solvers
from nzdiff.runtime.kernel.blas import one_thread
from nzdiff.runtime.kernel.tables import lister_for

Floats = NDArray[np.float64]
LINE = 64
"""Bytes of a cache line."""
OWN_CACHE = 1 << 20
"""Bytes for which a second thread costs more than it does: about 50 µs of work."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Arrays, tables, sizes and coefficients by name; `done` holds one flag per stage.

    tables: of each its index arrays, in order.  dtype: of all arrays but those of scalars, which
    are doubles.  solvers: the factorised matrices that `factor` and `solve` refer to by number.
    bases: what reductions multiply by, by the name of their matrix, once a constant was replaced.
    """

    spec: KernelSpec
    arrays: dict[str, Floats]
    tables: dict[str, tuple[NDArray[Any], ...]]
    sizes: dict[str, int]
    coefficients: dict[str, float]
    done: NDArray[np.uint8]
    threads: int
    solvers: Solvers
    dtype: np.dtype[Any]
    bases: dict[str, Any] = field(default_factory=dict)

    def namespace(self) -> SimpleNamespace:
        """Everything by attribute, for the NumPy backend."""
        named = {**self.arrays, **self.tables, **self.sizes, **self.coefficients}
        own = {
            "done": self.done,
            "threads": self.threads,
            "solvers": self.solvers,
            "dtype": self.dtype,
        }
        return SimpleNamespace(**named, **own)

    @property
    def team(self) -> int:
        """The threads that take part: one where all numbers together stay in its own cache."""
        used = (*self.arrays.values(), *(a for table in self.tables.values() for a in table))
        return self.threads if sum(array.nbytes for array in used) > OWN_CACHE else 1


def allocate(
    spec: KernelSpec,
    data: Data,
    threads: int,
    uses: frozenset[str] | None = None,
    backend: str = "c",
    dtype: Any = np.float64,
    solvers: MakeSolvers = no_solvers,
) -> Memory:
    """Lay out all memory and run the symbolic phase; nothing is allocated per evaluation.

    uses: the arrays and tables that are needed; None for all.  The others stay empty; tables that
    the backend has no use for are left out.  dtype: float64 or float32.  solvers: what makes those
    of a kernel that factorises.
    """
    real = np.dtype(dtype)
    supports = data.supports
    supports.add_constants(spec.constants)
    supports.add_groupings(spec.groupings)
    numbers = {member(name): size for name, size in data.dims.items()}
    numbers.update((name, supports.nnz(support)) for name, support in spec.counts)
    numbers.update((name, supports.size(dim)) for name, dim in spec.sizes)
    lister = lister_for(backend)
    tables = {
        table.name: make_table(table, supports, real, lister)
        if uses is None or table.name in uses
        else None
        for table in spec.tables
        if not table.targets or backend in table.targets
    }
    given = {
        array.name: data.values[argument.name]
        for argument, array in zip(spec.arguments, spec.arrays, strict=False)
        if argument.name in data.values
    }
    pairs = zip(spec.arguments, spec.arrays, strict=False)
    moved = {array.name for argument, array in pairs if argument.name in spec.unknowns}
    moved.update(spec.cotangents)
    skipped = {a.name for a in spec.arrays if uses is not None and a.name not in uses | moved}
    arrays = _one_block(spec.arrays, given, supports, skipped, real)
    for reduction in spec.reductions:
        with one_thread():
            reduce(reduction, spec, arrays, supports)
    done = np.zeros(spec.stages + len(spec.made_of) + 1, dtype=np.uint8)
    numeric = coefficients(spec, data.scalars)
    made = solvers(spec, supports, real, backend)
    built = {name: table or () for name, table in tables.items()}
    return Memory(spec, arrays, built, numbers, numeric, done, threads, made, real)


def replaced(memory: Memory, data: Data, names: Iterable[str]) -> frozenset[str]:
    """Write other data of these arguments and scalars into memory, and what `bind` makes of it.

    Arrays stay where they are: kernels, and what gathers matrices, hold their addresses. Returns
    the names of the arrays and coefficients that are others now. OverflowError, before anything is
    written, where a value is too large for the precision.
    """
    spec, arrays, wanted = memory.spec, memory.arrays, frozenset(names)
    pairs = zip(spec.arguments, spec.arrays, strict=False)
    of = {array: data.values[argument.name] for argument, array in pairs if argument.name in wanted}
    found = {array: _rounded(array.name, values, memory.dtype) for array, values in of.items()}
    numbers = coefficients(spec, data.scalars)
    changed = {name for name, number in numbers.items() if number != memory.coefficients[name]}
    memory.coefficients.update(numbers)
    for array, values in found.items():
        target = arrays[array.name]
        if target.size:  # what assembled matrices have no use for is not there
            _overwrite(target, values)
        changed.add(array.name)
    for reduction in spec.reductions:
        if changed.intersection((reduction.matrix, reduction.constant)):
            changed |= _reduced(reduction, memory, data, anew=reduction.matrix in changed)
    return frozenset(changed)


def _reduced(reduction: Reduction, memory: Memory, data: Data, *, anew: bool) -> set[str]:
    """Reduce other data, the constant alone unless `anew`; what changed by it."""
    given = reduction, memory.spec, memory.arrays, data.supports
    with one_thread():
        if anew:
            memory.bases.pop(reduction.matrix, None)
            reduce(*given)
        else:
            basis = memory.bases.get(reduction.matrix)
            memory.bases[reduction.matrix] = reduce_constant(*given, basis)
    found = {reduction.triangle} if anew else set[str]()
    return found | {name for name in (reduction.reduced, reduction.remainder) if name}


def _overwrite(target: NDArray[Any], values: NDArray[Any]) -> None:
    """Write numbers into an array that may be sealed: against callers, not against its model."""
    assert target.dtype == values.dtype and target.size == values.size
    ctypes.memmove(target.ctypes.data, np.ascontiguousarray(values).ctypes.data, target.nbytes)


def _one_block(
    arrays: tuple[Array, ...],
    given: dict[str, Floats],
    supports: Supports,
    skipped: set[str],
    dtype: np.dtype[Any],
) -> dict[str, Floats]:
    """One allocation for everything that is computed, each array on a cache line of its own.

    Dense data stays where it is.  Stored values of sparse matrices are copied: kernels read whole
    registers, so that every array is followed by as many numbers as one holds.  Scalars are
    doubles of their own.
    """
    line = LINE // dtype.itemsize
    dense = {a.name for a in arrays if a.name in given and a.support is None}
    scalars = {a.name for a in arrays if a.scalar}
    apart = dense | scalars | skipped
    counts = [0 if a.name in apart else _count(a, supports) for a in arrays]
    _check_memory(arrays, counts, dtype)
    padded = [(count + line - 1) // line * line + line for count in counts]
    block = np.zeros(sum(padded) + line, dtype=dtype)
    starts = _first_on_line(block) + np.concatenate([[0], np.cumsum(padded)])
    found = {
        array.name: block[start : start + count]
        for array, start, count in zip(arrays, starts, counts, strict=False)
    }
    found.update((name, np.zeros(1)) for name in scalars)
    found.update((name, _rounded(name, given[name], dtype)) for name in dense)
    for name in given.keys() - apart:
        found[name][:] = _rounded(name, given[name], dtype)
    return found


def _rounded(name: str, values: Floats, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Finite numbers in another precision; the same array where it is in that one already."""
    with np.errstate(over="ignore"):
        found = values.astype(dtype, copy=False)
    if found is not values and not np.isfinite(found).all():
        raise OverflowError(f"{name}: a value is too large for {dtype}")
    return found


def _check_memory(arrays: tuple[Array, ...], counts: list[int], dtype: np.dtype[Any]) -> None:
    """MemoryError before more is asked for than the machine has."""
    largest, count = max(zip(arrays, counts, strict=True), key=lambda pair: pair[1])
    check_fits(
        "bind: the workspace",
        dtype.itemsize * sum(counts),
        f"the largest array is {largest.name}, {largest.rows} × {largest.cols}, of "
        f"{1e-9 * dtype.itemsize * count:.3g} GB (see the plan in DERIVATION.md of nz.generate for "
        "what it is)",
    )


def _count(array: Array, supports: Supports) -> int:
    if array.support is not None:
        return supports.nnz(array.support)
    return supports.size(array.rows) * supports.size(array.cols)


def make_table(
    table: Table, supports: Supports, dtype: np.dtype[Any], lister: Lister
) -> tuple[NDArray[Any], ...]:
    """The index arrays of a table, in order."""
    match table:
        case RowTable(_, support, transposed):
            numbered = positions(supports.matrix(support), transposed=transposed)
            start, cols = numbered.indptr.astype(np.int64), numbered.indices.astype(np.int32)
            if not transposed:
                return start, cols
            return start, cols, numbered.data.astype(np.int32)
        case PairTable(_, left, left_transposed, right, right_transposed, out):
            first = positions(supports.matrix(left), transposed=left_transposed)
            second = positions(supports.matrix(right), transposed=right_transposed)
            return product_map(first, second, supports.matrix(out), lister)
        case PanelTable():
            return _panels(table, supports, dtype, lister)
        case PlaceTable(_, source, transposed, out):
            numbered = positions(supports.matrix(source), transposed=transposed)
            return (embedding(numbered, supports.matrix(out), lister),)


def _panels(
    table: PanelTable, supports: Supports, dtype: np.dtype[Any], lister: Lister
) -> tuple[NDArray[Any], ...]:
    """The arrays that its kernel names; each `start` begins with how many there are."""
    out = supports.matrix(table.out)
    left = positions(supports.matrix(table.left), transposed=table.left_transposed)
    right = positions(supports.matrix(table.right), transposed=table.right_transposed)
    if table.form == "spread":
        s = spread(left, right, out, lister)
        lanes = _aligned(s.lanes.astype(f"i{dtype.itemsize}"))
        return _counted(s.start), s.place, s.width, s.left, s.source, s.which, lanes
    if table.form == "outer":
        kinds = supports.row_classes(table.left), supports.row_classes(table.right)
        groups, start, inside = outer(supports.matrix(table.left), right, out, kinds, lister)
        blocks = np.zeros(int(groups.block[-1]) + LANES, dtype=dtype)
        return (*_groups(groups), blocks, start, inside)
    kinds = supports.row_classes(table.left), supports.row_classes(table.out)
    groups, at = sampled(left, right, out, kinds, lister)
    return (*_groups(groups), at)


def _groups(g: Groups) -> tuple[NDArray[Any], ...]:
    return _counted(g.start), g.left, g.right, g.left_size, g.right_size, g.block


def _counted(start: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[start.size - 1], start])


def _aligned(numbers: NDArray[Any]) -> NDArray[Any]:
    """A copy that begins on a cache line."""
    line = LINE // numbers.itemsize
    room = np.empty(numbers.size + line, dtype=numbers.dtype)
    first = _first_on_line(room)
    room[first : first + numbers.size] = numbers
    return room[first : first + numbers.size]


def _first_on_line(numbers: NDArray[Any]) -> int:
    """The place of the first number that begins a cache line."""
    return (-numbers.ctypes.data // numbers.itemsize) % (LINE // numbers.itemsize)
