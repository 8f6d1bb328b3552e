"""A derivation as lines of text."""

from __future__ import annotations

from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language.notation import text
from nzdiff.derive.show.document import Document

COMMON = "K_nm: the commutation matrix, K_nm vec(A) = vec(Aᵀ), A n × m;  A : B = tr(Aᵀ B)"


def as_text(document: Document) -> str:
    """Declarations, definitions, every step with its rule, and the results."""
    lines = ["Given"]
    lines += [f"  {symbol.name}: {said}" for symbol, said in document.given]
    lines += [f"  {COMMON}", "", "Definitions"]
    lines += [f"  {row.name.shown('text')} = {text(row.expr)}" for row in document.definitions]
    for section in document.sections:
        lines += ["", section.title]
        for step in section.steps:
            lines += [f"  {step.rule}: {step.formula}", f"    {_step(document, step)}"]
    lines += ["", "Results"]
    lines += [f"  {row.name.shown('text')} = {text(row.expr)}" for row in document.results]
    return "\n".join(lines)


def _step(document: Document, step: Rewrite) -> str:
    line = f"{text(step.before)}  →  {text(step.after)}"
    if step not in document.holds:
        return line
    return f"{line}  {'(holds)' if document.holds[step] else '(DOES NOT HOLD)'}"
