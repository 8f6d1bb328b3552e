"""Children that take seeds, so that a crash, too, is a finding with its seed.

A child writes down the seed it works on.  Where it dies or hangs, the parent notes the seed, does
what was before it once more (a seed is always the same input) and goes on behind it.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import pairwise
from multiprocessing.connection import Connection, wait
from typing import Any

from hostile.verdicts import CRASH, Finding, judged

MACHINES = {
    "pattern": "hostile.patterns",
    "bind": "hostile.bindings",
    "language": "hostile.language",
    "files": "hostile.files",
    "kills": "hostile.kills",
    "solvers": "hostile.solving",
}
"""Modules, as any other by its own name, with `examine(seed)`: RIGHT, REFUSED, or it raises."""
PATIENCE = 120.0
"""Seconds after which one input counts as hanging."""
MEMORY = 8 << 30
"""Bytes of addresses of a child: what asks for more gets a MemoryError."""
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class Tally:
    """What became of the inputs of one machine."""

    machine: str
    inputs: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    def labels(self) -> dict[tuple[str, str], list[Finding]]:
        """The findings of each cause."""
        found: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            found.setdefault((finding.kind, finding.label), []).append(finding)
        return found


Chunk = tuple[int, int]


class _Child:
    """A process, the pipe to it and the chunk it has."""

    def __init__(self, machine: str) -> None:
        self.seed: Any = _CONTEXT.RawValue("q", -1)
        self.pipe, other = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_work, args=(machine, other, self.seed), daemon=True)
        self.process.start()
        other.close()
        self.chunk: Chunk = (0, 0)
        self.seen = (-1, time.monotonic())

    def give(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.seed.value = chunk[0]
        self.seen = (chunk[0], time.monotonic())
        self.pipe.send(chunk)

    def hangs(self) -> bool:
        if self.seed.value != self.seen[0]:
            self.seen = (self.seed.value, time.monotonic())
        return time.monotonic() - self.seen[1] > PATIENCE

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def run(
    machine: str,
    first: int,
    count: int,
    *,
    jobs: int = 1,
    seconds: float = float("inf"),
    chunk: int = 200,
    told: Callable[[Tally], None] = lambda _: None,
) -> Tally:
    """Hand seeds first … first + count − 1 to a machine, in `jobs` processes."""
    began = time.monotonic()
    ends = (*range(first, first + count, chunk), first + count)
    waiting = deque(pairwise(ends))
    tally, idle, busy = Tally(machine), [_Child(machine) for _ in range(jobs)], list[_Child]()
    try:
        while busy or waiting:
            late = time.monotonic() - began > seconds
            while idle and waiting and not late:
                busy.append(idle.pop())
                busy[-1].give(waiting.popleft())
            if not busy:
                break
            for child in _ready(busy):
                busy.remove(child)
                idle.append(_collected(child, tally, waiting))
            tally.seconds = time.monotonic() - began
            told(tally)
    finally:
        for child in (*idle, *busy):
            child.end()
    return tally


def _ready(busy: list[_Child]) -> Iterator[_Child]:
    """Those that answered, died or hang."""
    found = wait([child.pipe for child in busy], timeout=2.0)
    for child in tuple(busy):
        if child.pipe in found or child.hangs():
            yield child


def _collected(child: _Child, tally: Tally, waiting: deque[Chunk]) -> _Child:
    """Count what a child has done; another child where this one is gone."""
    first, last = child.chunk
    try:
        if not child.pipe.poll():
            raise TimeoutError
        verdicts, findings = child.pipe.recv()
    except (EOFError, OSError, TimeoutError) as ended:
        seed = int(child.seed.value)
        child.end()
        how = f"exit code {child.process.exitcode}"
        if isinstance(ended, TimeoutError):
            how = f"no end after {PATIENCE:.0f} s"
        tally.findings.append(Finding(tally.machine, seed, CRASH, how, how))
        tally.verdicts[CRASH] += 1
        tally.inputs += 1
        waiting.extendleft(part for part in ((seed + 1, last), (first, seed)) if part[0] < part[1])
        return _Child(tally.machine)
    tally.inputs += last - first
    tally.verdicts.update(verdicts)
    tally.findings.extend(findings)
    return child


def _work(machine: str, pipe: Connection[Any, Any], seed: Any) -> None:
    """What a child does: chunk after chunk, warnings as errors."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    examine = import_module(MACHINES.get(machine, machine)).examine
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", ".*the energy does not contain this unknown", UserWarning)
    while True:
        first, last = pipe.recv()
        verdicts: Counter[str] = Counter()
        findings: list[Finding] = []
        for number in range(first, last):
            seed.value = number
            found = judged(machine, examine, number)
            if isinstance(found, Finding):
                findings.append(found)
                found = found.kind
            verdicts[found] += 1
        pipe.send((verdicts, findings))
