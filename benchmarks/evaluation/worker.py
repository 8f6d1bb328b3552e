"""One peer on one instance in a process of its own, spoken to by JSON lines.

    python -m benchmarks.evaluation.worker PEER INSTANCE.npz

Requests on standard input, one answer each on standard output:

    {"do": "setup"}                        import the library, build the program
    {"do": "first", "work": …}             the first call, and how far its numbers are off
    {"do": "time", "work": …, "count": …}  seconds of `count` calls at two points in turn

An answer is {"error": …} where something went wrong.  What libraries print goes to standard error.
The memory that the process may map is limited by EVALUATION_GIGABYTES.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.program import (
    LIMIT,
    PEERS,
    TAKES_DIRECTION,
    NotAvailable,
    Program,
    find_program,
    numbers,
)
from benchmarks.evaluation.seed import Seed, load_seed
from benchmarks.peers.limit import copy_bandwidth

Floats = NDArray[np.float64]

LONGEST_MESSAGE = 600


@dataclass(slots=True)
class Worker:
    """What a worker holds between requests."""

    peer: str
    path: Path
    seed: Seed | None = None
    program: Program | None = None
    points: list[Any] = field(default_factory=list)
    more: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    step: int = 1

    def setup(self) -> dict[str, Any]:
        """Import and build; the answer names what the program can do."""
        seed = self.seed = load_seed(self.path)
        before = peak_bytes()
        began = perf_counter()
        make = find_program(self.peer)
        program = self.program = make(seed)
        seconds = perf_counter() - began
        self.points = [program.values(g.copy()) for g in seed.g]
        direction, cotangent = program.values(seed.v.copy()), program.matrix(seed.w.copy())
        self.more = dict.fromkeys(TAKES_DIRECTION, (direction,)) | {"vjp": (cotangent,)}
        answer = {
            "setup_seconds": seconds,
            "works": list(program.functions),
            "refused": dict(program.refused),
            "note": program.note,
            "versions": versions(self.peer),
            "bytes_before": before,
            "bytes": peak_bytes(),
        }
        if self.peer == LIMIT:
            answer["copy_bandwidth"] = copy_bandwidth()
        return answer

    def first(self, work: str) -> dict[str, Any]:
        """The first call, with the relative distance to the reference (none for the limit)."""
        assert self.program is not None
        assert self.seed is not None
        self.step = 1
        began = perf_counter()
        result = self.program.functions[work](self.points[0], *self.more.get(work, ()))
        seconds, peak = perf_counter() - began, peak_bytes()
        gap = None
        if self.peer != LIMIT:
            found = numbers(self.program, work, result, (self.seed.p, self.seed.k))
            with np.load(self.path) as arrays:
                gap = gap_of(work, found, arrays[f"reference_{work}"])
        return {"first_seconds": seconds, "bytes": peak, "gap": gap}

    def time(self, work: str, count: int) -> dict[str, Any]:
        """Seconds of `count` calls after one more that brings data back into the caches.

        No two in a row are at the same point.
        """
        assert self.program is not None
        call, more = self.program.functions[work], self.more.get(work, ())
        here, there = self.points[:: self.step]
        gc.disable()
        call(there, *more)
        began = perf_counter()
        for _ in range(count // 2):
            call(here, *more)
            call(there, *more)
        if count % 2:
            call(here, *more)
        seconds = perf_counter() - began
        gc.enable()
        if count % 2 == 0:
            self.step = -self.step
        return {"seconds": seconds}


def gap_of(work: str, found: Floats, expected: Floats) -> float:
    """The relative gap of a work; of the energy and of the gradient, the larger one."""
    if work == "energy_and_gradient":
        return max(relative_gap(found[:1], expected[:1]), relative_gap(found[1:], expected[1:]))
    return relative_gap(found, expected)


def relative_gap(found: Floats, expected: Floats) -> float:
    """‖found − expected‖ / ‖expected‖, infinite for other shapes and for what is not finite."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    norm = float(np.linalg.norm(expected))
    return float(np.linalg.norm(found - expected)) / (norm or 1.0)


def peak_bytes() -> int:
    """The most memory this process has had at a time.

    Linux: VmHWM, because ru_maxrss may be that of the process which started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = [line.split()[1] for line in status.read_text().splitlines() if "VmHWM" in line]
        if found:
            return 1024 * int(found[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


def versions(peer: str) -> dict[str, str]:
    """The versions of a peer's distributions."""
    found = {}
    for name in PEERS.get(peer, ("", ()))[1]:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def limit_memory(gigabytes: float) -> None:
    """Let allocations fail beyond that, rather than the machine."""
    size = int(gigabytes * 1e9)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def serve(worker: Worker, requests: Iterator[str], answers: TextIO) -> None:
    """Answer every request until there are no more."""
    verbs: Mapping[str, Callable[..., dict[str, Any]]] = {
        "setup": worker.setup,
        "first": worker.first,
        "time": worker.time,
    }
    for line in requests:
        request = json.loads(line)
        verb = verbs[request.pop("do")]
        try:
            answer = verb(**request)
        except NotAvailable as error:
            answer = {"error": str(error), "unavailable": True}
        except Exception as error:  # whatever a library raises is a result
            traceback.print_exc()
            message = " ".join(str(error).split())[:LONGEST_MESSAGE]
            answer = {"error": f"{type(error).__name__}: {message}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


@contextmanager
def quiet_output() -> Iterator[TextIO]:
    """Standard output for answers alone: what anything else prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with answers:
        yield answers


def main(peer: str, path: str) -> None:
    """Serve until standard input ends."""
    cores = os.environ.get("EVALUATION_CORES")
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    limit_memory(float(os.environ.get("EVALUATION_GIGABYTES", "12")))
    with quiet_output() as answers:
        serve(Worker(peer, Path(path)), iter(sys.stdin.readline, ""), answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
