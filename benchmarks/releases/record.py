"""What was measured of one release: ratios to every peer in the same run, and our milliseconds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.evaluation.program import OURS
from benchmarks.evaluation.report import medians, outcomes_of, ratios, settings_of
from nzdiff.runtime.data.files import write_whole

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Row:
    """A work of a peer on an instance.  ratio: its time ÷ ours; ms: its own time, if known."""

    instance: str
    threads: int
    work: str
    peer: str
    ratio: float
    ms: float | None

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What the row of another release is compared by."""
        return self.instance, self.threads, self.work, self.peer


@dataclass(frozen=True, slots=True)
class Record:
    """version: of the package; commit: "" where it is not known.  date: ISO.

    versions: of the libraries, by name.  sizes: of each instance, in words.  problems: what a peer
    could not do, and why.  external: cases of other projects: case, program, what happened, ms.
    """

    version: str
    commit: str
    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    sizes: dict[str, str]
    rows: tuple[Row, ...]
    problems: tuple[tuple[str, str], ...] = ()
    external: tuple[tuple[str, str, str, float | None], ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        """What tables call it, and its file."""
        return f"{self.version}, {self.date}"


def record_of(content: Mapping[str, Any]) -> Record:
    """The record of an evaluation (`benchmarks.evaluation.measure.summary`), made now."""
    rows = []
    for instance, threads in settings_of(content):
        outcomes = outcomes_of(content, instance, threads)
        seconds, relative = medians(outcomes), ratios(outcomes, unit=OURS)
        rows += [
            Row(instance, threads, work, peer, relative[peer, work], 1e3 * seconds[peer, work])
            for peer, work in seconds
            if (peer, work) in relative
        ]
    versions = {name: v for s in content["settings"] for name, v in s["versions"].items()}
    told = [*content["settings"], *content["outcomes"]]
    problems = dict.fromkeys((o["peer"], o["problem"]) for o in told if o["problem"])
    external = [
        (c["case"], c["peer"], c["result"], None if c["seconds"] is None else 1e3 * c["seconds"])
        for c in content["external"]
    ]
    return Record(
        version=version("nzdiff"),
        commit=_commit(),
        date=datetime.now(UTC).date().isoformat(),
        machine=dict(content["machine"]),
        versions=dict(sorted(versions.items())),
        sizes=dict(content["sizes"]),
        rows=tuple(rows),
        problems=tuple(problems),
        external=tuple(external),
    )


def save(record: Record, folder: Path = RESULTS) -> Path:
    """Write the file of a record; one of the same version and day is replaced."""
    path = folder / f"{record.date}-{record.version}.json"
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"
    write_whole(path, text.encode())
    return path


def load(path: Path) -> Record:
    """The record of a file.  ValueError where it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = tuple(Row(**row) for row in content.pop("rows"))
        problems = tuple((peer, problem) for peer, problem in content.pop("problems"))
        external = tuple((a, b, c, d) for a, b, c, d in content.pop("external"))
        return Record(rows=rows, problems=problems, external=external, **content)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: expected figures of a release: {error!r}") from error


def all_records(folder: Path = RESULTS) -> list[Record]:
    """Every record, the oldest first."""
    return [load(path) for path in sorted(folder.glob("*.json"))]


def _commit() -> str:
    """The commit that is checked out, with "+" where files differ from it."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()
