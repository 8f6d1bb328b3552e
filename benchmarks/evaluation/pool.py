"""Worker processes of the evaluation: one per peer, kept alive, asked in turn."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

CHECKOUT = Path(__file__).resolve().parents[2]
GIGABYTES = 12.0
"""What a worker may map."""

LAST_LINES = 3


class Lost(Exception):
    """A worker that is no more; the message says why."""


def environment(threads: int, folder: Path, *, gigabytes: float = GIGABYTES) -> dict[str, str]:
    """Every library on that many threads, and as many cores; `benchmarks` is found from anywhere.

    Where the machine has no more cores than that, the operating system chooses among all.
    """
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    names = ("OMP", "OPENBLAS", "MKL", "NUMBA", "BLIS", "VECLIB_MAXIMUM")
    return {
        **os.environ,
        **{f"{name}_NUM_THREADS": str(threads) for name in names},
        "PYTHONPATH": os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH")))),
        "EVALUATION_CORES": ",".join(map(str, available[-threads:])),
        "EVALUATION_FOLDER": str(folder),
        "EVALUATION_GIGABYTES": str(gigabytes),
        "JAX_PLATFORMS": "cpu",
        "PYTENSOR_FLAGS": f"floatX=float64,linker=cvm,base_compiledir={folder / 'pytensor'}",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "PYTHONWARNINGS": "ignore",
        "XLA_FLAGS": "" if threads > 1 else "--xla_cpu_multi_thread_eigen=false",
    }


@dataclass(slots=True)
class Process:
    """A worker and its pipes; `ask` is the only way to speak to it."""

    command: list[str]
    env: dict[str, str]
    running: subprocess.Popen[str]
    log: IO[str]

    def ask(self, request: dict[str, Any], *, seconds: float) -> dict[str, Any]:
        """The answer to a request.  Raises Lost where it dies or takes longer than that."""
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        try:
            self.running.stdin.write(json.dumps(request) + "\n")
            self.running.stdin.flush()
        except OSError:
            raise Lost(self._end()) from None
        ready, _, _ = select.select([self.running.stdout], [], [], seconds)
        if not ready:
            self.stop()
            raise Lost(f"did not finish within {seconds:g} s")
        line = self.running.stdout.readline()
        if not line:
            raise Lost(self._end())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End the process and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        for pipe in (self.running.stdin, self.running.stdout, self.log):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _end(self) -> str:
        """How it died: the signal or the status, and the last that it wrote."""
        code = self.running.wait()
        self.log.seek(0)
        lines = [line.strip() for line in self.log.read().splitlines() if line.strip()]
        self.stop()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return ": ".join([how, " / ".join(lines[-LAST_LINES:])[-400:]] if lines else [how])


def start(peer: str, path: Path, env: dict[str, str]) -> Process:
    """A worker for a peer on the instance in an npz file, in a process group of its own."""
    command = [sys.executable, "-m", "benchmarks.evaluation.worker", peer, str(path)]
    log = cast("IO[str]", tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))  # noqa: SIM115 - open as long as the worker
    running = subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    return Process(command, env, running, log)
