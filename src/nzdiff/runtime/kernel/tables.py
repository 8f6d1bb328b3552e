"""Index tables in C: the lists of `nzdiff.runtime.data.listing` by `tables.c`, in one pass each."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import INDEX_LIMIT
from nzdiff.runtime.data.listing import (
    Index,
    Lister,
    Moves,
    NumpyLister,
    Products,
    Rows,
    Side,
    grouped,
    starts,
)
from nzdiff.runtime.data.supports import Multiplier, multiplications, scipy_product
from nzdiff.runtime.kernel.compiler import CompilerError
from nzdiff.runtime.kernel.library import ahead, load, source_beside

FEW = 20_000
"""Stored positions (or numbers of blocks) that NumPy lists before a library is loaded."""
SOME = 3_000_000
"""Multiplications, 30 ms of SciPy's, for which nobody waits for a compiler."""
SHARE = 4
"""Permutations are found by hashing where a move in SHARE has one of its own, at most."""


def lister_for(backend: str) -> Lister:
    """Of the C backend the compiled one."""
    return CLister() if backend == "c" else NumpyLister()


class CLister:
    """By the compiled kernels; nothing is compiled or loaded for what is small."""

    bytes = 56

    def products(
        self,
        left: sparse.csr_array,
        right: sparse.csr_array,
        out: sparse.csr_array,
        *,
        by_demand: bool,
    ) -> Products:
        """See `Lister`."""
        if _few(left.nnz + right.nnz + out.nnz):
            return NumpyLister().products(left, right, out, by_demand=by_demand)
        given = tuple(_Pattern.of(x) for x in (left, right, out))
        start = np.zeros(out.nnz + 1, dtype=np.int64)
        if by_demand:
            start[-1] = _call("demanded_products", *given, start, None, None)
            found = _places(int(start[-1])), _places(int(start[-1]))
            _call("demanded_products", *given, start, *found)
            return start, *found
        at = np.full(out.shape[1], -1, dtype=np.int32)
        _call("count_products", *given, at, start[1:])
        np.cumsum(start, out=start)
        found = _places(int(start[-1])), _places(int(start[-1]))
        _call("list_products", *given, at, start[:-1].copy(), *found)
        return start, *found

    def moves(
        self,
        left: sparse.csr_array,
        right: sparse.csr_array,
        out: sparse.csr_array,
        strips: Index,
    ) -> Moves:
        """See `Lister`."""
        if _few(left.nnz + right.nnz + out.nnz):
            return NumpyLister().moves(left, right, out, strips)
        given = (*(_Pattern.of(x) for x in (left, right, out)), strips)
        at = np.full(out.shape[1], -1, dtype=np.int32)
        counts = np.zeros(int(strips[-1]), dtype=np.int64)
        _call("count_moves", *given, at, counts)
        start = starts(counts)
        count = int(start[-1])
        entry, source, words = _places(count), _places(count), np.empty(count, dtype=np.uint64)
        _call("list_moves", *given, at, start[:-1].copy(), entry, source, words)
        return start, entry, source, *_numbered(words)

    def block_places(self, first: Rows, second: Rows, inside: sparse.csr_array) -> Index:
        """See `Lister`."""
        count = int(first[1].astype(np.int64) @ second[1].astype(np.int64))
        if _few(inside.nnz + count):
            return NumpyLister().block_places(first, second, inside)
        found, lists = _places(count), [_int32(x) for x in (*first, *second)]
        _call("block_places", first[1].size, *lists, _Pattern.of(inside), found)
        return found

    def places(self, structure: sparse.csr_array, rows: Index, cols: Index) -> Index:
        """See `Lister`."""
        if _few(structure.nnz + rows.size):
            return NumpyLister().places(structure, rows, cols)
        found, at = _places(rows.size), np.full(structure.shape[1], -1, dtype=np.int32)
        wanted = _int32(rows), _int32(cols)
        _call("find_places", rows.size, *wanted, _Pattern.of(structure), at, found)
        return found

    def pairs(self, one: Side, other: Side | None, *, lower: bool) -> sparse.csr_array:
        """See `Lister`."""
        structure, first, second = one
        if _few(structure.nnz + first.size + second.size):
            return NumpyLister().pairs(one, other, lower=lower)
        begin, members = (_int32(x) for x in grouped(second, structure.shape[1]))
        given = first.size, _Pattern.of(structure), _int32(first), begin, members
        filtered: tuple[Any, ...] = (None, None, None, None)
        if other is not None:
            at = np.full(other[0].shape[1], -1, dtype=np.int32)
            filtered = _Pattern.of(other[0]), _int32(other[1]), _int32(other[2]), at
        start = np.zeros(first.size + 1, dtype=np.int64)
        found = _places(_call("list_pairs", *given, *filtered, lower, start, None))
        _call("list_pairs", *given, *filtered, lower, start, found)
        index = np.int32 if found.size <= INDEX_LIMIT else np.int64
        entries = np.ones(found.size), found, start.astype(index)
        pattern = sparse.csr_array(entries, shape=(first.size, second.size))
        pattern.sort_indices()
        return pattern


