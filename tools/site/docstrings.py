"""The docstrings of nzdiff are plain text; here they become reStructuredText for the site.

    name: what it is        a parameter, where the object has one of this name, with what is
        indented under it; two spaces after a stop may begin another
    Raises …                a paragraph of its own
    `name`, ``code``        code
    docs/reference/x.md     a link to that page
    indented lines          code, laid out as it is, and so are doctests

Everything else is text: its stars, bars and underscores are signs of formulas.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

ENTRY = re.compile(r"^([a-z_A-Z]\w*(?:, [a-z_A-Z]\w*)*): (?=\S)")
CODE = re.compile(r"(``[^`]+``|`[^`]+`)")
ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
PAGE = re.compile(r"docs/(\w+/\w+)\.md")
NEXT = re.compile(r"(?<=[.:;])  (?=\w)")
SPECIAL = re.compile(r"([*|\\])|(?<=\w)(_)(?!\w)")


def setup(app: Any) -> dict[str, bool]:
    """Let autodoc hand every docstring to `converted`, and every signature to `named`."""
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = converted(lines, parameters(obj))


def _signature(
    app: Any, what: str, name: str, obj: Any, options: Any, shown: str | None, result: str | None
) -> tuple[str | None, str | None]:
    return named(shown), named(result)


def named(shown: str | None) -> str | None:
    """A signature, or what is returned, with aliases of types by their names in unions, too."""
    return shown and ALIAS.sub(r"\1", shown)


def parameters(obj: Any) -> set[str]:
    """The names that a docstring may explain: of parameters, or of the fields of a record."""
    found: set[str] = set()
    with suppress(TypeError):  # no record
        found |= {field.name for field in fields(obj)}
    with suppress(TypeError, ValueError):  # a constant, or a function in C
        found |= set(inspect.signature(obj).parameters)
    return found


def converted(lines: Sequence[str], names: set[str]) -> list[str]:
    """The docstring `lines`, without their common indentation, as reStructuredText."""
    out: list[str] = []
    for kind, block in blocks(lines, names):
        if kind == "entries":
            out += [field_of(entry) for entry in entries(block, names)]
        elif kind == "code":
            out += ["::", "", *block]
        elif kind == "doctest":
            out += block
        else:
            out += [escaped(line) for line in block]
        out.append("")
    return out


def blocks(lines: Sequence[str], names: set[str]) -> Iterator[tuple[str, list[str]]]:
    """Paragraphs with their kind: entries, code, doctest or text."""
    block: list[str] = []
    for line in [*parted(lines, names), ""]:
        if line.strip():
            block.append(line)
            continue
        if block:
            start = next((k for k, each in enumerate(block) if explains(each, names)), None)
            if start is None:
                yield kind_of(block), block
            else:
                if start:
                    yield kind_of(block[:start]), block[:start]
                yield "entries", block[start:]
        block = []


def parted(lines: Sequence[str], names: set[str]) -> Iterator[str]:
    """The lines, each explanation on lines of its own, and an empty one before what is raised."""
    for line in lines:
        if line.startswith("Raises "):
            yield ""
        first, *others = NEXT.split(line)
        for other in others:
            if explains(other, names):
                yield first
                first = other
            else:
                first += f"  {other}"
        yield first


def kind_of(block: list[str]) -> str:
    """What a paragraph without entries is."""
    if block[0].lstrip().startswith(">>>"):
        return "doctest"
    return "code" if all(line.startswith(" ") for line in block) else "text"


def explains(line: str, names: set[str]) -> bool:
    """Does the line begin the explanation of a parameter?"""
    found = ENTRY.match(line)
    return found is not None and set(found[1].split(", ")) <= names


def entries(block: list[str], names: set[str]) -> Iterator[str]:
    """The explanations of a paragraph, each on one line."""
    entry: list[str] = []
    for line in block:
        if entry and explains(line, names):
            yield " ".join(entry)
            entry = []
        entry.append(line.strip())
    yield " ".join(entry)


def field_of(entry: str) -> str:
    """One explanation as a field; Sphinx takes a space in the name for a type before it."""
    name, _, rest = entry.partition(": ")
    return f":param {escaped(name.replace(', ', '/'))}: {escaped(rest)}"


def escaped(text: str) -> str:
    """A line of text in which only code between backticks is marked up."""
    return "".join(
        f"``{part.strip('`')}``"
        if part.startswith("`")
        else PAGE.sub(r":doc:`/\1`", SPECIAL.sub(r"\\\g<0>", part))
        for part in CODE.split(text)
    )
