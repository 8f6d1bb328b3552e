"""A derivation as Markdown, with formulas in LaTeX between dollar signs."""

from __future__ import annotations

from nzdiff.derive.show.costs import Costs
from nzdiff.derive.show.document import Document, Row
from nzdiff.derive.show.example import Example, latex_entry, latex_matrix
from nzdiff.derive.show.relation import places_of, related
from nzdiff.spy import spy_text

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
        lines += ["", "## On a small pattern", "", *_example(document.example)]
    return "\n".join(lines).rstrip() + "\n"


def example_as_markdown(example: Example) -> str:
    """An example as a page of its own."""
    return "\n".join(_example(example)).rstrip() + "\n"


def _example(example: Example) -> list[str]:
    """Matrices, what of the Jacobians is stored, and each entry in two lines."""
    lines = [f"With {example.sizes}:", ""]
    for matrix in example.matrices:
        lines += ["$$", f"{matrix.latex} = {latex_matrix(matrix)}", "$$", ""]
    for matrix in example.jacobians:
        shown = spy_text(matrix.shape, matrix.places)
        lines += [f"${matrix.latex}$, ● is not 0:", "", "```text", shown, "```", ""]
    said = "Entries by scalar calculus, and below each in the Kronecker form"
    lines += [f"{said}: {example.verdict}.", ""]
    for entry in example.listed:
        mark = "✓" if entry.equal else "✗ **differs**"
        lines += [f"- ∂{entry.entry}/∂{entry.by} {mark}", ""]
        for value in (entry.elementwise, entry.kronecker):
            lines += ["  $$", f"  = {latex_entry(value)}", "  $$", ""]
    return lines


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
