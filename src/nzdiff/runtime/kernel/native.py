"""A bound problem as C sees it: addresses of its functions, its g, its gradient and the map T.

Solvers whose loop is compiled call the kernel through it, without Python in between.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.pattern import Pattern
from nzdiff.runtime.kernel.backends import CBackend
from nzdiff.runtime.kernel.blas import one_thread
from nzdiff.runtime.kernel.bound import Bound


class _Sparse(ctypes.Structure):
    """`csr` of lbfgs/loop.c."""

    _fields_ = (
        ("indptr", ctypes.c_void_p),
        ("indices", ctypes.c_void_p),
        ("values", ctypes.c_void_p),
    )


class _Unknown(ctypes.Structure):
    """`nzdiff_unknown` of lbfgs/loop.c."""

    _fields_ = (
        ("size", ctypes.c_int64),
        ("stored", ctypes.c_int64),
        ("values", ctypes.c_void_p),
        ("gradient", ctypes.c_void_p),
        ("slots", ctypes.c_void_p),
        ("T", _Sparse),
        ("adjoint", _Sparse),
        ("offset", ctypes.c_void_p),
    )


class _Native(ctypes.Structure):
    """`nzdiff_native` of lbfgs/loop.c."""

    _fields_ = (
        ("size", ctypes.c_int64),
        ("context", ctypes.c_void_p),
        ("energy", ctypes.c_void_p),
        ("gradient", ctypes.c_void_p),
        ("value", ctypes.c_void_p),
        ("done", ctypes.c_void_p),
        ("stages", ctypes.c_int64),
        ("threads", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("unknowns", ctypes.c_void_p),
    )


@dataclass(frozen=True, slots=True, eq=False)
class NativeModel:
    """address: of an `nzdiff_native`.  kept: what it refers to, beside the kernel on its memory."""

    address: int
    bound: Bound
    kept: tuple[Any, ...]

    @contextmanager
    def called(self) -> Iterator[None]:
        """Around calls from C: it writes another g, and the kernel has its own threads."""
        assert isinstance(self.bound.backend, CBackend)
        with self.bound.lock, one_thread(), self.bound.backend.threads.at_work():
            self.bound.forget()
            yield


def native_model(bound: Bound) -> NativeModel | None:
    """The energy and gradient of a kernel; None where Python takes part in an evaluation."""
    spec, memory, backend = bound.spec, bound.memory, bound.backend
    if not isinstance(backend, CBackend) or not spec.output("energy") or spec.factored:
        return None
    gradients = [memory.arrays[name] for name in spec.output("gradient")]
    value = memory.arrays[spec.output("energy")[0]]
    if any(array.dtype != np.float64 for array in (value, *bound.unknowns, *gradients)):
        return None
    keeper = _Keeper()
    parts = zip(bound.patterns, bound.unknowns, gradients, strict=True)
    unknowns = (_Unknown * len(gradients))(*(_unknown(*part, keeper) for part in parts))
    native = _Native(
        bound.size,
        backend.workspace.address,
        backend.entry("energy"),
        backend.entry("gradient"),
        keeper.address(value),
        keeper.address(memory.done),
        spec.stages,
        backend.workspace.threads.ctypes.data,
        len(gradients),
        ctypes.addressof(unknowns),
    )
    return NativeModel(ctypes.addressof(native), bound, (unknowns, native, keeper))


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Keeps the arrays whose addresses were taken."""

    arrays: list[NDArray[Any]] = field(default_factory=list)

    def address(self, array: NDArray[Any], dtype: Any = None) -> int:
        """The address of an array, of a copy where it is of another type."""
        self.arrays.append(np.ascontiguousarray(array, dtype=dtype))
        return int(self.arrays[-1].ctypes.data)

    def sparse(self, matrix: Any) -> _Sparse:
        """The addresses of a CSR matrix."""
        return _Sparse(
            self.address(matrix.indptr, np.int64),
            self.address(matrix.indices, np.int32),
            self.address(matrix.data, np.float64),
        )


def _unknown(pattern: Pattern, values: Any, gradient: Any, keeper: _Keeper) -> _Unknown:
    unknown = _Unknown(pattern.size, pattern.nnz, keeper.address(values), keeper.address(gradient))
    if pattern.matrix is not None:
        unknown.T, unknown.adjoint = keeper.sparse(pattern.matrix), keeper.sparse(pattern.adjoint)
        if pattern.offset is not None:
            unknown.offset = keeper.address(pattern.offset, np.float64)
    elif not np.array_equal(pattern.slots, np.arange(pattern.size)):
        unknown.slots = keeper.address(pattern.slots, np.int32)
    return unknown
