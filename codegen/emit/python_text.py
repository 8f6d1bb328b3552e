"""Routines as functions of Python, whatever library they compute with."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from nzdiff.codegen.emit.layout import Routine
from nzdiff.codegen.emit.statements import Call, Choose, Statement

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Function:
    """A function as templates write it: its docstring and the lines of its body."""

    name: str
    comment: str
    lines: tuple[str, ...]


def function_of(routine: Routine, needs: str, statement: Callable[[Statement], str]) -> Function:
    """The function of a routine; needs: the call that computes the stages it needs."""
    lines = [needs] if routine.stages else []
    for each in routine.statements:
        line = statement(each)
        lines += _wrapped(line) if isinstance(each, Call | Choose) else [line]
    comment = routine.comment if routine.stage is None else ""
    return Function(routine.name, comment, tuple(lines or ([] if comment else ["pass"])))


def names_in_lines(names: list[str]) -> list[str]:
    """Names as an import lists them."""
    return textwrap.wrap(", ".join(names), WIDTH - 4)


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH - 4,
        subsequent_indent=" " * 4,
        break_long_words=False,
        break_on_hyphens=False,
    )
