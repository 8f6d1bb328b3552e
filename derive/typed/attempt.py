"""One reading of a formula: what its names are, found as they are met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from nzdiff.derive.language.nodes import DiagonalSelection
from nzdiff.derive.language.symbols import dense, diagonal, dims, scalar, sparse
from nzdiff.derive.typed.declarations import Declaration
from nzdiff.derive.typed.marks import NUMBERS, ascii_name
from nzdiff.derive.typed.reader import Reader
from nzdiff.derive.typed.sizes import Sizes, letters
from nzdiff.derive.typed.value import REFUSED, MeaningError, Value


class Attempt:
    """One reading of a formula, with a guess of what is a number."""

    def __init__(
        self,
        known: Mapping[str, Any],
        said: Mapping[str, Declaration],
        numbers: set[str],
        defined: Mapping[str, Any] = MappingProxyType({}),
        *,
        closed: bool = False,
    ) -> None:
        """numbers: undeclared names that are scalars.  defined: trees by the names that they have.

        closed: no name is new.
        """
        self.defined = {ascii_name(name): tree for name, tree in defined.items()}
        self.reading = list[str]()
        self.sizes, self.said, self.numbers, self.closed = Sizes(), said, numbers, closed
        self.cost = 0
        """How unlikely the reading is: matrices of one row or column, numbers that are spread."""
        self.symbols = dict[str, Any](known)
        self.shapes = dict[str, tuple[Any, Any]]()
        self.made = dict[str, Value]()
        self.names = {name: _of_symbol(symbol) for name, symbol in known.items()}
        rigid = {
            s
            for d in said.values()
            for size in (d.rows, d.cols)
            if size is not None
            for s in size.free_symbols
        }
        self.names |= {str(s): _of_symbol(s) for s in rigid if str(s) not in said}
        self.rigid = {str(s) for s in rigid} | {
            str(s) for symbol in known.values() for s in symbol.free_symbols
        }

    def read(self, tree: Any) -> None:
        """Find kinds and sizes.  Raises MeaningError and UnequalError."""
        self.reader = Reader(self.names, self.name, self.sizes, size=self.size, declared=self.said)
        self.value = self.reader.read(tree)
        for name, unused in self.defined.items():
            if name not in self.made:
                raise MeaningError(f"{name}: defined, and the formula does not use it", unused)
        for name in self.said:
            if ascii_name(name) not in self.made:
                raise MeaningError(f"{name}: declared, and the formula does not use it", None)
        self.sizes.settle()
        for name, shape in self.shapes.items():
            is_single = all(self.sizes(size) == 1 for size in shape)
            if name not in self.said and name[0].islower() and is_single:
                raise MeaningError(
                    f"{name}: the formula makes it 1 × 1; declare it a scalar, or with its size",
                    tree,
                )
            if name not in self.said and name[0].isupper():
                self.cost += sum(self.sizes(size) == 1 for size in shape)
        self.cost += self.sizes.spreads

    def suppose(self, shape: tuple[Any, Any]) -> None:
        """The shape of all of it, where it stayed open."""
        for own, size in zip(self.value.shape or (), shape, strict=False):
            if self.sizes(own).has(sp.Dummy):
                self.sizes.equal(own, size, self.value.place)

    def expression(self, first: Iterable[str] = ()) -> Any:
        """The expression, once it was read."""
        value = self.value
        self.close(first)
        try:
            return value.number() if value.is_single(self.sizes) else value.build()
        except MeaningError:
            raise
        except REFUSED as error:
            raise MeaningError(str(error), value.place) from error

    def name(self, name: str, place: Any) -> Value:
        """The value of a name that nothing was read of yet."""
        plain = ascii_name(name)
        if plain in self.names:
            return self.names[plain].at(place)
        if self.closed and plain == "D":
            size = self.sizes.open(place)
            return Value((size * size, size), lambda: DiagonalSelection(self.sizes(size)), place)
        if self.closed:
            known = ", ".join(sorted(self.names))
            raise MeaningError(f"{name}: not a symbol of the problem; known are {known}", place)
        if plain in self.defined and plain not in self.made:
            self.made[plain] = self._definition(plain, place)
        if plain not in self.made:
            self.made[plain] = self._declared(
                plain, self.said.get(name, self.said.get(plain, Declaration())), name, place
            )
        return self.made[plain].at(place)

    def _definition(self, name: str, place: Any) -> Value:
        """What a name is defined as, as if it stood there in parentheses."""
        if name in self.reading:
            raise MeaningError(f"{name}: defined by itself", place)
        self.reading.append(name)
        value = self.reader.read(self.defined[name])
        self.reading.pop()
        return replace(value, form=not value.is_number and value.is_single(self.sizes))

    def size(self, name: str, place: Any) -> Value:
        """The value of a name that stands for a size, as n in ones(n)."""
        plain = ascii_name(name)
        if self.closed or plain in {*self.names, *self.made} or {name, plain} & self.said.keys():
            return self.name(name, place)
        try:
            (symbol,) = dims(plain)
        except ValueError as error:
            raise MeaningError(str(error), place) from None
        self.rigid.add(plain)
        self.names[plain] = self.names[name] = _of_symbol(symbol)
        return self.names[plain].at(place)

    def _declared(self, name: str, said: Declaration, as_written: str, place: Any) -> Value:
        kind = said.kind
        if kind is None and said.rows is None and (name in NUMBERS or as_written in self.numbers):
            kind = "scalar"
        try:
            scalar(name)
        except ValueError as error:
            raise MeaningError(str(error), place) from None
        if kind == "scalar":
            self.symbols[name] = scalar(name)
            return Value(None, lambda: self.symbols[name], place)
        one = sp.Integer(1)
        rows = said.rows if said.rows is not None else self.sizes.open(place)
        if kind == "diagonal" or said.symmetric:
            cols = rows
        elif kind == "vector" or (kind is None and name[0].islower()):
            cols = one if said.cols is None else said.cols
        else:
            cols = said.cols if said.cols is not None else self.sizes.open(place)
        if kind == "row":
            rows, cols = one, (cols if said.cols is not None else self.sizes.open(place))
        self.shapes[name] = rows, cols

        def build() -> Any:
            if name not in self.symbols:
                height, width = (self.sizes(size) for size in self.shapes[name])
                made = sparse if kind == "sparse" else dense
                self.symbols[name] = (
                    diagonal(name, height)
                    if kind == "diagonal"
                    else made(name, height, width, symmetric=said.symmetric)
                )
            return self.symbols[name]

        return Value((rows, cols), build, place)

    def close(self, first: Iterable[str]) -> None:
        """Name the sizes that stayed open: n, m, k, … in the order in which they come."""
        free = letters({*self.symbols, *self.shapes, *self.rigid})
        ordered = [self.shapes[name] for name in first if name in self.shapes]
        for shape in (*ordered, *self.shapes.values()):
            for size in shape:
                for dummy in sorted(self.sizes(size).atoms(sp.Dummy), key=str):
                    (self.sizes.found[dummy],) = dims(next(free))
        for dummy, place in self.sizes.opened.items():
            if self.sizes(dummy).has(sp.Dummy):
                raise MeaningError(
                    "the size of this does not follow from the formula; write eye(n), ones(n), "
                    "zeros(n, m), unit(i, j, n, m)",
                    place,
                )


def _of_symbol(symbol: Any) -> Value:
    shape = symbol.shape if isinstance(symbol, sp.MatrixExpr) else None
    return Value(shape, lambda: symbol, None)
