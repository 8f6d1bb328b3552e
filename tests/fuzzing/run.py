"""Random expressions against the exact check, JAX (extra `fuzz`) and the backends.

    python tests/fuzzing/run.py --count 10000 --seed 0 --depth 3 --jobs 2 --checks exact jax

Every failure is printed with its seed; `--seed S --count 1` with the same depth is that expression
again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from examine import CHECKS, Outcome, examine


def summary(outcomes: list[Outcome], seconds: float) -> Table:
    """Operations, unknowns, kinds of checks, skipped points and failures, with counts."""
    table = Table(title=f"{len(outcomes)} expressions in {seconds:.0f} s", show_header=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    total = max(len(outcomes), 1)
    nodes = sorted(outcome.nodes for outcome in outcomes) or [0]
    table.add_row("nodes", f"median {nodes[len(nodes) // 2]}, largest {nodes[-1]}")
    operations = sum((outcome.operations for outcome in outcomes), Counter[str]())
    table.add_row("operations", _counts(operations))
    table.add_row("unknowns", _counts(Counter(k for outcome in outcomes for k in outcome.kinds)))
    table.add_row("checked", _counts(Counter(v for outcome in outcomes for v in outcome.verdicts)))
    skipped = Counter(s for outcome in outcomes for s in outcome.skipped)
    shares = ", ".join(f"{name} {count / total:.2%}" for name, count in skipped.items())
    table.add_row("no regular point", shares or "none")
    table.add_row("failed", str(sum(bool(outcome.failure) for outcome in outcomes)))
    return table


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def main() -> int:
    """The exit status: 0 where everything agrees."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    for name, default in {"count": 1000, "seed": 0, "depth": 3, "jobs": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--checks", nargs="+", choices=list(CHECKS), default=["exact"])
    options = parser.parse_args()
    console, began = Console(), time.perf_counter()
    work = partial(examine, depth=options.depth, checks=tuple(options.checks))
    seeds = range(options.seed, options.seed + options.count)
    outcomes: list[Outcome] = []
    columns = (*Progress.get_default_columns()[:1], BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
            task = progress.add_task(f"depth {options.depth}", total=options.count)
            for outcome in _each(work, seeds, options.jobs):
                outcomes.append(outcome)
                progress.advance(task)
                if outcome.failure:
                    progress.print(f"seed {outcome.seed}: {outcome.failure}\n  {outcome.text}",
                                   markup=False, soft_wrap=True)  # fmt: skip
    except KeyboardInterrupt:
        console.print("stopped")
    console.print(summary(outcomes, time.perf_counter() - began))
    return int(any(outcome.failure for outcome in outcomes))


def _each(work: Any, seeds: Iterable[int], jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        yield from map(work, seeds)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, _quiet) as pool:
        yield from pool.imap_unordered(work, seeds)


def _quiet() -> None:
    """Workers leave Ctrl-C to the parent, which ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
