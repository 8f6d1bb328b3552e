"""Blocks of an assembled matrix: entries of G that share a row or a column, or single entries."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.assembly.entries import (
    Entries,
    Pairs,
    Places,
    blocks,
    pairs_of_blocks,
    unpacked,
)
from nzdiff.runtime.assembly.factors import Gathered, Source
from nzdiff.runtime.data.memory import ALTERNATIVE, check_fits

Floats = NDArray[np.float64]


class BlockAssembly:
    """The diagonal blocks of a symmetric matrix: entries of G that share a row (or a column).

    The form "diagonal" has blocks of single entries.
    """

    def __init__(self, source: Source, entries: list[Entries]) -> None:
        self._source, self._entries, self.gather = source, entries, source.gather

    def values(self, g: Floats, w: Floats | None) -> list[tuple[NDArray[np.int64], Floats]]:
        """(members (blocks, size), values (blocks, size, size)) for each size of block.

        Members are places among the entries of all unknowns, one unknown after the other.
        """
        self._source.move(g, w)
        found, start = [], 0
        for entries, (groups, pairs, located) in zip(self._entries, self._located, strict=True):
            flat, first = np.zeros(pairs.size), 0
            for gathered in located:
                self._source.add(gathered, flat)
            for members in groups:
                last = first + members.shape[0] * self._gathered(members.shape[1])
                found.append((members + start, self._matrices(flat[first:last], *members.shape)))
                first = last
            start += entries.size
        return found

    def _labels(self, entries: Entries) -> Places:
        """What the entries of one block share; for the diagonal each is a block of its own."""
        form = self._source.assembly.form
        if form == "diagonal":
            return np.arange(entries.size, dtype=np.int32)
        return entries.rows if form == "row" else entries.cols

    def _gathered(self, size: int) -> int:
        """How many entries of a block of this size are gathered."""
        return size * (size + 1) // 2 if self._source.symmetric else size * size

    def _matrices(self, gathered: Floats, count: int, size: int) -> Floats:
        """The blocks of one size; their symmetric part, which is all that Tᵀ (·) T keeps."""
        if self._source.symmetric:
            return unpacked(gathered.reshape(count, -1), size)
        values = gathered.reshape(count, size, size)
        return np.asarray(0.5 * (values + np.swapaxes(values, 1, 2)))

    @cached_property
    def _located(self) -> list[tuple[list[NDArray[np.int64]], Pairs, list[Gathered]]]:
        found = []
        for a, entries in enumerate(self._entries):
            groups = blocks(self._labels(entries))
            summands = [s for s in self._source.assembly.summands if s.row == s.column == a]
            count = sum(len(members) * self._gathered(members.shape[1]) for members in groups)
            check_fits("the blocks", 8 * (len(summands) + 4) * count, ALTERNATIVE)
            pairs = pairs_of_blocks(groups, lower=self._source.symmetric)
            located = [self._source.located(s, entries, entries, pairs) for s in summands]
            found.append((groups, pairs, located))
        return found
