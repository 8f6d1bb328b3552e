"""What is said about the names of a formula: kinds, flags and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from nzdiff.derive.language.symbols import dims
from nzdiff.derive.typed import grammar
from nzdiff.derive.typed.grammar import FormulaError
from nzdiff.derive.typed.reader import Reader
from nzdiff.derive.typed.value import MeaningError, Value

ITEM = re.compile(r"\s*,?\s*([^\W\d]\w*)\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?")
SIZES = re.compile(
    r"(?:∈\s*)?(?:ℝ\s*\^?\s*)?\(?(?P<rows>[\w*+\-]+?)\s*[×x,]\s*(?P<cols>[\w*+\-]+?)\)?$"
)
KINDS = ("sparse", "dense", "diagonal", "scalar", "vector", "row")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a name before the formula is read; None is open."""

    kind: str | None = None
    symmetric: bool = False
    rows: Any = None
    cols: Any = None


def declared(
    words: Mapping[str, Any], clause: Iterable[tuple[int, str]] = (), text: str = ""
) -> dict[str, Declaration]:
    """Declarations from keywords (``sparse="G(n, m) L"``) and from the lines of a where clause.

    clause: the lines and where they stand in the text.
    """
    found = dict[str, Declaration]()
    for kind, given in words.items():
        for name, sizes in _items(kind, given):
            before = found.get(name, Declaration())
            if kind == "symmetric":
                after = replace(before, symmetric=True)
            elif before.kind is not None:
                raise ValueError(f"{name}: declared as {before.kind} and as {kind}")
            else:
                after = replace(before, kind=kind)
            found[name] = replace(after, **_shape(name, sizes)) if sizes else after
    for place, line in clause:
        try:
            for name, said in _line(line):
                if name in found:
                    raise ValueError(f"{name}: declared twice")
                found[name] = said
        except ValueError as error:
            start = place + len(line) - len(line.lstrip())
            raise FormulaError(text, start, str(error).partition("\n")[0]) from None
    return found


def _items(kind: str, given: Any) -> Iterable[tuple[str, str | None]]:
    parts = [given] if isinstance(given, str) else given
    try:
        parts = list(parts)
    except TypeError:
        parts = [None]
    for part in parts:
        if not isinstance(part, str):
            raise TypeError(f'{kind}: expected names such as "G L", got {given!r}')
        place = 0
        while part[place:].strip():
            match = ITEM.match(part, place)
            if match is None:
                raise FormulaError(
                    part, place, f"{kind}: expected a name, as in 'G L' or 'G(n, m)'"
                )
            yield match[1], match[2]
            place = match.end()


def _shape(name: str, sizes: str) -> dict[str, Any]:
    parts = [part.strip() for part in sizes.split(",")]
    if len(parts) > 2 or not all(parts):
        raise ValueError(f"{name}({sizes}): expected one or two sizes, as in {name}(n, m)")
    rows, cols = size(parts[0]), size(parts[1]) if len(parts) == 2 else sp.Integer(1)
    return {"rows": rows, "cols": cols}


def _line(line: str) -> Iterable[tuple[str, Declaration]]:
    if not line.strip():
        return
    names, sign, said = (
        re.split(r"(:|∈)", line, maxsplit=1) if re.search("[:∈]", line) else (line, "", "")
    )
    if not sign:
        raise ValueError(f"where: expected lines such as 'G: sparse n×m', got {line.strip()!r}")
    for name in names.replace(",", " ").split():
        yield name, _said(name, said.strip())


def _said(name: str, said: str) -> Declaration:
    """``sparse symmetric n×n`` or ``ℝ^(n×m) sparse`` as a declaration."""
    found, rest = Declaration(), list[str]()
    for word in said.split():
        if word in KINDS:
            if found.kind is not None:
                raise ValueError(f"{name}: declared as {found.kind} and as {word}")
            found = replace(found, kind=word)
        elif word == "symmetric":
            found = replace(found, symmetric=True)
        elif word != "matrix":
            rest.append(word)
    sizes = " ".join(rest)
    if not sizes:
        return found
    if sizes == "ℝ":
        return replace(found, kind="scalar")
    sizes = re.sub(r"\s*([*+\-×,^()])\s*", r"\1", sizes)
    match = SIZES.fullmatch(sizes)
    if match:
        return replace(found, rows=size(match["rows"]), cols=size(match["cols"]))
    column = re.fullmatch(r"(?:∈\s*)?(?:ℝ\s*\^)?\s*\(?([\w*+\-]+)\)?", sizes)
    if column and (found.kind in ("vector", "diagonal") or "ℝ" in sizes):
        return replace(found, rows=size(column[1]), cols=sp.Integer(1))
    raise ValueError(
        f"{name}: expected a kind ({', '.join(KINDS)}) and sizes such as n×m, got {said!r}"
    )


def size(text: str) -> Any:
    """A size: a whole number, a name, or a formula of such (2*n, n+1)."""

    def named(name: str, _: Any) -> Value:
        (symbol,) = dims(name)
        return Value(None, lambda: symbol, None)

    try:
        value = Reader({}, named).read(grammar.tree(text))
        found = sp.expand(value.build()) if value.is_number else None
    except MeaningError as error:
        raise grammar.at(text, error) from None
    if found is None or found.is_integer is not True or found.is_negative:
        raise FormulaError(text, 0, "expected a size: a whole number, a name, or 2*n, n+1 of such")
    return found
