"""The threads of a kernel: all that were asked for, or one for a while where others have the cores.

OpenMP's threads meet at the end of every loop, and the last one is waited for.  Where another
process has its core, that takes milliseconds, so that a function of one millisecond takes thirty.
Linux tells how long each thread of a process was ready to run and had no core.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WINDOW = 0.02
"""Seconds of functions after which it is judged whether others have the cores."""
SHARE = 0.1
"""Of that time, that threads may wait for a core."""
FIRST, MOST = 0.2, 5.0
"""Seconds with one thread before all are tried again, at first and at most."""
TASKS = Path("/proc/self/task")


def waited() -> float | None:
    """Seconds that all threads of this process were ready and had no core; None: not known."""
    total = 0
    try:
        for task in TASKS.iterdir():
            total += int((task / "schedstat").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):  # another system, or a thread that has just ended
        return None
    return 1e-9 * total


@dataclass(slots=True)
class Crowd:
    """Whether others have the cores: one for the process.

    until: when all threads are tried again.  wall: seconds of functions since `before`, what
    threads had waited by then.
    """

    until: float = 0.0
    pause: float = 0.0
    wall: float = 0.0
    before: float | None = None

    def begin(self) -> None:
        """A function begins, with all threads."""
        if self.wall == 0.0:
            self.before = waited()

    def end(self, now: float, wall: float) -> None:
        """It has taken so long."""
        self.wall += wall
        if self.wall < WINDOW:
            return
        after = waited()
        if self.before is None or after is None or after - self.before <= SHARE * self.wall:
            self.pause = 0.0
        else:
            self.pause = min(2.0 * self.pause, MOST) if self.pause else FIRST
            self.until = now + self.pause
        self.wall = 0.0


CROWD = Crowd()


@dataclass(frozen=True, slots=True, eq=False)
class Threads:
    """Those of one workspace.  number: where it holds how many there are; size: how many."""

    number: NDArray[np.int32]
    size: int

    @contextmanager
    def at_work(self, crowd: Crowd = CROWD) -> Iterator[None]:
        """Around functions of the kernel."""
        if self.number[0] == 1:  # as asked for, or after a fork
            yield
            return
        began = time.perf_counter()
        if began < crowd.until:
            self.number[0] = 1
            try:
                yield
            finally:
                self.number[0] = self.size
            return
        crowd.begin()
        yield
        now = time.perf_counter()
        crowd.end(now, now - began)
