"""The BLAS that SciPy ships, as function pointers, so that nothing has to be linked."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from functools import cache
from threading import RLock
from typing import Any, Protocol

from nzdiff.pools import OpenBLAS, Pool, pools


def pointer(name: str) -> int:
    """The address of a Fortran-77 BLAS routine with 32-bit integers, such as ``dgemm``."""
    from scipy.linalg import cython_blas

    return _address(cython_blas.__pyx_capi__[name])


def lapack_pointer(name: str) -> int:
    """The address of a LAPACK routine, such as ``dpotrf``."""
    from scipy.linalg import cython_lapack

    return _address(cython_lapack.__pyx_capi__[name])


def _address(capsule: Any) -> int:
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype = ctypes.c_void_p
    get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = get_pointer(capsule, get_name(capsule))
    assert address
    return int(address)


class Routines(ctypes.Structure):
    """`nzdiff_blas` of the emitted C."""

    _fields_ = (("gemm", ctypes.c_void_p), ("trmm", ctypes.c_void_p))


@cache
def routines(letter: str) -> Routines:
    """The routines of one precision: "d" for doubles, "s" for single precision.

    They stay until the process ends: a library holds their address, and is one for all copies of
    this module, in packages that stand alone, any of which may be unloaded.
    """
    found = Routines(pointer(f"{letter}gemm"), pointer(f"{letter}trmm"))
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(found))
    return found


class InC(Protocol):
    """The same count kept by C, where kernels call it without Python in between."""

    def nzdiff_know(self, get: int, set_: int) -> None:
        """Know a library by the addresses of its functions."""

    def nzdiff_alone(self) -> None:
        """Enter."""

    def nzdiff_together(self) -> None:
        """Leave."""

    def nzdiff_anew(self) -> None:
        """Forget, in the child of a fork, those who are inside."""


class _OneThread:
    """The number of threads belongs to the process: the first sets it, the last one back."""

    def __init__(self) -> None:
        self._lock, self._inside = RLock(), 0
        self._leave: Callable[[], object] = int
        self.in_c: InC | None = None

    def __enter__(self) -> None:
        libraries = _libraries()
        with self._lock:
            if not self._inside:
                self._leave = self._entered(libraries)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._leave()

    def _entered(self, libraries: Sequence[Pool]) -> Callable[[], object]:
        """Give BLAS one thread; what gives the others back."""
        if self.in_c is not None:
            self.in_c.nzdiff_alone()
            return self.in_c.nzdiff_together
        counts = [(library, library.get_num_threads()) for library in libraries]
        before = [(library, count) for library, count in counts if count != 1]
        for library, _ in before:
            library.set_num_threads(1)
        return lambda: [library.set_num_threads(count) for library, count in before]

    def start_anew(self) -> None:
        """In the child of a fork, where no other thread is inside any more."""
        self._lock = RLock()
        if self._inside:
            self._inside = 1
            self.__exit__()
        if self.in_c is not None:
            self.in_c.nzdiff_anew()


_one_thread = _OneThread()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_one_thread.start_anew)


def one_thread() -> _OneThread:
    """BLAS in the calling thread alone: a kernel has threads of its own, each of which calls it.

    While any thread is inside, BLAS has one thread for all of the process.
    """
    return _one_thread


def count_in_c(library: InC) -> bool:
    """Let C count who needs one thread; False where it cannot ask all libraries of BLAS there are.

    library: the same for all copies of this module: it is loaded from the same file.
    """
    if _one_thread.in_c is None:
        found = [pool for pool in _libraries() if isinstance(pool, OpenBLAS)]
        if len(found) < len(_libraries()):
            return False
        for pool in found:
            library.nzdiff_know(*pool.addresses)
        _one_thread.in_c = library
    return True


@cache
def _libraries() -> tuple[Pool, ...]:
    """SciPy's BLAS; all there are, where it is not known which one that is."""
    found = pools()
    return tuple(b for b in found if "scipy" in str(b.filepath)) or found
