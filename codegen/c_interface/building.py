"""What a handle is built by: lines of C that make patterns, arrays, index tables and numbers.

All of them stand in a function that has `s` (the memory and the first error), `w` (the workspace of
the kernels) and `leaf`, the patterns that are bound, by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nzdiff.codegen.c_interface.arithmetic import c_arithmetic
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import (
    Array,
    KernelSpec,
    PairTable,
    PanelTable,
    PlaceTable,
    RowTable,
    Table,
)
from nzdiff.runtime.data.support import Dim, Support


@dataclass(frozen=True, slots=True)
class Building:
    """The patterns that a program needs, each with a number.

    leaves: numbers of the bound patterns by name.  dims: how the sizes are written in C.
    """

    spec: KernelSpec
    tables: tuple[Table, ...]
    leaves: Mapping[str, int]
    supports: Mapping[Support, int]

    @classmethod
    def of(cls, spec: KernelSpec, tables: tuple[Table, ...]) -> Building:
        """The building of a program whose text refers to some tables."""
        bound = [a.name for a in spec.arguments if a.kind not in ("dense", "diagonal")]
        names = (*bound, *(name for name, *_ in spec.constants))
        used = [a.support for a in spec.arrays if a.support is not None]
        used += [support for _, support in spec.counts]
        used += [support for table in tables for support in _supports(table)]
        numbered = {support: place for place, support in enumerate(dict.fromkeys(used))}
        return cls(spec, tables, {name: place for place, name in enumerate(names)}, numbered)

    def size(self, dim: Dim) -> str:
        """A size as an int64_t."""
        if isinstance(dim, int):
            return str(dim)
        if dim in self.spec.dims:
            return f"w->{member(dim)}"
        names = {member(name): f"(double)w->{member(name)}" for name in self.spec.dims}
        return f'whole(s, "{dim}", {c_arithmetic(dim, names)})'

    def constants(self) -> list[str]:
        """The patterns that follow from the sizes."""
        return [
            f"leaf[{self.leaves[name]}] = {self._constant(kind, sizes)};"
            for name, kind, sizes in self.spec.constants
        ]

    def _constant(self, kind: str, sizes: tuple[Dim, ...]) -> str:
        given = [self.size(size) for size in sizes]
        if kind == "unit":
            return f"unit(s, {', '.join(given)})"
        if kind == "shift":
            return f"shift(s, {', '.join(given)})"
        if kind == "rows":
            cols, *places = given
            listed = ", ".join(f"(int32_t){place}" for place in places)
            return f"some_rows(s, {cols}, {len(places)}, (const int32_t[]){{{listed}}})"
        return f"commutation(s, {', '.join(given)})"

    def patterns(self) -> list[str]:
        """Every pattern, with its formula."""
        return [
            f"p[{place}] = {self._pattern(support)}; /* {support} */"
            for support, place in self.supports.items()
        ]

    def _pattern(self, support: Support) -> str:
        rows, cols = self.size(support.rows), self.size(support.cols)
        if not support.chains:
            return f"new_pattern(s, {rows}, {cols}, 0)"
        first, *others = (
            f"chain(s, {len(chain)}, (const stored *[]){{{', '.join(map(self._factor, chain))}}})"
            if chain
            else f"identity(s, {rows})"
            for chain in support.chains
        )
        for other in others:
            first = f"joined(s, {first}, {other})"
        return first

    def _factor(self, factor: tuple[str, bool]) -> str:
        name, transposed = factor
        leaf = f"leaf[{self.leaves[name]}]"
        return f"turned(s, {leaf}, 1)" if transposed else leaf

    def numbers(self) -> list[str]:
        """Counts of stored values, and sizes that are formulas."""
        counts = [f"w->{name} = p[{self.supports[s]}]->count;" for name, s in self.spec.counts]
        return counts + [f"w->{name} = {self.size(dim)};" for name, dim in self.spec.sizes]

    def length(self, array: Array) -> str:
        """How many numbers an array holds."""
        if array.scalar:
            return "1"
        if array.support is not None:
            return f"p[{self.supports[array.support]}]->count"
        return f"{self.size(array.rows)} * {self.size(array.cols)}"

    def arrays(self) -> list[str]:
        """The memory of every array."""
        return [
            f"w->{array.name} = kept_numbers(s, {self.length(array)});"
            for array in self.spec.arrays
        ]

    def lists(self) -> list[str]:
        """Every index table."""
        return [self._list(table) for table in self.tables]

    def _list(self, table: Table) -> str:
        p, own = self._stored, f"w->{table.name}"
        match table:
            case RowTable(_, support, turned):
                places = _members(own, "start", "cols", "position")
                return f"list_rows(s, {p(support)}, {turned:d}, {places});"
            case PairTable(_, left, left_turned, right, right_turned, out):
                sides = f"{p(left)}, {left_turned:d}, {p(right)}, {right_turned:d}, {p(out)}"
                return f"list_pairs(s, {sides}, {_members(own, 'start', 'left', 'right')});"
            case PlaceTable(_, source, turned, out):
                return f"list_places(s, {p(source)}, {turned:d}, {p(out)}, &{own}.place);"
            case PanelTable(_, "spread", left, turned, right, False, out):
                sides = f"{p(left)}, {turned:d}, {p(right)}, {p(out)}"
                names = "start", "place", "width", "left", "source", "which", "lanes"
                return f"list_spread(s, {sides}, {_members(own, *names)});"
            case PanelTable(name, form):
                raise NotImplementedError(f"C interface: no table {name} of the form {form}")

    def _stored(self, support: Support) -> str:
        return f"p[{self.supports[support]}]"


def _supports(table: Table) -> Iterable[Support]:
    match table:
        case RowTable(_, support):
            return (support,)
        case PlaceTable(_, source, _, out):
            return source, out
        case PairTable(_, left, _, right, _, out) | PanelTable(_, _, left, _, right, _, out):
            return left, right, out


def _members(own: str, *names: str) -> str:
    return ", ".join(f"&{own}.{name}" for name in names)
