r"""LaTeX formulas in lines: breaks before signs and between factors, the outermost first.

A delimiter between whose ends a line breaks gets a fixed size, as TeX lets no line break between
`\left` and `\right`; all others grow with what they hold.  Widths are estimates in em, for the
Computer Modern fonts of 10 pt, on the wide side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

TOKEN = re.compile(
    r"\\(?:begin|end)\{cases\}|\\(?:left|right)(?:\\[a-zA-Z]+|\\.|.)"
    r"|\\[a-zA-Z]+|\\.|[{}^_]|\d+(?:\.\d+)?|\s+|.",
    re.DOTALL,
)
SIGNS = {"+": 2.0, "-": 2.0, "=": 0.0, ":": 1.0, r"\to": 0.0, r"\otimes": 4.0, r"\circ": 5.0}
"""Signs before which a line may break, and how much one would rather not."""
FACTOR, DEEPER, RAGGED = 8.0, 4.0, 10.0
"""The cost of a break between factors, of one in parentheses, and of an empty line."""
SIZES = ("big", "Big", "bigg", "Bigg")
SPACES = {r"\,": 0.17, r"\;": 0.28, r"\!": -0.17, r"\quad": 1.0, r"\qquad": 2.0}
OPEN_ENDED = (r"\log", r"\det", r"\mathrm{d}", r"\operatorname{Re}")
"""What is followed by its operand: no line breaks between."""
BEGIN, END = r"\begin{cases}", r"\end{cases}"
SMALLER = (("", 1.0), (r"\scriptstyle ", 0.75), (r"\scriptscriptstyle ", 0.6))
"""Letters in which a line fits that has no place to break, and their size."""
DELIMITER = 0.65
SMALL = 0.75
"""Indices and exponents beside what they stand at."""


@dataclass(slots=True)
class Piece:
    """What no line breaks inside of: its text and width, and the cost of a break before it.

    opens, closes: the delimiter, where it is one, and in `pair` the place of the other one.
    """

    code: str
    width: float
    cost: float | None = None
    opens: str = ""
    closes: str = ""
    pair: int = -1
    factor: bool = False
    space: bool = False


def in_lines(formula: str, width: float, first: float | None = None) -> list[str]:
    """A formula as lines of at most so many em, the first of another width where it is given."""
    pieces = list(_pieces(formula))
    first = width if first is None else first
    for piece in pieces:
        if piece.code.startswith(BEGIN) and piece.width > min(width, first):
            piece.code, piece.width = _broken_cases(piece.code, min(width, first) - 2.0)
    _pair(pieces)
    breaks = _breaks(pieces, width, first)
    _fix_sizes(pieces, breaks)
    edges = [0, *breaks, len(pieces)]
    lines = [pieces[a:b] for a, b in pairwise(edges)]
    return [_line(line, width if i else first, continued=bool(i)) for i, line in enumerate(lines)]


def width_of(formula: str) -> float:
    """The width of a formula in one line, in em."""
    return sum(piece.width for piece in _pieces(formula))


def _line(line: list[Piece], room: float, *, continued: bool) -> str:
    sign = r"{} \cdot " if continued and line[0].factor else "{} " if continued else ""
    code = sign + "".join(" " * piece.space + piece.code for piece in line).strip()
    wide = sum(piece.width for piece in line)
    letters = next((style for style, size in SMALLER if size * wide <= room), SMALLER[-1][0])
    return f"{{{letters}{code}}}" if letters else code


def _rows(cases: str) -> list[list[str]]:
    """The values and conditions of cases."""
    rows = [[""]]
    for token in _tokens(cases[len(BEGIN) : -len(END)]):
        if token == "\\\\":
            rows.append([""])
        elif token == "&":
            rows[-1].append("")
        else:
            rows[-1][-1] += token
    return [row for row in rows if any(part.strip() for part in row)]


def _broken_cases(cases: str, room: float) -> tuple[str, float]:
    """Cases whose values break into lines of their own, and their width.

    A condition stands beside the last line of its value; below it, where it is long itself.
    """
    rows = _rows(cases)
    beside = max(width_of(condition) for _, condition in rows) + 1.0
    is_short = beside <= room / 2
    lines = list[str]()
    for value, condition in rows:
        broken = in_lines(value.strip(), room - beside - 1.0 if is_short else room - 1.0)
        when = [condition.strip()] if is_short else in_lines(condition.strip(), room - 5.0)
        lines += [f"{line} &" for line in broken]
        if is_short:
            lines[-1] += f" {when.pop()}"
        lines += [rf"\quad \text{{where }} {line} &" for line in when]
    return BEGIN + r" \\ ".join(lines) + END, room + 2.0


def _tokens(formula: str) -> list[str]:
    """The tokens of a formula, cases as one."""
    found, depth = list[str](), 0
    for token in TOKEN.findall(formula):
        found[-1:] = [found[-1] + token] if depth else [*found[-1:], token]
        depth += (token == BEGIN) - (token == END)
    return found


def _pieces(formula: str) -> Iterator[Piece]:
    """The atoms, signs and delimiters of a formula."""
    tokens = _tokens(formula)
    at, after_operand, space = 0, False, False
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token.isspace():
            space = True
            continue
        apart = FACTOR if after_operand and space else None
        if token.startswith(r"\left"):
            yield Piece(token, DELIMITER, apart, opens=token[5:], factor=True, space=space)
            after_operand = False
        elif token.startswith(r"\right"):
            scripts, at = _scripts(tokens, at)
            yield Piece(token + scripts, DELIMITER + _width(scripts), closes=token[6:], space=space)
            after_operand = True
        elif token in SIGNS:
            infix = after_operand or token in ("=", r"\to")
            yield Piece(token, 1.3 if infix else 0.9, SIGNS[token] if infix else None, space=space)
            after_operand = False
        elif token in (",", ";", "."):
            yield Piece(token, 0.45, space=space)
            after_operand = False
        elif token in SPACES:
            yield Piece(token, max(SPACES[token], 0.0), space=space)
        else:
            code, at = _atom(tokens, at - 1)
            yield Piece(code, _width(code), apart, factor=True, space=space)
            after_operand = code not in OPEN_ENDED
        space = False


def _atom(tokens: list[str], at: int) -> tuple[str, int]:
    """A symbol or command with its arguments, indices and exponents."""
    if tokens[at] == "{":
        code, at = _braces(tokens, at)
    else:
        code, at = tokens[at], at + 1
    while code.startswith("\\") and at < len(tokens) and tokens[at] == "{":
        group, at = _braces(tokens, at)
        code += group
    scripts, at = _scripts(tokens, at)
    if code == r"\mathrm{d}" and not scripts:  # a differential is one atom
        while at < len(tokens) and tokens[at].isspace():
            at += 1
        if at < len(tokens) and not tokens[at].startswith((r"\left", r"\right")):
            rest, at = _atom(tokens, at)
            return code + rest, at
    return code + scripts, at


def _scripts(tokens: list[str], at: int) -> tuple[str, int]:
    code = ""
    while at + 1 < len(tokens) and tokens[at] in "^_'":
        if tokens[at] == "'":
            code, at = code + "'", at + 1
        elif tokens[at + 1] == "{":
            group, end = _braces(tokens, at + 1)
            code, at = code + tokens[at] + group, end
        else:
            code, at = code + tokens[at] + tokens[at + 1], at + 2
    return code, at


def _braces(tokens: list[str], at: int) -> tuple[str, int]:
    """A group in braces and the place behind it."""
    depth, end = 0, at
    while end < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[end], 0)
        end += 1
        if depth == 0:
            break
    return "".join(tokens[at:end]), end


def _width(code: str) -> float:
    """An estimate of the width of an atom, scripts smaller; of a fraction, its wider half."""
    if code.startswith(BEGIN):
        return 2.0 + sum(max(map(width_of, part)) + 0.75 for part in zip(*_rows(code), strict=True))
    tokens, at, total, scale = _tokens(code), 0, 0.0, 1.0
    while at < len(tokens):
        token = tokens[at]
        if token == r"\frac":
            top, at = _braces(tokens, at + 1)
            bottom, at = _braces(tokens, at)
            total += max(_width(top), _width(bottom)) + 0.4
            continue
        if token in "^_":
            is_group = tokens[at + 1] == "{"
            group, at = _braces(tokens, at + 1) if is_group else (tokens[at + 1], at + 2)
            total += SMALL * _width(group) + 0.1
            continue
        total += scale * _letter(token)
        at += 1
    return total


def _letter(token: str) -> float:
    if token in "{}" or token.isspace() or token in (r"\mathrm", r"\mathbf", r"\text", "&"):
        return 0.0
    if token in SPACES:
        return SPACES[token]
    if token == r"\operatorname" or token.startswith((r"\left", r"\right")):
        return DELIMITER
    if token in SIGNS or token in (r"\neq", r"\le", r"\ge", r"\mapsto", r"\succ", "<", ">"):
        return 1.3
    if token.startswith("\\"):
        return 0.65 * len(token[1:]) if token[1:] in ("log", "det", "exp") else 0.85
    if token[0].isdigit():
        return 0.52 * len(token)
    if token in "mwMW":
        return 1.05
    return 0.85 if token.isupper() else 0.56


def _pair(pieces: list[Piece]) -> None:
    """The place of the other delimiter, for each."""
    opened = list[int]()
    for at, piece in enumerate(pieces):
        if piece.opens:
            opened.append(at)
        elif piece.closes:
            piece.pair = opened.pop()
            pieces[piece.pair].pair = at


def _breaks(pieces: list[Piece], width: float, first: float) -> list[int]:
    """Before which pieces lines break."""
    found, start, room = list[int](), 0, first
    while (end := _fitting(pieces, start, room)) < len(pieces):
        chosen = _cheapest(pieces, start, end, room)
        if chosen is None:  # nothing fits: the first place there is
            later = range(max(end, start + 1), len(pieces))
            chosen = next((i for i in later if pieces[i].cost is not None), None)
        if chosen is None:
            break
        found.append(chosen)
        start, room = chosen, width
    return found


def _fitting(pieces: list[Piece], start: int, room: float) -> int:
    """The first piece that a line has no room for."""
    used = 0.0
    for at in range(start, len(pieces)):
        used += pieces[at].width
        if used > room:
            return at
    return len(pieces)


def _cheapest(pieces: list[Piece], start: int, end: int, room: float) -> int | None:
    best, least, used, depth = None, float("inf"), 0.0, 0
    for at in range(start, end + 1):
        piece = pieces[at]
        if piece.closes:
            depth -= 1
        if at > start and piece.cost is not None:
            cost = piece.cost + DEEPER * depth + RAGGED * (1 - used / room)
            if cost <= least:
                best, least = at, cost
        if piece.opens:
            depth += 1
        used += piece.width
    return best


def _fix_sizes(pieces: list[Piece], breaks: list[int]) -> None:
    """Delimiters with a break between them in sizes by what they hold."""
    heights = dict[int, int]()
    for at, piece in enumerate(pieces):
        if not piece.closes:
            continue
        inside = range(piece.pair + 1, at)
        tall = any(pieces[i].code.startswith((r"\frac", r"\begin")) for i in inside)
        heights[at] = max((3 if tall else 1, *(heights[i] + 1 for i in inside if i in heights)))
        if any(piece.pair < place <= at for place in breaks):
            size = SIZES[min(max(heights[at] - 1, 1), len(SIZES)) - 1]
            opening = pieces[piece.pair]
            opening.code = f"\\{size}l{opening.opens}"
            rest = piece.code[len(r"\right" + piece.closes) :]
            piece.code = f"\\{size}r{piece.closes}{rest}"
