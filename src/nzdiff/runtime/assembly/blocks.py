"""Blocks of an assembled matrix: entries of G that share a row or a column, or single entries."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.entries import (
    Entries,
    EntryPairs,
    Places,
    members_by_size,
    pairs_of_blocks,
    unpacked,
)
from nzdiff.runtime.assembly.factors import KernelFactors, LocatedSummand

Floats = NDArray[np.float64]


class GatheredBlocks:
    """The diagonal blocks of a symmetric matrix: entries of G that share a row (or a column).

    The form "diagonal" has blocks of single entries.
    """

    def __init__(self, factors: KernelFactors, entries: list[Entries]) -> None:
        self._factors, self._entries, self.gather = factors, entries, factors.gather

    def values(self, g: Floats, w: Floats | None) -> list[tuple[NDArray[np.int64], Floats]]:
        """(members (blocks, size), values (blocks, size, size)) for each size of block.

        Members are places among the entries of all unknowns, one unknown after the other.
        """
        self._factors.move(g, w)
        found, start = [], 0
        for entries, (by_size, pairs, located) in zip(self._entries, self._located, strict=True):
            flat, first = np.zeros(pairs.size), 0
            for summand in located:
                self._factors.add(summand, flat)
            for members in by_size:
                last = first + members.shape[0] * self._gathered(members.shape[1])
                found.append((members + start, self._matrices(flat[first:last], *members.shape)))
                first = last
            start += entries.size
        return found

    def _labels(self, entries: Entries) -> Places:
        """What the entries of one block share; for the diagonal each is a block of its own."""
        form = self._factors.assembly.form
        if form == "diagonal":
            return np.arange(entries.size, dtype=np.int32)
        return entries.rows if form == "row" else entries.cols

    def _gathered(self, size: int) -> int:
        """How many entries of a block of this size are gathered."""
        return size * (size + 1) // 2 if self._factors.symmetric else size * size

    def _matrices(self, gathered: Floats, count: int, size: int) -> Floats:
        """The blocks of one size; their symmetric part, which is all that Tᵀ (·) T keeps."""
        if self._factors.symmetric:
            return unpacked(gathered.reshape(count, -1), size)
        values = gathered.reshape(count, size, size)
        return np.asarray(0.5 * (values + np.swapaxes(values, 1, 2)))

    @cached_property
    def _located(self) -> list[tuple[list[NDArray[np.int64]], EntryPairs, list[LocatedSummand]]]:
        found = []
        for a, entries in enumerate(self._entries):
            by_size = members_by_size(self._labels(entries))
            summands = [s for s in self._factors.assembly.summands if s.row == s.column == a]
            count = sum(len(members) * self._gathered(members.shape[1]) for members in by_size)
            check_fits("the blocks", 8 * (len(summands) + 4) * count, ALTERNATIVE)
            pairs = pairs_of_blocks(by_size, lower=self._factors.symmetric)
            located = [self._factors.located(s, entries, entries, pairs) for s in summands]
            found.append((by_size, pairs, located))
        return found
