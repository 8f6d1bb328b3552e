"""One method on one mesh in a process of its own, of which the caches are what the caller says.

    python -m benchmarks.meshes.run INSTANCE.pickle METHOD SECONDS

Seconds are those that the processor gave to the calling thread (and to compilers): wall time on a
machine that has nothing else to do, and on a busy one the same.  Prints JSON: seconds of the first
bind and of another one, what ran, and the records of the run.
"""

from __future__ import annotations

import json
import pickle
import resource
import signal
import sys
from pathlib import Path
from time import thread_time
from typing import Any

from benchmarks.clock import Clock
from benchmarks.instances.coarsening import coarsening_problem
from nzdiff.solvers import LBFGS, solve


def run(path: Path, method: str, seconds: float) -> dict[str, Any]:
    """Bind and solve; method: "plain" for L-BFGS without preconditioner, or a name."""
    data, g0 = pickle.loads(path.read_bytes())  # our own: the parent process wrote it
    began = _processor()
    model = coarsening_problem().bind(**data, threads=1)
    first = _processor() - began
    chosen = LBFGS(preconditioner="none") if method == "plain" else method
    signal.signal(signal.SIGALRM, signal.default_int_handler)  # with max_seconds, threads compute
    signal.setitimer(signal.ITIMER_REAL, seconds)
    with Clock() as clock:
        result = solve(model, g0, chosen)
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    began = _processor()
    coarsening_problem().bind(**data, threads=1)
    return {
        "first": first,
        "again": _processor() - began,
        "ran": result.method,
        "steps": result.nit,
        "seconds": clock.given([record.seconds for record in result.history]),
        "energies": [record.energy for record in result.history],
    }


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return thread_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    found = run(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
    sys.stdout.write(json.dumps(found))
