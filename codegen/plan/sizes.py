"""The sizes a plan is made for: dimensions, and bound patterns by number.

Different recipes often have one pattern: the powers of a matrix fill up, and the patterns of L and
Lᵀ agree.  So patterns have numbers, the same for the same positions; products and counts are
made once per number, and what is planned with them is planned once for all recipes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.codegen import plan as ir
from nzdiff.runtime.data.support import Dim, Support
from nzdiff.runtime.data.supports import Supports, boolean_product, row_classes

Counts = NDArray[np.int64]
LOOKED_AT, LEAST_LOOKED_AT, COUNTED = 256, 32, 1_000_000
"""Rows of a product whose multiplications are counted, those of the others are like them; not so
many where that takes more than so many multiplications."""


SMALL = 4096
"""Positions of a matrix that is multiplied faster as a dense one."""


@dataclass(slots=True)
class Sizes:
    """Dimensions and patterns; every number is made once.

    facts: what others derive from pattern numbers and keep here.
    """

    supports: Supports
    facts: dict[Any, Any] = field(default_factory=dict)
    _patterns: list[sparse.csr_array] = field(default_factory=list)
    _by_hash: dict[tuple[Any, ...], list[int]] = field(default_factory=dict)
    _by_recipe: dict[Support, int] = field(default_factory=dict)
    _products: dict[tuple[Support, Support], int] = field(default_factory=dict)
    _demanded: dict[tuple[Support, Support], int] = field(default_factory=dict)

    def dim(self, dim: Dim) -> int:
        """The number behind a dimension."""
        return self.supports.size(dim)

    def count(self, value: ir.Value) -> int:
        """Stored numbers of a value."""
        if value.scalar:
            return 1
        if value.support is not None:
            return self.supports.nnz(value.support)
        return self.dim(value.rows) * self.dim(value.cols)

    # multiplications as they are stated, by recipe

    def pairs(self, left: Support, right: Support, out: Support) -> int:
        """Multiplications of a sparse product sampled at `out` (see `maps.product_map`)."""
        return min(self.products(left, right), self.demanded(left, out))

    def products(self, left: Support, right: Support) -> int:
        """Multiplications of the whole sparse product."""
        if (left, right) not in self._products:
            per_column = self.supports.column_counts(left)
            self._products[left, right] = int(per_column @ self.supports.row_counts(right))
        return self._products[left, right]

    def demanded(self, left: Support, out: Support) -> int:
        """Entries of the left rows that the positions of `out` meet."""
        if (left, out) not in self._demanded:
            counts = self.supports.row_counts(left), self.supports.row_counts(out)
            self._demanded[left, out] = int(counts[0] @ counts[1])
        return self._demanded[left, out]

    # patterns by number

    def number(self, support: Support) -> int:
        """The number of a recipe's pattern."""
        if support not in self._by_recipe:
            self._by_recipe[support] = self._numbered(self.supports.matrix(support))
        return self._by_recipe[support]

    def learn(self, support: Support, number: int) -> None:
        """Take the pattern of a recipe from its number: it is not evaluated."""
        if support not in self._by_recipe:
            self._by_recipe[support] = number
            self.supports.keep(support, self._patterns[number])

    def pattern(self, number: int) -> sparse.csr_array:
        """The pattern as CSR of ones."""
        return self._patterns[number]

    def nnz(self, number: int) -> int:
        """Stored positions."""
        return int(self._patterns[number].indptr[-1])

    def transposed(self, number: int) -> int:
        """The number of the transposed pattern."""
        found: int = self._fact("transposed", number, self._transposed)
        return found

    def product(self, left: int, right: int) -> int:
        """The number of the pattern of a product; MemoryError where it is too large."""
        key = ("product", left, right)
        if key not in self.facts:
            factors = [self._patterns[left], self._patterns[right]]
            self.facts[key] = self._numbered(boolean_product(factors, self.supports.multiply))
        found: int = self.facts[key]
        return found

    def row_counts(self, number: int) -> Counts:
        """Stored positions per row."""
        found: Counts = self._fact("rows", number, self._row_counts)
        return found

    def column_counts(self, number: int) -> Counts:
        """Stored positions per column; the transposed pattern is not formed for it."""
        found: Counts = self._fact("columns", number, self._column_counts)
        return found

    def row_classes(self, number: int) -> Counts:
        """A number per row, the same for rows with the same pattern."""
        found: Counts = self._fact("classes", number, lambda n: row_classes(self._patterns[n]))
        return found

    def is_diagonal(self, number: int) -> bool:
        """Whether a pattern is that of the identity."""
        found: bool = self._fact("diagonal", number, self._is_diagonal)
        return found

    def whole(self, left: int, right: int) -> float:
        """Multiplications of the whole product."""
        key = ("whole", left, right)
        if key not in self.facts:
            self.facts[key] = float(self.column_counts(left) @ self.row_counts(right))
        found: float = self.facts[key]
        return found

    def multiplications(self, left: int, right: int, out: int) -> tuple[float, float]:
        """Multiplications of a product at `out`, and how often their number changes on the way.

        Counted in at most `LOOKED_AT` rows spread evenly.
        """
        key = ("multiplications", left, right, out)
        if key not in self.facts:
            self.facts[key] = self._multiplications(left, right, out)
        found: tuple[float, float] = self.facts[key]
        return found

    def _multiplications(self, left: int, right: int, out: int) -> tuple[float, float]:
        first, second, at = (self._patterns[number] for number in (left, right, out))
        rows = first.shape[0]
        if rows * second.shape[1] <= SMALL and second.shape[0] <= LOOKED_AT:
            met = (self._dense(left) @ self._dense(right))[self._positions(out)]
            return float(met.sum()), float(np.count_nonzero(np.diff(met)))
        share, few = 1.0, self._looked_at(left, right)
        if rows > few:
            chosen = np.linspace(0, rows - 1, few).astype(np.int64)
            first, at, share = first[chosen], at[chosen], rows / few
        met = (first @ second).multiply(at).tocsr()
        met.sort_indices()
        changes = np.count_nonzero(np.diff(met.data)) + min(2 * (at.nnz - met.nnz), at.nnz)
        return share * float(met.data.sum()), share * float(min(changes, at.nnz))

    def _looked_at(self, left: int, right: int) -> int:
        """In how many rows multiplications are counted: fewer where each row has very many."""
        a_row = self.whole(left, right) / max(self._patterns[left].shape[0], 1)
        return int(min(max(COUNTED / max(a_row, 1.0), LEAST_LOOKED_AT), LOOKED_AT))

    def _row_counts(self, number: int) -> Counts:
        counts: Counts = np.diff(self._patterns[number].indptr).astype(np.int64)
        return counts

    def _column_counts(self, number: int) -> Counts:
        matrix = self._patterns[number]
        return np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int64)

    def _dense(self, number: int) -> Any:
        return self._fact("dense", number, lambda n: self._patterns[n].toarray())

    def _positions(self, number: int) -> Any:
        return self._fact("positions", number, lambda n: self._patterns[n].toarray() != 0)

    def _transposed(self, number: int) -> int:
        return self._numbered(sparse.csr_array(self._patterns[number].T))

    def _is_diagonal(self, number: int) -> bool:
        matrix = self._patterns[number]
        square = matrix.shape[0] == matrix.shape[1] == matrix.nnz
        return square and bool((matrix.indices == np.arange(matrix.nnz)).all())

    def _fact(self, kind: str, number: int, make: Callable[[int], Any]) -> Any:
        key = (kind, number)
        if key not in self.facts:
            self.facts[key] = make(number)
        return self.facts[key]

    def _numbered(self, matrix: sparse.csr_array) -> int:
        matrix.sort_indices()
        key = (
            *matrix.shape,
            hash(matrix.indptr.data.tobytes()),
            hash(matrix.indices.data.tobytes()),
        )
        for number in self._by_hash.get(key, ()):
            if _is_same(self._patterns[number], matrix):
                return number
        self._by_hash.setdefault(key, []).append(len(self._patterns))
        self._patterns.append(matrix)
        return len(self._patterns) - 1


def _is_same(one: sparse.csr_array, other: sparse.csr_array) -> bool:
    """Whether two patterns of one shape, with sorted indices, are the same."""
    return np.array_equal(one.indptr, other.indptr) and np.array_equal(one.indices, other.indices)
