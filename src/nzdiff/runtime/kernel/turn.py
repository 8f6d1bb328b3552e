"""Whose turn it is to use the memory of a model."""

from __future__ import annotations

import _thread
from collections.abc import Callable


class Turn(_thread.RLock):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    """A lock for which other threads wait, and that its own thread cannot take twice.

    What interrupts a call in its own thread (a signal handler, a finaliser) cannot wait for it,
    and would write over its numbers: it gets a RuntimeError.  Ctrl-C leaves it free wherever it
    comes: the way out is the lock's own, in C, in the middle of which no signal is heard.
    """

    _is_owned: Callable[[], bool]

    def __enter__(self) -> None:  # type: ignore[override]
        if self._is_owned():
            raise RuntimeError(
                "the model is busy: a signal handler or a finaliser has called it while a call of "
                "the same thread runs; bind another model for it"
            )
        try:
            self.acquire()
        except BaseException:  # Ctrl-C, while waiting or just after
            if self._is_owned():
                self.release()
            raise

    def is_free(self) -> bool:
        """Whether nobody is inside; asked in the child of a fork, where others do not exist."""
        if self._is_owned() or not self.acquire(blocking=False):
            return False
        self.release()
        return True
