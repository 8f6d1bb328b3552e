"""What a step states, as one formula: before = after, d(before) = after, or before = after : dG.

And what the signs of a document stand for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language import notation
from nzdiff.derive.language.forms import is_form
from nzdiff.derive.language.nodes import CommutationMatrix
from nzdiff.derive.language.notation import Style, shown

if TYPE_CHECKING:
    from nzdiff.derive.show.document import Document

LOOSE = (*notation.LOOSE, sp.Mul, sp.MatMul)
"""What is in parentheses beside the sign of an inner product."""
COMPOSED = tuple(kind for kind in notation.COMPOSED if kind is not sp.Trace)
"""What is in parentheses behind a d: dA⁻¹ and dA ∘ B say something else."""

COMMUTATION = "K_nm: the commutation matrix, K_nm vec(A) = vec(Aᵀ), A n × m"
INNER = "A : B = tr(Aᵀ B)"


def signs_of(document: Document) -> str:
    """What K_nm and A : B stand for where they are used, else nothing."""
    steps = [step for section in document.sections for step in section.steps]
    shown = [row.expr for row in document.results]
    shown += [side for step in steps for side in (step.before, step.after)]
    known = [COMMUTATION] if any(expr.has(CommutationMatrix) for expr in shown) else []
    return ";  ".join([*known, INNER] if steps else known)


def places_of(document: Document) -> str:
    """Where the formulas of entries hold."""
    values = " or ".join(str(row.name.operands[1]) for row in document.entries)
    return (
        f"at the place (i, j) of {values}; of a sparse matrix the stored entries alone are summed"
    )


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
