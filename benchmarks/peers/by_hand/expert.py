"""The energy ‖X − Y Gᵀ L G B‖²_F written by hand, as fast as its author could make it.

    E(g) = ‖X − Y Q B‖²_F,   Q = Gᵀ L G,   g the values of a sparse G (n × m)

X (p × k), Y dense (p × m) or diagonal, B (m × k), L (n × n) sparse and symmetric.  What does not
depend on g is prepared once: groups of rows of G with one pattern, index maps, Y = Q_Y R, with
which ‖X − Y M‖² = ‖X − Q_Y Q_Yᵀ X‖² + ‖Q_Yᵀ X − R M‖² takes a triangular product.

Needs gcc and a processor with AVX-512.  One thread; not for several threads at once.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from sys import getrefcount
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from nzdiff.runtime.kernel import blas

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OWN, LANES = 4, 8
"""The block of a group is at most OWN × LANES, as in expert.c."""

SMALL = 6
"""Groups of so few rows are not divided by kind."""

_INTEGERS = ("groups", "m", "p", "k", "ld", "nnz_upper", "triangular", "q_rows")
_POINTERS = (
    *("group", "segments", "rows", "stream", "permutations", "scatter", "local"),
    *("full_indptr", "full_indices", "full_positions", "upper_indptr", "upper_indices"),
    *("B", "X", "Y", "minus_Y", "reduced", "q", "n", "R", "M"),
)


class _Struct(ctypes.Structure):
    """`Problem` of expert.c."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in _INTEGERS),
        *((name, ctypes.c_void_p) for name in _POINTERS),
        ("constant", ctypes.c_double),
        ("gemm", ctypes.c_void_p),
        ("trmm", ctypes.c_void_p),
    )


class Expert:
    """The functions of one problem; what `setup` returns.

    g has the order in which the pattern was given, vec(f) stacks the columns of f = X − Y Q B.
    """

    def __init__(self, struct: _Struct, kept: dict[str, Any], order: Integers | None) -> None:
        self._struct, self._kept, self._order = ctypes.byref(struct), kept, order
        self._residual_size = struct.p * struct.k
        self._size = kept["size"]
        self._library = library()
        self._results: list[Floats] = []

    def energy(self, g: Floats) -> float:
        """E(g)."""
        values = self._sorted(g)
        return float(self._library.energy(self._struct, values.ctypes.data))

    def energy_and_gradient(self, g: Floats) -> tuple[float, Floats]:
        """E(g) and ∂E/∂g."""
        gradient, values = self._memory(self._size), self._sorted(g)
        E = self._library.energy_and_gradient(
            self._struct, values.ctypes.data, gradient.ctypes.data
        )
        return float(E), self._as_given(gradient)

    def jvp(self, g: Floats, v: Floats) -> Floats:
        """J v = −vec(Y (Vᵀ L G + Gᵀ L V) B)."""
        out = self._memory(self._residual_size)
        values, direction = self._sorted(g), self._sorted(v)
        self._library.jvp(self._struct, values.ctypes.data, direction.ctypes.data, out.ctypes.data)
        return out

    def vjp(self, g: Floats, w: Floats) -> Floats:
        """Jᵀ w."""
        out, values, w = self._memory(self._size), self._sorted(g), np.ascontiguousarray(w)
        self._library.vjp(self._struct, values.ctypes.data, w.ctypes.data, out.ctypes.data)
        return self._as_given(out)

    def _memory(self, size: int) -> Floats:
        """A result that nobody holds any more, or a new one, whose pages would have to be made."""
        for out, references in zip(self._results, _references(self._results), strict=True):
            if out.size == size and references == _UNHELD:
                return out
        self._results.append(np.empty(size))
        return self._results[-1]

    def _sorted(self, g: Floats) -> Floats:
        values = np.ascontiguousarray(g) if self._order is None else g[self._order]
        # The kernel reads four values at a time.
        return values if values.size >= 4 else np.pad(values, (0, 4))

    def _as_given(self, gradient: Floats) -> Floats:
        if self._order is None:
            return gradient
        given = np.empty_like(gradient)
        given[self._order] = gradient
        return given


def _references(arrays: list[Floats]) -> list[int]:
    return [getrefcount(array) for array in arrays]


_UNHELD = _references([np.empty(0)])[0]
"""The count of an array that only the list holds; it depends on the version of Python."""


