"""Every single change of a C file by its text: signs, comparisons, constants, statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mutation.python_faults import Fault

CHANGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"&&", ("||",)),
    (r"\|\|", ("&&",)),
    (r"(?<![<\-])<=(?!=)", ("<",)),
    (r"(?<=[\w\])] )<(?= [\w(])", ("<=",)),
    (r"(?<![>\-])>=(?!=)", (">",)),
    (r"(?<=[\w\])] )>(?= [\w(\-])", (">=",)),
    (r"==", ("!=",)),
    (r"!=", ("==",)),
    (r"(?<=[\w\])] )\+(?= )", ("-",)),
    (r"(?<=[\w\])] )-(?= )", ("+",)),
    (r"(?<=[\w\])] )\*(?= )", ("/",)),
    (r"(?<=[\w\])] )/(?= )", ("*",)),
    (r"(?<=[\w\])] )%(?= )", ("/",)),
    (r"\+=", ("-=", "=")),
    (r"-=", ("+=",)),
    (r"(?<=return )-", ("",)),
    (r"(?<=[(=?:,] )-(?=[\w(])|(?<=\()-(?=[\w(])", ("",)),
    (r"!(?=[\w(])", ("",)),
    (r"\bif \((?!.*_OPENMP)", ("if (!",)),
    (r"\bisfinite\(", ("1 || isfinite(", "0 && isfinite(")),
    (r"\bisnan\(", ("0 && isnan(", "1 || isnan(")),
    (r"\bisinf\(", ("0 && isinf(", "1 || isinf(")),
    (r"\bfmin\(", ("fmax(",)),
    (r"\bfmax\(", ("fmin(",)),
    (r"(?<![\w.])\d+(?![\w.])", ("+1", "-1")),
    (r"(?<![\w.])\d+\.\d+(?![\w.])", ("*2",)),
)
"""What a match becomes; of a number its sum or product with this."""
DECLARED = (
    r"(?:const|static|typedef|extern|struct|int|long|double|float|size_t|u?int\d+_t|real|lanes|return"
    r"|end|void)\b"
)


def c_faults(root: Path, file: Path) -> Iterator[Fault]:
    """All faults of a file, by lines; comments, macros and what belongs to a template stay."""
    text = file.read_text(encoding="utf-8")
    name, function = str(file.relative_to(root)), file.stem
    for number, (line, code) in enumerate(zip(text.splitlines(), _code(text), strict=True), 1):
        started = re.match(r"(?!typedef)(?:[\w*{}]+ )+\**(\w+)\(", line)
        function = started[1] if started else function
        for begin, end, new in () if started else _of_a_line(code):
            changed = line[:begin] + new + line[end:]
            change = f"{line.strip()} → {changed.strip() or 'nothing'}"

            def make(number: int = number, changed: str = changed) -> str:
                lines = text.splitlines(keepends=True)
                return "".join([*lines[: number - 1], changed + "\n", *lines[number:]])

            yield Fault(name, number, number, function, change, make)


def _code(text: str) -> list[str]:
    """The lines with blanks for what is no statement of C."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0])

    text = re.sub(
        r"/\*.*?\*/|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|\"[^\"\n]*\"", blank, text, flags=re.S
    )
    return re.sub(r"^ *#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.M).splitlines()


def _of_a_line(code: str) -> Iterator[tuple[int, int, str]]:
    """Where each change begins and ends, and what stands there then."""
    for pattern, news in CHANGES:
        for found in re.finditer(pattern, code):
            for new in news:
                yield found.start(), found.end(), _number(found[0], new)
    statement = re.fullmatch(
        r" *(?:else )?((?!else\b|PRAGMA|PARALLEL)[^;{}]*[=(+][^;{}]*;) *", code
    )
    if statement and not re.match(DECLARED, statement[1]) and "for (" not in code:
        opens = statement[1].count("(") == statement[1].count(")")
        if opens and not statement[1].startswith(("if", "while")):
            yield statement.start(1), statement.end(1), ";"


def _number(old: str, new: str) -> str:
    if new in ("+1", "-1"):
        return str(int(old) + int(new))
    return str(2.0 * float(old) or 1.0) if new == "*2" else new
