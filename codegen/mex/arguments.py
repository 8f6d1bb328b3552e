"""What MATLAB gives: the arguments of a problem in their order, and the lines of C that take them.

Dense and diagonal matrices come first, then sparse ones, both as the formula has them; then where
unknowns store values, numbers, and the sizes that no matrix of data has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nzdiff.codegen.c_interface.arithmetic import c_arithmetic
from nzdiff.codegen.c_interface.names import spoken
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import Argument, KernelSpec
from nzdiff.runtime.data.support import Dim

OF_DATA = ("dense", "diagonal", "sparse")
KEYWORDS = (
    "break case catch classdef continue do else elseif end endfor endfunction endif endwhile "
    "enumeration events for function global if methods otherwise parfor persistent properties "
    "return spmd switch try unwind_protect until while"
)
"""Words that cannot be the field of a struct in MATLAB or Octave."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument: its name in MATLAB, how it is written in a call, and what it is.

    of: the matrix, None for a number or a size.
    """

    name: str
    shown: str
    meaning: str
    of: Argument | None = None


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a problem, whose formula is one line of text."""

    spec: KernelSpec
    formula: str

    def listed(self) -> tuple[Given, ...]:
        """In the order of a call."""
        found = [Given(said(a.name), said(a.name), _meaning(a), a) for a in self.data()]
        for a in self.patterns():
            shown = "[i j]" if len(self.patterns()) == 1 else f"ij_{said(a.name)}"
            found.append(Given(said(a.name), shown, _meaning(a), a))
        found += [Given(said(x), said(x), "a number") for x in self._ordered(self.spec.scalars)]
        found += [Given(said(d), said(d), "a size") for d in self.sizes()]
        return tuple(found)

    def data(self) -> list[Argument]:
        """Matrices that hold numbers."""
        by_name = {a.name: a for a in self.spec.arguments if a.kind in OF_DATA}
        found = [by_name[name] for name in self._ordered(tuple(by_name))]
        return sorted(found, key=lambda a: a.kind == "sparse")

    def patterns(self) -> list[Argument]:
        """Unknowns of which only some values are stored, in the order in which g has them."""
        by_name = {a.name: a for a in self.spec.arguments}
        unknowns = [by_name[name] for name in self.spec.unknowns]
        return [a for a in unknowns if a.kind == "unknown"]

    def settable(self) -> list[Given]:
        """What may be replaced: matrices of data and numbers."""
        asked = [*(said(a.name) for a in self.data()), *map(said, self.spec.scalars)]
        return [g for g in self.listed() if g.name in asked]

    def sizes(self) -> list[str]:
        """Sizes that no matrix of data has as its number of rows or columns."""
        return [d for d in self.spec.dims if self._source(d) is None]

    def _ordered(self, names: tuple[str, ...]) -> list[str]:
        """Names as they come in the formula."""
        words = re.findall(r"[^\W\d]\w*", self.formula)
        longest = sorted(names, key=len, reverse=True)
        met = [next((name for name in longest if word.startswith(name)), None) for word in words]
        return list(dict.fromkeys([name for name in met if name] + list(names)))

    def _source(self, dim: str) -> tuple[int, str] | None:
        """The argument, by its place, and the function of C that give a size."""
        for place, a in enumerate(self.data()):
            if a.kind == "diagonal" and a.rows == dim:
                return place, "mxGetNumberOfElements"
            if a.kind != "diagonal" and a.rows == dim:
                return place, "mxGetM"
            if a.kind != "diagonal" and a.cols == dim:
                return place, "mxGetN"
        return None

    def taking(self) -> Iterator[str]:
        """Lines that fill `data`, sizes first, from `given`, the array of arguments."""
        order = [g.name for g in self.listed()]
        for dim in self.spec.dims:
            source, own = self._source(dim), spoken(dim)
            if source is None:
                yield f'data.{own} = whole("{dim}", given[{order.index(said(dim))}]);'
            elif source[1] == "mxGetNumberOfElements":
                yield f"data.{own} = length(given[{source[0]}]);"
            else:
                yield f"data.{own} = (int64_t){source[1]}(given[{source[0]}]);"
        for place, given in enumerate(self.listed()):
            if given.of is not None:
                taken = self.taken(given.of, f"given[{place}]", "data.")
                yield f"data.{spoken(given.of.name)} = {taken};"
        for name in self.spec.scalars:
            yield f'data.{spoken(name)} = number("{name}", given[{order.index(said(name))}]);'

    def taken(self, a: Argument, value: str, data: str) -> str:
        """The call of C that takes a matrix from an mxArray; data: where the sizes stand."""
        rows, cols = self.size(a.rows, data), self.size(a.cols, data)
        if a.kind == "diagonal":
            return f'diagonal("{a.name}", {value}, {rows})'
        function = {"dense": "dense", "sparse": "columns", "unknown": "places"}[a.kind]
        return f'{function}("{a.name}", {value}, {rows}, {cols})'

    def size(self, dim: Dim, data: str) -> str:
        """A size as a double."""
        names = {member(name): f"(double){data}{spoken(name)}" for name in self.spec.dims}
        return c_arithmetic(member(dim) if dim in self.spec.dims else dim, names)

    def shapes(self) -> list[str]:
        """Rows and columns of each unknown, from `data`."""
        by_name = {a.name: a for a in self.spec.arguments}
        unknowns = [by_name[name] for name in self.spec.unknowns]
        return [self.size(size, "data.") for a in unknowns for size in (a.rows, a.cols)]

    def unknowns(self) -> list[tuple[str, str, int]]:
        """Name, kind and place among the arguments, from 1 (0: none), of each unknown."""
        by_name = {a.name: a for a in self.spec.arguments}
        order = [g.of.name if g.of else None for g in self.listed()]
        found = []
        for name in self.spec.unknowns:
            a = by_name[name]
            kind = a.kind.removeprefix("unknown").strip() or "sparse"
            kind += " symmetric" if a.symmetric and kind != "diagonal" else ""
            found.append((said(name), kind, order.index(name) + 1 if name in order else 0))
        return found


def said(name: str) -> str:
    """A name in MATLAB: itself where it can be one, else its spelling in programs."""
    word = name if re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) else member(name)
    return f"{word}_" if word in KEYWORDS.split() else word


def _meaning(a: Argument) -> str:
    if a.kind == "diagonal":
        return f"a diagonal {a.rows} x {a.rows}, or its {a.rows} values"
    word = f"where {a.name} stores values" if a.kind == "unknown" else a.kind
    return f"{word}, {a.rows} x {a.cols}{', symmetric' if a.symmetric else ''}"
