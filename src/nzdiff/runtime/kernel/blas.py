"""The BLAS that SciPy ships, as function pointers, so that nothing has to be linked."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from scipy.linalg import cython_blas
from threadpoolctl import ThreadpoolController


def pointer(name: str) -> int:
    """The address of a Fortran-77 BLAS routine with 32-bit integers, such as ``dgemm``."""
    capsule = cython_blas.__pyx_capi__[name]
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
    """The routines of one precision: "d" for doubles, "s" for single precision."""
    return Routines(pointer(f"{letter}gemm"), pointer(f"{letter}trmm"))


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS in the calling thread alone: a kernel has threads of its own, each of which calls it."""
    libraries = _libraries()
    before = [library.get_num_threads() for library in libraries]
    changed = [pair for pair in zip(libraries, before, strict=True) if pair[1] != 1]
    for library, _ in changed:
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, count in changed:
            library.set_num_threads(count)


@cache
def _libraries() -> tuple[Any, ...]:
    """SciPy's BLAS; all there are, where it is not known which one that is."""
    pointer("dgemm")  # loads it
    found = ThreadpoolController().select(user_api="blas").lib_controllers
    return tuple(b for b in found if "scipy" in str(b.filepath)) or tuple(found)
