"""A derivation as Markdown, with formulas in LaTeX between dollar signs."""

from __future__ import annotations

from nzdiff.derive.show.costs import Costs
from nzdiff.derive.show.document import Document, Row
from nzdiff.derive.show.relation import places_of, related

MARKS = {True: " ✓", False: " ✗ **does not hold**"}


def as_markdown(document: Document) -> str:
    """A page: what is given, definitions, steps with their rules, results."""
    lines = [f"# {document.title}", "", "## Given", ""]
    lines += [f"- ${document.show('latex', symbol)}$: {said}" for symbol, said in document.given]
    lines += ["", "## Definitions", ""]
    lines += [line for row in document.definitions for line in _row(document, row)]
    for section in document.sections:
        lines += [f"## {section.title}", ""]
        for number, step in enumerate(section.steps, 1):
            mark = "" if step not in document.holds else MARKS[document.holds[step]]
            lines += [f"{number}. *{step.rule}*: {step.formula}{mark}", ""]
            lines += ["   $$", f"   {related(document, step, 'latex')}", "   $$", ""]
    if document.entries:
        lines += ["## One entry of the gradient", "", places_of(document), ""]
        lines += [line for row in document.entries for line in _row(document, row)]
    lines += ["## Results", ""]
    lines += [line for row in document.results for line in _row(document, row)]
    if document.costs is not None:
        lines += ["", *_costs(document.costs)]
    if document.example is not None:
        lines += ["", "## On a small pattern", "", "```text", str(document.example), "```"]
    return "\n".join(lines).rstrip() + "\n"


def _costs(costs: Costs) -> list[str]:
    lines = [
        "## What it costs",
        "",
        costs.sentence,
        "",
        *_table(costs.table),
        "",
        "## The plan",
        "",
    ]
    lines += [f"{costs.verdict}.", ""] if costs.verdict else []
    rows = [(f"`{call}`", *rest) for call, *rest in costs.plan[1:]]
    return [*lines, *_table((costs.plan[0], *rows))]


def _table(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in escaped]
    return [lines[0], "|---" * len(rows[0]) + "|", *lines[1:]]


def _row(document: Document, row: Row) -> list[str]:
    mark = MARKS[document.holds[row.expr]] if row.expr in document.holds else ""
    formula = f"{row.name.shown('latex')} = {document.show('latex', row.expr)}"
    return ["$$", formula, "$$", *([mark.strip()] if mark else []), ""]
