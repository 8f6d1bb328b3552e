"""What a step states, as one formula: before = after, d(before) = after, or before = after : dG."""

from __future__ import annotations

import sympy as sp

from nzdiff.derive.calculus.differential import Rewrite
from nzdiff.derive.language.notation import Style, shown

COMPOSED = (sp.Add, sp.Mul, sp.MatAdd, sp.MatMul)


def related(step: Rewrite, style: Style) -> str:
    """The formula of a step in one of the styles of `notation`."""
    before, after = shown(style, "plain", step.before), shown(style, "plain", step.after)
    becomes = step.relation in ("read off", "substitution")
    equals = shown(style, "gives" if becomes else "equals")
    if step.relation == "differential":
        composed = isinstance(step.before, COMPOSED)
        return (
            shown(style, "d", shown(style, "group", before) if composed else before)
            + equals
            + after
        )
    if step.relation == "along":
        composed = isinstance(step.after, COMPOSED)
        gamma = shown(style, "group", after) if composed else after
        return before + equals + shown(style, "inner", gamma, step.tangent)
    return before + equals + after
