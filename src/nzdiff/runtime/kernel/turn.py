"""Whose turn it is to use the memory of a model."""

from __future__ import annotations

from threading import RLock


class Turn:
    """A lock for which other threads wait, and that its own thread cannot take twice.

    What interrupts a call in its own thread (a signal handler, a finaliser) cannot wait for it,
    and would write over its numbers: it gets a RuntimeError.
    """

    __slots__ = ("_lock", "_taken")

    def __init__(self) -> None:
        self._lock, self._taken = RLock(), False

    def __enter__(self) -> None:
        self._lock.acquire()
        if self._taken:
            self._lock.release()
            raise RuntimeError(
                "the model is busy: a signal handler or a finaliser has called it while a call of "
                "the same thread runs; bind another model for it"
            )
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False
        self._lock.release()

    def is_free(self) -> bool:
        """Whether nobody is inside; asked in the child of a fork, where others do not exist."""
        if not self._lock.acquire(blocking=False):
            return False
        self._lock.release()
        return not self._taken