def multiplier_for(backend: str) -> Multiplier:
    """What multiplies patterns: of the NumPy backend SciPy, else C where that is there."""
    return scipy_product if backend == "numpy" else _pattern_product


def begin() -> None:
    """Begin to compile the library in a thread, for patterns that are not small."""
    ahead(_source())


def _pattern_product(left: Any, right: Any) -> Any:
    """The pattern of left · right as CSR of ones, sorted; `scipy_product` gives the same."""
    if _few(left.nnz + right.nnz):
        return scipy_product(left, right)
    count = multiplications(left, right)
    if not _LOADED and not _is_there(at_once=count < SOME):
        return scipy_product(left, right)
    shape = left.shape[0], right.shape[1]
    start = np.zeros(shape[0] + 1, dtype=np.int64)
    words = -(-shape[1] // 4096)
    room = (np.zeros(size, dtype=np.uint64) for size in (64 * words, words))
    cols = _places(min(shape[0] * shape[1], count))  # no page is touched
    _call("list_pattern", _Pattern.of(left), _Pattern.of(right), words, *room, start, cols)
    count = int(start[-1])
    own = cols[:count].copy(), start.astype(np.int32 if count <= INDEX_LIMIT else np.int64)
    return sparse.csr_array((np.ones(count), *own), shape=shape)


def _is_there(*, at_once: bool) -> bool:
    """Whether the library is, compiled already if it is wanted at once.

    What is wrong with it is said where a backend is chosen.
    """
    if at_once and not ahead(_source()).is_done():
        return False
    return _is_loaded()


@cache
def _is_loaded() -> bool:
    try:
        _library()
    except CompilerError:
        return False
    return True


class _Pattern(ctypes.Structure):
    """`nzdiff_pattern` of tables.c."""

    _fields_ = (
        ("rows", ctypes.c_int64),
        ("start", ctypes.c_void_p),
        ("cols", ctypes.c_void_p),
    )

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> _Pattern:
        """The pattern of a matrix, with what it leads to."""
        kept = _int32(matrix.indptr), _int32(matrix.indices)
        found = cls(matrix.shape[0], *(array.ctypes.data for array in kept))
        found.kept = kept
        return found


def _few(stored: int) -> bool:
    """Whether so little is stored that NumPy lists it, unless the library is loaded anyhow."""
    return not _LOADED and stored < FEW


def _numbered(words: NDArray[np.uint64]) -> tuple[Index, Index]:
    """(which, distinct): the distinct words, ascending, and which of them each one is."""
    most = words.size // SHARE if words.size <= INDEX_LIMIT else 0
    bits = max((2 * most).bit_length(), 1)
    room, chosen, which = np.full(1 << bits, -1, dtype=np.int32), _places(most), _places(words.size)
    known = _call("number_words", words.size, words, bits, most, room, chosen, which)
    if known < 0:  # more than that
        distinct, found = np.unique(words, return_inverse=True)
        return found, distinct
    distinct = words[chosen[:known]]
    order = np.argsort(distinct)
    rank = _places(known)
    rank[order] = np.arange(known, dtype=np.int32)
    return rank[which], distinct[order]


def _places(count: int) -> NDArray[np.int32]:
    return np.empty(count, dtype=np.int32)


def _int32(array: Index) -> NDArray[np.int32]:
    return np.ascontiguousarray(array, dtype=np.int32)


def _call(function: str, *given: Any) -> Any:
    """Call a function of the library with numbers, arrays and patterns, which live meanwhile."""
    addresses = (
        x.ctypes.data
        if isinstance(x, np.ndarray)
        else ctypes.byref(x)
        if isinstance(x, _Pattern)
        else x
        for x in given
    )
    return getattr(_library(), f"nzdiff_{function}")(*addresses)


_POINTER, _COUNT = ctypes.c_void_p, ctypes.c_int64
_FUNCTIONS = {
    "nzdiff_list_pattern": (None, (_POINTER, _POINTER, _COUNT, *[_POINTER] * 4)),
    "nzdiff_count_products": (None, (_POINTER,) * 5),
    "nzdiff_list_products": (None, (_POINTER,) * 7),
    "nzdiff_demanded_products": (_COUNT, (_POINTER,) * 6),
    "nzdiff_count_moves": (None, (_POINTER,) * 6),
    "nzdiff_list_moves": (None, (_POINTER,) * 9),
    "nzdiff_number_words": (_COUNT, (_COUNT, _POINTER, _COUNT, _COUNT, *[_POINTER] * 3)),
    "nzdiff_block_places": (None, (_COUNT, *[_POINTER] * 8)),
    "nzdiff_find_places": (None, (_COUNT, *[_POINTER] * 5)),
    "nzdiff_list_pairs": (_COUNT, (_COUNT, *[_POINTER] * 8, _COUNT, _POINTER, _POINTER)),
}


@cache
def _source() -> str:
    return source_beside(__name__, "tables.c")


_LOADED: list[bool] = []
"""Not empty once this process has the library."""


@cache
def _library() -> Any:
    found = load(_source(), _FUNCTIONS)
    _LOADED.append(True)
    return found
