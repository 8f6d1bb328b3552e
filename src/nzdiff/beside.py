"""Work in a thread of its own: beside the iterations, or until the time is over."""

from __future__ import annotations

import _thread
import contextvars
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

TURN = 0.0002
"""Seconds after which Python's threads take turns while there is work beside: by default 5 ms,
which each call of a kernel that lets the other thread go on would wait for."""


class Beside(Generic[T]):
    """A call that runs while others do; nobody waits for it when the program ends.

    began: when, by `time.perf_counter`.

    The thread starts and is waited for by locks alone: in `threading.Thread.start` and in
    `Event.wait`, Ctrl-C may come where their condition is not locked, and its way out then raises
    RuntimeError in place of KeyboardInterrupt.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work, self._has_ended = work, False
        self._running = _thread.allocate_lock()
        self._running.acquire()
        self.began = time.perf_counter()
        self._found: T | None = None
        self._error: BaseException | None = None
        context = contextvars.copy_context()  # NumPy's error state among it
        _thread.start_new_thread(context.run, (self._run,))

    def _run(self) -> None:
        try:
            with _turns:
                self._found = self._work()
        except BaseException as error:  # told to whoever asks for the result
            self._error = error
        finally:
            self._has_ended = True
            self._running.release()

    def is_done(self) -> bool:
        """Whether there is a result, or an error."""
        return self._has_ended

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for so long at most, without end for None; return whether it is done."""
        longest = -1.0 if seconds is None else min(max(seconds, 0.0), threading.TIMEOUT_MAX)
        if not self._has_ended and self._running.acquire(timeout=longest):
            self._running.release()
        return self._has_ended

    def result(self) -> T:
        """Return what the work returned, or raise what it raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._found  # type: ignore[return-value]


class _ShortTurns:
    """Python's switch interval belongs to the process: the first sets it, the last one back."""

    def __init__(self) -> None:
        self._lock, self._inside, self._usual = threading.Lock(), 0, 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(TURN, self._usual))
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.setswitchinterval(self._usual)

    def start_anew(self) -> None:
        """In the child of a fork, where no other thread is at work."""
        self._lock = threading.Lock()
        if self._inside:
            self._inside = 0
            sys.setswitchinterval(self._usual)


_turns = _ShortTurns()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_turns.start_anew)
