"""The C backend: the emitted text compiled, loaded and called on a row of words."""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.data.spec import PairTable, PanelForm, PanelTable, PlaceTable, RowTable, Table
from nzdiff.runtime.kernel.backends.backend import Array, Floats, Slots
from nzdiff.runtime.kernel.backends.threads import Threads
from nzdiff.runtime.kernel.blas import one_thread, routines
from nzdiff.runtime.kernel.library import ahead, load, source_beside
from nzdiff.runtime.kernel.workspace import Memory

_LIVE: weakref.WeakSet[CBackend] = weakref.WeakSet()


def _after_fork() -> None:
    for backend in _LIVE:
        backend.run_alone()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


CONTRACTED = ("-ffp-contract=fast",)
"""A product and a sum in one instruction, as clang does by itself; gcc's C11 asks for two."""
TABLE_WORDS: dict[type, int] = {RowTable: 3, PairTable: 3, PlaceTable: 1}
PANEL_WORDS: dict[PanelForm, int] = {"spread": 7, "outer": 9, "sampled": 7}
"""The members of the structs that the emitted C has for index tables."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """`nzdiff_workspace` of the emitted C: its members are words of eight bytes, in one row.

    threads: the last member.  kept: what the addresses lead to.  numbers: the place of the first
    coefficient.
    """

    words: NDArray[np.uint64]
    numbers: int
    threads: NDArray[np.int32]
    kept: tuple[Any, ...]

    @property
    def address(self) -> int:
        """Where it lies."""
        return self.words.ctypes.data

    @classmethod
    def of(cls, memory: Memory) -> Workspace:
        """Arrays, tables, sizes and coefficients in the order of the spec; then flags."""
        solvers = memory.solvers.c_struct()
        words = [array.ctypes.data for array in memory.arrays.values()]
        for table in memory.spec.tables:
            if table.name in memory.tables:
                found = [array.ctypes.data for array in memory.tables[table.name]]
                words += found + [0] * (_words(table) - len(found))
        words += memory.sizes.values()
        first = len(words)
        numbers = np.array(list(memory.coefficients.values()), dtype=np.float64)
        words += numbers.view(np.uint64).tolist()
        words += [memory.done.ctypes.data, ctypes.addressof(solvers), 0]
        row = np.array(words, dtype=np.uint64)
        threads = row[-1:].view(np.int32)[:1]
        threads[0] = memory.team
        return cls(row, first, threads, (memory, solvers))

    def set_coefficient(self, memory: Memory, name: str) -> None:
        """Hold the coefficient that the memory has under a name by now."""
        place = self.numbers + list(memory.coefficients).index(name)
        self.words[place : place + 1].view(np.float64)[:] = memory.coefficients[name]


def _words(table: Table) -> int:
    return PANEL_WORDS[table.form] if isinstance(table, PanelTable) else TABLE_WORDS[type(table)]


class CBackend:
    """The compiled kernel."""

    name: ClassVar[str] = "c"

    def __init__(self, source: str, memory: Memory) -> None:
        single = _flags(memory.dtype)
        self._library = load(source, _KERNEL, (*single, *CONTRACTED))
        self.uses_blas = bool(self._library.nzdiff_use_blas(None))
        if self.uses_blas:
            blas = ctypes.addressof(routines("s" if single else "d"))
            self._library.nzdiff_use_blas(blas)
        self._transfer = load(_transfer(), _TRANSFER, single)
        self._memory, self._workspace = memory, Workspace.of(memory)
        self._address = self._workspace.address
        self._functions: dict[str, Callable[[int], None]] = {}
        self._addresses: dict[int, tuple[Array, int]] = {}
        self._alone = one_thread if self.uses_blas else nullcontext
        self.threads = Threads(self._workspace.threads, memory.team)
        _LIVE.add(self)

    @staticmethod
    def begin(source: str, dtype: np.dtype[Any]) -> None:
        """See `Backend`: the compiler is a process of its own."""
        ahead(source, (*_flags(dtype), *CONTRACTED))

    @staticmethod
    def of_text(text: str) -> str:
        """See `Backend`."""
        return text

    @staticmethod
    def packaged(files: Mapping[str, str], program: str, package: str) -> str:
        """See `Backend`; what the program includes stands where it is included."""
        before, include, after = files[f"{program}.c"].partition('#include "kernels.h"\n')
        return before + (files["kernels.h"] if include else "") + after

    def run(self, function: str) -> None:
        """Run an exported function of the library."""
        if function not in self._functions:
            entry = getattr(self._library, f"nzdiff_{function}")
            entry.argtypes, entry.restype = [ctypes.c_void_p], None
            self._functions[function] = entry
        with self._alone(), self.threads.at_work():
            self._functions[function](self._address)

    @property
    def workspace(self) -> Workspace:
        """What the functions of the library take."""
        return self._workspace

    @property
    def transfer(self) -> Any:
        """The library that moves numbers into and out of the memory."""
        return self._transfer

    def entry(self, function: str) -> int:
        """The address of an exported function, for C that calls it."""
        entry = getattr(self._library, f"nzdiff_{function}")
        return ctypes.cast(entry, ctypes.c_void_p).value or 0

    def renew(self, name: str) -> None:
        """See `Backend`; arrays are used where they are."""
        if name in self._memory.coefficients:
            self._workspace.set_coefficient(self._memory, name)

    def write(self, vector: Floats, slots: Slots, array: Array) -> tuple[bool, bool]:
        """See `Backend`; one pass."""
        found = self._transfer.nzdiff_write(
            vector.size, self._address_of(slots), vector.ctypes.data, self._address_of(array)
        )
        return bool(found & 1), found < 2

    def read(self, array: Array, slots: Slots) -> Floats:
        """See `Backend`."""
        out = np.empty(array.size if slots is None else slots.size)
        addresses = self._address_of(slots), self._address_of(array)
        self._transfer.nzdiff_read(out.size, *addresses, out.ctypes.data)
        return out

    def to_vector(self, matrix: Array, scale: float) -> Floats:
        """See `Backend`; in squares that stay in the cache."""
        out = np.empty(matrix.size)
        self._transfer.nzdiff_to_vector(*matrix.shape, scale, matrix.ctypes.data, out.ctypes.data)
        return out

    def from_vector(self, vector: Floats, scale: float, matrix: Array) -> None:
        """See `Backend`."""
        self._transfer.nzdiff_from_vector(
            *matrix.shape, scale, vector.ctypes.data, matrix.ctypes.data
        )

    def _address_of(self, array: Array | None) -> int | None:
        """Of what stays where it is; NumPy takes a microsecond for it."""
        if array is None:
            return None
        if id(array) not in self._addresses:
            self._addresses[id(array)] = array, array.ctypes.data  # kept, so that its id is its own
        return self._addresses[id(array)][1]

    def run_alone(self) -> None:
        """Use one thread from now on: OpenMP's threads do not survive a fork."""
        self._workspace.threads[0] = 1


