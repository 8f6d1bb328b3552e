"""Formulas as MathML, written when the site is built: no script, no network, no fonts to fetch.

docutils converts LaTeX; what it does not know stops the build with the formula.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml


def setup(app: Any) -> dict[str, bool]:
    """Register as the math renderer `mathml` of Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def inline(self: Any, node: Any) -> None:
    """A formula within a line."""
    self.body.append(converted(node.astext(), block=False))
    raise nodes.SkipNode


def display(self: Any, node: Any) -> None:
    """A formula of its own, which scrolls where it is wider than the page."""
    self.body.append(f'<div class="formula">{converted(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def converted(tex: str, *, block: bool) -> str:
    """The MathML of a formula.  Raises ValueError with the formula that cannot be converted."""
    try:
        return str(tex2mathml(tex, as_block=block))
    except MathError as error:
        raise ValueError(f"formula that MathML is not made of: {error}\n  {tex}") from error
