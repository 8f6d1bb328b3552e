"""The table of a run while it lasts: plain lines, right on a terminal and in a log file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nzdiff.solvers.run.record import Record

LEAST, SHARE, MOST = 0.2, 0.05, 10.0
"""Seconds between lines: this share of the time so far, between the least and the most."""
HEAD = f"{'iteration':>9} {'energy':>18} {'gradient':>10} {'calls':>9} {'seconds':>9}  method"


class Stream(Protocol):
    """What lines are written to."""

    def write(self, text: str, /) -> object:
        """Take a text."""
        ...


@dataclass(slots=True)
class Live:
    """Writes the newest record of a run from time to time, and how the run ended.

    due: the second from which the next line may come.  held: a line that came before that.
    """

    stream: Stream
    due: float = -np.inf
    held: str = ""
    began: bool = False

    def watch(self, record: Record, method: str) -> None:
        """Take the newest record of the run, and the method that made it."""
        self.held = line(record, method)
        if record.seconds < self.due:
            return
        if not self.began:
            self._write(HEAD)
            self.began = True
        self._write(self.held)
        self.held = ""
        self.due = record.seconds + min(max(SHARE * record.seconds, LEAST), MOST)

    def end(self, message: str) -> None:
        """Write the last record, if it was held back, and why the run ended."""
        if self.held:
            self._write(self.held)
        self._write(message)

    def _write(self, text: str) -> None:
        """Write a line in one piece, so that nothing that ends the run can break it."""
        self.stream.write(f"{text}\n")
        flush = getattr(self.stream, "flush", None)
        if flush is not None:
            flush()


def line(record: Record, method: str) -> str:
    """Return the row of a record."""
    return (
        f"{record.iteration:9d} {record.energy:18.10g} {record.gradient_norm:10.2e} "
        f"{record.calls.total:9d} {record.seconds:9.2f}  {method}"
    )


def checked_live(verbose: Any) -> Live | None:
    """Return what shows the run, None for False; ValueError where it is no bool and no stream."""
    if isinstance(verbose, (bool, np.bool_)):
        return Live(sys.stdout) if verbose and sys.stdout is not None else None
    if not callable(getattr(verbose, "write", None)):
        raise ValueError(f"verbose: expected True, False or a stream to write to, got {verbose!r}")
    return Live(verbose)
