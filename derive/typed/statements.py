"""The parts of a typed text: definitions, the formula, and what its where clause declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nzdiff.derive.typed.grammar import FormulaError

WHERE = re.compile(r"\bwhere\b")
DEFINED = re.compile(r"\s*([^\W\d]\w*)\s*(?:=|≔|:=)(?!=)")


@dataclass(frozen=True, slots=True)
class Statements:
    """The text of each part, all of it else blanked, so that places are those of the whole text."""

    formula: str
    definitions: dict[str, str]
    clause: tuple[tuple[int, str], ...]
    """The lines that declare, each with its place."""


def parted(text: str) -> Statements:
    """The formula and what stands beside it: ``S = C − B'A⁻¹B; tr(S) where A: sparse n×n``.

    Definitions stand before the formula or behind "where", each on a line or before a ";".  Where
    nothing follows the last definition, its right side is the formula.  Raises FormulaError.
    """
    found = WHERE.search(text)
    end = found.start() if found else len(text)
    definitions, start = dict[str, str](), 0
    pieces = list(_pieces(text, 0, end))
    names = [DEFINED.match(text, first, last) for first, last in pieces]
    last = max((at for at, name in enumerate(names) if name), default=-1)
    for at, name in enumerate(names[: last + 1]):
        if name is None:
            continue
        until = next(
            (a for a in range(at + 1, last + 1) if names[a]), last + 1 if at == last else 0
        )
        stop = pieces[until - 1][1] if until else pieces[at][1]
        if at == last and not text[stop + 1 : end].strip(" \t\r\n;"):
            start, end = name.end(), stop
            break
        _define(text, name, stop, definitions)
        start = stop + 1
    lines = list[tuple[int, str]]()
    for first, stop in _pieces(text, found.end(), len(text)) if found else ():
        line = DEFINED.match(text, first, stop)
        if line:
            _define(text, line, stop, definitions)
        else:
            lines.append((first, text[first:stop]))
    return Statements(_alone(text, start, end), definitions, tuple(lines))


def _define(text: str, name: re.Match[str], stop: int, definitions: dict[str, str]) -> None:
    if name[1] in definitions:
        raise FormulaError(text, name.start(1), f"{name[1]}: defined twice")
    definitions[name[1]] = _alone(text, name.end(), stop)


def _alone(text: str, start: int, stop: int) -> str:
    """A part of the text at its place, blanks before it."""
    return " " * start + text[start:stop] if text[start:stop].strip() else " " * stop


def _pieces(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where the lines are, and what ";" parts outside of brackets."""
    depth, first = 0, start
    for place in range(start, stop):
        sign = text[place]
        depth = max(0, depth + (sign in "([{") - (sign in ")]}"))
        if depth == 0 and sign in ";\n":
            yield first, place
            first = place + 1
    yield first, stop
