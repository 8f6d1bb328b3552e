"""Numbers in static single assignment as straight-line C on several instances at once, or NumPy.

Every number of the C is a vector register: the same number of 8 instances.  The code is cut into
functions of a few dozen statements, which pass each other what they do not keep through an array:
the time of a C compiler grows faster than the length of a function, and the code gets no better.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import scipy.constants
import scipy.special
import sympy as sp

from nzdiff.codegen.emit.targets.c.expressions import SMALL, c_text
from nzdiff.codegen.emit.targets.numpy.expressions import numpy_text
from nzdiff.codegen.unroll.ssa import (
    Call,
    Given,
    Node,
    Number,
    Product,
    Scalars,
    Total,
    Unknown,
    operands,
    ordered,
)

STATEMENTS = 100
"""Per function: measured, 25 to 3,000; beyond 200 compilers take longer and code is slower."""


@dataclass(frozen=True, slots=True)
class StraightLine:
    """What is computed at g: statements in order.

    shared, stacked: numbers that are known when data is bound, one for all instances or one for
    each; in the order in which code refers to them.
    """

    scalars: Scalars
    results: tuple[int, ...]
    statements: tuple[int, ...]
    shared: tuple[int, ...]
    stacked: tuple[int, ...]

    @property
    def operations(self) -> Counter[str]:
        """How many numbers of each kind are computed at g; a sum of n counts n − 1 times."""
        found: Counter[str] = Counter()
        for place in self.statements:
            node = self.scalars.nodes[place]
            found[type(node).__name__] += len(node.terms) - 1 if isinstance(node, Total) else 1
        return found


def straight_line(
    scalars: Scalars, results: tuple[int, ...], varying: frozenset[str]
) -> StraightLine:
    """The statements of some results; varying: the data of which each instance has its own."""
    order = ordered(scalars, results)
    own: set[int] = set()
    for place in order:
        node = scalars.nodes[place]
        mine = isinstance(node, Given) and node.name in varying
        if mine or not own.isdisjoint(operands(node)):
            own.add(place)
    used = {o for place in order if scalars.moves[place] for o in operands(scalars.nodes[place])}
    used.update(results)
    fixed = [
        place
        for place in order
        if place in used
        and not scalars.moves[place]
        and not isinstance(scalars.nodes[place], Number)
    ]
    moving = [p for p in order if scalars.moves[p] and not isinstance(scalars.nodes[p], Unknown)]
    return StraightLine(
        scalars,
        results,
        tuple(moving),
        tuple(place for place in fixed if place not in own),
        tuple(place for place in fixed if place in own),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """Statements of one C function."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A C function of vectors: by arithmetic on vectors, or instance by instance."""

    name: str
    parameters: tuple[str, ...]
    text: str
    is_arithmetic: bool


def c_parts(code: StraightLine) -> tuple[tuple[Part, ...], tuple[Function, ...], int]:
    """The functions of some code, the functions they call, and the length of what they share."""
    writer = _Writer(code)
    parts = tuple(
        Part(f"part_{place}", tuple(writer.lines(place, statements)))
        for place, statements in enumerate(writer.parts)
    )
    return parts, tuple(writer.functions.values()), writer.length


