"""Programs as plain text: what is computed, from what, line by line.

It has no kernel for products in panels, and shows them by pairs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nzdiff.codegen.emit.heading import Heading
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.emit.statements import (
    Accumulate,
    Array,
    Arrays,
    Assign,
    Call,
    Choose,
    Count,
    Entry,
    Index,
    Number,
    Size,
    Statement,
    Whole,
)
from nzdiff.codegen.emit.target import chosen
from nzdiff.codegen.lower.names import NOTHING, Reserved


@dataclass(frozen=True, slots=True)
class PlainTarget:
    """See `Target`."""

    name: str = "plain"
    reserved: Reserved = NOTHING
    packaged: bool = True

    def has(self, kernel: str) -> bool:
        return not kernel.startswith("product_")

    def statement(self, statement: Statement) -> str:
        match statement:
            case Call():
                call = chosen(self, statement)
                given = ", ".join(map(shown, call.arguments))
                return f"{call.out.name} {'+' * call.updates}= {call.kernel} of {given}"
            case Assign(out, expression, parameters):
                given = ", ".join(f"{symbol} = {shown(value)}" for symbol, value in parameters)
                return f"{out.array} = {expression} with {given}"
            case Accumulate(out, constant, terms):
                parts = [shown(constant), *(f"{shown(c)} {x.array}" for c, x in terms)]
                return f"{out.array} = {' + '.join(parts)}"
            case Choose(out, cheap, scale, least, function):
                condition = f"{cheap.array} >= {least[0]:g} {scale.array}"
                return f"{out.array} = {cheap.array} if {condition}, else {function}"

    def text(self, program: Program, heading: Heading) -> str:
        lines = [heading.title, *heading.lines]
        for routine in program.routines:
            after = f", after {', '.join(map(str, routine.stages))}" if routine.stages else ""
            lines += ["", f"{routine.name}: {routine.comment}{after}"]
            lines += [f"  {self.statement(statement)}" for statement in routine.statements]
        return "\n".join([*lines, ""])

    def files(self, programs: Mapping[str, tuple[Program, Heading]]) -> dict[str, str]:
        return {f"{name}.txt": self.text(*program) for name, program in programs.items()}


PLAIN = PlainTarget()


def shown(argument: object) -> str:
    match argument:
        case Size(dim):
            return str(dim)
        case Count(rows, cols, stored):
            return stored or f"{rows} x {cols}"
        case Whole(value):
            return f"number {value}"
        case Number(Entry(name, place)):
            return f"{name}[{place}]"
        case Number(value):
            return str(value)
        case Index(name) | Array(name):
            return name
        case Arrays(names):
            return ", ".join(names)
        case _:
            raise TypeError(argument)
