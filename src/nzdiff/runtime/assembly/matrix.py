"""Assembled matrices of a model: which entries, from which factors, in dense or sparse storage.

A kernel computes the factors at g (Gram matrices such as Yᵀ Y and L G B Bᵀ Gᵀ Lᵀ, or samples of
them); here they are gathered.  The symbolic phase runs once, on first use.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.assembly.entries import Entries, Pairs, count_pairs, sides, structure_of
from nzdiff.runtime.assembly.factors import Gathered, Source
from nzdiff.runtime.assembly.gather import Factors, Write
from nzdiff.runtime.data.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.data.spec import Summand

Floats = NDArray[np.float64]

FULL = 0.25
"""The share of stored entries from which a matrix is kept as a dense array."""
BESIDE = 1 / 64
"""The share from which a summand of a dense matrix is gathered as a dense one: an entry that is
looked up and added takes as long as so many that are written anyway."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block of a matrix: rows and columns, its summands, and where it begins."""

    rows: Entries
    cols: Entries
    summands: tuple[Summand, ...]
    first_row: int
    first_col: int
    lower: bool

    @property
    def place(self) -> tuple[slice, slice]:
        """Where it stands in the matrix."""
        rows = slice(self.first_row, self.first_row + self.rows.size)
        return rows, slice(self.first_col, self.first_col + self.cols.size)


