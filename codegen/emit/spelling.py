"""How the arguments of a program are spelled where the workspace is a record with members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nzdiff.codegen.emit.statements import (
    Argument,
    Array,
    Arrays,
    Count,
    Entry,
    Index,
    Number,
    Size,
    Whole,
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """member: what stands before the name of a member; reference: before that of a table.

    row: several arrays as one argument, of their names; nothing: of none.
    """

    member: str
    reference: str = ""
    row: str = "[{}]"
    nothing: str = "[]"

    def argument(self, argument: Argument) -> str:
        """An argument of a kernel."""
        match argument:
            case Size(dim):
                return self._size(dim)
            case Count(_, _, stored) if stored:
                return f"{self.member}{stored}"
            case Count(rows, cols):
                return f"{self._size(rows)} * {self._size(cols)}"
            case Whole(value):
                return str(value)
            case Number(Entry() as entry):
                return self.entry(entry)
            case Number(str(name)) | Array(name):
                return f"{self.member}{name}"
            case Number(value):
                return repr(value)
            case Arrays(names):
                shown = ", ".join(f"{self.member}{name}" for name in names)
                return self.row.format(shown) if names else self.nothing
            case Index(table):
                return f"{self.reference}{self.member}{table}"

    def entry(self, entry: Entry) -> str:
        """One number of an array."""
        return f"{self.member}{entry.array}[{entry.place}]"

    def sum(self, constant: Number, terms: Iterable[tuple[Number, Entry]]) -> str:
        """A constant and multiples of entries, without what changes nothing."""
        products = [
            self.entry(x) if number == Number(1.0) else f"{self.argument(number)} * {self.entry(x)}"
            for number, x in terms
        ]
        first = [] if products and constant == Number(0.0) else [self.argument(constant)]
        return " + ".join(first + products)

    def _size(self, dim: int | str) -> str:
        return str(dim) if isinstance(dim, int) else f"{self.member}{dim}"
