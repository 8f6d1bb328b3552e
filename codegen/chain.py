"""Association order of products and split of sampled products, by dynamic programming.

In: a chain of atoms M₁ … M_r.  Out: how to compute it in full, or sampled at a pattern D:

    [M₁ … M_r]_D = SDDMM(M₁ … M_c, (M_{c+1} … M_r)ᵀ)          both sides dense
                 = [A · [M_{c+1} … M_r]_{Aᵀ·D}]_D               A = M₁ … M_c sparse
                 = [[M₁ … M_c]_{D·Cᵀ} · C]_D                    C = M_{c+1} … M_r sparse

The last two are the rule that the adjoint of a sparse intermediate lives on its own pattern:
what stands beside a sparse factor is only ever needed where that factor meets D.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from nzdiff.codegen import plan as ir
from nzdiff.codegen.cost import BANDWIDTH, FLOAT_BYTES, RATES, Sizes
from nzdiff.codegen.structure import Chain, Structure
from nzdiff.runtime.support import Support

Method = Literal["leaf", "product", "sddmm", "left sparse", "right sparse", "both sparse"]

ONCE = 1e-3
"""Weight of work that is done once, when data is bound, against work of every evaluation."""


@dataclass(frozen=True, slots=True)
class Split:
    """The chosen way: where to split, by which method, at which estimated seconds."""

    seconds: float
    method: Method
    place: int = 0
    demand: Support | None = None


@dataclass(slots=True)
class ChainPlanner:
    """Plans one chain.

    known: whether a (sub-chain, pattern) has been computed already and costs nothing.
    weight: factor on the cost of a sub-chain by its dependencies.
    sparse_penalty: factor on products of two sparse matrices; the planner of whole plans
    compares a plan that uses them with one that avoids them.
    """

    chain: Chain
    structure: Structure
    sizes: Sizes
    known: Callable[[Chain, Support | None], bool]
    weight: Callable[[frozenset[str]], float]
    sparse_penalty: float = 1.0
    _full: dict[tuple[int, int], Split] = field(default_factory=dict)
    _sampled: dict[tuple[int, int, Support], Split] = field(default_factory=dict)

    def full(self, i: int, j: int) -> Split:
        """The best way to compute M_i … M_{j−1} in full."""
        if (i, j) not in self._full:
            options = list(self._full_options(i, j))
            self._full[i, j] = min(options, key=lambda split: split.seconds)
        return self._full[i, j]

    def sampled(self, i: int, j: int, demand: Support) -> Split:
        """The best way to compute M_i … M_{j−1} at the positions of `demand`.

        Options are tried by their lower bound, so that patterns of hopeless ones are not formed.
        """
        key = (i, j, demand)
        if key not in self._sampled:
            best: Split | None = None
            for option in sorted(self._sampled_options(i, j, demand), key=lambda o: o.seconds):
                if best is not None and option.seconds >= best.seconds:
                    break
                finished = self._finished(option, i, j)
                if best is None or finished.seconds < best.seconds:
                    best = finished
            assert best is not None
            self._sampled[key] = best
        return self._sampled[key]

    def _finished(self, option: Split, i: int, j: int) -> Split:
        """The option with the cost of the side that is needed at `option.demand` alone."""
        if option.demand is None:
            return option
        c = option.place
        side = (c, j) if option.method == "left sparse" else (i, c)
        seconds = option.seconds + self.sampled(*side, option.demand).seconds
        return Split(seconds, option.method, c, option.demand)

    def _full_options(self, i: int, j: int) -> Iterator[Split]:
        if j - i == 1 or self.known(self.chain[i:j], None):
            yield Split(0.0, "leaf")
            return
        scale = self._weight(i, j)
        for c in range(i + 1, j):
            parts = self.full(i, c).seconds + self.full(c, j).seconds
            yield Split(parts + scale * self._product_seconds(i, c, j), "product", c)

    def _sampled_options(self, i: int, j: int, demand: Support) -> Iterator[Split]:
        """Every split; where a side is needed at a pattern only, its cost is still missing."""
        if self.known(self.chain[i:j], demand):
            yield Split(0.0, "leaf")
            return
        count, scale = self.sizes.supports.nnz(demand), self._weight(i, j)
        if j - i == 1:
            yield Split(scale * count / RATES[ir.Sample], "leaf")
            return
        for c in range(i + 1, j):
            left, right = self._support(i, c), self._support(c, j)
            if left is None and right is None:
                inner = self.sizes.dim(self.chain[c].rows)
                step = 2.0 * count * inner / RATES[ir.Sddmm]
                parts = self.full(i, c).seconds + self.full(c, j).seconds
                yield Split(parts + scale * step, "sddmm", c)
            if left is not None:
                step = self._pair_seconds(self.sizes.demanded(left, demand))
                inner_demand = self.structure.product(self.structure.normal(left.T), demand)
                rest = self.full(i, c).seconds
                yield Split(rest + scale * step, "left sparse", c, inner_demand)
            if right is not None:
                turned = self.structure.normal(right.T)
                step = self._pair_seconds(
                    self.sizes.demanded(turned, self.structure.normal(demand.T))
                )
                inner_demand = self.structure.product(demand, turned)
                rest = self.full(c, j).seconds
                yield Split(rest + scale * step, "right sparse", c, inner_demand)
            if left is not None and right is not None:
                step = self._pair_seconds(self.sizes.pairs(left, right, demand))
                parts = self.full(i, c).seconds + self.full(c, j).seconds
                yield Split(parts + scale * step, "both sparse", c)

    def _product_seconds(self, i: int, c: int, j: int) -> float:
        left, right = self._support(i, c), self._support(c, j)
        rows, cols = self.sizes.dim(self.chain[i].rows), self.sizes.dim(self.chain[j - 1].cols)
        inner = self.sizes.dim(self.chain[c].rows)
        written = rows * cols * FLOAT_BYTES / BANDWIDTH
        if left is not None and right is not None:
            return self._pair_seconds(self.sizes.products(left, right))
        if left is None and right is None:
            return 2.0 * rows * inner * cols / RATES[ir.Gemm] + written
        sparse, width = (left, cols) if left is not None else (right, rows)
        assert sparse is not None
        if sparse.is_diagonal:
            return rows * cols / RATES[ir.Scale] + written
        return 2.0 * self.sizes.supports.nnz(sparse) * width / RATES[ir.Spmm] + written

    def _pair_seconds(self, pairs: int) -> float:
        return self.sparse_penalty * 2.0 * pairs / RATES[ir.SparseProduct]

    def _support(self, i: int, j: int) -> Support | None:
        return self.structure.support(self.chain[i:j])

    def _weight(self, i: int, j: int) -> float:
        return self.weight(self.structure.depends(self.chain[i:j]))
