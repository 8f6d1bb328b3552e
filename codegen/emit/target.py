"""What a target language has to offer.  docs/development/extending.md is the way to a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from nzdiff.codegen.emit.heading import Heading
from nzdiff.codegen.emit.layout import Program
from nzdiff.codegen.emit.statements import Call, Index, Statement
from nzdiff.codegen.lower.names import Reserved


class Target(Protocol):
    """Writes programs in one language."""

    @property
    def name(self) -> str:
        """The name of the backend that runs what is written."""
        ...

    @property
    def reserved(self) -> Reserved:
        """Names that its text uses itself."""
        ...

    @property
    def packaged(self) -> bool:
        """Whether every package has its files; else they are written where it is asked for."""
        ...

    def has(self, kernel: str) -> bool:
        """Whether there is a kernel of this name; else a call's `instead` is written."""
        ...

    def statement(self, statement: Statement) -> str:
        """One statement as a line."""
        ...

    def text(self, program: Program, heading: Heading) -> str:
        """A program as one text that stands alone."""
        ...

    def files(self, programs: Mapping[str, tuple[Program, Heading]]) -> dict[str, str]:
        """The files of a package with some programs by name, what they share written once."""
        ...


def chosen(target: Target, call: Call) -> Call:
    """The call that a target has a kernel for."""
    while not (call.own or target.has(call.kernel)):
        if call.instead is None:
            raise NotImplementedError(f"{target.name}: no kernel {call.kernel}")
        call = call.instead
    return call


def written(target: Target, program: Program) -> tuple[Statement, ...]:
    """Every statement of a program as a target writes it."""
    statements = (s for routine in program.routines for s in routine.statements)
    return tuple(chosen(target, s) if isinstance(s, Call) else s for s in statements)


def table_names(target: Target, program: Program) -> frozenset[str]:
    """The index tables that a target's text of a program refers to."""
    calls = (s for s in written(target, program) if isinstance(s, Call))
    return frozenset(a.table for call in calls for a in call.arguments if isinstance(a, Index))
