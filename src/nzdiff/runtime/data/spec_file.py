"""Specs as data: the JSON file of a generated package, compact, one line for what fits on it.

A record is the list of its fields in order, without those at the end that have their defaults; one
of several kinds begins with the name of its kind; a pattern is its number in the list of patterns.
What all programs of a package have in common stands once, under "shared".
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.data.support import Support

WIDTH = 120
"""Columns; what does not fit is broken between the items of a list."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """The programs of a package by name, and the targets they are written in.

    about: what a reader of the file should know.  digest, files, vendored: see `manifest`.
    """

    about: str
    digest: str
    files: Mapping[str, str]
    targets: tuple[str, ...]
    programs: Mapping[str, KernelSpec]
    vendored: Mapping[str, str] = field(default_factory=dict)


def dumps(file: SpecFile) -> str:
    """The file as text."""
    writer = _Writer()
    programs = {
        name: {
            f.name: writer.encoded(getattr(spec, f.name), _hints(KernelSpec)[f.name])
            for f in fields(KernelSpec)
            if getattr(spec, f.name) != f.default
        }
        for name, spec in file.programs.items()
    }
    patterns = [[p.rows, p.cols, p.chains] for p in writer.patterns]
    first = next(iter(programs.values()))
    same = [key for key in first if all(p.get(key) == first[key] for p in programs.values())]
    parts = {"shared": {key: first[key] for key in same}}
    for name, values in programs.items():
        parts[name] = {key: value for key, value in values.items() if key not in same}
    lines = ["{", f'"about": {_json(file.about)},', f'"digest": {_json(file.digest)},']
    lines += _listed("files", file.files)
    lines += _listed("vendored", file.vendored) if file.vendored else []
    lines.append(f'"targets": {_json(file.targets)},')
    lines += _entry("patterns", patterns, ",")
    for place, (name, values) in enumerate(parts.items()):
        lines.append(f"{_json(name)}: {{")
        for at, (key, value) in enumerate(values.items()):
            lines += _entry(key, value, "," if at < len(values) - 1 else "")
        lines.append("}," if place < len(parts) - 1 else "}")
    return "\n".join([*lines, "}", ""])


def loads(text: str) -> SpecFile:
    """The file that `dumps` wrote; ValueError for anything else."""
    try:
        found = json.loads(text)
        about, targets = found.pop("about"), tuple(found.pop("targets"))
        digest, files = found.pop("digest"), dict(found.pop("files"))
        vendored = dict(found.pop("vendored", {}))
        patterns = [_pattern(*pattern) for pattern in found.pop("patterns")]
        shared = found.pop("shared")
        programs = {
            name: KernelSpec(
                **{
                    key: _decoded(v, _hints(KernelSpec)[key], patterns)
                    for key, v in {**shared, **values}.items()
                }
            )
            for name, values in found.items()
        }
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"spec.json: expected what nzdiff generate writes: {error!r}") from error
    return SpecFile(about, digest, files, targets, programs, vendored)


@dataclass(slots=True)
class _Writer:
    patterns: dict[Support, int] = field(default_factory=dict)

    def encoded(self, value: Any, kind: Any) -> Any:
        if isinstance(value, Support):
            return self.patterns.setdefault(value, len(self.patterns))
        if isinstance(value, tuple):
            return [
                self.encoded(item, each)
                for item, each in zip(value, _each(kind, len(value)), strict=True)
            ]
        if not is_dataclass(value):
            return value
        kind_of: Any = type(value)
        hints = _hints(kind_of)
        found = [(getattr(value, f.name), hints[f.name], f.default) for f in fields(value)]
        while found and found[-1][2] is not MISSING and found[-1][0] == found[-1][2]:
            found.pop()
        tag = [type(value).__name__] if len(_records(kind)) > 1 else []
        return tag + [self.encoded(item, hint) for item, hint, _ in found]


def _decoded(value: Any, kind: Any, patterns: list[Support]) -> Any:
    records = _records(kind)
    if value is None or not (records or get_origin(kind) is tuple):
        return value
    if records == (Support,):
        return patterns[value]
    if get_origin(kind) is tuple:
        items = zip(value, _each(kind, len(value)), strict=True)
        return tuple(_decoded(item, each, patterns) for item, each in items)
    record = records[0]
    if len(records) > 1:
        record, value = {r.__name__: r for r in records}[value[0]], value[1:]
    hints = list(_hints(record).values())
    if not isinstance(value, list) or len(value) > len(hints):
        raise ValueError(f"{record.__name__}: expected at most {len(hints)} fields, got {value!r}")
    pairs = zip(value, hints[: len(value)], strict=True)
    return record(*(_decoded(item, hint, patterns) for item, hint in pairs))


def _each(kind: Any, count: int) -> tuple[Any, ...]:
    """The kinds of the items of a tuple."""
    arguments = get_args(kind)
    return (arguments[0],) * count if arguments[1:] == (...,) else arguments


def _records(kind: Any) -> tuple[Any, ...]:
    """The dataclasses that a field may hold."""
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return tuple(option for option in options if is_dataclass(option))


@cache
def _hints(record: Hashable) -> dict[str, Any]:
    return get_type_hints(record)


def _pattern(rows: Any, cols: Any, chains: Any) -> Support:
    return Support(rows, cols, tuple(tuple((n, t) for n, t in chain) for chain in chains))


def _listed(key: str, prints: Mapping[str, str]) -> list[str]:
    """The fingerprints of files by name."""
    rows = [f"{_json(name)}: {_json(found)}" for name, found in prints.items()]
    return [f"{_json(key)}: {{", ",\n".join(rows), "},"]


def _entry(key: str, value: Any, end: str) -> Iterator[str]:
    """A key with its value: on one line, else as many items on a line as fit."""
    line = f"{_json(key)}: {_json(value)}{end}"
    if len(line) <= WIDTH or not isinstance(value, list):
        yield line
        return
    yield f"{_json(key)}: ["
    row = ""
    for place, item in enumerate(value):
        shown = _json(item) + ("," if place < len(value) - 1 else "")
        if row and len(row) + 1 + len(shown) > WIDTH:
            yield row
            row = ""
        row = f"{row} {shown}" if row else shown
    yield row
    yield f"]{end}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
