"""Chains: summands of assembled matrices that are products of sparse matrices, their links.

Laid out once: what entries each link has, from the patterns of its factors and weights, and what
their products have.  At each g the links are gathered and multiplied from right to left, the last
product only where entries are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.indices import look_up
from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.chains.kernels import Chaining, Compressed
from nzdiff.runtime.assembly.entries import (
    BYTES,
    Entries,
    EntryPairs,
    Places,
    places,
    sides,
    structure_of,
)
from nzdiff.runtime.data.listing import Lister
from nzdiff.runtime.data.spec import Link, Move, Summand
from nzdiff.runtime.data.supports import Supports

Floats = NDArray[np.float64]
EXACT = 1 << 22
"""Entries and multiplications of links whose product may be formed to count its entries."""


class Gather(Protocol):
    """Gathers and multiplies the numbers of links."""

    chaining: Chaining

    def add_products(
        self, c: float, left: Floats, at_left: Places, right: Floats, at_right: Places, out: Floats
    ) -> None:
        """out[q] += c left[at_left[q]] right[at_right[q]], where no place is negative."""
        ...


class Arrays(Protocol):
    """The patterns and shapes of arrays by name."""

    @property
    def lister(self) -> Lister:
        """What looks entries up in them."""
        ...

    def structure(self, name: str) -> sparse.csr_array | None:
        """The pattern of an array, None where it is dense."""
        ...

    def shape(self, name: str) -> tuple[int, int]:
        """Its rows and columns."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Entries where the moves of a link take them: which are left, and the places of weights."""

    entries: Entries
    kept: Places
    weights: tuple[tuple[str, Places], ...]


@dataclass(frozen=True, slots=True, eq=False)
class LocatedLink:
    """The entries of a link by rows, and for each array its number at each entry."""

    structure: sparse.csr_array
    gathered: tuple[tuple[str, Places], ...]

    def values(self, arrays: dict[str, Floats], gather: Gather) -> Floats:
        """The numbers at the present values of the arrays."""
        one, first = np.ones(1), np.zeros(self.structure.nnz, dtype=np.int32)
        parts = [(arrays[name], at) for name, at in self.gathered]
        parts += [(one, first)] * (2 - len(parts))
        found = np.zeros(self.structure.nnz)
        gather.add_products(1.0, *parts[0], *parts[1], found)
        for array, at in parts[2:]:
            found *= array[at]
        return found


@dataclass(frozen=True, eq=False)
class Chain:
    """The links of one summand, laid out."""

    links: tuple[LocatedLink, ...]
    supports: Supports

    @classmethod
    def of(
        cls,
        links: tuple[Link, ...],
        rows: Entries,
        cols: Entries,
        arrays: Arrays,
        supports: Supports,
    ) -> Chain:
        """Between these rows and columns."""
        between = [link_rows(link, supports) for link in links[1:]]
        ends = zip([rows, *between], [*between, cols], links, strict=True)
        return cls(tuple(located_link(k, a, b, arrays, supports) for a, b, k in ends), supports)

    @cached_property
    def structure(self) -> sparse.csr_array:
        """Where the product has entries, as CSR of ones."""
        return sparse.csr_array(self._product(self.links[0].structure, self.products[0]))

    @cached_property
    def products(self) -> list[Any]:
        """The products of all links behind the first, behind the second, …; none behind the last.

        From right to left, as the numbers are multiplied.
        """
        found: list[Any] = [None]
        for link in reversed(self.links[1:]):
            found.insert(0, self._product(link.structure, found[0]))
        return found

    def _product(self, left: Any, right: Any) -> Any:
        return left if right is None else self.supports.multiply(left, right)


