"""Association order of products and split of sampled products, by dynamic programming.

In: a chain of atoms M₁ … M_r.  Out: how to compute it in full, or sampled at a pattern D:

    [M₁ … M_r]_D = SDDMM(M₁ … M_c, (M_{c+1} … M_r)ᵀ)          both sides dense
                 = [A · [M_{c+1} … M_r]_{Aᵀ·D}]_D               A = M₁ … M_c sparse
                 = [[M₁ … M_c]_{D·Cᵀ} · C]_D                    C = M_{c+1} … M_r sparse

                 = entries of A₁⁻¹ M₁ A₂⁻¹ … by factors     all sparse: see `ir.Select`

The second and the third are the rule that the adjoint of a sparse intermediate lives on its own
pattern: what stands beside a sparse factor is only ever needed where that factor meets D.

The terms of a derivative are made of the same few products: what is found for one chain holds
wherever it is a part of another, until a value becomes known that it is made of.  Chains are words
with a letter per atom (see `words`), patterns are numbers (see `Sizes`).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from nzdiff.codegen.lower.chains.joins import Joins
from nzdiff.codegen.lower.chains.structure import Chain, Structure
from nzdiff.codegen.lower.chains.words import Words
from nzdiff.codegen.plan import price as prices
from nzdiff.codegen.plan.forms import (
    least_demanded,
)
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.runtime.data.support import Support

Method = Literal["leaf", "product", "sddmm", "left sparse", "right sparse", "both sparse", "select"]

COMPLETE = 3
"""The stage at which the cost of an option is known in full."""
HALF = ("left sparse", "right sparse")
"""The methods of which one side is needed at a pattern only."""
MOST_INVERSES = 16
"""The most inverses in a product of which entries are selected."""
CALL = 1.4e-7
"""The least seconds of a step."""


@dataclass(frozen=True, slots=True)
class Split:
    """The chosen way: where to split, by which method, at which estimated seconds.

    demand: where the side that is needed at a pattern only is needed.
    """

    seconds: float
    method: Method
    place: int = 0
    demand: Support | None = None


@dataclass(slots=True)
class ChainPlanner:
    """Plans the chains of one plan in the making.

    stored_at: the pattern at which a product in full is stored.
    sparse_penalty: factor on products of two sparse matrices; the planner of whole plans
    compares a plan that uses them with one that avoids them.  in_pairs: whether products of two
    sparse matrices run by pairs, whatever else they could do.
    """

    structure: Structure
    sizes: Sizes
    stored_at: Callable[[Support], Support]
    sparse_penalty: float = 1.0
    in_pairs: bool = False
    words: Words = field(init=False)
    joins: Joins = field(init=False)
    entries: int = 0
    """How many times the best way was looked for."""
    _full: dict[str, Split] = field(default_factory=dict)
    _sampled: dict[str, dict[int, Split]] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _samples: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.words = Words(self.structure, self.sizes)
        self.joins = Joins(
            self.words, self.sizes, self.stored_at, self.sparse_penalty, self.in_pairs
        )

    def full(self, chain: Chain) -> Split:
        """The best way to compute a chain that is not known in full."""
        return self._full_of(self.words.word(chain))

    def sampled(self, chain: Chain, support: Support) -> Split:
        """The best way to compute a chain at the positions of `support`, where it is not known."""
        word, demand = self.words.word(chain), self.sizes.number(support)
        found = self._sampled.get(word, {}).get(demand) or self._best_sample(word, demand)
        left, right = word[: found.place], word[found.place :]
        inner, normal = None, self.structure.normal
        if found.method == "left sparse":
            inner = self.structure.product(normal(self.words.support(left).T), support)
            self.sizes.learn(inner, self.sizes.product(self.joins.turned(left), demand))
        elif found.method == "right sparse":
            inner = self.structure.product(support, normal(self.words.support(right).T))
            self.sizes.learn(inner, self.sizes.product(demand, self.joins.turned(right)))
        return Split(found.seconds, found.method, found.place, inner)

    def learn(self, chain: Chain, support: Support | None) -> None:
        """Take a chain as known, in full or at a pattern; what contains it is planned anew."""
        word = self.words.word(chain)
        turned = self.words.flip(word)
        if support is None:
            self._known.update((word, turned))
        else:
            number = self.sizes.number(support)
            self._samples.setdefault(word, set()).add(number)
            self._samples.setdefault(turned, set()).add(self.sizes.transposed(number))
        for planned in (self._full, self._sampled):
            for stale in [key for key in planned if word in key or turned in key]:
                del planned[stale]

    # in full

    def _full_of(self, word: str) -> Split:
        if word not in self._full:
            self._full[word] = self._best_product(word)
        return self._full[word]

    def _best_product(self, word: str) -> Split:
        """Splits by the cost of their sides, so that patterns of hopeless ones are not formed."""
        self.entries += 1
        if word in self._known:
            return Split(0.0, "leaf")
        scale = self.joins.weight(word)
        if len(word) == 1:
            return Split(scale * self.joins.leaf(word), "leaf")
        best = Split(math.inf, "product", 1)
        places = range(1, len(word))
        least = {c: self._least_side(word[:c]) + self._least_side(word[c:]) for c in places}
        least = {c: least[c] + scale * _seconds(self._least_join, word, c) for c in places}
        for c in sorted(places, key=lambda place: least[place]):
            if least[c] >= best.seconds:
                break
            sides = self._side(word[:c]) + self._side(word[c:])
            if sides + scale * _seconds(self.joins.least_product, word, c) >= best.seconds:
                continue
            seconds = sides + scale * _seconds(self.joins.product, word, c)
            if seconds < best.seconds:
                best = Split(seconds, "product", c)
        return best

    def _side(self, word: str) -> float:
        """The cost of a side of a product; the inverse of a matrix is not formed for it."""
        return 0.0 if self.words.is_solve(word) else self._full_of(word).seconds

    def _least_side(self, word: str) -> float:
        return 0.0 if self.words.is_solve(word) else self._least_full(word)

    def _least_join(self, word: str, c: int) -> float:
        """A bound of joining two sides: with patterns where both are leaves, else a call."""
        return self.joins.least_product(word, c) if len(word) == 2 else CALL

    # at a pattern

    def _sampled_of(self, word: str, demand: int) -> Split:
        if demand in self._samples.get(word, ()):
            return Split(0.0, "leaf")
        planned = self._sampled.setdefault(word, {})
        if demand not in planned:
            planned[demand] = self._best_sample(word, demand)
        return planned[demand]

    def _best_sample(self, word: str, demand: int) -> Split:
        """Best first: an option's cost is completed only while it is the lowest bound.

        First a bound without any pattern, then its full sides, then a bound of its own step, then
        the step and the side that is needed at a pattern only; so patterns of hopeless options are
        never formed.
        """
        self.entries += 1
        selection = self._selection(word, demand)
        if len(word) == 1:
            found = self.joins.weight(word) * self.joins.sample(word, demand)
            if word in self._known or selection >= found:
                return Split(found, "leaf")
            return Split(selection, "select")
        queue: list[tuple[float, int, Method, int, float]] = [
            (bound, 0, method, c, 0.0) for bound, method, c in self._options(word)
        ]
        if selection < math.inf:
            queue.append((selection, COMPLETE, "select", 0, 0.0))
        heapq.heapify(queue)
        while True:
            bound, stage, method, c, sides = queue[0]
            if stage == COMPLETE:
                return Split(bound, method, c)
            if stage == 0:
                sides = self._full_sides(word, c, method, self._full_seconds)
                found = sides + CALL * self.joins.weight(word)
            else:
                estimate = self._step_seconds if stage == 2 else self._least_step
                found = sides + _seconds(estimate, word, c, method, demand)
            heapq.heapreplace(queue, (found, stage + 1, method, c, sides))

    def _selection(self, word: str, demand: int) -> float:
        """The cost of entries of a product of inverses; infinite for any other word."""
        middles = self.words.middles(word)
        if middles is None or len(middles) >= MOST_INVERSES:
            return math.inf
        made = [middle for middle in middles if middle]
        numbers = [self.joins.stored(middle) for middle in made]
        stored = sum(map(self.sizes.nnz, (demand, *numbers)))
        work = self.joins.weight(word) * prices.select(stored, len(middles) + 1)
        return work + sum(self._full_seconds(middle) for middle in made)

    def _options(self, word: str) -> Iterator[tuple[float, Method, int]]:
        """(least cost, method, place) of every way to split."""
        for c in range(1, len(word)):
            left, right = word[:c], word[c:]
            on_left, on_right = self.words.is_sparse(left), self.words.is_sparse(right)
            methods: list[Method] = []
            if on_left:
                methods.append("left sparse")
            if on_right:
                methods.append("right sparse")
            if on_left == on_right:
                methods.append("both sparse" if on_left else "sddmm")
            for method in methods:
                sides = self._full_sides(word, c, method, self._least_full)
                rest = right if method == "left sparse" else left
                sampled = self._least_sample(rest) if method in HALF else 0.0
                yield sides + sampled + CALL * self.joins.weight(word), method, c

    def _full_sides(
        self, word: str, c: int, method: Method, seconds: Callable[[str], float]
    ) -> float:
        """The sum over the sides that a method needs in full."""
        left = 0.0 if method == "right sparse" else seconds(word[:c])
        return left + (0.0 if method == "left sparse" else seconds(word[c:]))

    def _full_seconds(self, word: str) -> float:
        return self._full_of(word).seconds

    def _least_full(self, word: str) -> float:
        """A lower bound of a product in full that forms no pattern but those of leaves."""
        if word in self._full:
            return self._full[word].seconds
        if len(word) == 1 or word in self._known:
            return 0.0
        if len(word) == 2 and self.words.is_sparse(word):
            return self.joins.weight(word) * _seconds(self.joins.least_product, word, 1)
        return CALL * self.joins.weight(word)

    def _least_sample(self, word: str) -> float:
        """A lower bound of what is needed at a pattern: of more than a leaf, a call."""
        known = len(word) == 1 or word in self._samples
        return 0.0 if known else CALL * self.joins.weight(word)

    def _least_step(self, word: str, c: int, method: Method, demand: int) -> float:
        """A lower bound of the step: a side that is needed at a pattern is met all over."""
        sizes, number = self.sizes, self.words.number
        if method == "left sparse":
            rest = word[c:]
            work = least_demanded(number(word[:c]), demand, sizes)
        elif method == "right sparse":
            rest = word[:c]
            at = sizes.transposed(demand)
            work = least_demanded(number(word[c:]), at, sizes, turned=True)
        else:
            return CALL * self.joins.weight(word)
        return self.joins.weight(word) * self.sparse_penalty * work + self._least_sample(rest)

    def _step_seconds(self, word: str, c: int, method: Method, demand: int) -> float:
        """The cost of joining the two sides at `demand`, and of the one needed at a pattern."""
        left, right, words, sizes = word[:c], word[c:], self.words, self.sizes
        weight = self.joins.weight(word)
        if method == "sddmm":
            counts = sizes.row_counts(demand)
            return weight * prices.sddmm(counts, words.rows(right), words.cols(right))
        first = second = rest = 0
        turned = self.joins.is_turned(left), self.joins.is_turned(right)
        seconds = 0.0
        if method == "left sparse":
            first, second = self.joins.stored(left), sizes.product(self.joins.turned(left), demand)
            rest, turned = second, (turned[0], self.joins.sample_is_turned(right, second))
            seconds = self._sampled_of(right, rest).seconds
        elif method == "right sparse":
            first, second = (
                sizes.product(demand, self.joins.turned(right)),
                self.joins.stored(right),
            )
            rest, turned = first, (self.joins.sample_is_turned(left, first), turned[1])
            seconds = self._sampled_of(left, rest).seconds
        else:
            first, second = self.joins.stored(left), self.joins.stored(right)
        return seconds + weight * self.joins.sparse(
            word, first, turned[0], second, turned[1], demand
        )


def _seconds(estimate: Callable[..., float], *args: Any) -> float:
    """An estimate, infinite where a pattern it asks for is too large to be formed."""
    try:
        return estimate(*args)
    except MemoryError:
        return math.inf
