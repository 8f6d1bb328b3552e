"""How dimensions and scalars are called in programs and in the texts that are evaluated at bind.

A letter and digits, such as n, m, k2, stand for themselves: no language uses them.  Every other
name is spelled out behind a prefix that nothing else has, so that keywords (`lambda`, `int`),
macros (`NAN`, `EXPORT`) and letters outside of ASCII (`λ`) work too.
"""

from __future__ import annotations

import re
from functools import cache

PREFIX = "name_"
"""Values, tables and counts of a program begin otherwise."""


@cache
def member(name: str) -> str:
    """The name in a program: one for each name, of ASCII letters, digits and underscores."""
    if re.fullmatch(r"[A-Za-z]\d*", name, re.ASCII):
        return name
    return PREFIX + "".join(map(_spelled, name))


def _spelled(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    return "__" if letter == "_" else f"_u{ord(letter):x}_"
