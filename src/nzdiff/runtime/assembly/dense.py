"""How a part of a matrix is written into a dense array: all that does not depend on g, once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.memory import ALTERNATIVE, check_fits
from nzdiff.runtime.assembly.chains.chain import LocatedChain
from nzdiff.runtime.assembly.compiled_dense import DenseSummand
from nzdiff.runtime.assembly.entries import EntryPairs
from nzdiff.runtime.assembly.factors import KernelFactors, LocatedSummand
from nzdiff.runtime.assembly.gather import Write
from nzdiff.runtime.assembly.submatrix import Submatrix
from nzdiff.runtime.data.spec import Summand

Floats = NDArray[np.float64]

FULL = 0.25
"""The share of stored entries from which a matrix is kept as a dense array."""
BESIDE = 1 / 64
"""The share from which a summand of a dense matrix is gathered as a dense one: an entry that is
looked up and added takes as long as so many that are written anyway."""


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
        check_fits("assembly: a factor", 8 * structure.shape[0] * structure.shape[1], ALTERNATIVE)
        return cls(np.zeros(structure.shape), places.astype(np.int64), values)

    def fill(self) -> None:
        """Write the present values."""
        self.matrix.ravel()[self.places] = self.values


@dataclass(frozen=True, slots=True, eq=False)
class DenseWay:
    """How a submatrix is written: products of two dense factors first, then what is added.

    products: scales, summands and what writes them.  sparse: summands of few entries, with those.
    densified: factors of `products` that are sparse.
    """

    submatrix: Submatrix
    products: tuple[tuple[tuple[str, str], tuple[Summand, ...], Write], ...]
    rank_one: tuple[Summand, ...]
    sparse: tuple[tuple[EntryPairs, LocatedSummand | LocatedChain], ...]
    densified: tuple[Densified, ...]

    def write(self, out: Floats) -> None:
        """All summands at the present values of their factors."""
        factors = self.submatrix.factors
        for densified in self.densified:
            densified.fill()
        if not self.products:
            out[:] = 0.0
        for number, ((scale, column_scale), summands, write) in enumerate(self.products):
            part = np.empty(out.shape) if number else out
            write([factors.coefficient(s) for s in summands], part)
            if scale:
                part *= factors.values(scale)[self.submatrix.rows.slots, None]
            if column_scale:
                part *= factors.values(column_scale)[self.submatrix.cols.slots]
            if number:
                out += part
        for s in self.rank_one:
            self._add_rank_one(s, out)
        for pairs, located in self.sparse:
            values = np.zeros(pairs.size)
            factors.add(located, values)
            out[pairs.t, pairs.u] += values

    def _add_rank_one(self, summand: Summand, out: Floats) -> None:
        factors, rows, cols = self.submatrix.factors, self.submatrix.rows, self.submatrix.cols
        left = factors.coefficient(summand) * factors.values(summand.left)
        right = factors.values(summand.right)[cols.slots]
        for t, number in enumerate(left[rows.slots]):
            out[t] += number * right


def dense_way(submatrix: Submatrix) -> DenseWay:
    """The way that a submatrix is written."""
    factors = submatrix.factors
    whole = _is_written(submatrix)
    dense = [s for s in submatrix.summands if _is_dense(submatrix, s, written=whole)]
    products = [s for s in dense if s.kind != "rank one"]
    found, densified = [], dict[str, Densified]()
    for scales in dict.fromkeys((s.scale, s.column_scale) for s in products):
        alike = tuple(s for s in products if (s.scale, s.column_scale) == scales)
        summands = [_dense_summand(factors, s, densified) for s in alike]
        write = factors.gather.dense(
            submatrix.rows, submatrix.cols, summands, lower=submatrix.lower
        )
        found.append((scales, alike, write))
    others = []
    for s in submatrix.summands:
        if s not in dense:
            pairs = submatrix.pairs((s,))
            others.append((pairs, submatrix.located(s, pairs)))
    return DenseWay(
        submatrix,
        tuple(found),
        tuple(s for s in dense if s.kind == "rank one"),
        tuple(others),
        tuple(densified.values()),
    )


def _is_dense(submatrix: Submatrix, summand: Summand, *, written: bool) -> bool:
    """Whether a summand is gathered at all entries; sparse factors are densified for it.

    written: whether every entry of the submatrix is written anyway.
    """
    if summand.kind in ("diagonal", "rank one", "chain"):
        return summand.kind == "rank one"
    count, full = submatrix.count(summand), submatrix.size
    if count is None or count > FULL * full:
        return True
    if not written or count <= BESIDE * full:
        return False
    shapes = (submatrix.factors.shape(name) for name in (summand.left, summand.right))
    return sum(rows * cols for rows, cols in shapes) <= full


def _is_written(submatrix: Submatrix) -> bool:
    """Whether one summand has all entries, or many."""
    counts = (submatrix.count(s) for s in submatrix.summands if s.kind not in ("diagonal", "chain"))
    return any(count is None or count > FULL * submatrix.size for count in counts)


def _dense_summand(
    factors: KernelFactors, summand: Summand, densified: dict[str, Densified]
) -> DenseSummand:
    left, right = (_as_dense(factors, name, densified) for name in (summand.left, summand.right))
    return DenseSummand(left, right, summand.kind == "crossed")


def _as_dense(factors: KernelFactors, name: str, densified: dict[str, Densified]) -> Floats:
    structure, values = factors.structure(name), factors.values(name)
    if structure is None:
        return values.reshape(factors.shape(name))
    if name not in densified:
        densified[name] = Densified.of(structure, values)
    return densified[name].matrix
