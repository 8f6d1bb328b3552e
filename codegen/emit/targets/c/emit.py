"""Programs in C11: the kernels they use, one struct of what the runtime lays out, the functions.

A package holds the kernels once, in kernels.h, and one file for each program; a text that stands
alone holds both.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from struct import pack, unpack

import sympy as sp

from nzdiff.codegen.emit.heading import Heading
from nzdiff.codegen.emit.layout import Program, Routine
from nzdiff.codegen.emit.spelling import Spelling
from nzdiff.codegen.emit.statements import (
    Accumulate,
    Argument,
    Assign,
    Call,
    Choose,
    EntryFunction,
    Number,
    Statement,
)
from nzdiff.codegen.emit.target import chosen, table_names, written
from nzdiff.codegen.emit.targets.c.expressions import c_text
from nzdiff.codegen.emit.targets.c.kernels import KERNELS, kernel_text, with_needs
from nzdiff.codegen.emit.targets.c.words import RESERVED
from nzdiff.codegen.emit.templates import rendered
from nzdiff.codegen.lower.names import Reserved
from nzdiff.derive.language.nodes import PolyGamma
from nzdiff.runtime.data.members import member
from nzdiff.runtime.data.spec import PairTable, PanelTable, PlaceTable, RowTable, Table

SPELLING = Spelling("w->", "&", "(const real *[]){{{}}}", "0")
WIDTH = 100
"""Columns of emitted text."""
PACKAGE = "nzdiff.codegen.emit.targets.c"
SHARED = "kernels.h"
"""The file of a package that holds the kernels."""


@dataclass(frozen=True, slots=True)
class _Function:
    comment: str
    head: str
    lines: tuple[str, ...]


def _rounded(number: float) -> float | None:
    """The nearest number of single precision; None where there is none."""
    try:
        return float(unpack("f", pack("f", number))[0])
    except OverflowError:
        return None


def _passed(argument: Argument) -> str:
    """An argument of a kernel, which takes numbers in the precision that it computes in."""
    text = SPELLING.argument(argument)
    if not isinstance(argument, Number):
        return text
    value = argument.value
    exact = isinstance(value, int | float) and _rounded(value) == value
    return text if exact else f"(real){text}"


@dataclass(frozen=True, slots=True)
class CTarget:
    """See `Target`.

    absent: kernels that are not to be used.
    """

    name: str = "c"
    reserved: Reserved = RESERVED
    absent: frozenset[str] = frozenset()
    packaged: bool = True

    def has(self, kernel: str) -> bool:
        """Whether it is a kernel of the folder."""
        return kernel in KERNELS and kernel not in self.absent

    def statement(self, statement: Statement) -> str:
        """One statement on the workspace w."""
        entry, argument = SPELLING.entry, SPELLING.argument
        match statement:
            case Call():
                call = chosen(self, statement)
                calls_back = "solvers" in KERNELS.get(call.kernel, ())
                first = "w->solvers" if calls_back else "w->threads"
                arguments = [first, *map(_passed, (*call.arguments, call.out))]
                return f"{call.kernel}({', '.join(arguments)});"
            case Assign(out, expression, parameters):
                names = {symbol: sp.Symbol(argument(value)) for symbol, value in parameters}
                return f"{entry(out)} = {c_text(expression.xreplace(names))};"
            case Accumulate(out, constant, terms):
                return f"{entry(out)} = {SPELLING.sum(constant, terms)};"
            case Choose(out, cheap, scale, least, function, direct):
                numbers = ", ".join(map(repr, least))
                return (
                    f"{entry(out)} = {entry(cheap)};\n"
                    f"if (!is_accurate({entry(cheap)}, {entry(scale)}, {numbers})) {{\n"
                    f"    nzdiff_{function}(w);\n"
                    f"    {entry(out)} = {entry(direct)};\n"
                    f"}}"
                )

    def text(self, program: Program, heading: Heading) -> str:
        """The kernels and the program in one text."""
        return f"{_head(heading)}\n{self._kernels([program])}\n{self._program(program)}"

    def files(self, programs: Mapping[str, tuple[Program, Heading]]) -> dict[str, str]:
        """kernels.h, and a file per program that includes it."""
        (_, first), *_ = programs.values()
        title = f"The kernels of {', '.join(f'{name}.c' for name in programs)}."
        head = Heading(title, (), first.regenerate)
        shared = self._kernels([program for program, _ in programs.values()])
        found = {SHARED: f"{_head(head)}\n{shared}"}
        for name, (program, heading) in programs.items():
            include = f'#include "{SHARED}"'
            found[f"{name}.c"] = f"{_head(heading)}\n{include}\n\n{self._program(program)}"
        return found

    def parts(self, program: Program, blas: str) -> tuple[str, str]:
        """The kernels and the program for a file that includes both and exports none of them.

        blas: the text that stands for the BLAS of the runtime.
        """
        return self._kernels([program], blas), self._program(program)

    def _kernels(self, programs: Iterable[Program], blas: str | None = None) -> str:
        names = with_needs(name for program in programs for name in self._used(program))
        own = {} if blas is None else {"blas": blas}
        return rendered(
            PACKAGE,
            "kernels.h.j2",
            kernels=[own.get(name) or kernel_text(name) for name in names],
            uses_blas="blas" in names,
            exported=blas is None,
        )

    def _used(self, program: Program) -> set[str]:
        statements = written(self, program)
        found = {s.kernel for s in statements if isinstance(s, Call) and s.kernel in KERNELS}
        if any(isinstance(s, Choose) for s in statements):
            found.add("is_accurate")
        numbers = [s.expression for s in statements if isinstance(s, Assign)]
        numbers += [function.expression for function in program.entry_functions]
        if any(number.has(PolyGamma) for number in numbers):
            found.add("polygamma")
        return found | {_type(table) for table in self._tables(program)}

    def _tables(self, program: Program) -> list[Table]:
        used = table_names(self, program)
        return [table for table in program.tables if table.name in used]

    def _program(self, program: Program) -> str:
        statements = written(self, program)
        called_before = dict.fromkeys(s.function for s in statements if isinstance(s, Choose))
        return rendered(
            PACKAGE,
            "program.c.j2",
            members=self._members(program),
            functions=[_with_text(function) for function in program.entry_functions],
            called_before=list(called_before),
            routines=[self._function(routine) for routine in program.routines],
        )

    def _members(self, program: Program) -> list[str]:
        """The members of the workspace, in the order in which `Memory.words` lays them out."""
        values = program.plan.values
        found = [("double" if v.scalar else "real", f"*{v.name}") for v in values]
        found += [(_type(table), table.name) for table in self._tables(program)]
        names = (
            *map(member, program.dims),
            *(n for n, _ in program.counts),
            *(n for n, _ in program.sizes),
        )
        found += [("int64_t", name) for name in names]
        found += [("double", name) for name, _ in program.plan.coefficients]
        lines: list[str] = []
        for place, (kind, name) in enumerate(found):
            joins = place > 0 and found[place - 1][0] == kind
            if joins and len(lines[-1]) + len(name) + 2 <= WIDTH - 4:
                lines[-1] = f"{lines[-1][:-1]}, {name};"
            else:
                lines.append(f"{kind} {name};")
        return lines

    def _function(self, routine: Routine) -> _Function:
        needs = " ".join(f"NEED({stage})" for stage in routine.stages)
        lines = [needs] if needs else []
        for statement in routine.statements:
            lines += [f"/* {statement.comment} */"] if statement.comment else []
            lines += [
                part for line in self.statement(statement).split("\n") for part in _wrapped(line)
            ]
        if not lines:
            lines = ["(void)w;"]
        head = f"FUNCTION({routine.name})" if routine.stage is None else f"STAGE({routine.stage})"
        return _Function(routine.comment, head, tuple(lines))


C = CTarget()


def _head(heading: Heading) -> str:
    lines = [heading.title, "", *heading.lines, *([""] if heading.lines else [])]
    lines.append(f"Written by nzdiff; do not edit.  Regenerate with: {heading.regenerate}")
    body = "\n".join(f" * {line}".rstrip() for line in lines[1:])
    return f"/* {lines[0]}\n{body}\n */"


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH - 4,
        subsequent_indent=" " * 8,
        break_long_words=False,  # a number in two is none
        break_on_hyphens=False,
        drop_whitespace=True,
        initial_indent=" " * (len(line) - len(line.lstrip())),
    )


def _type(table: Table) -> str:
    match table:
        case RowTable():
            return "row_table"
        case PairTable():
            return "pair_table"
        case PlaceTable():
            return "place_table"
        case PanelTable(_, form):
            return f"{form}_table"


def _with_text(function: EntryFunction) -> EntryFunction:
    return replace(function, expression=c_text(function.expression))
