"""Work in a thread of its own: beside the iterations, or until the time is over."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """A call that runs while others do; nobody waits for it when the program ends.

    began: when, by `time.perf_counter`.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work, self._done = work, threading.Event()
        self.began = time.perf_counter()
        self._found: T | None = None
        self._error: BaseException | None = None
        context = contextvars.copy_context()  # NumPy's error state among it
        threading.Thread(target=context.run, args=(self._run,), daemon=True).start()

    def _run(self) -> None:
        try:
            self._found = self._work()
        except BaseException as error:  # told to whoever asks for the result
            self._error = error
        finally:
            self._done.set()

    def is_done(self) -> bool:
        """Whether there is a result, or an error."""
        return self._done.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for so long at most, without end for None; return whether it is done."""
        return self._done.wait(seconds)

    def result(self) -> T:
        """Return what the work returned, or raise what it raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._found  # type: ignore[return-value]
