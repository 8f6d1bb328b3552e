"""Structural patterns of sparse values as recipes: unions of products of the bound patterns.

`Support` is the recipe ("Gᵀ L G"), fixed when code is generated; `nzdiff.runtime.data.supports`
evaluates recipes on bound patterns.  Nothing here needs NumPy: specs are read without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dim = str | int
"""A size: a number, the name of a dimension, or sums and products of them ("2 * m + k")."""
Constant = tuple[str, Literal["unit", "shift", "rows", "commutation"], tuple[Dim, ...]]
"""A pattern that follows from the dimensions: its name, its kind, and

unit: i, j, rows, cols; shift: rows, cols, first column; rows of the identity: cols, then the
column of the one in each row; commutation: rows, cols of the matrix
whose vec it permutes."""
Factor = tuple[str, bool]
"""A bound pattern by name, and whether it is transposed."""


@dataclass(frozen=True, slots=True, order=True)
class Support:
    """A union of products of bound patterns; the empty product is the identity."""

    rows: Dim
    cols: Dim
    chains: tuple[tuple[Factor, ...], ...]

    @property
    def T(self) -> Support:
        """The transposed pattern."""
        flipped = (tuple((name, not t) for name, t in reversed(chain)) for chain in self.chains)
        return Support(self.cols, self.rows, tuple(sorted(set(flipped))))

    @property
    def is_diagonal(self) -> bool:
        """Whether the recipe is the identity."""
        return self.chains == ((),)

    def __matmul__(self, other: Support) -> Support:
        chains = {left + right for left in self.chains for right in other.chains}
        return Support(self.rows, other.cols, tuple(sorted(chains)))

    def __or__(self, other: Support) -> Support:
        return Support(self.rows, self.cols, tuple(sorted({*self.chains, *other.chains})))

    def __str__(self) -> str:
        shown = [
            "·".join(name + ("ᵀ" if transposed else "") for name, transposed in chain) or "I"
            for chain in self.chains
        ]
        return " ∪ ".join(shown) or "∅"


def leaf_support(name: str, rows: Dim, cols: Dim) -> Support:
    """The pattern bound under a name."""
    return Support(rows, cols, (((name, False),),))


def diagonal_support(size: Dim) -> Support:
    """The pattern of a diagonal matrix."""
    return Support(size, size, ((),))


LANES, OWN = 8, 4
"""The numbers that the kernels of sparse products handle at a time: of a row, and of a block."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The pattern C (rows × groups) under `name`: rows of `within` that are stored alike.

    Rows with one pattern in `rows` form a group.  C Cᵀ · within stores in each row what any row of
    its group stores, so that the rows of a group are one dense panel; groups for which that would
    take two registers more than the widest row are split into rows that are alike in `within`, too.
    """

    name: str
    rows: Support
    within: Support

    @property
    def padded(self) -> Support:
        """C Cᵀ · within."""
        count = f"groups of {self.name}"
        groups = Support(self.rows.rows, count, (((self.name, False),),))
        return groups @ groups.T @ self.within
