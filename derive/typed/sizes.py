"""Sizes that a formula leaves open, found from what has to be equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import Any

import sympy as sp

Shape = tuple[Any, Any]


class Sizes:
    """Equations between sizes, solved as they come; those with two unknowns wait for others.

    Open sizes are SymPy dummies; declared ones are symbols and numbers that stay what they are.
    """

    def __init__(self) -> None:
        """Without equations."""
        self.found = dict[Any, Any]()
        self.waiting = list[tuple[Any, Any, Any]]()
        self.opened = dict[Any, Any]()
        self.likely, self.last = list[tuple[Any, Any]](), list[tuple[Any, Any]]()
        self.spreads = 0
        """How often a number that is no literal stood for a matrix."""

    def open(self, place: Any) -> Any:
        """A size that is not known yet, of the part of the formula at `place`."""
        size = sp.Dummy(integer=True, positive=True)
        self.opened[size] = place
        return size

    def __call__(self, size: Any) -> Any:
        """A size as far as it is known."""
        while size.atoms(sp.Dummy) & self.found.keys():
            size = size.xreplace(self.found)
        return size

    def equal(self, left: Any, right: Any, place: Any) -> None:
        """Two sizes are one.  Raises `UnequalError` at `place` where they cannot be."""
        if not self._settle(left, right, place):
            self.waiting.append((left, right, place))

    def suggest(self, left: Any, right: Any, *, last: bool = False) -> None:
        """Two sizes that are one where nothing else decides: as blocks above one another.

        last: where no other suggestion decides, as that factors of ⊗ are square.
        """
        (self.last if last else self.likely).append((left, right))

    def settle(self) -> None:
        """Go through what waits until nothing more is found; raise where something is left."""
        self._retry()
        while self.waiting and (self.likely or self.last):
            left, right = map(self, (self.likely or self.last).pop(0))
            if left != right and (left.is_Dummy or right.is_Dummy):
                self._settle(left, right, None)
                self._retry()
        for left, right, place in self.waiting:
            raise UnequalError(self(left), self(right), place)

    def _retry(self) -> None:
        before = -1
        while self.waiting and len(self.waiting) != before:
            before = len(self.waiting)
            waiting, self.waiting = self.waiting, []
            for left, right, place in waiting:
                self.equal(left, right, place)

    def _settle(self, left: Any, right: Any, place: Any) -> bool:
        left, right = self._reduced(left, right)
        if left == right:
            return True
        for one, other in ((left, right), (right, left)):
            if one.is_Dummy and not other.has(one):
                self.found[one] = other
                return True
        for one, other in ((left, right), (right, left)):
            if one == 1 and all(factor.is_positive for factor in sp.Mul.make_args(other)):
                return self._each_is_one(other, place)
            for degree in (2, 3, 5):
                roots = _root(one, degree), _root(other, degree)
                if None not in roots and roots != (one, other):
                    return self._settle(*roots, place)
        if not (left - right).atoms(sp.Dummy):
            raise UnequalError(left, right, place)
        return False

    def _each_is_one(self, product: Any, place: Any) -> bool:
        factors = sp.Mul.make_args(product)
        if len(factors) == 1 and not factors[0].is_Dummy:
            raise UnequalError(sp.Integer(1), product, place)
        settled = [self._settle(factor, sp.Integer(1), place) for factor in factors]
        return all(settled)

    def _reduced(self, left: Any, right: Any) -> tuple[Any, Any]:
        """Both sides without the factors and summands that they share."""
        left, right = sp.expand(self(left)), sp.expand(self(right))
        if left.is_Add or right.is_Add:
            shared = set(sp.Add.make_args(left)) & set(sp.Add.make_args(right))
            both = sp.Add(*shared)
            left, right = left - both, right - both
        common = sp.gcd(left, right)
        if common not in (0, 1):
            left, right = sp.cancel(left / common), sp.cancel(right / common)
        return left, right


class UnequalError(Exception):
    """Two sizes that have to be equal and are not."""

    def __init__(self, left: Any, right: Any, place: Any) -> None:
        """The sizes, and the part of the formula that wants them equal."""
        super().__init__(f"{left} ≠ {right}")
        self.left, self.right, self.place = left, right, place


def _root(size: Any, degree: int) -> Any:
    """x for x^degree, None for what is no such power."""
    root = sp.root(size, degree)
    return root if root.is_integer else None


LETTERS = "n m k p q r s t"


def letters(taken: Iterable[str]) -> Iterator[str]:
    """Names for sizes: n, m, k, …, then n1, n2, …, without those that are taken."""
    used = set(taken)
    names = chain(LETTERS.split(), (f"n{number}" for number in count(1)))
    return (name for name in names if name not in used)
