"""The page of the documentation: the newest figures with pictures, and what changed since."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evaluation.program import LIMIT, OURS, WORKS
from benchmarks.releases.figure import draw
from benchmarks.releases.record import ROOT, Record, Row, all_records
from benchmarks.solvers.report import markdown_table
from nzdiff.runtime.data.files import write_whole

PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
SHOWN = 0.05
"""Changes of at least this are shown."""
DASH = "–"
INTRODUCTION = (
    "# Benchmarks",
    "E(G) = ‖X − Y Gᵀ L G B‖²_F and its derivatives by the stored values of G, against other "
    "libraries in their best form, C written by hand (`expert`) and the dense products with Y "
    "alone (`limit`). `python -m benchmarks release`, from a checkout with the extra `bench`, "
    "measures it, keeps the figures in `benchmarks/releases/results` and writes this page. What "
    "the instances are, and what bounds the figures: [performance](performance.md).",
    "Every peer runs in a process of its own and is timed in turn in each round. A ratio is *peer "
    "÷ ours* in the same round, the median of all rounds: more than 1 means that ours is faster. "
    "One thread unless said, doubles; numbers are checked before. Machines and their other work "
    "differ: between releases only ratios can be compared, and a single one varies by some ten "
    "per cent from run to run.",
)
READ = """Each is a JSON file of `benchmarks/releases/results`. From a checkout:

```python
from benchmarks.releases.record import all_records

print(all_records()[0].name)
```

