"""Lines of C within WIDTH columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

WIDTH = 100


def wrapped(lines: Iterable[str], indent: int = 0) -> list[str]:
    """Lines of code, which stand indented, broken after commas outside of quotes."""
    return [part for line in lines for part in _wrapped(line, WIDTH - indent)]


def _wrapped(line: str, width: int) -> list[str]:
    if len(line) <= width:
        return [line]
    before = " " * (len(line) - len(line.lstrip()))
    whole = re.sub(r'"[^"]*"', lambda quoted: quoted[0].replace(" ", "\0"), line.lstrip())
    parts = textwrap.wrap(
        re.sub("(?<!,) ", "\0", whole),
        width,
        initial_indent=before,
        subsequent_indent=f"{before}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace("\0", " ") for part in parts]


def comment(paragraphs: Iterable[str]) -> list[str]:
    """Paragraphs as lines that follow ` * `."""
    return [
        line
        for paragraph in paragraphs
        for line in textwrap.wrap(paragraph, WIDTH - 3, break_on_hyphens=False) or [""]
    ]
