"""Functions of a kernel with what goes in and what comes out: for each a single call of C."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.data.spec import OutputName
from nzdiff.runtime.factors.callbacks import calls_back
from nzdiff.runtime.kernel.backends.backend import Backend
from nzdiff.runtime.kernel.backends.c import CBackend, counts
from nzdiff.runtime.kernel.backends.threads import Threads
from nzdiff.runtime.kernel.blas import count_in_c
from nzdiff.runtime.kernel.workspace import Memory

Floats = NDArray[np.float64]
Array = NDArray[Any]
_COUNT, _POINTER = ctypes.c_int64, ctypes.c_void_p


class _Part(ctypes.Structure):
    """`nzdiff_part` of transfer.c."""

    _fields_ = (("count", _COUNT), ("slots", _POINTER), ("at", _POINTER))


class _Block(ctypes.Structure):
    """`nzdiff_block` of transfer.c."""

    _fields_ = (("rows", _COUNT), ("cols", _COUNT), ("scale", _POINTER), ("at", _POINTER))


class _Entry(ctypes.Structure):
    """`nzdiff_entry` of transfer.c."""

    _fields_ = (
        ("function", _POINTER),
        ("workspace", _POINTER),
        ("done", _POINTER),
        ("stages", _COUNT),
        ("kept", _POINTER),
        ("functions", _COUNT),
        ("slot", _COUNT),
        ("alone", _COUNT),
        ("unknowns", _COUNT),
        ("g", _POINTER),
        ("v", _POINTER),
        ("gathered", _POINTER),
        ("residuals", _COUNT),
        ("w", _POINTER),
        ("joined", _POINTER),
    )


class Entry:
    """A function of a kernel.  size: of its result, which is a number where it is 0."""

    __slots__ = ("_address", "_call", "_kept", "size")

    def __init__(
        self, call: Any, entry: _Entry, size: int, kept: Any, threads: Threads | None
    ) -> None:
        self._address, self._kept, self.size = ctypes.addressof(entry), (entry, kept), size
        self._call = call if threads is None else partial(_counted, threads, call)

    def __call__(
        self, g: Floats | None, v: Floats | None, w: Floats | None, out: Floats | None
    ) -> bool:
        """Write what is given, run, and read into `out`; False where a number is not finite."""
        return not self._call(self._address, _at(g), _at(v), _at(w), _at(out))


def _counted(threads: Threads, call: Any, *given: Any) -> Any:
    """The call, by as many threads as there are cores for."""
    with threads.at_work():
        return call(*given)


_addressof: Any = ctypes.addressof
_first_byte: Any = ctypes.c_char.from_buffer


def _at(array: Array | None) -> int | None:
    """The address of an array's numbers, in a third of a microsecond where it is writable."""
    if array is None:
        return None
    try:
        return _addressof(_first_byte(array))  # type: ignore[no-any-return]
    except (TypeError, ValueError):  # read-only, or empty
        return int(array.ctypes.data)


def entries(
    backend: Backend,
    memory: Memory,
    unknowns: Sequence[tuple[int, NDArray[np.int32] | None]],
    matrices: Mapping[str, Array],
    weights: Floats,
    kept: NDArray[np.uint8],
    slots: Sequence[str],
) -> dict[OutputName, Entry]:
    """The functions that a kernel has, by name; none where Python takes part in an evaluation.

    unknowns: how many numbers of g each has, and where they are stored.  matrices: the residuals
    and what belongs to them, by name, as matrices; weights: their factors in vectors, which may
    change.  kept: whether the memory holds g, then of the functions in `slots` whether it holds
    their results.
    """
    spec, arrays = memory.spec, memory.arrays
    if not isinstance(backend, CBackend) or calls_back(spec):
        return {}
    if backend.uses_blas and not count_in_c(counts()):
        return {}
    used = [arrays[name] for name in (*spec.tangents, *matrices)]
    if any(array.dtype != memory.dtype for array in used):
        return {}

    def parts(names: Sequence[str]) -> Any:
        pairs = zip(unknowns, names, strict=True)
        found = [_Part(size, _address(s), _address(arrays[name])) for (size, s), name in pairs]
        return (_Part * len(found))(*found)

    def blocks(names: Sequence[str]) -> Any:
        found = [
            _Block(*matrices[name].shape, weights[i:].ctypes.data, _address(arrays[name]))
            for i, name in enumerate(names)
        ]
        return (_Block * len(found))(*found)

    pairs = zip(spec.arguments, spec.arrays, strict=False)
    stored = {argument.name: array.name for argument, array in pairs}
    g = parts([stored[name] for name in spec.unknowns])
    v = parts(spec.tangents) if spec.tangents else None
    w = blocks(spec.cotangents) if spec.cotangents else None
    made = dict[OutputName, Entry]()
    for output, names in spec.outputs:
        is_block = output in ("residual", "jvp")
        joined = blocks(names) if is_block else None
        gathered = parts(names) if not is_block and output != "energy" else None
        entry = _Entry(
            backend.entry(output),
            backend.workspace.address,
            memory.done.ctypes.data,
            spec.stages,
            kept.ctypes.data,
            len(slots),
            slots.index(output) + 1 if output in slots else 0,
            backend.uses_blas,
            len(unknowns),
            _first(g),
            _first(v),
            _first(gathered),
            len(spec.cotangents),
            _first(w),
            _first(joined),
        )
        if joined is not None:
            size = sum(matrices[name].size for name in names)
        else:
            size = 0 if gathered is None else sum(size for size, _ in unknowns)
        made[output] = Entry(
            backend.transfer.nzdiff_call,
            entry,
            size,
            (g, v, w, gathered, joined, weights),
            backend.threads if memory.team > 1 else None,
        )
    return made


def _first(array: Any) -> int | None:
    return None if array is None else ctypes.addressof(array)


def _address(array: Array | None) -> int | None:
    return None if array is None else array.ctypes.data
