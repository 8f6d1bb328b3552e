"""Processor time of a run whose records hold wall time.

On a busy machine wall time says how busy it was. A clock of the processor, looked at in a thread
beside the run, tells what of each span it was given.
"""

from __future__ import annotations

import threading
import time
from time import perf_counter

import numpy as np

PERIOD = 0.001


class Clock:
    """What the processor gave, by wall time, while entered.

    began: from when on seconds count, by `time.perf_counter`; when it was entered, unless set.
    of: the clock of `time.clock_gettime`, of the thread that makes it where none is given;
    `time.CLOCK_PROCESS_CPUTIME_ID` counts all threads of the process.
    """

    def __init__(self, of: int | None = None) -> None:
        self._of = time.pthread_getcpuclockid(threading.get_ident()) if of is None else of
        self.began: float | None = None
        self._known: list[tuple[float, float]] = []
        self._ended = threading.Event()

    def __enter__(self) -> Clock:
        self.look()
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self.look()

    def _run(self) -> None:
        while not self._ended.wait(PERIOD):
            self.look()

    def look(self) -> None:
        """Look at both clocks now: what was given is exact at such moments."""
        self._known.append((perf_counter(), time.clock_gettime(self._of)))

    def given(self, seconds: list[float]) -> list[float]:
        """Of seconds of wall time since it began."""
        wall, given = np.array(sorted(self._known)).T
        began = float(wall[0]) if self.began is None else self.began
        found = np.interp(began + np.array([0.0, *seconds]), wall, given)
        return [float(x) for x in found[1:] - found[0]]
