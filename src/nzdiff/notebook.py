"""What notebooks show of a record: a table in HTML, from plain text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

CELL = "text-align:left;padding:0.15em 1em 0.15em 0;vertical-align:top"
NAME = f"{CELL};font-weight:normal;opacity:0.75"


def table_html(caption: str, rows: Iterable[Iterable[str]], head: Iterable[str] = ()) -> str:
    """A table; without a head, the first cell of each row is its name."""
    names = list(head)
    head_cells = (_cell(name, "th", f'scope="col" style="{CELL}"') for name in names)
    lines = [f"<tr>{''.join(head_cells)}</tr>"] if names else []
    for first, *rest in rows:
        name = _cell(first, "td") if names else _cell(first, "th", f'scope="row" style="{NAME}"')
        lines.append(f"<tr>{name}{''.join(_cell(cell, 'td') for cell in rest)}</tr>")
    title = f'<caption style="text-align:left;font-weight:bold">{escape(caption)}</caption>'
    return f"<table>{title}{''.join(lines)}</table>"


def _cell(shown: str, tag: str, attributes: str = f'style="{CELL}"') -> str:
    return f"<{tag} {attributes}>{escape(shown)}</{tag}>"
