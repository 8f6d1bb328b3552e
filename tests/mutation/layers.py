"""Faults planted in the sources of codegen, kernels, runtime and solvers, against their tests.

    PYTHONPATH=tests python -m pytest --cov --cov-context=test --junitxml=.coverage-times.xml
    PYTHONPATH=tests python -m mutation.layers --count 500 --seed 0 --jobs 2

Each fault is one change of one line.  The tests that execute the line run until one fails, the
fastest first, then all that compare with a table.  What no test notices is listed; accepted.toml
holds those that need no test, each with its reason.  `--only` plants the faults of the files,
lines or changes that hold a text.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutation import plant
from mutation.c_faults import c_faults
from mutation.plant import Outcome
from mutation.python_faults import Fault, python_faults
from mutation.reach import Record, Test

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("codegen", "src/nzdiff/runtime", "src/nzdiff/solvers")
SOURCES = {".py": python_faults, ".c": c_faults, ".j2": c_faults}
ACCEPTED = Path(__file__).with_name("accepted.toml")
QUICK, LONG = 2.0, 6.0
"""Seconds of tests in the first round and in the second, as they were recorded; see `--long`."""
SLOWER = 6.0
"""How much slower than recorded tests may run, beside what they take to start, before they end."""
START, OVERHEAD = 60.0, 0.02
"""Seconds that a process takes to start, and a test beside what was recorded."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fault, what became of it, the seconds that took."""

    fault: Fault
    outcome: Outcome
    seconds: float


def all_faults() -> list[Fault]:
    """Every fault of the layers, in a fixed order."""
    found: list[Fault] = []
    for layer in LAYERS:
        for file in sorted((ROOT / layer).rglob("*")):
            if file.suffix in SOURCES and "numpy/program" not in str(file):
                found.extend(SOURCES[file.suffix](ROOT, file))
    return found


def accepted() -> list[tuple[str, str]]:
    """(file and change, reason) of accepted faults; a change that ends in * begins many."""
    table = tomllib.loads(ACCEPTED.read_text(encoding="utf-8"))
    return [
        (f"{file}: {key}", reason)
        for reason, files in table.items()
        for file, keys in files.items()
        for key in keys
    ]


def reason_of(fault: Fault, known: list[tuple[str, str]]) -> str | None:
    """Why a fault needs no test; None where it does."""
    name = f"{fault.file}: {fault.key}"
    for key, reason in known:
        if name == key or (key.endswith("*") and name.startswith(key[:-1])):
            return reason
    return None


def judged(fault: Fault, record: Record, libraries: Path, long: float) -> Outcome:
    """What the tests say of a fault: the quick ones, others that reach it, those against tables."""
    tests = record.tests(fault)
    text = fault.make()
    first, rest = _within(tests, QUICK)
    rest, _ = _within(_mixed(rest), long if fault.file.endswith(".py") else 3.0 * long)
    count = 0
    for chosen in (first, rest, record.kept(fault)):
        if chosen:
            outcome, count = _round(fault, text, chosen, libraries), count + len(chosen)
            if outcome.verdict != "survived":
                return outcome
    reached = f"of {len(tests)} tests that reach it" if tests else "tests, none reaches it"
    return Outcome("survived", f"{count} {reached}")


def _round(fault: Fault, text: str, tests: list[Test], libraries: Path) -> Outcome:
    limit = START + SLOWER * sum(test.seconds for test in tests)
    return plant.ran(ROOT, fault.file, text, tests, libraries, limit)


def _within(tests: list[Test], seconds: float) -> tuple[list[Test], list[Test]]:
    """The first tests that take some seconds together, at least one; and the others."""
    total, count = 0.0, 0
    for test in tests:
        total += test.seconds + OVERHEAD
        if count and total > seconds:
            break
        count += 1
    return tests[:count], tests[count:]


def _mixed(tests: list[Test]) -> list[Test]:
    """The tests in another order: one of each function, then the next, the fastest first."""
    seen: Counter[str] = Counter()
    turns = []
    for test in tests:
        function = test.name.partition("[")[0]
        turns.append((seen[function], test.seconds))
        seen[function] += 1
    order = sorted(range(len(tests)), key=turns.__getitem__)
    return [tests[place] for place in order]


_FAULTS: list[Fault] = []
_RECORD: list[Record] = []
_LIBRARIES: list[Path] = []
_SECONDS: list[float] = []


def _row(place: int) -> tuple[int, Outcome, float]:
    began = time.monotonic()
    outcome = judged(_FAULTS[place], _RECORD[0], _LIBRARIES[0], _SECONDS[0])
    return place, outcome, time.monotonic() - began


def campaign(faults: list[Fault], jobs: int, long: float = LONG) -> Iterator[Row]:
    """The faults with their outcomes, as they come."""
    with tempfile.TemporaryDirectory(prefix="libraries-") as folder:
        _FAULTS[:], _LIBRARIES[:], _SECONDS[:] = faults, [Path(folder)], [long]
        _RECORD[:] = [Record(ROOT, (fault.file for fault in faults))]
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            for place, outcome, seconds in pool.imap_unordered(_row, range(len(faults))):
                yield Row(faults[place], outcome, seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first of the sample")
    parser.add_argument("--only", default="", help="a text in the fault as it is shown")
    parser.add_argument("--long", type=float, default=LONG, help="seconds of tests for survivors")
    parser.add_argument("--least", type=float, default=1.0, help="the share that must not live")
    parser.add_argument("--list", action="store_true", help="show the faults, plant none")
    return parser.parse_args()


def main() -> int:
    """Plant a sample and report; 1 where more faults live, and are not accepted, than may."""
    options = _options()
    faults = [fault for fault in all_faults() if options.only in str(fault)]
    chosen = random.Random(options.seed).sample(faults, min(options.count, len(faults)))
    chosen = chosen[options.skip :]
    if options.list:
        print(*chosen, f"{len(faults)} faults", sep="\n")
        return 0
    reasons, rows, open_ = accepted(), [], []
    for row in campaign(chosen, options.jobs, options.long):
        reason = reason_of(row.fault, reasons)
        rows.append(row)
        verdict = row.outcome.verdict
        if verdict in ("survived", "no test ran"):
            verdict = "accepted" if reason else verdict
            open_ += [] if reason else [row.fault]
        print(
            f"{verdict:9} {row.seconds:5.1f} s  {row.fault}  [{reason or row.outcome.by}]",
            flush=True,
        )
    print(_summary(rows, len(open_)))
    return int(len(rows) - len(open_) < options.least * len(rows))


def _summary(rows: list[Row], lives: int) -> str:
    """One line per layer, and one for all."""
    counts = Counter((_layer(row.fault), row.outcome.verdict) for row in rows)
    verdicts = sorted({verdict for _, verdict in counts})
    lines = [
        f"{layer:18} " + ", ".join(f"{counts[layer, verdict]} {verdict}" for verdict in verdicts)
        for layer in sorted({layer for layer, _ in counts})
    ]
    seconds = sorted(row.seconds for row in rows)
    middle = seconds[len(seconds) // 2] if seconds else 0.0
    all_ = Counter(row.outcome.verdict for row in rows)
    told = ", ".join(f"{all_[verdict]} {verdict}" for verdict in verdicts)
    return "\n".join(
        [*lines, f"{len(rows)} faults: {told}; {lives} not accepted; half in {middle:.1f} s"]
    )


def _layer(fault: Fault) -> str:
    if not fault.file.endswith(".py"):
        return "kernels and C"
    return next(layer for layer in LAYERS if fault.file.startswith(layer)).rpartition("/")[2]


if __name__ == "__main__":
    raise SystemExit(main())
