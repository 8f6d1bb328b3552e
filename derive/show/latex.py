"""A derivation as LaTeX."""

from __future__ import annotations

from nzdiff.derive.language.notation import latex
from nzdiff.derive.show.document import Document


def as_latex(document: Document) -> str:
    """Definitions and results in one align* environment."""
    rows = (*document.definitions, *document.results)
    lines = [f"  {row.name.shown('latex')} &= {latex(row.expr)}" for row in rows]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])
