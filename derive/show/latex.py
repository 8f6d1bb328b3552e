"""A derivation as LaTeX."""

from __future__ import annotations

from nzdiff.derive.calculus.derivation import Derivation
from nzdiff.derive.language.notation import latex
from nzdiff.derive.show.document import definitions, results


def as_latex(derivation: Derivation) -> str:
    """Definitions and results in one align* environment."""
    rows = [*definitions(derivation), *results(derivation)]
    lines = [f"  {row.latex} &= {latex(row.expr)}" for row in rows]
    return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])
