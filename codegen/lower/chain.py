"""Association order of products and split of sampled products, by dynamic programming.

In: a chain of atoms M₁ … M_r.  Out: how to compute it in full, or sampled at a pattern D:

    [M₁ … M_r]_D = SDDMM(M₁ … M_c, (M_{c+1} … M_r)ᵀ)          both sides dense
                 = [A · [M_{c+1} … M_r]_{Aᵀ·D}]_D               A = M₁ … M_c sparse
                 = [[M₁ … M_c]_{D·Cᵀ} · C]_D                    C = M_{c+1} … M_r sparse

The last two are the rule that the adjoint of a sparse intermediate lives on its own pattern:
what stands beside a sparse factor is only ever needed where that factor meets D.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from nzdiff.codegen import plan as ir
from nzdiff.codegen.lower.structure import Chain, Structure, is_solve
from nzdiff.codegen.plan.price import BANDWIDTH, FLOAT_BYTES, RATES, Sizes
from nzdiff.runtime.data.support import Support

Method = Literal["leaf", "product", "sddmm", "left sparse", "right sparse", "both sparse"]

COMPLETE = 2
"""The stage at which the cost of an option is known in full."""
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
            self._full[i, j] = self._best_product(i, j)
        return self._full[i, j]

    def _best_product(self, i: int, j: int) -> Split:
        """Splits by the cost of their sides, so that patterns of hopeless ones are not formed."""
        if self.known(self.chain[i:j], None):
            return Split(0.0, "leaf")
        if j - i == 1:
            return Split(self._weight(i, j) * self._leaf_seconds(i), "leaf")
        scale, best = self._weight(i, j), Split(math.inf, "product", i + 1)
        sides = {c: self._side_seconds(i, c) + self._side_seconds(c, j) for c in range(i + 1, j)}
        for c in sorted(sides, key=lambda place: sides[place]):
            if sides[c] >= best.seconds:
                break
            seconds = sides[c] + scale * _seconds(self._product_seconds, i, c, j)
            if seconds < best.seconds:
                best = Split(seconds, "product", c)
        return best

    def _leaf_seconds(self, i: int) -> float:
        """What a factor itself costs where it is needed in full: an inverse, as many solves."""
        if not self._is_solve(i, i + 1):
            return 0.0
        size = self.sizes.dim(self.chain[i].rows)
        return 2.0 * size**3 / RATES[ir.Solve]

    def _side_seconds(self, i: int, j: int) -> float:
        """The cost of a side of a product; the inverse of a matrix is not formed for it."""
        return 0.0 if self._is_solve(i, j) else self.full(i, j).seconds

    def _is_solve(self, i: int, j: int) -> bool:
        return is_solve(self.chain[i:j]) and self._support(i, j) is None

    def _is_triangle(self, i: int, j: int) -> bool:
        return self.structure.is_triangle(self.chain[i:j])

    def sampled(self, i: int, j: int, demand: Support) -> Split:
        """The best way to compute M_i … M_{j−1} at the positions of `demand`."""
        key = (i, j, demand)
        if key not in self._sampled:
            self._sampled[key] = self._best_sample(i, j, demand)
        return self._sampled[key]

    def _best_sample(self, i: int, j: int, demand: Support) -> Split:
        """Best first: an option's cost is completed only while it is the lowest bound.

        First what its full sides cost, then its own step, then the side that is needed at a
        pattern only; so patterns of hopeless options are never formed.
        """
        if self.known(self.chain[i:j], demand):
            return Split(0.0, "leaf")
        if j - i == 1:
            seconds = self.sizes.supports.nnz(demand) / RATES[ir.Sample]
            return Split(self._weight(i, j) * (seconds + self._leaf_seconds(i)), "leaf")
        options = self._options(i, j)
        queue: list[tuple[float, int, Method, int]] = [
            (b, 0, method, c) for b, method, c in options
        ]
        heapq.heapify(queue)
        while True:
            bound, stage, method, c = heapq.heappop(queue)
            if stage == COMPLETE:
                return Split(bound, method, c, self._inner_demand(i, c, j, method, demand))
            if stage == 0:
                step = _seconds(self._step_seconds, i, c, j, method, demand)
                added = self._weight(i, j) * step
            else:
                added = _seconds(self._rest_seconds, i, c, j, method, demand)
            heapq.heappush(queue, (bound + added, stage + 1, method, c))

    def _options(self, i: int, j: int) -> Iterator[tuple[float, Method, int]]:
        """(cost of the sides that are needed in full, method, place) of every way to split."""
        for c in range(i + 1, j):
            left, right = self._support(i, c), self._support(c, j)
            if left is not None:
                yield self.full(i, c).seconds, "left sparse", c
            if right is not None:
                yield self.full(c, j).seconds, "right sparse", c
            if (left is None) == (right is None):
                both = self.full(i, c).seconds + self.full(c, j).seconds
                yield both, "sddmm" if left is None else "both sparse", c

    def _step_seconds(self, i: int, c: int, j: int, method: Method, demand: Support) -> float:
        """The cost of joining the two sides at `demand`."""
        left, right = self._support(i, c), self._support(c, j)
        if method == "left sparse" and left is not None:
            return self._pair_seconds(self.sizes.demanded(left, demand))
        if method == "right sparse" and right is not None:
            turned = self.structure.normal(right.T), self.structure.normal(demand.T)
            return self._pair_seconds(self.sizes.demanded(*turned))
        if left is not None and right is not None:
            return self._pair_seconds(self.sizes.pairs(left, right, demand))
        inner = self.sizes.dim(self.chain[c].rows)
        return 2.0 * self.sizes.supports.nnz(demand) * inner / RATES[ir.Sddmm]

    def _rest_seconds(self, i: int, c: int, j: int, method: Method, demand: Support) -> float:
        """The cost of the side that is needed at a pattern only."""
        inner = self._inner_demand(i, c, j, method, demand)
        if inner is None:
            return 0.0
        return self.sampled(*((c, j) if method == "left sparse" else (i, c)), inner).seconds

    def _inner_demand(
        self, i: int, c: int, j: int, method: Method, demand: Support
    ) -> Support | None:
        """Where a sparse side leaves the other one needed: Aᵀ·D, or D·Cᵀ."""
        left, right = self._support(i, c), self._support(c, j)
        if method == "left sparse" and left is not None:
            return self.structure.product(self.structure.normal(left.T), demand)
        if method == "right sparse" and right is not None:
            return self.structure.product(demand, self.structure.normal(right.T))
        return None

    def _product_seconds(self, i: int, c: int, j: int) -> float:
        left, right = self._support(i, c), self._support(c, j)
        rows, cols = self.sizes.dim(self.chain[i].rows), self.sizes.dim(self.chain[j - 1].cols)
        inner = self.sizes.dim(self.chain[c].rows)
        written = rows * cols * FLOAT_BYTES / BANDWIDTH
        if left is not None and right is not None:
            return self._pair_seconds(self.sizes.products(left, right))
        if self._is_solve(i, c) or self._is_solve(c, j):
            return 2.0 * rows * inner * cols / RATES[ir.Solve] + written
        if left is None and right is None:
            triangle = self._is_triangle(i, c) or self._is_triangle(c, j)
            return 2.0 * rows * inner * cols / RATES[ir.Gemm] * (0.5 if triangle else 1.0) + written
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


def _seconds(estimate: Callable[..., float], *args: Any) -> float:
    """An estimate, infinite where a pattern it asks for is too large to be formed."""
    try:
        return estimate(*args)
    except MemoryError:
        return math.inf
