"""Processes that work on questions, each of which is killed where it takes too long.

A question may hold a formula whose derivation takes hours or all memory.  It is worked on in a
process of its own with limits (child.py), and the next one gets another.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Timer
from typing import Any, cast

MEMORY = 3 << 30
"""Bytes of addresses that a process may take: libraries are about one of the three GB."""
ANSWERS = 200
"""Answers of one process; then another takes its place, as caches grow."""
STARTING = 60.0
"""Seconds for a process to import what it needs."""


class BusyError(RuntimeError):
    """Every process is at work."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one question, bytes of addresses, and processes at a time."""

    seconds: float = 20.0
    memory: int = MEMORY
    processes: int = 2


class Children:
    """A few processes, ready for questions.  `close` ends them."""

    def __init__(self, limits: Limits) -> None:
        """Start them; they import while the caller goes on."""
        self.limits, self.closed, self._lock = limits, False, Lock()
        self._idle, self._all = queue.LifoQueue[_Child](), set[_Child]()
        for _ in range(limits.processes):
            self._start()

    def ask(self, question: Any) -> dict[str, Any]:
        """The answer to a question, or an error where it took too long.  Raises BusyError."""
        try:
            child = self._idle.get(timeout=self.limits.seconds)
        except queue.Empty:
            raise BusyError("every process is at work; try again in a moment") from None
        try:
            return child.ask(question)
        finally:
            if child.is_alive and child.answers < ANSWERS:
                self._idle.put(child)
            else:
                child.end()
                self._all.discard(child)
                self._start()

    def _start(self) -> None:
        with self._lock:
            if not self.closed:
                child = _Child(self.limits)
                self._all.add(child)
                self._idle.put(child)

    def close(self) -> None:
        """End every process, those at work too."""
        with self._lock:
            self.closed = True
            for child in self._all:
                child.end()


class _Child:
    def __init__(self, limits: Limits) -> None:
        command = [sys.executable, "-B", "-P", "-m", "nzdiff.page.child"]
        one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self.process = subprocess.Popen(
            [*command, str(limits.seconds), str(limits.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **one},
            start_new_session=True,  # Ctrl-C is for the server, which ends its processes
        )
        self.limits, self.answers, self.is_ready, self.is_alive = limits, 0, False, True

    def ask(self, question: Any) -> dict[str, Any]:
        if not self.is_ready:
            self.is_ready = self._line(STARTING)[0] is not None
        self.answers += 1
        line = json.dumps(question).encode() + b"\n"
        with suppress(BrokenPipeError):
            assert self.process.stdin is not None
            self.process.stdin.write(line)
            self.process.stdin.flush()
        reply, was_late = self._line(self.limits.seconds)
        if reply is not None:
            return cast("dict[str, Any]", json.loads(reply))
        self.is_alive = False
        said = "needed more memory than it may have, or failed"
        if was_late:
            said = f"took longer than {self.limits.seconds:g} s and was stopped"
        return {"error": {"message": f"this {said}; ask for less, or use nzdiff in Python"}}

    def _line(self, seconds: float) -> tuple[bytes | None, bool]:
        """The next line of the process, or None where there is none; whether it was late."""
        late = list[bool]()

        def stop() -> None:
            late.append(True)
            self.process.kill()

        timer = Timer(seconds, stop)
        timer.start()
        try:
            assert self.process.stdout is not None
            return self.process.stdout.readline() or None, bool(late)
        finally:
            timer.cancel()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
