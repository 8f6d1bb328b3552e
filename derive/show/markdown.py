"""A derivation as Markdown, with formulas in LaTeX between dollar signs."""

from __future__ import annotations

from nzdiff.derive.show.document import Document, Row
from nzdiff.derive.show.relation import related

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
    lines += ["## Results", ""]
    lines += [line for row in document.results for line in _row(document, row)]
    return "\n".join(lines).rstrip() + "\n"


def _row(document: Document, row: Row) -> list[str]:
    return ["$$", f"{row.name.shown('latex')} = {document.show('latex', row.expr)}", "$$", ""]