class LocatedChain:
    """A chain at a list of wanted entries."""

    def __init__(self, chain: Chain, summand: Summand, pairs: EntryPairs) -> None:
        self.summand, self._chain, size = summand, chain, chain.links[0].structure.shape[0]
        ascending = bool((pairs.t[1:] >= pairs.t[:-1]).all())
        self._order = None if ascending else np.argsort(pairs.t, kind="stable")
        t, u = (x if self._order is None else x[self._order] for x in (pairs.t, pairs.u))
        self._wanted = np.concatenate([[0], np.cumsum(np.bincount(t, minlength=size))]), u
        single = len(chain.links) == 1
        self._places = look_up(chain.links[0].structure, t, u).astype(np.int32) if single else None

    def add(self, c: float, arrays: dict[str, Floats], gather: Gather, out: Floats) -> None:
        """out += c · the entries of the product."""
        *links, last = self._chain.links
        right = Compressed.of(last.structure, last.values(arrays, gather))
        found = np.zeros(out.size)
        if self._places is not None:
            zeros = np.zeros(out.size, dtype=np.int32)
            gather.add_products(c, right.values, self._places, np.ones(1), zeros, found)
        for place, link in reversed(list(enumerate(links))):
            left = Compressed.of(link.structure, link.values(arrays, gather))
            if place == 0:
                gather.chaining.add_sparse_product(c, left, right, *self._wanted, found)
            else:
                right = self._multiplied(left, right, self._chain.products[place - 1], gather)
        if self._order is None:
            out += found
        else:
            out[self._order] += found

    def _multiplied(
        self, left: Compressed, right: Compressed, structure: Any, gather: Gather
    ) -> Any:
        values = np.zeros(structure.nnz)
        start = structure.indptr.astype(np.int64)
        gather.chaining.add_sparse_product(1.0, left, right, start, structure.indices, values)
        return Compressed.of(structure, values)


@dataclass(frozen=True, slots=True)
class ChainSize:
    """At most how many entries a chain has, and what it takes: entries of links, products."""

    entries: int
    work: int


def size_of(
    links: tuple[Link, ...], rows: Entries, cols: Entries, arrays: Arrays, supports: Supports
) -> ChainSize:
    """Counted; exactly where the links are small.

    MemoryError where even counting takes too much.
    """
    spaces = [rows, *(link_rows(link, supports) for link in links[1:]), cols]
    ends = zip(spaces, spaces[1:], links, strict=False)
    counts = [_counts(*end, arrays, supports) for end in ends]
    products = [int(left @ right) for (_, left), (right, _) in pairwise(counts)]
    work = sum(int(by_row.sum()) for by_row, _ in counts) + sum(products)
    if work <= EXACT:
        entries = int(Chain.of(links, rows, cols, arrays, supports).structure.nnz)
        return ChainSize(entries, work)
    if len(links) > 2:
        raise MemoryError("assembly: a chain of many links that are not small")
    return ChainSize(min(products[0] if products else work, rows.size * cols.size), work)


