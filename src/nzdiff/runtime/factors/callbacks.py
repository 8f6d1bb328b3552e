"""What a kernel calls back: factorisations, and operations of libraries; or nothing at all."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.data.supports import Supports

Floats = NDArray[np.float64]
FACTOR = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
SOLVE = ctypes.CFUNCTYPE(
    None, ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p
)
SELECT = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)
EXTERNAL = SELECT


class CSolvers(ctypes.Structure):
    """`nzdiff_solvers` of the emitted C; it keeps its callbacks alive."""

    _fields_ = (("factor", FACTOR), ("solve", SOLVE), ("select", SELECT), ("external", EXTERNAL))


class Factors(Protocol):
    """What the NumPy kernels of these names call; see `LinearSolvers`."""

    def factor(self, which: int, values: Floats, out: Floats) -> None:
        """out = (log |det A|, sign of det A) of a matrix, which is factorised."""
        ...

    def solve(self, which: int, transposed: int, width: int, b: Floats, out: Floats) -> None:
        """out = A⁻¹ b, or A⁻ᵀ b."""
        ...

    def select(self, number: int, middles: Sequence[Floats], out: Floats) -> None:
        """out = entries of a product of inverses."""
        ...

    def external(self, which: int, operands: Sequence[Floats], out: Floats) -> None:
        """out = an operation of a library."""
        ...


class Solvers(Protocol):
    """What runs a kernel asks of those that it calls back: `LinearSolvers`, or `NoSolvers`."""

    @property
    def nodes(self) -> Sequence[tuple[float, float]]:
        """(s, weight) of the points by which results are continued to a singular matrix."""
        ...

    @property
    def near_singular(self) -> bool:
        """Whether a matrix is that may be: results have to be continued to it."""
        ...

    @property
    def is_pending(self) -> bool:
        """Whether there is an error to be raised."""
        ...

    def move_singular(self, s: float) -> None:
        """Factorise singular matrices moved by s from now on."""
        ...

    def raise_pending(self) -> None:
        """Raise the first error since the last call."""
        ...

    def c_struct(self) -> CSolvers:
        """The callbacks of the emitted C."""
        ...


MakeSolvers: TypeAlias = Callable[[KernelSpec, Supports, np.dtype[Any], str], Solvers]
"""Of a kernel, for the patterns of its data, in a precision, of a backend."""


class NoSolvers:
    """Those of a kernel that calls nothing back."""

    nodes = ()
    near_singular = False
    is_pending = False

    def __init__(self, spec: KernelSpec) -> None:
        if calls_back(spec):
            raise ValueError(
                f"{spec.name}: its kernel factorises matrices, and its package names no solvers: "
                "generate it anew"
            )

    def move_singular(self, s: float) -> None:
        """There is none."""

    def raise_pending(self) -> None:
        """Nothing can have failed."""

    def c_struct(self) -> CSolvers:
        """Null pointers."""
        return CSolvers()


def calls_back(spec: KernelSpec) -> bool:
    """Whether a kernel factorises matrices, or asks libraries."""
    return bool(spec.factored or spec.selections or spec.externals)


def no_solvers(spec: KernelSpec, supports: Supports, dtype: np.dtype[Any], backend: str) -> Solvers:
    """`NoSolvers` as a `MakeSolvers`."""
    return NoSolvers(spec)
