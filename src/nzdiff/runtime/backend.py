"""Two backends behind one call: `run(function)` on the memory of a model."""

from __future__ import annotations

import ctypes
import os
import warnings
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from nzdiff.runtime.blas import routines
from nzdiff.runtime.compiler import compile_cached, find_compiler
from nzdiff.runtime.workspace import Memory

BackendName = Literal["c", "numpy"]


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


class CBackend:
    """The compiled kernel."""

    name: BackendName = "c"

    def __init__(self, source: str, memory: Memory) -> None:
        self._library = _load(compile_cached(source))
        self._context, self._kept = memory.context()
        self._address = ctypes.addressof(self._context)
        self._functions: dict[str, Callable[[int], None]] = {}
        _LIVE.add(self)

    def run(self, function: str) -> None:
        """Run an exported function of the library."""
        if function not in self._functions:
            entry = getattr(self._library, f"nzdiff_{function}")
            entry.argtypes, entry.restype = [ctypes.c_void_p], None
            self._functions[function] = entry
        self._functions[function](self._address)

    @property
    def address(self) -> int:
        """Where the context lies that the functions of the library take."""
        return self._address

    def entry(self, function: str) -> int:
        """The address of an exported function, for C that calls it."""
        entry = getattr(self._library, f"nzdiff_{function}")
        return ctypes.cast(entry, ctypes.c_void_p).value or 0

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


@cache
def _load(library: Path) -> ctypes.CDLL:
    loaded = ctypes.CDLL(str(library))
    loaded.nzdiff_use_blas.argtypes = [ctypes.c_void_p]
    loaded.nzdiff_use_blas.restype = None
    loaded.nzdiff_use_blas(ctypes.byref(routines("d")))
    return loaded
