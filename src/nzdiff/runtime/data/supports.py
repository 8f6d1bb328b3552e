"""Recipes of patterns, evaluated on the bound ones, and what products of patterns take.

The product of supports is the structure of the product, never its cancellations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.memory import check_fits, physical_bytes
from nzdiff.runtime.data.formula import evaluate
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.support import LANES, Constant, Dim, Factor, Grouping, Support

PATTERN_BYTES = 12
"""Memory of a stored position: its index and a number."""
SHARE = 1 / 16
"""The share of the memory that one pattern may take: planning holds several, and copies of them."""
Multiplier = Callable[[Any, Any], Any]


@dataclass(slots=True)
class Supports:
    """Evaluates recipes on bound patterns, each once.

    dims: sizes by name.  leaves: the bound patterns by name, CSR with sorted indices.
    multiply: what gives the pattern of a product, see `scipy_product`; whoever binds may have a
    faster one.
    """

    dims: dict[str, int]
    leaves: dict[str, sparse.csr_array]
    multiply: Multiplier = field(default_factory=lambda: scipy_product)
    _known: dict[Support, sparse.csr_array] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict)
    _classes: dict[Support, NDArray[np.int64]] = field(default_factory=dict)

    def size(self, dim: Dim) -> int:
        """The size behind a dimension."""
        if isinstance(dim, int):
            return dim
        if dim not in self.dims and dim not in self._sizes:
            names = {member(name): size for name, size in self.dims.items()}
            self._sizes[dim] = int(evaluate(dim, names))
        return self.dims[dim] if dim in self.dims else self._sizes[dim]

    def add_constants(self, constants: Iterable[Constant]) -> None:
        """Bind the patterns that follow from the dimensions."""
        for name, kind, sizes in constants:
            numbers = [self.size(size) for size in sizes]
            self.leaves[name] = _constant(kind, numbers)

    def add_groupings(self, groupings: Iterable[Grouping]) -> None:
        """Bind the groups of rows that are stored alike."""
        for grouping in groupings:
            if grouping.name not in self.leaves:
                self.leaves[grouping.name] = self._groups(grouping.rows, grouping.within)

    def matrix(self, support: Support) -> sparse.csr_array:
        """The pattern as CSR of ones, indices sorted."""
        if support not in self._known:
            self._known[support] = self._evaluate(support)
        return self._known[support]

    def halves(self, support: Support) -> tuple[Any, Any] | None:
        """Two patterns whose product a recipe is; None where it is at hand, or a union."""
        if support in self._known or len(support.chains) != 1 or len(support.chains[0]) < 2:
            return None
        left, right = _joined(self._factors(support.chains[0]), self.multiply, 2)
        _check_size(left.shape[0] * right.shape[1], multiplications(left, right))
        return left, right

    def keep(self, support: Support, matrix: sparse.csr_array) -> None:
        """Take the pattern of a recipe that was evaluated elsewhere."""
        self._known.setdefault(support, matrix)

    def nnz(self, support: Support) -> int:
        """Number of stored positions."""
        return int(self.matrix(support).nnz)

    def row_counts(self, support: Support) -> NDArray[np.int64]:
        """Stored positions per row."""
        return np.asarray(np.diff(self.matrix(support).indptr), dtype=np.int64)

    def column_counts(self, support: Support) -> NDArray[np.int64]:
        """Stored positions per column."""
        matrix = self.matrix(support)
        return np.asarray(np.bincount(matrix.indices, minlength=matrix.shape[1]), dtype=np.int64)

    def row_classes(self, support: Support) -> NDArray[np.int64]:
        """A number per row, the same for rows with the same pattern; made once."""
        if support not in self._classes:
            self._classes[support] = row_classes(self.matrix(support))
        return self._classes[support]

    def _groups(self, rows: Support, within: Support) -> sparse.csr_array:
        """The groups of a `Grouping`, one column each."""
        matrix, alike = self.matrix(within), self.row_classes(rows)
        groups = _indicator(alike)
        widths, widest = self.row_counts(within), np.zeros(groups.shape[1], dtype=np.int64)
        np.maximum.at(widest, alike, widths)
        union = np.diff(sparse.csr_array(groups.T @ matrix).indptr)
        split = (-(-union // LANES) > -(-widest // LANES) + 1)[alike]
        if split.any():
            finer = np.where(split, self.row_classes(within), -1)
            groups = _indicator(classes(alike, finer))
        return groups

    def _evaluate(self, support: Support) -> sparse.csr_array:
        shape = (self.size(support.rows), self.size(support.cols))
        if len(support.chains) == 1:
            (chain,) = support.chains
            if len(chain) > 1:
                return sparse.csr_array(self._chain(chain, shape))
            total = sparse.csr_array(self._chain(chain, shape), copy=True)  # not the leaf itself
        else:
            total = sparse.csr_array(shape, dtype=np.float64)
            for chain in support.chains:
                total = total + self._chain(chain, shape)
        total.sum_duplicates()
        total.data[:] = 1.0
        return total

    def _chain(self, chain: tuple[Factor, ...], shape: tuple[int, int]) -> Any:
        if not chain:
            return sparse.eye_array(*shape, format="csr")
        return boolean_product(self._factors(chain), self.multiply)

    def _factors(self, chain: tuple[Factor, ...]) -> list[Any]:
        return [self.leaves[name].T.tocsr() if t else self.leaves[name] for name, t in chain]


def _constant(kind: str, sizes: list[int]) -> sparse.csr_array:
    if kind == "unit":
        i, j, rows, cols = sizes
        if not (0 <= i < rows and 0 <= j < cols):
            raise IndexError(f"unit: expected an entry of a {rows} × {cols} matrix, got ({i}, {j})")
        return sparse.csr_array((np.ones(1), ([i], [j])), shape=(rows, cols))
    if kind == "shift":
        rows, cols, first = sizes
        if first < 0 or rows < 0 or first + rows > cols:
            raise IndexError(
                f"[{first}:{first + rows}]: the slice reaches outside of size {cols}; bind larger "
                "matrices, or declare the size as a number, where ends are cut as NumPy does"
            )
        return sparse.csr_array(sparse.eye_array(rows, cols, k=first, format="csr"))
    if kind == "rows":
        cols, *places = sizes
        if max(places, default=-1) >= cols:
            raise IndexError(f"I[…]: index {max(places)} is outside of size {cols}, counted from 0")
        start, count = np.arange(len(places) + 1), len(places)
        indices = np.array(places, dtype=np.int32)
        return sparse.csr_array((np.ones(count), indices, start), (count, cols))
    rows, cols = sizes
    count = rows * cols
    check_fits("bind: a commutation matrix", 40 * count, "write the transposed matrix instead")
    source = np.arange(count).reshape(cols, rows).T.ravel()
    return sparse.csr_array((np.ones(count), (np.arange(count), source)), shape=(count, count))


def _indicator(of: NDArray[np.int64]) -> sparse.csr_array:
    """Row i stores a one in column of[i]."""
    shape = (of.size, int(of.max(initial=-1)) + 1)
    return sparse.csr_array((np.ones(of.size), (np.arange(of.size), of)), shape=shape)


def classes(*keys: NDArray[Any]) -> NDArray[np.int64]:
    """Numbers 0, 1, … in the order of first appearance: the same where all keys are the same."""
    order = np.lexsort(keys)
    new = np.zeros(order.size, dtype=bool)
    for key in keys:
        new[1:] |= np.diff(key[order].astype(np.int64)) != 0
    sorted_classes = np.cumsum(new)
    first = order[np.concatenate([[0], np.flatnonzero(new)])] if order.size else order
    number = np.empty(first.size, dtype=np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    found = np.empty(order.size, dtype=np.int64)
    found[order] = number[sorted_classes]
    return found


def row_classes(matrix: sparse.csr_array) -> NDArray[np.int64]:
    """A number per row, the same for rows with the same pattern."""
    random = np.random.default_rng(0)
    weights = random.integers(0, 2**63, size=(2, matrix.shape[1]), dtype=np.uint64)
    ones = np.ones(matrix.nnz, dtype=np.uint64)
    whole = sparse.csr_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape)
    keys = np.ascontiguousarray((whole @ weights.T).T)
    return classes(*keys.view(np.int64))


def scipy_product(left: Any, right: Any) -> Any:
    """The pattern of left · right as CSR of ones.

    Indices are sorted, as a transposition leaves them: several times as fast as row by row.
    """
    transposed = right.T.tocsr() @ left.T.tocsr()
    transposed.data.fill(1.0)
    return transposed.T.tocsr()


def boolean_product(factors: list[Any], multiply: Multiplier) -> Any:
    """The structure of a product, multiplied in the order that keeps intermediate results small."""
    return _joined(factors, multiply, 1)[0]


def _joined(factors: list[Any], multiply: Multiplier, count: int) -> list[Any]:
    """So many factors of the same product."""
    work = list(factors)
    while len(work) > count:
        costs = [multiplications(a, b) for a, b in pairwise(work)]
        place = int(np.argmin(costs))
        _check_size(work[place].shape[0] * work[place + 1].shape[1], costs[place])
        work[place : place + 2] = [multiply(work[place], work[place + 1])]
    return work


def _check_size(positions: int, multiplications: int) -> None:
    """MemoryError before a product is formed whose pattern alone would fill the memory."""
    most, needed = physical_bytes(), PATTERN_BYTES * min(positions, multiplications)
    if most is not None and needed > most * SHARE:
        raise MemoryError(
            f"pattern: a product of sparse matrices has up to {needed // PATTERN_BYTES:.3g} stored "
            f"positions, {1e-9 * needed:.3g} GB, too many for this machine ({1e-9 * most:.3g} GB); "
            "matrix-free products of vectors need no such pattern"
        )


def multiplications(a: Any, b: Any) -> int:
    """How many a product of two sparse matrices takes."""
    per_column = np.bincount(a.indices, minlength=a.shape[1])
    return int(per_column @ np.diff(b.indptr).astype(np.int64))
