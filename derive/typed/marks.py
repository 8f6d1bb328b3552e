"""Bars, of which one sign opens and closes, told apart before the grammar sees them."""

from __future__ import annotations

OPEN_NORM, CLOSE_NORM, OPEN_BAR, CLOSE_BAR = "\ue000\ue001\ue002\ue003"
IGNORED = "\u00a0"
"""What stands for the second sign of ``||``, so that places stay those of the text."""


def marked(text: str) -> str:
    """The text, of the same length, with ‖ (or ||) and | as signs that open and signs that close.

    A bar closes where it follows an operand and one of its kind is open, unless a space stands
    before it and none behind, as in ``‖2 ‖x‖ A‖``.
    """
    signs, open_bars, place = list[str](), list[str](), 0
    while place < len(text):
        double = text.startswith("||", place) and open_bars[-2:] != ["|", "|"]
        sign = "‖" if double or text[place] == "‖" else text[place]
        width = 2 if double else 1
        if sign in "‖|":
            after = text[place + width : place + width + 1]
            closes = sign in open_bars[-1:] and _ends_operand("".join(signs), after)
            open_bars = open_bars[:-1] if closes else [*open_bars, sign]
            pair = (OPEN_NORM, CLOSE_NORM) if sign == "‖" else (OPEN_BAR, CLOSE_BAR)
            sign = pair[closes] + IGNORED * (width - 1)
        signs.append(sign)
        place += width
    return "".join(signs)


def _ends_operand(before: str, after: str) -> bool:
    last = before.rstrip()[-1:]
    if before.endswith("log"):
        return False
    if not (last.isalnum() or last in f"_)]'ᵀ⁻{CLOSE_NORM}{CLOSE_BAR}{IGNORED}.⊤ᵗ"):
        return False
    spaced = before != before.rstrip()
    return not (spaced and after and not after.isspace() and after not in ")],;+-−*/^")
