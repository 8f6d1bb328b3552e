"""A derivation as lines of text."""

from __future__ import annotations

from typing import Any

from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language.notation import text
from nzdiff.derive.show.costs import Costs
from nzdiff.derive.show.document import Document, Row
from nzdiff.derive.show.relation import places_of, signs_of


def as_text(document: Document) -> str:
    """Declarations, definitions, every step with its rule, and the results."""
    lines = ["Given"]
    lines += [f"  {symbol.name}: {said}" for symbol, said in document.given]
    lines += [f"  {signs}"] if (signs := signs_of(document)) else []
    lines += ["", "Definitions"]
    lines += [_row(document, row) for row in document.definitions]
    for section in document.sections:
        lines += ["", section.title]
        for step in section.steps:
            lines += [f"  {step.rule}: {step.formula}", f"    {_step(document, step)}"]
    if document.entries:
        lines += ["", f"One entry of the gradient: {places_of(document)}"]
        lines += [_row(document, row) for row in document.entries]
    lines += ["", "Results"]
    lines += [_row(document, row) for row in document.results]
    if document.costs is not None:
        lines += _costs(document.costs)
    if document.example is not None:
        lines += ["", "On a small pattern", *str(document.example).splitlines()]
    return "\n".join(lines)


def _costs(costs: Costs) -> list[str]:
    lines = ["", f"What it costs: {costs.sentence}", *_table(costs.table)]
    calls = [f"  {call}: {flops} operations" for call, _, flops, _ in costs.plan[1:]]
    return [*lines, "", f"The plan: {costs.verdict}", *calls]


def _table(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    """Columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = ([cell.ljust(w) for cell, w in zip(row, widths, strict=True)] for row in rows)
    return ["  " + "  ".join(row).rstrip() for row in cells]


def _row(document: Document, row: Row) -> str:
    line = f"  {row.name.shown('text')} = {document.show('text', row.expr)}"
    return line + _mark(document, row.expr)


def _step(document: Document, step: Rewrite) -> str:
    line = f"{text(step.before)}  →  {text(step.after)}"
    return line + _mark(document, step)


def _mark(document: Document, checked: Any) -> str:
    """What a check of it found."""
    if checked not in document.holds:
        return ""
    return "  (holds)" if document.holds[checked] else "  (DOES NOT HOLD)"
