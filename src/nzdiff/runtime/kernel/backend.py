"""Two backends behind one call: `run(function)` on the memory of a model."""

from __future__ import annotations

import ctypes
import os
import warnings
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.kernel.blas import one_thread, routines
from nzdiff.runtime.kernel.compiler import compile_cached, find_compiler
from nzdiff.runtime.kernel.workspace import Memory

BackendName = Literal["c", "numpy"]
Floats = NDArray[np.float64]
Array = NDArray[Any]
"""Numbers in the precision of the kernel."""
Slots: TypeAlias = "NDArray[np.int32] | None"


class NoCompilerWarning(UserWarning):
    """No C compiler that works was found, so that the slower NumPy backend is used."""


_LIVE: weakref.WeakSet[CBackend] = weakref.WeakSet()


def _after_fork() -> None:
    for backend in _LIVE:
        backend.run_alone()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Backend(Protocol):
    """Runs the functions of one kernel on one memory."""

    name: BackendName

    def run(self, function: str) -> None:
        """Run ``energy``, ``gradient``, …; results are left in the arrays."""
        ...

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """array[slots] = vector (in order without slots): (did it change, is it finite)."""
        ...

    def read(self, array: Array, slots: Slots) -> Floats:
        """array[slots] as doubles of the caller's own."""
        ...

    def to_vector(self, matrix: Array, scale: float) -> Floats:
        """scale · vec(matrix), column-major doubles of the caller's own."""
        ...

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """Write scale · the matrix of a column-major vector into `matrix`."""
        ...


class CBackend:
    """The compiled kernel."""

    name: BackendName = "c"

    def __init__(self, source: str, memory: Memory) -> None:
        single = ("-DNZDIFF_REAL=float",) if memory.dtype == np.float32 else ()
        self._library = _load(compile_cached(source, single), "s" if single else "d")
        self._context, self._kept = memory.context()
        self._address = ctypes.addressof(self._context)
        self._functions: dict[str, Callable[[int], None]] = {}
        self._alone = one_thread if "static const nzdiff_blas *blas;" in source else nullcontext
        _LIVE.add(self)

    def run(self, function: str) -> None:
        """Run an exported function of the library."""
        if function not in self._functions:
            entry = getattr(self._library, f"nzdiff_{function}")
            entry.argtypes, entry.restype = [ctypes.c_void_p], None
            self._functions[function] = entry
        with self._alone():
            self._functions[function](self._address)

    @property
    def address(self) -> int:
        """Where the context lies that the functions of the library take."""
        return self._address

    def entry(self, function: str) -> int:
        """The address of an exported function, for C that calls it."""
        entry = getattr(self._library, f"nzdiff_{function}")
        return ctypes.cast(entry, ctypes.c_void_p).value or 0

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """See `Backend`; one pass."""
        found = self._library.nzdiff_write(
            vector.size, _address(slots), vector.ctypes.data, array.ctypes.data
        )
        return bool(found & 1), found < 2

    def read(self, array: Array, slots: Slots) -> Floats:
        """See `Backend`."""
        out = np.empty(array.size if slots is None else slots.size)
        self._library.nzdiff_read(out.size, _address(slots), array.ctypes.data, out.ctypes.data)
        return out

    def to_vector(self, matrix: Array, scale: float) -> Floats:
        """See `Backend`; in squares that stay in the cache."""
        out = np.empty(matrix.size)
        self._library.nzdiff_to_vector(*matrix.shape, scale, matrix.ctypes.data, out.ctypes.data)
        return out

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """See `Backend`."""
        self._library.nzdiff_from_vector(
            *matrix.shape, scale, vector.ctypes.data, matrix.ctypes.data
        )

    def run_alone(self) -> None:
        """Use one thread from now on: OpenMP's threads do not survive a fork."""
        self._context.threads = 1


class NumpyBackend:
    """The emitted Python module on NumPy and SciPy."""

    name: BackendName = "numpy"

    def __init__(self, functions: Callable[[str], Callable[[Any], None]], memory: Memory) -> None:
        self._functions = functions
        self._workspace = memory.namespace()

    def run(self, function: str) -> None:
        """Run a function of the module; what is undefined is NaN or infinite, as in C."""
        with np.errstate(all="ignore"):
            self._functions(function)(self._workspace)

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """See `Backend`."""
        with np.errstate(over="ignore"):
            new = vector.astype(array.dtype)
        old = array if slots is None else array[slots]
        changed = not np.array_equal(old, new)
        array[slice(None) if slots is None else slots] = new
        return changed, bool(np.isfinite(new).all())

    def read(self, array: Array, slots: Slots) -> Floats:
        """See `Backend`."""
        return np.array(array if slots is None else array[slots], dtype=np.float64)

    def to_vector(self, matrix: Array, scale: float) -> Floats:
        """See `Backend`."""
        vector = matrix.astype(np.float64).flatten(order="F")
        return vector if scale == 1.0 else scale * vector

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """See `Backend`."""
        matrix[:] = scale * vector.reshape(matrix.shape, order="F")


def choose(backend: str) -> BackendName:
    """The backend of a name; "auto" is C where a compiler is found, and warns where none is."""
    if backend not in ("auto", "c", "numpy"):
        raise ValueError(f'backend: expected "auto", "c" or "numpy", got {backend!r}')
    if backend == "numpy":
        return "numpy"
    if find_compiler() is not None:
        return "c"
    message = "no C compiler found (set CC, or install cc, gcc or clang)"
    if backend == "c":
        raise RuntimeError(f'backend "c": {message}; backend="numpy" works without one')
    warnings.warn(f"{message}: using the NumPy backend", NoCompilerWarning, stacklevel=3)
    return "numpy"


def _address(slots: Slots) -> int | None:
    return None if slots is None else slots.ctypes.data


@cache
def _load(library: Path, precision: str) -> ctypes.CDLL:
    """A library with the BLAS routines of its precision, "d" or "s"."""
    loaded = ctypes.CDLL(str(library))
    loaded.nzdiff_use_blas.argtypes = [ctypes.c_void_p]
    loaded.nzdiff_use_blas.restype = None
    loaded.nzdiff_use_blas(ctypes.addressof(routines(precision)))
    pointer, count, number = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
    loaded.nzdiff_write.argtypes = [count, pointer, pointer, pointer]
    loaded.nzdiff_write.restype = ctypes.c_int
    loaded.nzdiff_read.argtypes, loaded.nzdiff_read.restype = (
        [count, pointer, pointer, pointer],
        None,
    )
    for function in (loaded.nzdiff_to_vector, loaded.nzdiff_from_vector):
        function.argtypes, function.restype = [count, count, number, pointer, pointer], None
    return loaded