def setup(data: dict[str, Any]) -> Expert:
    """Prepare everything that does not depend on g.

    data: X (p, k), Y (p, m) or (m,) for a diagonal, B (m, k), L a symmetric scipy matrix, and G,
    the triple (i, j, shape) of its pattern without repetitions, in the order of g.
    """
    X, Y, B = (np.asarray(data[name], np.float64) for name in ("X", "Y", "B"))
    rows, columns, shape = data["G"]
    order = np.lexsort((columns, rows))
    indptr = np.searchsorted(rows[order], np.arange(shape[0] + 1))
    blocks = _blocks(sparse.csr_array(data["L"]), indptr.tolist(), columns[order].tolist())
    arrays = _maps(blocks, shape[1]) | _dense(X, Y, B)
    integers = _sizes(X, Y, B) | {"groups": len(blocks.groups), "nnz_upper": arrays["q"].size}
    struct = _Struct(
        **integers,
        **{name: arrays[name].ctypes.data for name in _POINTERS if name in arrays},
        constant=arrays["constant"],
        gemm=blas.pointer("dgemm"),
        trmm=blas.pointer("dtrmm"),
    )
    in_order = bool((np.diff(order) == 1).all())
    return Expert(struct, arrays | {"size": order.size}, None if in_order else order)


