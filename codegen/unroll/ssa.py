"""Numbers in static single assignment: each is computed once, from numbers made before it.

Equal operations on equal numbers are one number (hash-consing), operations on known numbers are
carried out, and factors or summands that do not depend on the unknowns are brought together, so
that they can be computed when data is bound: common subexpressions and constants cost nothing to
find, because they are looked up while the numbers are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import sympy as sp

from nzdiff.codegen.plan.numbers import parameter


class Number(NamedTuple):
    """A number that is known when code is written."""

    value: float


class Given(NamedTuple):
    """Entry `place` of an array that is known when data is bound."""

    name: str
    place: int


class Unknown(NamedTuple):
    """Entry `place` of g."""

    place: int


class Product(NamedTuple):
    """left · right; what does not depend on g comes first."""

    left: int
    right: int


class Total(NamedTuple):
    """The sum of two or more numbers."""

    terms: tuple[int, ...]


class Call(NamedTuple):
    """A function: an expression in p0, p1, …, which stand for `arguments`."""

    expr: sp.Expr
    arguments: tuple[int, ...]


Node: TypeAlias = Number | Given | Unknown | Product | Total | Call
ZERO, ONE = 0, 1
"""Zero is number 0: where an array of places is 0, nothing is stored."""


@dataclass(slots=True)
class Scalars:
    """All numbers so far by their places, and which of them depend on g."""

    nodes: list[Node] = field(default_factory=list)
    moves: list[bool] = field(default_factory=list)
    _places: dict[tuple[type, Node], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.number(0.0)
        self.number(1.0)

    def add(self, node: Node) -> int:
        """The place of a number, which is a new one unless it is there already."""
        key = (type(node), node)
        if key not in self._places:
            self._places[key] = len(self.nodes)
            moves = isinstance(node, Unknown) or any(self.moves[i] for i in operands(node))
            self.nodes.append(node)
            self.moves.append(moves)
        return self._places[key]

    def number(self, value: float) -> int:
        """A known number; −0 is 0."""
        return self.add(Number(float(value) + 0.0))

    def product(self, left: int, right: int) -> int:
        """left · right, with 0 x = 0, 1 x = x and a (b x) = (a b) x where x alone moves."""
        if ZERO in (left, right):
            return ZERO
        if ONE in (left, right):
            return right if left == ONE else left
        if (self.moves[left], left) > (self.moves[right], right):
            left, right = right, left
        first, second = self.nodes[left], self.nodes[right]
        if isinstance(first, Number) and isinstance(second, Number):
            return self.number(first.value * second.value)
        fixed = not self.moves[left] and self.moves[right]
        if fixed and isinstance(second, Product) and not self.moves[second.left]:
            return self.product(self.product(left, second.left), second.right)
        return self.add(Product(left, right))

    def total(self, terms: Iterable[int]) -> int:
        """The sum; known summands are one, and so are those that do not depend on g."""
        known = 0.0
        fixed: list[int] = []
        moving: list[int] = []
        for term in terms:
            node = self.nodes[term]
            if isinstance(node, Number):
                known += node.value
            else:
                (moving if self.moves[term] else fixed).append(term)
        if known != 0.0:
            fixed.append(self.number(known))
        if moving and len(fixed) > 1:
            fixed = [self.total(fixed)]
        together = sorted(fixed) + sorted(moving)
        if len(together) < 2:
            return together[0] if together else ZERO
        return self.add(Total(tuple(together)))

    def combination(self, terms: Sequence[tuple[int, int]]) -> int:
        """Σ coefficient · number; coefficients that are all the same are multiplied once."""
        present = [(c, x) for c, x in terms if x != ZERO]
        if len({c for c, _ in present}) == 1:
            return self.product(present[0][0], self.total(x for _, x in present))
        return self.total(self.product(c, x) for c, x in present)

    def apply(self, expr: sp.Expr, values: dict[sp.Symbol, int]) -> int:
        """An expression of numbers: sums, products and whole powers are opened, the rest called."""
        if expr in values:
            return values[expr]
        if expr.is_number:
            return self.number(float(expr))
        if isinstance(expr, sp.Add):
            return self.total(self.apply(arg, values) for arg in expr.args)
        if isinstance(expr, sp.Mul):
            place = ONE
            for arg in expr.args:
                place = self.product(place, self.apply(arg, values))
            return place
        if isinstance(expr, sp.Pow) and expr.exp.is_Integer:
            return self.power(self.apply(expr.base, values), int(expr.exp))
        free = sorted(expr.free_symbols, key=str)
        names = {symbol: parameter(place) for place, symbol in enumerate(free)}
        return self.call(expr.xreplace(names), tuple(values[symbol] for symbol in free))

    def power(self, base: int, exponent: int) -> int:
        """base^exponent by squaring; of a negative exponent, one divided by it."""
        if exponent < 0:
            return self.call(1 / parameter(0), (self.power(base, -exponent),))
        if exponent == 0:
            return ONE
        half = self.power(base, exponent // 2)
        square = self.product(half, half)
        return self.product(square, base) if exponent % 2 else square

    def call(self, expr: sp.Expr, arguments: tuple[int, ...]) -> int:
        """A function of numbers; of known ones it is left to whoever evaluates it."""
        return self.add(Call(expr, arguments))


def operands(node: Node) -> tuple[int, ...]:
    """The numbers that a number is computed from."""
    match node:
        case Product(left, right):
            return left, right
        case Total(terms):
            return terms
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def ordered(scalars: Scalars, results: Iterable[int], known: Iterable[int] = ()) -> list[int]:
    """What the results need beside what is known, each after what it is computed from.

    Depth first: a number is computed shortly before it is used, while registers still hold it.
    """
    done = set(known)
    found: list[int] = []
    for result in results:
        stack = [(result, False)]
        while stack:
            place, ready = stack.pop()
            if place in done:
                continue
            below = operands(scalars.nodes[place])
            if ready or not below:
                done.add(place)
                found.append(place)
                continue
            stack.append((place, True))
            stack.extend((operand, False) for operand in reversed(below))
    return found
