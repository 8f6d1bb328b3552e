"""Matrices gathered from their factors: which entries, in dense or in sparse storage.

A kernel computes the factors at g (Gram matrices such as Yᵀ Y and L G B Bᵀ Gᵀ Lᵀ, or samples of
them); here they are gathered.  The symbolic phase runs once, on first use.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.chains.chain import LocatedChain
from nzdiff.runtime.assembly.dense import DenseWay, dense_way
from nzdiff.runtime.assembly.entries import Entries, EntryPairs
from nzdiff.runtime.assembly.factors import KernelFactors, LocatedSummand
from nzdiff.runtime.assembly.submatrix import submatrices
from nzdiff.runtime.data.spec import Summand

Floats = NDArray[np.float64]


class GatheredMatrix:
    """All entries of a matrix; of a symmetric one the lower triangle is gathered and mirrored."""

    def __init__(self, factors: KernelFactors, rows: list[Entries], cols: list[Entries]) -> None:
        self._factors, self.symmetric = factors, factors.symmetric
        self.shape = sum(x.size for x in rows), sum(x.size for x in cols)
        self._submatrices = submatrices(factors, rows, cols)

    @property
    def summands(self) -> tuple[Summand, ...]:
        """What an entry is the sum of."""
        return self._factors.assembly.summands

    @property
    def nnz(self) -> int:
        """Stored entries of the sparse matrix."""
        return int(self._order[0].size)

    def tocsr(self, g: Floats, w: Floats | None) -> sparse.csr_array:
        """The sparse matrix at g."""
        self._factors.move(g, w)
        values = np.zeros(sum(pairs.size for pairs, _ in self._located))
        start = 0
        for pairs, located in self._located:
            part = values[start : start + pairs.size]
            for summand in located:
                self._factors.add(summand, part)
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
        self._factors.move(g, w)
        for way in self._ways:
            way.write(out[way.submatrix.place])
        if self.symmetric and not lower:
            self._factors.gather.mirror(out)
        return out

    @cached_property
    def _ways(self) -> list[DenseWay]:
        """How each part of a dense matrix is written."""
        return [dense_way(part) for part in self._submatrices]

    @cached_property
    def _located(self) -> list[tuple[EntryPairs, list[LocatedSummand | LocatedChain]]]:
        """Entries and places of each part of a sparse matrix."""
        found = []
        for part in self._submatrices:
            pairs = part.pairs(part.summands)
            found.append((pairs, [part.located(s, pairs) for s in part.summands]))
        return found

    @cached_property
    def _order(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """(which gathered value each stored entry is, indices, indptr) of the CSR matrix."""
        parts = list(zip(self._submatrices, self._located, strict=True))
        rows = np.concatenate([pairs.t + part.first_row for part, (pairs, _) in parts])
        cols = np.concatenate([pairs.u + part.first_col for part, (pairs, _) in parts])
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