@dataclass(slots=True)
class _Writer:
    """Writes statements; knows which number is kept where between functions."""

    code: StraightLine
    functions: dict[sp.Expr, Function] = field(default_factory=dict)
    parts: list[tuple[int, ...]] = field(init=False)
    length: int = field(init=False, default=0)
    _nodes: list[Node] = field(init=False)
    _part_of: dict[int, int] = field(init=False)
    _last: dict[int, int] = field(init=False)
    _leaves: dict[int, str] = field(init=False)
    _inlined: set[int] = field(init=False)
    _shared: frozenset[int] = field(init=False)
    _kept: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        code, self._nodes = self.code, self.code.scalars.nodes
        uses = Counter(o for place in code.statements for o in operands(self._nodes[place]))
        uses.update(code.results)
        self._inlined = {
            place
            for place in code.statements
            if isinstance(self._nodes[place], Product) and uses[place] == 1
        } - set(code.results)  # a product that one sum uses: a fused multiply-add
        written = [place for place in code.statements if place not in self._inlined]
        starts = range(0, max(len(written), 1), STATEMENTS)
        self.parts = [tuple(written[start : start + STATEMENTS]) for start in starts]
        self._part_of = {place: part for part, group in enumerate(self.parts) for place in group}
        self._shared = frozenset(code.shared)
        self._leaves = {place: f"s[{i}]" for i, place in enumerate(code.shared)}
        self._leaves |= {place: f"d[{i}]" for i, place in enumerate(code.stacked)}
        self._last = {}
        for place in written:
            for operand in self._needs(place):
                self._last[operand] = max(self._last.get(operand, 0), self._part_of[place])

    def lines(self, part: int, statements: Sequence[int]) -> Iterable[str]:
        """The statements of one part, with what it fetches and what it keeps."""
        needed = dict.fromkeys(o for place in statements for o in self._needs(place))
        for place in needed:
            if self._part_of[place] != part:
                yield f"const lanes v{place} = t[{self._kept[place]}];"
        for place in statements:
            yield f"const lanes v{place} = {self._text(place)};"
        over = [place for place in self._kept if self._last[place] == part]
        free = [self._kept.pop(place) for place in over]
        for place in statements:
            if self._last.get(place, part) > part:
                if not free:
                    free.append(self.length)
                    self.length += 1
                self._kept[place] = free.pop()
                yield f"t[{self._kept[place]}] = v{place};"
        final = part == len(self.parts) - 1
        for result, place in enumerate(self.code.results):
            if self._part_of.get(place, part if final else -1) == part:
                yield f"out[{result}] = {self._vector(place)};"

    def _needs(self, place: int) -> Iterable[int]:
        """The written numbers that a statement refers to."""
        for operand in operands(self._nodes[place]):
            if operand in self._inlined:
                yield from self._needs(operand)
            elif operand in self._part_of:
                yield operand

    def _text(self, place: int) -> str:
        node = self._nodes[place]
        match node:
            case Product(left, right):
                return f"{self._name(left)} * {self._name(right)}"
            case Total(terms):
                return " + ".join(self._name(term) for term in terms)
            case Call(expr, arguments):
                return f"{self._function(expr)}({', '.join(map(self._vector, arguments))})"
            case _:
                raise AssertionError(f"{node} is no statement")

    def _name(self, place: int) -> str:
        """A number as an operand: a vector, or a double."""
        node = self._nodes[place]
        if place in self._leaves:
            return self._leaves[place]
        if place in self._inlined:
            return self._text(place)
        match node:
            case Unknown(position):
                return f"g[{position}]"
            case Number(value):
                return repr(value)
            case _:
                return f"v{place}"

    def _vector(self, place: int) -> str:
        """A number as a vector."""
        name = self._name(place)
        is_double = place in self._shared or isinstance(self._nodes[place], Number)
        return f"ALL({name})" if is_double else name

    def _function(self, expr: sp.Expr) -> str:
        if expr not in self.functions:
            names = tuple(sorted((str(s) for s in expr.free_symbols), key=lambda n: int(n[1:])))
            text = c_text(expr)
            self.functions[expr] = Function(
                f"call_{len(self.functions)}", names, text, _is_arithmetic(expr)
            )
        return self.functions[expr].name


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results in NumPy: `order` computes them, `released` are the numbers no longer needed then."""

    scalars: Scalars
    results: tuple[int, ...]
    order: tuple[int, ...]
    released: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, scalars: Scalars, results: Sequence[int], known: Iterable[int]) -> Evaluation:
        """From numbers that will be known."""
        order = ordered(scalars, results, known)
        last = {o: at for at, place in enumerate(order) for o in operands(scalars.nodes[place])}
        released: list[list[int]] = [[] for _ in order]
        kept = set(results)
        for operand, at in last.items():
            if operand not in kept:
                released[at].append(operand)
        return cls(scalars, tuple(results), tuple(order), tuple(map(tuple, released)))

    def __call__(self, known: Mapping[int, Any]) -> list[Any]:
        """The results, numbers or arrays, from what is known."""
        values = dict(known)
        for place, released in zip(self.order, self.released, strict=True):
            values[place] = _value(self.scalars.nodes[place], values)
            for operand in released:
                del values[operand]
        return [values[place] for place in self.results]


def _value(node: Node, values: Mapping[int, Any]) -> Any:
    match node:
        case Number(value):
            return np.float64(value)  # divides by zero as arrays do
        case Product(left, right):
            return values[left] * values[right]
        case Total(terms):
            total = values[terms[0]] + values[terms[1]]
            for term in terms[2:]:
                total = total + values[term]
            return total
        case Call(expr, arguments):
            return _callable(expr)(*(values[place] for place in arguments))
        case _:
            raise KeyError(node)


@cache
def _callable(expr: sp.Expr) -> Callable[..., Any]:
    names = sorted((str(s) for s in expr.free_symbols), key=lambda name: int(name[1:]))
    modules = {"numpy": np, "scipy": scipy}
    return eval(f"lambda {', '.join(names)}: {numpy_text(expr)}", modules)  # type: ignore[no-any-return]


def _is_arithmetic(expr: sp.Expr) -> bool:
    """Whether vectors have what an expression is made of: sums, products, quotients."""
    if expr.is_Pow:
        base, power = expr.args
        small = power == -1 or (power.is_Integer and 2 <= power <= SMALL and base.is_Symbol)
        return bool(small) and _is_arithmetic(base)
    if isinstance(expr, (sp.Add, sp.Mul)):
        return all(map(_is_arithmetic, expr.args))
    return bool(expr.is_Symbol or expr.is_Number)
