"""Signs that mean several things, told apart before the grammar sees them: bars, and blanks in [];
and Greek letters.

Each mark is one sign for one sign, so that places stay those of the text.
"""

from __future__ import annotations

import re

OPEN_NORM, CLOSE_NORM, OPEN_BAR, CLOSE_BAR = "\ue000\ue001\ue002\ue003"
BESIDE, BELOW, RANGE = "\ue004\ue005\ue006"
"""A blank or the end of a line between two entries of a matrix in brackets; a colon of an index."""
IGNORED = "\u00a0"
"""What stands for the second sign of ``||``."""
VARIANTS = str.maketrans("⋅∙•∗∥∣′’ʼ＇﹣‐‑–÷∕⧵∖⊺〈〉⟦⟧：∑", "···*‖|''''−−−−//\\\\⊤⟨⟩[]:Σ")
"""Signs that look like those of the grammar, and are meant as those."""

SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lamda mu nu xi omicron pi rho sigma"
)
LAST = "tau upsilon phi chi psi omega"
LARGE = "Gamma Delta Theta Lamda Xi Pi Sigma Upsilon Phi Psi Omega"
NUMBERS = frozenset(f"{SMALL} {LAST} lam".split())
"""Names that are scalars where nothing is declared."""
GREEK = dict(
    zip("αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", f"{SMALL} {LAST} {LARGE}".split(), strict=True)
)
"""Greek letters as SymPy names them; names are ASCII."""
RESERVED = {"lambda": "lamda"}
"""Names that Python keeps for itself, and what SymPy calls them."""
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
QUOTED = re.compile(r"""(,\s*)(['"])(\w+)\2(?=\s*\))""")
"""A word in quotes behind a comma, as in norm(X, 'fro')."""


def marked(text: str) -> str:
    """The text, of the same length, in the signs of the grammar alone."""
    return _parted(_barred(QUOTED.sub(r"\1 \3 ", text.translate(VARIANTS))))


def _barred(text: str) -> str:
    """With ‖ (or ||) and | as signs that open and signs that close.

    A bar closes where it follows an operand and one of its kind is open, unless a space stands
    before it and none behind, as in ``‖2 ‖x‖ A‖``.
    """
    signs, open_bars, place, said = list[str](), list[str](), 0, ""
    while place < len(text):
        double = text.startswith("||", place) and open_bars[-2:] != ["|", "|"]
        sign = "‖" if double or text[place] == "‖" else text[place]
        width = 2 if double else 1
        if sign in "‖|":
            after = text[place + width : place + width + 1]
            closes = sign in open_bars[-1:] and _ends_operand(said, after)
            open_bars = open_bars[:-1] if closes else [*open_bars, sign]
            pair = (OPEN_NORM, CLOSE_NORM) if sign == "‖" else (OPEN_BAR, CLOSE_BAR)
            sign = pair[closes] + IGNORED * (width - 1)
        signs.append(sign)
        said = (said + sign)[-200:]
        place += width
    return "".join(signs)


def _ends_operand(before: str, after: str) -> bool:
    last = before.rstrip()[-1:]
    if before.endswith("log"):
        return False
    if not _is_last_of_operand(last):
        return False
    spaced = before != before.rstrip()
    return not (spaced and after and not after.isspace() and after not in ")],;+-−*/^")


def _is_last_of_operand(sign: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign in ENDS)


ENDS = f"_)]'}}⟩ᵀ⁻{CLOSE_NORM}{CLOSE_BAR}{IGNORED}.⊤ᵗ𝟏𝟙"


def _parted(text: str) -> str:
    """With blanks between two entries of a matrix, and ends of its lines, as signs of their own.

    As MATLAB has it: [A B] are two entries, [A - B] and [A, -B] one and two, [A -B] two.  Blanks
    in parentheses part nothing.
    """
    signs, opened = list(text), list[str]()
    for place, sign in enumerate(text):
        if sign in "([{⟨":
            opened.append(_kind(text, place) if sign == "[" else sign)
        elif sign in ")]}⟩":
            opened = opened[:-1]
        elif sign == ":" and opened[-1:] == ["index"]:
            signs[place] = RANGE
        elif opened[-1:] == ["matrix"] and sign.isspace() and sign != IGNORED:
            start, end = _blanks(text, place)
            if place != start:
                continue
            if (
                "\n" in text[start:end]
                and text[start - 1] not in ",;[+-−*/\\∘⊗:·"
                and (text[end : end + 1] not in ("]", ";", ""))
            ):
                signs[place] = BELOW
            elif _part_entries(text, start, end):
                signs[place] = BESIDE
    return "".join(signs)


def _blanks(text: str, place: int) -> tuple[int, int]:
    """Where the blanks around a place begin and end."""
    start = end = place
    while start and text[start - 1].isspace() and text[start - 1] != IGNORED:
        start -= 1
    while end < len(text) and text[end].isspace() and text[end] != IGNORED:
        end += 1
    return start, end


def _part_entries(text: str, start: int, end: int) -> bool:
    """Whether the blanks from start to end stand between two entries."""
    if not _is_last_of_operand(text[start - 1]):
        return False
    after = text[end : end + 1]
    if after in "+-−" and after:
        return not text[end + 1 : end + 2].isspace()
    return after.isalnum() or (bool(after) and after in f"_([√⟨.{OPEN_NORM}{OPEN_BAR}𝟏𝟙δ")


def _kind(text: str, place: int) -> str:
    """What the bracket here holds: entries of a matrix, an index, or signs as of [A ≠ 0]."""
    before = text[place - 1] if place else ""
    if before == ".":
        return "function"
    if _is_last_of_operand(before):
        return "index"
    depth = 0
    for at in range(place, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 1 and text[at] in "≠!~":
            return "sign"
        if depth == 0:
            return "sign" if text.startswith("_(", at + 1) else "matrix"
    return "matrix"


def ascii_name(name: str) -> str:
    """The name of a symbol as it is declared: λ₁ is lamda1."""
    plain = name.translate(SUBSCRIPTS)
    return RESERVED.get(plain) or "".join(GREEK.get(letter, letter) for letter in plain)