@cache
def library() -> Any:
    """expert.c, compiled into a temporary folder."""
    source = Path(__file__).with_suffix(".c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "expert.so"
        flags = ("-std=c11", "-O3", "-march=native", "-fPIC", "-shared")
        subprocess.run(["gcc", *flags, str(source), "-o", str(target)], check=True)
        loaded = ctypes.CDLL(str(target))
    pointer = ctypes.c_void_p
    for name, arguments in (("energy", 1), ("energy_and_gradient", 2), ("jvp", 3), ("vjp", 3)):
        function = getattr(loaded, name)
        function.argtypes = [pointer] * (arguments + 1)
        function.restype = ctypes.c_double if name.startswith("energy") else None
    return loaded


@dataclass(slots=True)
class _Group:
    """Rows of one pattern whose rows of L G fit into the same lanes."""

    own: tuple[int, ...]
    lanes: tuple[int, ...]
    offset: int  # of the own columns within the row
    rows: list[int]
    again: bool
    starts: list[int] = field(default_factory=list)
    streams: list[int] = field(default_factory=list)
    segments: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Blocks:
    groups: list[_Group]
    stream: list[int]
    permutations: list[tuple[int, ...]]


def _blocks(L: sparse.csr_array, indptr: list[int], columns: list[int]) -> _Blocks:
    """The groups, with the edges of their rows.

    Rows of G of one pattern are split where their rows of L G have more than LANES columns
    together; one row with more of them belongs to several groups.
    """
    n = len(indptr) - 1
    patterns = [tuple(columns[indptr[i] : indptr[i + 1]]) for i in range(n)]
    L_indptr, L_indices, L_values = L.indptr.tolist(), L.indices.tolist(), L.data.tolist()
    neighbours = [
        list(zip(L_indices[a:b], L_values[a:b], strict=True)) for a, b in pairwise(L_indptr)
    ]
    groups: list[_Group] = []
    for own, rows in _by_pattern(patterns).items():
        for lanes, members, again in _lanes(own, rows, neighbours, patterns):
            for offset in range(0, len(own), OWN):
                part = own[offset : offset + OWN]
                groups.append(_Group(part, lanes, offset, members, again))
    groups.sort(key=lambda group: (group.again, group.rows[0]))
    blocks = _Blocks(groups, [], [])
    classes: dict[Any, int] = {}
    permutations: dict[tuple[int, ...], int] = {}
    for group in groups:
        _add_edges(group, blocks, neighbours, patterns, indptr, classes, permutations)
    blocks.permutations = list(permutations)
    return blocks


def _by_pattern(patterns: list[tuple[int, ...]]) -> dict[tuple[int, ...], list[int]]:
    rows: dict[tuple[int, ...], list[int]] = {}
    for i, pattern in enumerate(patterns):
        if pattern:
            rows.setdefault(pattern, []).append(i)
    return rows


def _lanes(
    own: tuple[int, ...],
    rows: list[int],
    neighbours: list[list[tuple[int, float]]],
    patterns: list[tuple[int, ...]],
) -> list[tuple[tuple[int, ...], list[int], bool]]:
    """Columns, rows, and whether an earlier part has the rows too."""
    open_parts: list[tuple[dict[int, None], list[int]]] = []
    wide = []
    for i in rows:
        needed = dict.fromkeys(own) | {c: None for j, _ in neighbours[i] for c in patterns[j]}
        if len(needed) > LANES:
            wide.append((tuple(needed), i))
            continue
        for lanes, members in open_parts:
            if len(lanes.keys() | needed.keys()) <= LANES:
                lanes.update(needed)
                members.append(i)
                break
        else:
            open_parts.append((needed, [i]))
    parts = [(tuple(lanes), members, False) for lanes, members in open_parts]
    for needed, i in wide:
        parts += [
            (needed[first : first + LANES], [i], first > 0)
            for first in range(0, len(needed), LANES)
        ]
    return parts


def _add_edges(
    group: _Group,
    blocks: _Blocks,
    neighbours: list[list[tuple[int, float]]],
    patterns: list[tuple[int, ...]],
    indptr: list[int],
    classes: dict[Any, int],
    permutations: dict[tuple[int, ...], int],
) -> None:
    """The edges of each row, by reference to equal ones of an earlier row."""
    loads: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    last = max(indptr[-1] - 4, 0)
    same = (*range(len(group.own)), *(4,) * (LANES - len(group.own)))
    identity = permutations.setdefault(same, len(permutations))
    rows: list[Any] = []
    for i in group.rows:
        start, like, other = indptr[i] + group.offset, [], []
        for j, weight in sorted(neighbours[i], key=lambda pair: pair[0] != i):
            pattern, begin = patterns[j], indptr[j]
            if begin + len(pattern) > last:
                found = _loads(pattern, group.lanes, permutations, begin, last)
            elif (found := loads.get(pattern)) is None:
                found = loads[pattern] = _loads(pattern, group.lanes, permutations, 0, indptr[-1])
            for shift, permutation in found:
                alike = permutation == identity and len(group.rows) > SMALL
                edge = (begin + shift - start, permutation, weight)
                (like if alike else other).append(edge)
        rows.append((len(other), len(like), start, (*like, *other)))
    rows.sort(key=lambda row: row[:3])
    for (other, like), members in groupby(rows, key=lambda row: row[:2]):
        _add_segment(group, blocks, list(members), like, other, classes)


def _add_segment(
    group: _Group,
    blocks: _Blocks,
    rows: list[Any],
    like: int,
    other: int,
    classes: dict[Any, int],
) -> None:
    for *_, start, edges in rows:
        key = (like, edges)
        if key not in classes:
            classes[key] = len(blocks.stream)
            offsets, permutations, weights = zip(*edges, strict=True) if edges else ((), (), ())
            pairs = [*offsets[:like], *[0] * (like % 2)]
            for offset, permutation in zip(offsets[like:], permutations[like:], strict=True):
                pairs += [offset, permutation * 8 * LANES]
            words = np.array(pairs, np.int32).view(np.int64)
            blocks.stream += [*words.tolist(), *np.array(weights).view(np.int64).tolist()]
        group.starts.append(start)
        group.streams.append(classes[key])
    weights = {tuple(weight for *_, weight in edges) for *_, edges in rows}
    same_rows = other == 0 and len({edges for *_, edges in rows}) == 1
    shared = 2 if same_rows else int(len(weights) == 1)
    group.segments.append((len(rows), like << 18 | other << 2 | shared))


def _loads(
    pattern: tuple[int, ...],
    lanes: tuple[int, ...],
    permutations: dict[tuple[int, ...], int],
    begin: int,
    last: int,
) -> list[tuple[int, int]]:
    """(position in the row, permutation) of the loads of four values that fill the lanes.

    None begins behind `last`, so that none ends behind the last value of g.
    """
    loads = []
    for first in range(0, len(pattern), 4):
        at = min(begin + first, last) - begin
        position = {c: first + t - at for t, c in enumerate(pattern[first : first + 4])}
        if position.keys() & set(lanes):
            chosen = tuple(position.get(c, 4) for c in lanes)
            permutation = chosen + (4,) * (LANES - len(chosen))  # lane 4 of a load is zero
            loads.append((at, permutations.setdefault(permutation, len(permutations))))
    return loads


def _maps(blocks: _Blocks, m: int) -> dict[str, Any]:
    """The arrays of the sparse part, as the C code reads them."""
    groups = blocks.groups
    pairs = [
        np.minimum.outer(group.own, group.lanes) * m + np.maximum.outer(group.own, group.lanes)
        for group in groups
    ]
    keys = np.unique(np.concatenate([pair.ravel() for pair in pairs]))
    a, b = np.divmod(keys, m)
    full = sparse.csr_array(
        sparse.coo_array(
            (np.tile(np.arange(1, keys.size + 1), 2), (np.r_[a, b], np.r_[b, a])), shape=(m, m)
        )
    )
    full.sort_indices()
    diagonal = full.indices == np.repeat(np.arange(m), np.diff(full.indptr))
    positions = np.where(diagonal, full.data // 2, full.data) - 1
    records, scatter, local = [], [], []
    row = segment = scattered = localised = 0
    for group, pair in zip(groups, pairs, strict=True):
        at = np.searchsorted(keys, pair)
        lane = 8 * np.arange(len(group.own))[:, None] + np.arange(len(group.lanes))
        entry = at * 32 + lane
        order = np.subtract.outer(group.own, group.lanes)
        upper, rest = entry[order <= 0], entry[order >= 0]
        padded = np.zeros((LANES, OWN), np.int32)
        padded[: len(group.lanes), : len(group.own)] = at.T
        count = len(group.rows)
        begins, ends = (row, segment), (scattered, localised, group.again)
        counts = (len(group.segments), *pair.shape, upper.size, upper.size + rest.size)
        records.append((*begins, *counts, *ends))
        scatter += [np.sort(upper), np.sort(rest)]
        local.append(padded.ravel())
        row, scattered = row + count, scattered + upper.size + rest.size
        localised, segment = localised + padded.size, segment + len(group.segments)
    return {
        "group": np.array(records, np.int32),
        "segments": np.array([pair for group in groups for pair in group.segments], np.int32),
        "rows": np.array(
            [pair for group in groups for pair in zip(group.starts, group.streams, strict=True)],
            np.int32,
        ),
        "stream": np.array(blocks.stream, np.int64),
        "permutations": _aligned(np.array(blocks.permutations, np.int64)),
        "scatter": np.concatenate(scatter).astype(np.uint32),
        "local": np.concatenate(local),
        "full_indptr": full.indptr.astype(np.int32),
        "full_indices": full.indices.astype(np.int32),
        "full_positions": positions.astype(np.int32),
        "upper_indptr": np.searchsorted(a, np.arange(m + 1)).astype(np.int32),
        "upper_indices": b.astype(np.int32),
        "q": _aligned(np.zeros(keys.size)),
        "n": _aligned(np.zeros(keys.size)),
    }


def _sizes(X: Floats, Y: Floats, B: Floats) -> dict[str, int]:
    p, (m, k) = X.shape[0], B.shape
    triangular = Y.ndim == 2 and p >= m
    q_rows = m if triangular else p
    return {"m": m, "p": p, "k": k, "ld": -(-k // 8) * 8} | {
        "triangular": triangular,
        "q_rows": q_rows,
    }


def _dense(X: Floats, Y: Floats, B: Floats) -> dict[str, Any]:
    """The dense arrays, in the layouts that expert.c names."""
    p, (m, k) = X.shape[0], B.shape
    arrays = {"B": _padded(B), "R": _padded(np.zeros((m, k))), "constant": 0.0}
    if Y.ndim == 1:
        return arrays | {"X": _padded(X), "Y": Y.copy(), "minus_Y": -Y, "M": _aligned(np.zeros(1))}
    arrays |= {"Y": _by_columns(Y), "M": _aligned(np.zeros((m + p) * k))}
    if p < m:
        return arrays | {"X": _by_columns(X), "reduced": arrays["Y"]}
    Q, R = linalg.qr(Y, mode="economic")
    reduced = Q.T @ X
    rest = X - Q @ reduced
    constant = float(np.vdot(rest, rest)) if p > m else 0.0
    return arrays | {
        "X": _by_columns(reduced),
        "reduced": _by_columns(R),
        "constant": constant,
    }


def _padded(A: Floats) -> Floats:
    """By rows of a multiple of eight, zeros behind."""
    rows, columns = A.shape
    return _aligned(np.pad(A, ((0, 0), (0, -columns % 8))).reshape(rows, -1))


def _by_columns(A: Floats) -> Floats:
    return _aligned(A.T)


def _aligned(A: Any) -> Any:
    """A copy by rows that begins at a multiple of 64 bytes."""
    memory = np.empty(A.nbytes + 64, np.uint8)
    first = -memory.ctypes.data % 64
    copy = memory[first : first + A.nbytes].view(A.dtype).reshape(A.shape)
    copy[...] = A
    return copy
