"""Cholesky factors by LAPACK without Python's lock, which SciPy's calls keep: while a thread
factorises a large matrix, the run in another one keeps its time.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

from nzdiff.runtime.kernel.blas import lapack_pointer
from nzdiff.solvers.run.protocols import Vector


def cholesky(matrix: Vector) -> Vector | None:
    """Return the lower L with L Lᵀ = matrix; None where that is not positive definite."""
    L = np.array(matrix, dtype=np.float64, order="F")
    return np.asfortranarray(np.tril(L)) if factorise(L) else None


def factorise(matrix: Vector) -> bool:
    """Write L into the lower triangle of a matrix in Fortran's order; False where there is none."""
    size = len(matrix)
    return size == 0 or _call("dpotrf", b"L", size, matrix, size) == 0


def solve_cholesky(L: Vector, right: Vector) -> Vector:
    """Return (L Lᵀ)⁻¹ right, of shape (n, count)."""
    found, size = np.array(right, order="F"), len(L)
    if found.size:
        _call("dpotrs", b"L", size, found.shape[1], _columns(L), size, found, size)
    return found


def solve_lower(L: Vector, right: Vector, *, transposed: bool = False) -> Vector:
    """Return L⁻¹ right, or L⁻ᵀ right, of shape (n, count)."""
    found, size = np.array(right, order="F"), len(L)
    if found.size:
        trans = b"T" if transposed else b"N"
        count = found.shape[1]
        _call("dtrtrs", b"L", trans, b"N", size, count, _columns(L), size, found, size)
    return found


def _columns(L: Vector) -> Vector:
    return np.asfortranarray(L)


def _call(name: str, *given: Any) -> int:
    """Call a routine with letters, whole numbers and arrays; return what it says at the end."""
    said = ctypes.c_int()
    kept = [ctypes.c_int(x) if isinstance(x, int) else x for x in given]
    arguments = [
        x.ctypes.data if isinstance(x, np.ndarray) else x if isinstance(x, bytes) else _at(x)
        for x in kept
    ]
    _routine(name, len(given) + 1)(*arguments, _at(said))
    return said.value


def _at(number: ctypes.c_int) -> int:
    return ctypes.addressof(number)


@cache
def _routine(name: str, count: int) -> Any:
    kinds = {"dpotrf": 1, "dpotrs": 1, "dtrtrs": 3}[name]
    letters, others = [ctypes.c_char_p] * kinds, [ctypes.c_void_p] * (count - kinds)
    return ctypes.CFUNCTYPE(None, *letters, *others)(lapack_pointer(name))