def _counts(
    rows: Entries, cols: Entries, link: Link, arrays: Arrays, supports: Supports
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """At most how many entries each row and each column of a link has."""
    moved = moved_rows(link, rows, arrays, supports)
    by_row, by_col = np.zeros(rows.size, dtype=np.int64), np.zeros(cols.size, dtype=np.int64)
    near = moved.entries
    if link.kind == "same":
        by_row[moved.kept], by_col[:] = 1, 1
        return by_row, by_col
    by_row[moved.kept], by_col[:] = cols.size, near.size
    for name, (first, second) in zip(
        (link.left, link.right), sides(near, cols, link.kind), strict=True
    ):
        structure = arrays.structure(name)
        if structure is not None:
            there = structure @ np.bincount(second, minlength=structure.shape[1])
            back = structure.T @ np.bincount(first, minlength=structure.shape[0])
            by_row[moved.kept] = np.minimum(by_row[moved.kept], there[first])
            np.minimum(by_col, back[second], out=by_col, casting="unsafe")
    return by_row, by_col


def link_rows(link: Link, supports: Supports) -> Entries:
    """The rows of a link that is not the first one."""
    if link.support is None:
        return Entries.full((supports.size(link.rows), supports.size(link.cols)))
    return Entries.of_structure(supports.matrix(link.support))


def located_link(
    link: Link, rows: Entries, cols: Entries, arrays: Arrays, supports: Supports
) -> LocatedLink:
    """Where a link has entries and finds them."""
    moved = moved_rows(link, rows, arrays, supports)
    near = moved.entries if link.kind != "same" else replace(moved.entries, shape=cols.shape)
    names = [name for name in (link.left, link.right) if name]
    if link.kind == "same":
        found = structure_of(near, cols, "diagonal", None, None, arrays.lister)
    else:
        left, right = (arrays.structure(name) for name in names)
        found = structure_of(near, cols, link.kind, left, right, arrays.lister)
    if found is None:
        check_fits("assembly: the pattern", BYTES * near.size * cols.size, ALTERNATIVE)
        found = sparse.csr_array(np.ones((near.size, cols.size)))
    found.sort_indices()
    t = np.repeat(np.arange(near.size, dtype=np.int32), np.diff(found.indptr))
    u = found.indices
    gathered = [(name, at[t]) for name, at in moved.weights]
    if names:
        for name, (first, second) in zip(names, sides(near, cols, link.kind), strict=True):
            width = arrays.shape(name)[1]
            at = places(arrays.structure(name), width, first[t], second[u], arrays.lister)
            gathered.append((name, at))
    counts = np.zeros(rows.size + 1, dtype=np.int64)
    counts[moved.kept + 1] = np.diff(found.indptr)
    structure = (np.ones(u.size), u, np.cumsum(counts))
    return LocatedLink(sparse.csr_array(structure, shape=(rows.size, cols.size)), tuple(gathered))


def moved_rows(link: Link, rows: Entries, arrays: Arrays, supports: Supports) -> Moved:
    """The rows of a link where its moves take them."""
    return reduce(
        lambda found, move: _moved(found, move, arrays, supports),
        link.moves,
        Moved(rows, np.arange(rows.size, dtype=np.int32), ()),
    )


def _moved(found: Moved, move: Move, arrays: Arrays, supports: Supports) -> Moved:
    """The entries of which the move leaves something, where it takes them."""
    i, j, rows = found.entries.rows, found.entries.cols, supports.size(move.rows)
    if move.kind == "weight":
        structure = arrays.structure(move.array)
        if structure is not None and _are_of(structure, i, j):
            at = np.arange(i.size, dtype=np.int32)
        else:
            at = places(structure, arrays.shape(move.array)[1], i, j, arrays.lister)
        kept = at >= 0
        for support in move.within:
            kept &= arrays.lister.places(supports.matrix(support), i, j) >= 0
        left = found if kept.all() else _chosen(found, kept, i, j)
        return replace(left, weights=(*left.weights, (move.array, at[kept])))
    match move.kind:
        case "transposed":
            return _chosen(found, None, j, i)
        case "to diagonal":
            return _chosen(found, i == j, i, np.zeros_like(i))
        case "from diagonal":
            return _chosen(found, None, i, i)
        case "stacked":
            return _chosen(found, None, i % rows, i // rows)
        case "unstacked":
            return _chosen(found, None, i + rows * j.astype(np.int64), np.zeros_like(j))


def _are_of(structure: sparse.csr_array, i: Places, j: Places) -> bool:
    """Whether some places are those of a pattern, in its order: then nothing is looked up."""
    return bool(
        structure.nnz == i.size
        and np.array_equal(structure.indices, j)
        and (i[1:] >= i[:-1]).all()
        and np.array_equal(np.bincount(i, minlength=structure.shape[0]), np.diff(structure.indptr))
    )


def _chosen(found: Moved, kept: NDArray[np.bool_] | None, i: Any, j: Any) -> Moved:
    """Those that are kept, each at a new place."""
    chosen = slice(None) if kept is None else kept
    i, j = (x[chosen].astype(np.int32, copy=False) for x in (i, j))
    entries = found.entries
    slots, weights = entries.slots[chosen], tuple((n, at[chosen]) for n, at in found.weights)
    return Moved(Entries(i, j, slots, entries.shape), found.kept[chosen], weights)
