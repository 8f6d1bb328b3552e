"""What it takes to join two words, in full or at a pattern: the prices that planning adds up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nzdiff.codegen.lower.chains.words import Words
from nzdiff.codegen.plan import price as prices
from nzdiff.codegen.plan.forms import (
    SparseFactors,
    best_form,
    form_seconds,
    least_product,
)
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.runtime.data.support import Support

ONCE = 1e-3
"""Weight of work that is done once, when data is bound, against work of every evaluation."""
PAIR = 4e-10
"""Seconds of a multiplication of two sparse matrices whose product is too large to be looked at."""
HOPELESS = 2.5e6
"""Multiplications of two sparse matrices from which on their product is formed only if chosen."""


@dataclass(slots=True)
class Joins:
    """Seconds of the last step of a product; see `ChainPlanner` for what it is made with."""

    words: Words
    sizes: Sizes
    stored_at: Callable[[Support], Support]
    sparse_penalty: float
    in_pairs: bool
    _stored_numbers: dict[str, int] = field(default_factory=dict)

    def weight(self, word: str) -> float:
        """Work that no unknown moves is done once, and hardly counts."""
        return 1.0 if self.words.moves(word) else ONCE

    def leaf(self, letter: str) -> float:
        """What a factor itself costs where it is needed in full: an inverse, as many solves."""
        if not self.words.is_solve(letter):
            return 0.0
        rows = self.words.rows(letter)
        return prices.solve(rows, rows)

    def least_product(self, word: str, c: int) -> float:
        """A lower bound that needs no pattern of the product."""
        left, right = word[:c], word[c:]
        if not (self.words.is_sparse(left) and self.words.is_sparse(right)):
            return 0.0
        number = self.words.number
        return self.sparse_penalty * least_product(number(left), number(right), self.sizes)

    def _products(self, left: str, right: str) -> float:
        """Multiplications of the product of two sparse chains."""
        return self.sizes.whole(self.words.number(left), self.words.number(right))

    def product(self, word: str, c: int) -> float:
        """A product in full of word[:c] and word[c:], by the kernel that their kinds ask for."""
        left, right, words = word[:c], word[c:], self.words
        on_left, on_right = words.is_sparse(left), words.is_sparse(right)
        rows, inner, cols = words.rows(left), words.rows(right), words.cols(right)
        if on_left and on_right:
            products = self._products(left, right)
            if products > HOPELESS:
                return self.sparse_penalty * PAIR * products
            first, second, out = self.stored(left), self.stored(right), self.stored(word)
            turned = self.is_turned(left), self.is_turned(right)
            return self.sparse(word, first, turned[0], second, turned[1], out)
        if words.is_solve(left) or words.is_solve(right):
            return prices.solve(inner, cols if words.is_solve(left) else rows)
        if not on_left and not on_right:
            if words.is_triangle(left) or words.is_triangle(right):
                return prices.trmm(inner, cols if words.is_triangle(left) else rows)
            return prices.gemm(rows, inner, cols)
        if words.is_diagonal(left if on_left else right):
            return prices.scale(rows * cols)
        if on_left:
            return prices.spmm(self.sizes.nnz(self.stored(left)), rows, inner, cols)
        return prices.spmm(self.sizes.nnz(self.stored(right)), cols, inner, rows)

    def sample(self, letter: str, demand: int) -> float:
        """A leaf at a pattern: numbers of a dense one, a sparse one where it is stored."""
        words, nnz = self.words, self.sizes.nnz(demand)
        if words.is_sparse(letter):
            return 0.0 if words.number(letter) == demand else prices.embedded(nnz)
        rows, cols = words.rows(letter), words.cols(letter)
        return prices.sample(rows, nnz, rows * cols) + self.leaf(letter)

    def sparse(
        self, word: str, left: int, left_turned: bool, right: int, right_turned: bool, out: int
    ) -> float:
        """A product of two sparse matrices in the form that it will run in."""
        in_pairs = self.in_pairs or not self.words.moves(word)
        key = (left, left_turned, right, right_turned, out, in_pairs)
        if key not in self.sizes.facts:
            factors = SparseFactors(left, left_turned, right, right_turned, out)
            self.sizes.facts[key] = (
                form_seconds(factors, "pairs", self.sizes)
                if in_pairs
                else best_form(factors, self.sizes)[1]
            )
        seconds: float = self.sizes.facts[key]
        return self.sparse_penalty * seconds

    def stored(self, word: str) -> int:
        """The number of the pattern at which a sparse product is stored."""
        if len(word) == 1:
            return self.words.number(word)
        if word not in self._stored_numbers:
            exact = self.words.number(word)
            recipe = self.words.support(word)
            at = self.stored_at(recipe)
            self._stored_numbers[word] = exact if at == recipe else self.sizes.number(at)
        return self._stored_numbers[word]

    def is_turned(self, word: str) -> bool:
        """Whether a sparse factor is stored transposed."""
        return self.words.is_transposed(word) if len(word) == 1 else False

    def sample_is_turned(self, word: str, demand: int) -> bool:
        """Whether a leaf at its own pattern is stored transposed; a sample never is."""
        leaf = len(word) == 1 and self.words.is_sparse(word)
        return leaf and self.words.number(word) == demand and self.is_turned(word)

    def turned(self, word: str) -> int:
        """The number of the transposed pattern of a sparse product."""
        return self.sizes.transposed(self.words.number(word))
