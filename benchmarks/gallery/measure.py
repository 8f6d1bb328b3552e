"""Bind and solve with the packages of the gallery and `auto`, and put the answers side by side.

The packages are those of `generated/`, as a user imports them; their kernels have been compiled
before. Seconds are those that the processor gave, to all threads: how busy the machine is does not
count.
"""

from __future__ import annotations

import math
import resource
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.gallery.entries import Entry, Relation
from benchmarks.instances.instance import Instance
from benchmarks.machine import machine

AGREE = 1e-8
"""Relative difference from the trusted answer up to which it counts as reached."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of an instance; meaning: of the trusted answer, and where it is from.

    bind, solve: seconds.  lines, size: of the package, in bytes.  peak: of the process so far, in
    GB.
    """

    problem: str
    sizes: str
    answer: float
    trusted: float | None
    relation: Relation
    meaning: str
    bind: float
    solve: float
    method: str
    success: bool
    message: str
    lines: int
    size: int
    peak: float
    limit: str

    @property
    def difference(self) -> float:
        """Of the answer from the trusted one, relative to it; itself where that is 0."""
        if self.trusted is None:
            return math.nan
        return (self.answer - self.trusted) / (abs(self.trusted) or 1.0)

    @property
    def is_reached(self) -> bool:
        """Whether `auto` said success, and the answer is as it should be."""
        if self.relation == "=":
            return self.success and abs(self.difference) <= AGREE
        return bool(self.difference < 0.0 if self.relation == "<" else self.difference >= 0.0)


def measure(entries: Iterable[Entry]) -> Iterator[Row | str]:
    """Measure one after the other; a line instead of one whose data cannot be had."""
    for entry in entries:
        try:
            instance = entry.make()
        except ImportError as error:
            yield f"{entry.problem}: left out, {error}"
            continue
        yield measured(entry, instance)


def measured(entry: Entry, instance: Instance) -> Row:
    """Bind and solve once, after a bind that compiles.

    Where the package has other arguments, as that of five factors, the problem itself is bound.
    """
    package: Any = import_module(f"nzdiff.generated.{entry.problem}")
    fits = set(instance.data) <= {argument.name for argument in package.SPEC.arguments}
    bind = package.bind if fits else instance.problem.bind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bind(**instance.data).energy(instance.g0)
        began = time.process_time()
        model = bind(**instance.data)
        bound = time.process_time()
        found = package.solve(
            model,
            instance.g0,
            bounds=instance.bounds,
            semidefinite=instance.semidefinite,
            max_seconds=entry.seconds,
        )
        ended = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    answer, trusted = float(found.fun), instance.reference
    if entry.answer is not None:
        answer, trusted = entry.answer(instance, model, found.x)
    lines, size = extent(Path(package.__file__).parent)
    return Row(
        entry.problem,
        instance.sizes,
        answer,
        trusted,
        entry.relation,
        instance.reference_meaning,
        bound - began,
        ended - bound,
        found.method,
        bool(found.success),
        found.message,
        lines,
        size,
        peak,
        entry.limit,
    )


def extent(folder: Path) -> tuple[int, int]:
    """Lines and bytes of the files of a package."""
    texts = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    return sum(text.count(b"\n") for text in texts), sum(map(len, texts))


def table(rows: Sequence[Row]) -> str:
    """Return Markdown: a row for each instance; what the trusted answers are; the machine."""
    texts = [
        "| problem | size | answer by `auto` | trusted answer | relative difference "
        "| bind, s | solve, s | method | lines | kB |",
        "|---|---|---:|---:|---:|---:|---:|---|---:|---:|",
        *map(_line, rows),
        "",
        *dict.fromkeys(f"- {row.problem}: {row.meaning}." for row in rows),
        *(f"- {row.problem}, {row.sizes}: limited by {row.limit}." for row in rows if row.limit),
        "",
        ", ".join(f"{name} {what}" for name, what in machine().items()) + ", one thread",
    ]
    return "\n".join(texts)


def _line(row: Row) -> str:
    trusted = "" if row.trusted is None else f"{row.trusted:.11g}"
    sign = "" if row.relation == "=" else f"{row.relation} "
    difference = "" if row.trusted is None else f"{row.difference:.1e}"
    mark = "" if row.is_reached else " (not reached)"
    return (
        f"| {row.problem} | {row.sizes} | {row.answer:.11g}{mark} | {sign}{trusted} | {difference} "
        f"| {row.bind:.2f} | {row.solve:.2f} | {row.method} | {row.lines:,} "
        f"| {row.size / 1000:.0f} |"
    )