```text
{}
```"""


@dataclass(frozen=True, slots=True)
class Change:
    """A work whose ratios changed.  peers: how many are in both; change: their median − 1."""

    instance: str
    threads: int
    work: str
    peers: int
    change: float


def changes(new: Record, old: Record) -> list[Change]:
    """By instance and work, how much faster (more than 0) we became beside the same peers.

    A peer that became faster moves its own ratio alone; the median over the peers is about us.
    """
    before = {row.key: row.ratio for row in old.rows if row.peer != OURS}
    found: dict[tuple[str, int, str], list[float]] = {}
    for row in new.rows:
        if row.key in before:
            key = row.instance, row.threads, row.work
            found.setdefault(key, []).append(row.ratio / before[row.key])
    return [
        Change(*key, len(relative), statistics.median(relative) - 1.0)
        for key, relative in found.items()
    ]


def appeared(new: Record, old: Record) -> tuple[list[str], list[str]]:
    """Peers that are new, and those that are gone."""
    now, before = ({row.peer for row in record.rows} for record in (new, old))
    return sorted(now - before), sorted(before - now)


def markdown(records: Sequence[Record], pictures: Iterable[str] = ()) -> str:
    """The page.  records: the oldest first.  ValueError where there is none."""
    if not records:
        raise ValueError("the page of benchmarks: expected figures of at least one release")
    new = records[-1]
    at = f" (commit {new.commit})" if new.commit else ""
    parts = [*INTRODUCTION, f"## {new.name}{at}", _about(new)]
    if new.note:
        parts.append(new.note)
    drawn = frozenset(pictures)
    for instance, threads in _settings(new):
        title, name = _title(new, instance, threads), f"{instance}-{threads}"
        parts += [f"### {title}", _table(new, instance, threads)]
        parts += [f"![Times of all peers in ours, {title}]({PAGE.stem}/{name}.svg)"] * (
            name in drawn
        )
    if new.external:
        parts += ["## Cases from other projects", _external(new)]
    if new.problems:
        parts += ["## What could not be done", _problems(new)]
    parts += ["## Changes over 5 %", _changes(records)]
    parts += ["## All figures", _list(records)]
    return "\n\n".join(parts) + "\n"


def write_page(records: Sequence[Record] | None = None, page: Path = PAGE) -> list[Path]:
    """The page and its pictures, from all records that are kept."""
    found = all_records() if records is None else records
    pictures = draw(found, page.parent / page.stem)
    write_whole(page, markdown(found, [path.stem for path in pictures]).encode())
    return [page, *pictures]


def _settings(record: Record) -> list[tuple[str, int]]:
    return list(dict.fromkeys((row.instance, row.threads) for row in record.rows))


def _title(record: Record, instance: str, threads: int) -> str:
    team = "" if threads == 1 else f", {threads} threads"
    return f"{instance}{team}: {record.sizes.get(instance, '')}"


def _about(record: Record) -> str:
    known = {**record.machine, **record.versions}
    return "; ".join(f"{name} {value}" for name, value in known.items() if value) + "."


def _table(record: Record, instance: str, threads: int) -> str:
    rows = [r for r in record.rows if (r.instance, r.threads) == (instance, threads)]
    works = [work for work in WORKS if any(row.work == work for row in rows)]
    by = {(row.peer, row.work): row for row in rows}
    peers = [peer for peer in dict.fromkeys(row.peer for row in rows) if peer not in (OURS, LIMIT)]
    lines = [(peer, *(_ratio(by.get((peer, work))) for work in works)) for peer in peers]
    if any(row.peer == LIMIT for row in rows):
        limits = [by.get((LIMIT, work)) for work in works]
        shares = (DASH if row is None else f"{1.0 / row.ratio:.3g}" for row in limits)
        lines.append((f"ours ÷ {LIMIT}", *shares))
    ours = [by.get((OURS, work)) for work in works]
    if any(row is not None and row.ms is not None for row in ours):
        lines.append(("ours, ms", *(_ms(row) for row in ours)))
    return markdown_table(("peer ÷ ours", *(WORKS[work] for work in works)), lines)


def _ratio(row: Row | None) -> str:
    return DASH if row is None else f"{row.ratio:.3g}"


def _ms(row: Row | None) -> str:
    return DASH if row is None or row.ms is None else f"{row.ms:.3g}"


def _external(record: Record) -> str:
    rows = [
        (case, program, result.replace("|", "/"), DASH if ms is None else f"{ms:.3g}")
        for case, program, result, ms in record.external
    ]
    return markdown_table(("case", "program", "what happened", "ms"), rows, left=(0, 1, 2))


def _problems(record: Record) -> str:
    reasons: dict[str, list[str]] = {}
    for peer, problem in record.problems:
        reasons.setdefault(peer, []).append(" ".join(problem.split()).replace("|", "/"))
    return "\n".join(f"- {peer}: {'; '.join(found)}" for peer, found in reasons.items())


def _changes(records: Sequence[Record]) -> str:
    if len(records) == 1:
        return "There is no release before to compare with."
    old, new = records[-2:]
    shown = [change for change in changes(new, old) if abs(change.change) >= SHOWN]
    text = (
        f"From {old.name} to {new.name}: the median of the ratios to the peers that are in both; "
        "more is faster."
    )
    if old.machine.get("processor") != new.machine.get("processor"):
        text += " The processors differ, and with them what is fast."
    parts = [text]
    if shown:
        rows = [
            (
                change.instance + ("" if change.threads == 1 else f", {change.threads} threads"),
                WORKS.get(change.work, change.work),
                f"{100 * change.change:+.0f} %",
                str(change.peers),
            )
            for change in shown
        ]
        parts.append(markdown_table(("instance", "work", "change", "peers"), rows, left=(0, 1)))
    else:
        parts.append("None.")
    came, went = appeared(new, old)
    parts += [f"New: {', '.join(came)}."] if came else []
    parts += [f"Not measured any more: {', '.join(went)}."] if went else []
    return "\n\n".join(parts)


def _list(records: Sequence[Record]) -> str:
    rows = [
        (
            record.name,
            record.commit or DASH,
            record.machine.get("processor", DASH),
            str(len(record.rows)),
        )
        for record in reversed(records)
    ]
    table = markdown_table(("release", "commit", "processor", "figures"), rows, left=(0, 1, 2))
    return f"{table}\n\n{READ.format(records[0].name)}"
