"""Text to a tree by the grammar of formula.lark; errors show the place and what was expected."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import lark

from nzdiff.derive.typed import hints, marks
from nzdiff.derive.typed.value import MeaningError

LONGEST = 20_000
DEEPEST = 60
"""Limits of what is read: letters, and parentheses inside of parentheses."""


class FormulaError(ValueError):
    """A formula that cannot be read: the line, a caret under the place, and what was expected."""

    def __init__(self, text: str, place: int, message: str) -> None:
        """`place` counts letters from 0."""
        before = text[:place].rpartition("\n")[2]
        line = before + text[place:].partition("\n")[0]
        column = len(before)
        start = max(0, column - 70)
        shown = (
            ("…" if start else "")
            + line[start : start + 100]
            + ("…" if line[start + 100 :] else "")
        )
        caret = " " * (column - start + bool(start)) + "^"
        super().__init__(f"{message}\n  {shown}\n  {caret}")
        self.text, self.place = text, place


def tree(text: str, whole: str = "") -> lark.Tree[Any]:
    """The tree of a formula.  Raises `FormulaError`, TypeError for what is no text.

    whole: what the formula is a part of, at the same places, for errors.
    """
    if not isinstance(text, str):
        raise TypeError(f"formula: expected text such as 'norm2(A*x - b)^2', got {text!r}")
    if len(text) > LONGEST:
        raise FormulaError(text, LONGEST, f"expected at most {LONGEST} letters, got {len(text)}")
    _check_depth(text)
    marked, whole = marks.marked(text), whole or text
    try:
        return _parser().parse(marked)
    except lark.exceptions.UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        raise FormulaError(
            whole, place, f"{text[place]!r}: no sign of a formula{hints.of_sign(text, place)}"
        ) from None
    except lark.exceptions.UnexpectedToken as error:
        at_end = error.token.type == "$END"
        place = (
            len(text.rstrip()) if at_end or error.token.start_pos is None else error.token.start_pos
        )
        got = "the end" if at_end else _shown(str(error.token))
        hint = hints.of_sign(text, place)
        message = f"expected {_expected(error.accepts)}, got {got}{hint}"
        raise FormulaError(whole, place, message) from None


def at(text: str, error: MeaningError) -> FormulaError:
    """The error of a part of the tree, with its place in the text."""
    place = getattr(getattr(error.place, "meta", error.place), "start_pos", 0)
    return FormulaError(text, place, str(error))


@cache
def _parser() -> lark.Lark:
    source = files("nzdiff.derive.typed").joinpath("formula.lark").read_text("utf-8")
    return lark.Lark(source, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _check_depth(text: str) -> None:
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth > DEEPEST:
            raise FormulaError(
                text, place, f"expected at most {DEEPEST} parentheses inside of one another"
            )


def _shown(token: str) -> str:
    return SIGNS.get(token, repr(token))


def _expected(accepts: set[str]) -> str:
    """The tokens that would fit, in the words of a reader."""
    if "NUMBER" in accepts and "RPAR" not in accepts:
        return "a number, a name, a function or ("
    closing = [word for token, word in CLOSING.items() if token in accepts]
    return " or ".join([*closing, "an operator"])


CLOSING = {"RPAR": ")", "RSQB": "]", "_CLOSE_NORM": "‖", "_CLOSE_BAR": "|", "COMMA": "a comma"}
SIGNS = {
    marks.OPEN_NORM: "‖",
    marks.CLOSE_NORM: "‖",
    marks.OPEN_BAR: "|",
    marks.CLOSE_BAR: "|",
}
