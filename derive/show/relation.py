"""What a step states, as one formula: before = after, d(before) = after, or before = after : dG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language import notation
from nzdiff.derive.language.forms import is_form
from nzdiff.derive.language.notation import Style, shown

if TYPE_CHECKING:
    from nzdiff.derive.show.document import Document

LOOSE = (*notation.LOOSE, sp.Mul, sp.MatMul)
"""What is in parentheses beside the sign of an inner product."""
COMPOSED = tuple(kind for kind in notation.COMPOSED if kind is not sp.Trace)
"""What is in parentheses behind a d: dA⁻¹ and dA ∘ B say something else."""


def related(document: Document, step: Rewrite, style: Style) -> str:
    """The formula of a step in one of the styles of `notation`."""
    return "".join(sides(document, step, style))


def sides(document: Document, step: Rewrite, style: Style) -> tuple[str, str, str]:
    """Its left side, sign and right side."""
    before, after = document.show(style, step.before), document.show(style, step.after)
    becomes = step.relation in ("read off", "substitution")
    sign = shown(style, "gives" if becomes else "equals")
    if step.relation == "differential":
        before = shown(style, "d", _grouped(step.before, before, style, COMPOSED))
    if step.relation == "along":
        tangent = document.show(style, step.tangent)
        after = shown(style, "inner", _grouped(step.after, after, style, LOOSE), tangent)
    return before, sign, after


def _grouped(expr: object, formula: str, style: Style, kinds: tuple[type, ...]) -> str:
    loose = isinstance(expr, kinds) or is_form(expr)
    return shown(style, "group", formula) if loose else formula