@dataclass(frozen=True, slots=True, eq=False)
class Densified:
    """A sparse factor as a dense matrix, zero but where it has `values`."""

    matrix: Floats
    places: NDArray[np.int64]
    values: Floats

    @classmethod
    def of(cls, structure: sparse.csr_array, values: Floats) -> Densified:
        """Where the matrix has the values."""
        rows = np.repeat(np.arange(structure.shape[0]), np.diff(structure.indptr))
        places = rows * structure.shape[1] + structure.indices
        return cls(np.zeros(structure.shape), places.astype(np.int64), values)

    def fill(self) -> None:
        """Write the present values."""
        self.matrix.ravel()[self.places] = self.values


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How a block is written, with all that does not depend on g.

    products: scale, summands and what writes them.  densified: their factors that are sparse.
    """

    products: tuple[tuple[str, tuple[Summand, ...], Write], ...]
    rank_one: tuple[Summand, ...]
    sparse: tuple[Summand, ...]
    densified: tuple[Densified, ...]


class MatrixAssembly:
    """All entries of a matrix; of a symmetric one the lower triangle is gathered and mirrored."""

    def __init__(self, source: Source, rows: list[Entries], cols: list[Entries]) -> None:
        self._source = source
        self.symmetric = source.symmetric
        starts = [list(accumulate((x.size for x in part), initial=0)) for part in (rows, cols)]
        self.shape = starts[0][-1], starts[1][-1]
        summands = source.assembly.summands
        self._blocks = [
            Block(
                row,
                col,
                tuple(s for s in summands if (s.row, s.column) == (a, b)),
                starts[0][a],
                starts[1][b],
                self.symmetric and a == b,
            )
            for a, row in enumerate(rows)
            for b, col in enumerate(cols)
            if not self.symmetric or b <= a
        ]

    @cached_property
    def is_sparse(self) -> bool:
        """Whether the matrix has so few entries, by its structure, that it is stored sparse."""
        return self.most <= FULL * self.shape[0] * self.shape[1]

    @cached_property
    def most(self) -> int:
        """At most how many entries the matrix has, from the patterns of its factors."""
        total = 0
        for block in self._blocks:
            full = block.rows.size * block.cols.size
            counts = [self._count(block, s) for s in block.summands]
            found = min(full, sum(full if count is None else count for count in counts))
            total += found if block.lower or not self.symmetric else 2 * found
        return total

    @property
    def summands(self) -> tuple[Summand, ...]:
        """What an entry is the sum of."""
        return self._source.assembly.summands

    @property
    def nnz(self) -> int:
        """Stored entries of the sparse matrix."""
        return int(self._order[0].size)

    def tocsr(self, g: Floats, w: Floats | None) -> sparse.csr_array:
        """The sparse matrix at g."""
        self._source.move(g, w)
        values = np.zeros(sum(pairs.size for pairs, _ in self._located))
        start = 0
        for pairs, located in self._located:
            part = values[start : start + pairs.size]
            for gathered in located:
                self._source.add(gathered, part)
            start += pairs.size
        order, indices, indptr = self._order
        return sparse.csr_array((values[order], indices, indptr), shape=self.shape)

    def toarray(
        self, g: Floats, w: Floats | None, out: Floats | None = None, *, lower: bool = False
    ) -> Floats:
        """The dense matrix at g, in `out` if that is given; `lower`: its lower triangle alone."""
        if out is None:
            check_fits("the assembled matrix", 8 * self.shape[0] * self.shape[1], ALTERNATIVE)
            out = np.empty(self.shape)
        self._source.move(g, w)
        for block in self._blocks:
            self._write(block, out[block.place])
        if self.symmetric and not lower:
            self._source.gather.mirror(out)
        return out

    def _write(self, block: Block, out: Floats) -> None:
        """All summands of one block: those with two dense factors first."""
        way = self._ways[block]
        for densified in way.densified:
            densified.fill()
        if not way.products:
            out[:] = 0.0
        for number, (scale, summands, write) in enumerate(way.products):
            part = np.empty(out.shape) if number else out
            write([self._source.coefficient(s) for s in summands], part)
            if scale:
                part *= self._source.values(scale)[block.rows.slots, None]
            if number:
                out += part
        for s in way.rank_one:
            self._add_rank_one(block, s, out)
        for s in way.sparse:
            self._add_sparse(block, s, out)

    @cached_property
    def _ways(self) -> dict[Block, Way]:
        """How each block of a dense matrix is written."""
        return {block: self._way(block) for block in self._blocks}

    def _way(self, block: Block) -> Way:
        dense = [s for s in block.summands if self._is_dense(block, s)]
        products = [s for s in dense if s.kind != "rank one"]
        rank_one = tuple(s for s in dense if s.kind == "rank one")
        sparse_ones = tuple(s for s in block.summands if s not in dense)
        found, densified = [], dict[str, Densified]()
        for scale in dict.fromkeys(s.scale for s in products):
            alike = tuple(s for s in products if s.scale == scale)
            factors = [self._factors(s, densified) for s in alike]
            write = self._source.gather.dense(block.rows, block.cols, factors, lower=block.lower)
            found.append((scale, alike, write))
        return Way(tuple(found), rank_one, sparse_ones, tuple(densified.values()))

    def _is_dense(self, block: Block, summand: Summand) -> bool:
        """Whether a summand is gathered at all entries; sparse factors are densified for it."""
        if summand.kind in ("diagonal", "rank one"):
            return summand.kind == "rank one"
        count, full = self._count(block, summand), block.rows.size * block.cols.size
        if count is None or count > FULL * full:
            return True
        if block not in self._written or count <= BESIDE * full:
            return False
        shapes = (self._source.shape(name) for name in (summand.left, summand.right))
        return sum(rows * cols for rows, cols in shapes) <= full

    @cached_property
    def _written(self) -> set[Block]:
        """Blocks of which every entry is written anyway, for one summand has all or many."""
        return {
            block
            for block in self._blocks
            for count in (self._count(block, s) for s in block.summands if s.kind != "diagonal")
            if count is None or count > FULL * block.rows.size * block.cols.size
        }

    def _factors(self, summand: Summand, densified: dict[str, Densified]) -> Factors:
        names = summand.left, summand.right
        left, right = (self._as_dense(name, densified) for name in names)
        return Factors(left, right, summand.kind == "crossed")

    def _as_dense(self, name: str, densified: dict[str, Densified]) -> Floats:
        structure, values = self._source.structure(name), self._source.values(name)
        if structure is None:
            return values.reshape(self._source.shape(name))
        if name not in densified:
            densified[name] = Densified.of(structure, values)
        return densified[name].matrix

    def _add_rank_one(self, block: Block, summand: Summand, out: Floats) -> None:
        left = self._source.coefficient(summand) * self._source.values(summand.left)
        right = self._source.values(summand.right)[block.cols.slots]
        for t, number in enumerate(left[block.rows.slots]):
            out[t] += number * right

    def _add_sparse(self, block: Block, summand: Summand, out: Floats) -> None:
        pairs, gathered = self._sparse[block, summand]
        values = np.zeros(pairs.size)
        self._source.add(gathered, values)
        out[pairs.t, pairs.u] += values

    @cached_property
    def _sparse(self) -> dict[tuple[Block, Summand], tuple[Pairs, Gathered]]:
        """Entries and places of the summands of few entries, for a matrix that has others too."""
        found = {}
        for block in self._blocks:
            for s in block.summands:
                if not self._is_dense(block, s):
                    pairs = self._pairs(block, [s])
                    located = self._source.located(s, block.rows, block.cols, pairs)
                    found[block, s] = pairs, located
        return found

    @cached_property
    def _located(self) -> list[tuple[Pairs, list[Gathered]]]:
        """Entries and places of each block of a sparse matrix."""
        found = []
        for block in self._blocks:
            pairs = self._pairs(block, list(block.summands))
            located = [
                self._source.located(s, block.rows, block.cols, pairs) for s in block.summands
            ]
            found.append((pairs, located))
        return found

    def _pairs(self, block: Block, summands: list[Summand]) -> Pairs:
        """The entries that any of the summands has; of a lower block those with u ≤ t."""
        total = sparse.csr_array((block.rows.size, block.cols.size))
        for s in summands:
            structure = self._structure(block, s)
            if structure is None:
                structure = sparse.csr_array(np.ones(total.shape))
            total = total + structure
        t, u = total.nonzero()
        kept = u <= t if block.lower else slice(None)
        return Pairs(t[kept].astype(np.int32), u[kept].astype(np.int32))

    def _structure(self, block: Block, summand: Summand) -> Any:
        left, right = (self._source.structure(name) for name in (summand.left, summand.right))
        return structure_of(block.rows, block.cols, summand.kind, left, right)

    def _count(self, block: Block, summand: Summand) -> int | None:
        """At most how many entries a summand has; None for all of them."""
        if summand.kind == "diagonal":
            return min(block.rows.size, block.cols.size)
        if summand.kind == "rank one":
            return None
        found = []
        names = summand.left, summand.right
        for name, (t, u) in zip(names, sides(block.rows, block.cols, summand.kind), strict=True):
            structure = self._source.structure(name)
            if structure is not None:
                found.append(count_pairs(structure, t, u))
        return min(found, default=None)

    @cached_property
    def _order(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """(which gathered value each stored entry is, indices, indptr) of the CSR matrix."""
        t = [
            p.t + block.first_row for block, (p, _) in zip(self._blocks, self._located, strict=True)
        ]
        u = [
            p.u + block.first_col for block, (p, _) in zip(self._blocks, self._located, strict=True)
        ]
        rows, cols = np.concatenate(t), np.concatenate(u)
        which = np.arange(rows.size)
        if self.symmetric:
            above = rows > cols
            rows, cols, which = (
                np.concatenate([rows, cols[above]]),
                np.concatenate([cols, rows[above]]),
                np.concatenate([which, which[above]]),
            )
        numbered = sparse.csr_array((which, (rows, cols)), shape=self.shape)
        return numbered.data, numbered.indices, numbered.indptr
