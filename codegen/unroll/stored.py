"""Which positions of the union of some patterns each instance stores.

Instances whose patterns differ are unrolled once, for the union.  What an instance does not store
is zero, and stays so where matrices are multiplied and added; where a pattern alone says what is
there (samples of dense products, functions of stored entries), a flag of the instance does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.data.support import Support
from nzdiff.runtime.data.supports import Supports

Flags = NDArray[np.bool_]


class NotUnrolledError(NotImplementedError):
    """No straight-line code is written for this; a model computes it."""


MOST_FLAGS = 2**28
"""Of one product of patterns, over all instances: one byte each, four while it is made."""


@dataclass(slots=True)
class Stored:
    """leaves: (N, nnz) flags of the union's positions in CSR order, of patterns that differ."""

    leaves: Mapping[str, Flags]
    supports: Supports
    used: dict[str, Flags] = field(default_factory=dict)
    """By name: the flags that code refers to, (N, nnz)."""
    _known: dict[Support, Flags] = field(default_factory=dict)

    def differs(self, support: Support | None) -> bool:
        """Whether the pattern of a recipe depends on the instance."""
        chains = () if support is None else support.chains
        return any(name in self.leaves for chain in chains for name, _ in chain)

    def name(self, support: Support) -> str:
        """What the flags of a recipe are called."""
        return f"stored {support}"

    def of(self, support: Support) -> Flags:
        """(N, nnz) flags of the positions of a recipe that differs; made once."""
        if support not in self._known:
            self._known[support] = self._evaluate(support)
            self.used[self.name(support)] = self._known[support]
        return self._known[support]

    def _evaluate(self, support: Support) -> Flags:
        matrix = self.supports.matrix(support)
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        found = reduce(np.logical_or, [self._chain(c, matrix.shape) for c in support.chains])
        count = len(next(iter(self.leaves.values())))
        whole = np.broadcast_to(found, (count, *matrix.shape))
        return np.ascontiguousarray(whole[:, rows, matrix.indices])

    def _chain(self, chain: tuple[tuple[str, bool], ...], shape: tuple[int, int]) -> Flags:
        if not chain:
            return np.eye(*shape, dtype=bool)[None]
        found = self._leaf(*chain[0])
        for name, transposed in chain[1:]:
            right = self._leaf(name, transposed)
            _check(max(len(found), len(right)) * found.shape[1] * right.shape[2])
            found = (found.astype(np.float32) @ right.astype(np.float32)) > 0
        return found

    def _leaf(self, name: str, transposed: bool) -> Flags:
        """(N, rows, cols), or (1, rows, cols) where all have the same."""
        matrix = self.supports.leaves[name]
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        flags = self.leaves.get(name, np.ones((1, matrix.nnz), dtype=bool))
        _check(len(flags) * matrix.shape[0] * matrix.shape[1])
        found = np.zeros((len(flags), *matrix.shape), dtype=bool)
        found[:, rows, matrix.indices] = flags
        return found.swapaxes(1, 2) if transposed else found


def _check(flags: int) -> None:
    if flags > MOST_FLAGS:
        raise NotUnrolledError(f"batch: {flags:,} flags of patterns, at most {MOST_FLAGS:,}")
