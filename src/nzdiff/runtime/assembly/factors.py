"""The factors of an assembled matrix at one g, and where each of its entries finds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nzdiff.runtime.assembly.chains.chain import Chain, LocatedChain
from nzdiff.runtime.assembly.chains.kernels import BlockLayout, Compressed, Factor
from nzdiff.runtime.assembly.entries import Entries, EntryPairs, Places, places, sides
from nzdiff.runtime.assembly.gather import Gather, gather_for
from nzdiff.runtime.data.spec import Assembly, Operator, Summand
from nzdiff.runtime.data.supports import Supports
from nzdiff.runtime.kernel.bound import Bound
from nzdiff.runtime.kernel.tables import lister_for

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LocatedSummand:
    """A summand with the places of its factors for each of a list of entries.

    scales: arrays that weight it, with the place for each entry.
    """

    summand: Summand
    at_left: Places
    at_right: Places
    scales: tuple[tuple[str, Places], ...]


class KernelFactors:
    """The factors of one matrix as its kernel leaves them: values at g, patterns, coefficients."""

    def __init__(self, bound: Bound, assembly: Assembly, supports: Supports) -> None:
        self.bound, self.assembly, self._supports = bound, assembly, supports
        self.gather: Gather = gather_for(bound.backend.name, bound.memory.threads)
        self.lister = lister_for(bound.backend.name)
        self._chains: dict[Summand, Chain] = {}

    @property
    def symmetric(self) -> bool:
        """See `is_symmetric`."""
        return is_symmetric(self.bound, self.assembly.operator)

    def move(self, g: Floats, w: Floats | None) -> None:
        """Compute the factors at g, with the cotangent w of a matrix function."""
        self.bound.move(g)
        if w is not None:
            self.bound.pull_back(w)
        if self.assembly.uses:
            self.bound.run(self.assembly.name)

    def values(self, name: str) -> Floats:
        """The numbers of a factor; of none, a one."""
        return self.bound.memory.arrays[name] if name else np.ones(1)

    def structure(self, name: str) -> sparse.csr_array | None:
        """The pattern of a factor, None where it is dense."""
        support = self.bound.arrays[name].support if name else None
        return None if support is None else self._supports.matrix(support)

    def shape(self, name: str) -> tuple[int, int]:
        """Rows and columns of a factor."""
        array = self.bound.arrays[name]
        return self._supports.size(array.rows), self._supports.size(array.cols)

    def factor(self, name: str) -> Factor:
        """A factor as it is stored."""
        structure, values = self.structure(name), self.values(name)
        if structure is None:
            return values.reshape(self.shape(name))
        return Compressed.of(structure, values)

    def add_gram(self, summand: Summand, at: BlockLayout, out: Floats) -> None:
        """out += a summand of the kind "gram" at each entry of the blocks."""
        scale, left, right = map(self.factor, (summand.scale, summand.left, summand.right))
        self.gather.chaining.add_gram(self.coefficient(summand), scale, left, right, at, out)

    def coefficient(self, summand: Summand) -> float:
        """The number in front."""
        c = summand.coefficient
        if not isinstance(c, str):
            return c
        numbers = self.bound.memory.coefficients
        return numbers[c] if c in numbers else float(self.values(c)[0])

    def chain(self, summand: Summand, rows: Entries, cols: Entries) -> Chain:
        """The links of a summand, laid out once."""
        if summand not in self._chains:
            self._chains[summand] = Chain.of(summand.links, rows, cols, self, self._supports)
        return self._chains[summand]

    def located(
        self, summand: Summand, rows: Entries, cols: Entries, pairs: EntryPairs
    ) -> LocatedSummand | LocatedChain:
        """A summand with the places of its factors."""
        if summand.kind == "chain":
            return LocatedChain(self.chain(summand, rows, cols), summand, pairs)
        t, u = pairs.t, pairs.u
        named = ((summand.scale, rows.slots[t]), (summand.column_scale, cols.slots[u]))
        scales = tuple((name, at) for name, at in named if name)
        if summand.kind == "diagonal":
            return LocatedSummand(summand, _where_same(rows, cols, pairs), np.zeros_like(t), ())
        if summand.kind == "rank one":
            return LocatedSummand(summand, rows.slots[t], cols.slots[u], ())
        found = []
        names = (summand.left, summand.right)
        for name, (first, second) in zip(names, sides(rows, cols, summand.kind), strict=True):
            width = self.shape(name)[1]
            found.append(places(self.structure(name), width, first[t], second[u], self.lister))
        return LocatedSummand(summand, found[0], found[1], scales)

    def add(self, located: LocatedSummand | LocatedChain, out: Floats) -> None:
        """out += the summand at each of its entries."""
        s = located.summand
        if isinstance(located, LocatedChain):
            located.add(self.coefficient(s), self.bound.memory.arrays, self.gather, out)
            return
        left, right = self.values(s.left), self.values(s.right)
        target = np.zeros_like(out) if located.scales else out
        self.gather.add_products(
            self.coefficient(s), left, located.at_left, right, located.at_right, target
        )
        if located.scales:
            for name, at in located.scales:
                target *= self.values(name)[at]
            out += target


def is_symmetric(bound: Bound, operator: Operator) -> bool:
    """Whether entry (t, u) is entry (u, t) before the matrix is reduced by vec(G) = T g + c.

    An unknown declared symmetric is simplified with Gᵀ = G: there Tᵀ (·) T alone is symmetric.
    """
    declared = {argument.name for argument in bound.spec.arguments if argument.symmetric}
    unknowns = zip(bound.spec.unknowns, bound.patterns, strict=True)
    mixed = any(name in declared and not pattern.is_selection for name, pattern in unknowns)
    return operator != "jacobian" and not mixed


def _where_same(rows: Entries, cols: Entries, pairs: EntryPairs) -> Places:
    """The stored place of t where t and u are one position, else −1."""
    t, u = pairs.t, pairs.u
    same = (rows.rows[t] == cols.rows[u]) & (rows.cols[t] == cols.cols[u])
    return np.where(same, rows.slots[t], -1).astype(np.int32)