def _flags(dtype: np.dtype[Any]) -> tuple[str, ...]:
    return ("-DNZDIFF_REAL=float",) if dtype == np.float32 else ()


_COUNT, _POINTER, _NUMBER = ctypes.c_int64, ctypes.c_void_p, ctypes.c_double
_KERNEL = {"nzdiff_use_blas": (ctypes.c_int, (_POINTER,))}
_TRANSFER = {
    "nzdiff_write": (ctypes.c_int, (_COUNT, _POINTER, _POINTER, _POINTER)),
    "nzdiff_read": (None, (_COUNT, _POINTER, _POINTER, _POINTER)),
    "nzdiff_to_vector": (None, (_COUNT, _COUNT, _NUMBER, _POINTER, _POINTER)),
    "nzdiff_from_vector": (None, (_COUNT, _COUNT, _NUMBER, _POINTER, _POINTER)),
    "nzdiff_call": (ctypes.c_int, (_POINTER,) * 5),
    "nzdiff_know": (None, (_POINTER, _POINTER)),
    "nzdiff_alone": (None, ()),
    "nzdiff_together": (None, ()),
    "nzdiff_anew": (None, ()),
}


@cache
def counts() -> Any:
    """The library that counts who needs BLAS to have one thread: one for both precisions."""
    return load(_transfer(), _TRANSFER)


def begin(dtype: np.dtype[Any]) -> None:
    """Begin to compile in a thread what every kernel needs."""
    ahead(_transfer(), _flags(dtype))


@cache
def _transfer() -> str:
    """Its functions are the same for every kernel of one precision."""
    return source_beside(__name__, "transfer.c")
