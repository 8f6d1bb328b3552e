"""The part of a matrix between two unknowns: what its entries are sums of, and where they are.

Everything here follows from patterns alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.chains.chain import LocatedChain
from nzdiff.runtime.assembly.entries import (
    BYTES,
    Entries,
    EntryPairs,
    count_entries,
    structure_of,
)
from nzdiff.runtime.assembly.factors import KernelFactors, LocatedSummand
from nzdiff.runtime.data.spec import Summand


@dataclass(frozen=True, slots=True, eq=False)
class Submatrix:
    """Rows of one unknown (or residual), columns of one unknown, and where it begins.

    lower: it stands on the diagonal of a symmetric matrix, and its lower triangle is enough.
    """

    factors: KernelFactors
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

    @property
    def size(self) -> int:
        """The number of its positions."""
        return self.rows.size * self.cols.size

    def count(self, summand: Summand) -> int | None:
        """At most how many entries a summand has; None for all of them."""
        if summand.kind == "chain":
            return int(self.factors.chain(summand, self.rows, self.cols).structure.nnz)
        structures = (self.factors.structure(name) for name in (summand.left, summand.right))
        return count_entries(self.rows, self.cols, summand.kind, tuple(structures))

    def pairs(self, summands: tuple[Summand, ...]) -> EntryPairs:
        """The entries that any of the summands has; where `lower`, those with u ≤ t."""
        total = sparse.csr_array((self.rows.size, self.cols.size))
        for summand in summands:
            structure = self._structure(summand)
            if structure is None:
                check_fits("assembly: the pattern", BYTES * self.size, ALTERNATIVE)
                structure = sparse.csr_array(np.ones(total.shape))
            total = total + structure
        t, u = total.nonzero()
        kept = u <= t if self.lower else slice(None)
        return EntryPairs(t[kept].astype(np.int32), u[kept].astype(np.int32))

    def located(self, summand: Summand, pairs: EntryPairs) -> LocatedSummand | LocatedChain:
        """A summand with the places of its factors."""
        return self.factors.located(summand, self.rows, self.cols, pairs)

    def _structure(self, summand: Summand) -> Any:
        if summand.kind == "chain":
            return self.factors.chain(summand, self.rows, self.cols).structure
        left, right = (self.factors.structure(name) for name in (summand.left, summand.right))
        entries, lister = (self.rows, self.cols), self.factors.lister
        return structure_of(*entries, summand.kind, left, right, lister, lower=self.lower)


def submatrices(
    factors: KernelFactors, rows: list[Entries], cols: list[Entries]
) -> list[Submatrix]:
    """The parts of a matrix, row by row; of a symmetric one those on and below the diagonal."""
    starts = [list(accumulate((x.size for x in part), initial=0)) for part in (rows, cols)]
    return [
        Submatrix(
            factors,
            row,
            col,
            tuple(s for s in factors.assembly.summands if (s.row, s.column) == (a, b)),
            starts[0][a],
            starts[1][b],
            factors.symmetric and a == b,
        )
        for a, row in enumerate(rows)
        for b, col in enumerate(cols)
        if not factors.symmetric or b <= a
    ]
