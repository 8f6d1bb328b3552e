"""Fronts in C: what `multifrontal` and `selection` do in NumPy, by `fronts.c`."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.factors.dense import Determinant
from nzdiff.runtime.factors.entries import Engine
from nzdiff.runtime.factors.selection import MOST, NumpyEngine
from nzdiff.runtime.factors.tree import Places, Tree
from nzdiff.runtime.kernel.blas import lapack_pointer, pointer
from nzdiff.runtime.kernel.library import load, source_beside

Floats = NDArray[np.float64]
_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_FUNCTIONS = {
    "nzdiff_factor": (_INT, (*[_POINTER] * 4, _INT, _POINTER, _POINTER)),
    "nzdiff_invert": (None, (_POINTER, _POINTER, _INT, _POINTER, _POINTER)),
    "nzdiff_solve": (_INT, (_POINTER, _POINTER, _INT, _POINTER, _INT, _INT, _POINTER)),
    "nzdiff_select": (_INT, (_POINTER,) * 5),
}


def engine_for(backend: str) -> Engine:
    """Of the C backend the compiled one."""
    return CEngine() if backend == "c" else NumpyEngine()


class _Routines(ctypes.Structure):
    """`routines` of fronts.c."""

    _fields_ = tuple(
        (name, _POINTER) for name in ("gemm", "symm", "syrk", "syr2k", "trsm", "potrf", "getrf")
    )


class _Tree(ctypes.Structure):
    """`tree` of fronts.c."""

    _fields_ = (
        ("count", ctypes.c_int64),
        *(
            (name, _POINTER)
            for name in ("first", "start", "members", "parent", "reached", "within")
        ),
        *((name, _POINTER) for name in ("last_child", "before", "lower", "upper")),
    )


class _Places(ctypes.Structure):
    """`places` of fronts.c."""

    _fields_ = (("start", _POINTER), ("value", _POINTER), ("offset", _POINTER))


class _Factors(ctypes.Structure):
    """`factors` of fronts.c."""

    _fields_ = (("lower", _POINTER), ("upper", _POINTER), ("swaps", _POINTER))


class _Chain(ctypes.Structure):
    """`chain` of fronts.c."""

    _fields_ = (
        ("count", _INT),
        ("symmetric", _INT),
        ("inverse", _Factors * MOST),
        ("transposed", _INT * MOST),
        ("same", _INT * MOST),
        ("middle", _Places * MOST),
        ("values", _POINTER * MOST),
        ("block", _Factors * (MOST * (MOST + 1) // 2)),
    )


class CEngine:
    """See `Engine`."""

    name = "c"

    def factors(self, tree: Tree, places: Places, *, definite: bool) -> CMultifrontal:
        """See `Engine`."""
        return CMultifrontal(tree, places, definite)

    def select(
        self,
        inverses: Sequence[tuple[CMultifrontal, bool]],
        middles: Sequence[tuple[Places, Floats]],
        wanted: Places,
        out: Floats,
        *,
        symmetric: bool,
    ) -> None:
        """See `selection.selected`."""
        count = len(inverses)
        chain = _Chain(count=count, symmetric=int(symmetric))
        kept: list[Any] = []
        for a, (matrix, turned) in enumerate(inverses):
            chain.inverse[a] = matrix.inverted()
            chain.transposed[a] = int(turned)
            chain.same[a] = next(b for b in range(a + 1) if inverses[b] == inverses[a])
        for a, (places, values) in enumerate(middles):
            kept.append(np.ascontiguousarray(values, dtype=np.float64))
            chain.middle[a], chain.values[a] = _places(places), kept[-1].ctypes.data
        first = inverses[0][0]
        for block in range(count * (count - 1) // 2):
            kept.append(first.room(full=not symmetric))
            chain.block[block] = _factors(*kept[-1])
        _check(
            _library().nzdiff_select(
                ctypes.byref(_routines()),
                ctypes.byref(first.c_tree),
                ctypes.byref(chain),
                ctypes.byref(_places(wanted)),
                out.ctypes.data,
            )
        )


class CMultifrontal:
    """The factors of matrices of one pattern; see `Multifrontal`."""

    def __init__(self, tree: Tree, places: Places, definite: bool) -> None:
        pivots, members = np.diff(tree.first), np.diff(tree.start)
        self._lower = _starts(pivots * members)
        self._upper = _starts(pivots * (members - pivots))
        self._tree, self._places, self._definite = tree, places, definite
        arrays = [tree.first, tree.start, tree.members, tree.parent, tree.reached, tree.within]
        arrays += _children(tree.parent)
        self._kept = tuple(np.ascontiguousarray(array, dtype=np.int64) for array in arrays)
        addresses = (array.ctypes.data for array in (*self._kept, self._lower, self._upper))
        self.c_tree = _Tree(tree.count, *addresses)
        self._made = self.room(full=not definite)
        self._inverse = self.room(full=not definite)
        self._swaps = np.zeros(0 if definite else tree.size, dtype=np.int32)
        self._is_inverted = False

    def factor(self, values: Floats) -> Determinant:
        """See `Multifrontal`."""
        self._is_inverted = False
        found, given = np.empty(2), np.ascontiguousarray(values, dtype=np.float64)
        _check(
            _library().nzdiff_factor(
                ctypes.byref(_routines()),
                ctypes.byref(self.c_tree),
                ctypes.byref(_places(self._places)),
                given.ctypes.data,
                int(self._definite),
                ctypes.byref(self._factors()),
                found.ctypes.data,
            )
        )
        return float(found[0]), float(found[1])

    def solve(self, b: Floats, transposed: bool) -> Floats:
        """See `Multifrontal`."""
        x = np.empty(b.shape, order="F")
        x[self._tree.position] = b
        _check(
            _library().nzdiff_solve(
                ctypes.byref(_routines()),
                ctypes.byref(self.c_tree),
                int(self._definite),
                ctypes.byref(self._factors()),
                int(transposed),
                b.shape[1],
                x.ctypes.data,
            )
        )
        found: Floats = x[self._tree.position]
        return found

    def inverted(self) -> _Factors:
        """X, Y and B of all fronts, made once."""
        inverse = _factors(*self._inverse)
        if not self._is_inverted:
            _library().nzdiff_invert(
                ctypes.byref(_routines()),
                ctypes.byref(self.c_tree),
                int(self._definite),
                ctypes.byref(self._factors()),
                ctypes.byref(inverse),
            )
            self._is_inverted = True
        return inverse

    def room(self, *, full: bool) -> tuple[Floats, Floats]:
        """Numbers for the columns of all pivots and, where `full`, for their rows."""
        return np.empty(int(self._lower[-1])), np.empty(int(self._upper[-1]) if full else 0)

    def _factors(self) -> _Factors:
        return _Factors(*(a.ctypes.data for a in (*self._made, self._swaps)))


def _children(parent: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The last child of each front, and the child of the same parent that comes before each."""
    last, before = np.full(parent.size, -1), np.full(parent.size, -1)
    order = np.argsort(parent, kind="stable")
    same = parent[order][1:] == parent[order][:-1]
    before[order[1:][same]] = order[:-1][same]
    inner = parent >= 0
    last[parent[inner]] = np.flatnonzero(inner)
    return last, before


def _factors(lower: Floats, upper: Floats) -> _Factors:
    return _Factors(lower.ctypes.data, upper.ctypes.data if upper.size else None, None)


def _places(places: Places) -> _Places:
    return _Places(*(array.ctypes.data for array in places))


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _check(status: int) -> None:
    if status:
        raise MemoryError("fronts of a sparse matrix: no memory is left for them")


@cache
def _routines() -> _Routines:
    names = ("dgemm", "dsymm", "dsyrk", "dsyr2k", "dtrsm")
    return _Routines(*map(pointer, names), *map(lapack_pointer, ("dpotrf", "dgetrf")))


@cache
def _library() -> Any:
    return load(source_beside(__name__, "fronts.c"), _FUNCTIONS)
