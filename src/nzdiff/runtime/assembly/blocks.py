"""Blocks of an assembled matrix: entries of G that share a row or a column, or single entries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.chains.chain import LocatedChain
from nzdiff.runtime.assembly.chains.kernels import BlockLayout
from nzdiff.runtime.assembly.entries import (
    Entries,
    Places,
    members_by_size,
    pairs_of_blocks,
    unpacked,
)
from nzdiff.runtime.assembly.factors import KernelFactors, LocatedSummand
from nzdiff.runtime.data.spec import Summand

Floats = NDArray[np.float64]


class GatheredBlocks:
    """The diagonal blocks of a symmetric matrix: entries of G that share a row (or a column).

    The form "diagonal" has blocks of single entries.
    """

    def __init__(self, factors: KernelFactors, entries: list[Entries]) -> None:
        self._factors, self._entries, self.gather = factors, entries, factors.gather

    def values(self, g: Floats, w: Floats | None) -> list[tuple[NDArray[np.int64], Floats]]:
        """(members (blocks, size), values (blocks, size, size)) for each size of block.

        Members are places among the entries of all unknowns, one unknown after the other; the
        values stand one after another in new memory.
        """
        found = self.gathered(g, w)
        shapes = [(*members.shape, members.shape[1]) for members, _ in found]
        ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
        whole, blocks = np.empty(ends[-1]), []
        for (members, values), (begin, end), shape in zip(
            found, pairwise(ends), shapes, strict=True
        ):
            blocks.append((members, whole[begin:end].reshape(shape)))
            self._write(values, blocks[-1][1])
        return blocks

    @property
    def in_triangles(self) -> bool:
        """Whether `gathered` gives lower triangles."""
        return self._factors.symmetric

    def gathered(self, g: Floats, w: Floats | None) -> list[tuple[NDArray[np.int64], Floats]]:
        """The same, of symmetric matrices lower triangles (blocks, ·), until the next call."""
        self._factors.move(g, w)
        found = []
        for part in self._located:
            flat, first = part.gathered, 0
            flat[:] = 0.0
            for summand in part.located:
                self._factors.add(summand, flat)
            for gram in part.grams:
                self._factors.add_gram(gram, part.layout, flat)
            for members in part.by_size:
                last = first + members.shape[0] * self._gathered(members.shape[1])
                found.append(flat[first:last].reshape(len(members), -1))
                first = last
        return list(zip(self._members, found, strict=True))

    @cached_property
    def _members(self) -> list[NDArray[np.int64]]:
        """Of all blocks of one size, one size after the other."""
        starts = np.cumsum([0, *(entries.size for entries in self._entries)])
        pairs = zip(starts, self._located, strict=False)
        return [members + start for start, part in pairs for members in part.by_size]

    def _labels(self, entries: Entries) -> Places:
        """What the entries of one block share; for the diagonal each is a block of its own."""
        form = self._factors.assembly.form
        if form == "diagonal":
            return np.arange(entries.size, dtype=np.int32)
        return entries.rows if form == "row" else entries.cols

    def _gathered(self, size: int) -> int:
        """How many entries of a block of this size are gathered."""
        return size * (size + 1) // 2 if self._factors.symmetric else size * size

    def _write(self, gathered: Floats, out: Floats) -> None:
        """The blocks of one size; their symmetric part, which is all that Tᵀ (·) T keeps."""
        count, size, _ = out.shape
        if self._factors.symmetric:
            unpacked(gathered.reshape(count, -1), size, out)
        else:
            values = gathered.reshape(out.shape)
            np.multiply(0.5, values + np.swapaxes(values, 1, 2), out=out)

    @cached_property
    def _located(self) -> list[_Part]:
        found = []
        for a, entries in enumerate(self._entries):
            by_size = members_by_size(self._labels(entries))
            summands = [s for s in self._factors.assembly.summands if s.row == s.column == a]
            grams = tuple(s for s in summands if s.kind == "gram")
            others = [s for s in summands if s.kind != "gram"]
            count = sum(len(members) * self._gathered(members.shape[1]) for members in by_size)
            check_fits("the blocks", 8 * (len(others) + 4) * count, ALTERNATIVE)
            located: list[LocatedSummand | LocatedChain] = []
            if others:
                pairs = pairs_of_blocks(by_size, lower=self._factors.symmetric)
                located = [self._factors.located(s, entries, entries, pairs) for s in others]
            found.append(
                _Part(np.zeros(count), by_size, located, grams, self._layout(entries, by_size))
            )
        return found

    def _layout(self, entries: Entries, by_size: list[NDArray[np.int64]]) -> BlockLayout:
        """The blocks for summands that are sums over a row of a weight."""
        by_rows = self._factors.assembly.form == "row"
        labels, others = (entries.rows, entries.cols)[:: 1 if by_rows else -1]
        none = [np.zeros(0, dtype=np.int64)]
        first = [np.full(len(members), members.shape[1]) for members in by_size]
        start = [np.full(len(m), self._gathered(m.shape[1])) for m in by_size]
        ends = (
            np.cumsum(np.concatenate([[0], *sizes]), dtype=np.int64) for sizes in (first, start)
        )
        which = np.concatenate(none + [members.ravel() for members in by_size])
        block = np.concatenate(none + [members[:, 0] for members in by_size])
        chosen = (np.ascontiguousarray(x, dtype=np.int32) for x in (labels[block], others[which]))
        label, members = chosen
        return BlockLayout(label, next(ends), members, next(ends), self._factors.symmetric)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The blocks of one unknown: by size, and its summands with the places of their factors.

    gathered: memory for what is gathered of them.
    """

    gathered: Floats
    by_size: list[NDArray[np.int64]]
    located: list[LocatedSummand | LocatedChain]
    grams: tuple[Summand, ...]
    layout: BlockLayout
