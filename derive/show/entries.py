"""Entries as sums over entries: ``Σ_ab L[i, a] G[a, b]``, in each style of `notation`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from nzdiff.derive.calculus.identities.entries import Element, Mapped, Part, Summand, Total
from nzdiff.derive.language.forms import sign_and_size
from nzdiff.derive.language.nodes import VARIABLE
from nzdiff.derive.language.notation import Style, indexed, raised, shown

Show = Callable[[Any], str]


def shown_entry(part: Part, style: Style, show: Show) -> str:
    """A part as text, LaTeX or MathML; show: how matrices and numbers are shown."""
    match part:
        case Element(matrix, row, column):
            return _element(matrix, row, column, style, show)
        case Mapped(function, inside):
            return _mapped(function, shown_entry(inside, style, show), style, show)
        case Summand():
            negative, body = _summand(part, style, show)
            return (shown(style, "minus") if negative else "") + body
        case Total(terms):
            parts = [_summand(term, style, show) for term in terms]
            first = shown(style, "minus") if parts[0][0] else ""
            rest = (
                shown(style, "less" if negative else "plus") + body for negative, body in parts[1:]
            )
            return first + parts[0][1] + "".join(rest)


def _summand(term: Summand, style: Style, show: Show) -> tuple[int, str]:
    """Whether a minus stands before it, and the summand without."""
    negative, size = sign_and_size(term.coefficient)
    parts = [] if size == 1 and term.factors else [_grouped(size, show(size), style)]
    if term.indices:
        letters = [name(style, index) for index in term.indices]
        parts.append(shown(style, "sum over", "".join(letters)))
    for factor in term.factors:
        body = shown_entry(factor, style, show)
        parts.append(shown(style, "group", body) if isinstance(factor, Total) else body)
    return negative, shown(style, "times").join(parts)


def _element(matrix: Any, row: str, column: str, style: Style, show: Show) -> str:
    base = show(matrix)
    if not isinstance(matrix, sp.MatrixSymbol):
        base = shown(style, "group", base)
    letters = [name(style, index) for index in (row, column) if index]
    if not letters:
        return base
    return indexed(style, base, *letters)


def _mapped(function: sp.Lambda, inside: str, style: Style, show: Show) -> str:
    """f(…), or the power of an entry."""
    base, exponent = function(VARIABLE).as_base_exp()
    if base == VARIABLE:
        return raised(style, shown(style, "group", inside), exponent)
    return show(function) + shown(style, "group", inside)


def name(style: Style, index: str) -> str:
    """An index: a letter, or a letter with a number."""
    return index if style == "text" else shown(style, "plain", sp.Symbol(index))


def _grouped(number: Any, body: str, style: Style) -> str:
    return shown(style, "group", body) if isinstance(number, sp.Add) else body
