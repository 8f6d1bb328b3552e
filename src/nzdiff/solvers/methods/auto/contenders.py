"""Methods that may be better than the one that runs: when to prepare and when to hear them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nzdiff.beside import Beside
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Point

MOST, LATE = 2.5, 20.0
"""What may be spent on others at most, in the time so far; where the run's steps are half spent."""
SURE = 0.5
"""What another one is to take at most, in what is left: both are forecasts."""
PATIENCE = 20.0
"""For how long the run waits at most, in what preparing is guessed to take."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A method that can run, and the seconds it is expected to take.

    least: steps before it is judged.  start: where it is to start, if not from the latest iterate.
    share: by how much it has to lower the energy to stay, in what was to be expected: a forecast.
    """

    method: Method
    seconds: float
    least: int = 2
    start: Point | None = None
    share: float = SURE


@dataclass(frozen=True, slots=True)
class Guess:
    """About what something will take: seconds, and calls of the model."""

    seconds: float = 0.0
    calls: float = 0.0

    def of(self, per_call: float) -> float:
        """Return the seconds if a call takes so many."""
        return self.seconds + self.calls * per_call


@dataclass(slots=True)
class Contender:
    """A method that is prepared in a thread.

    prepare: returns it ready, or None where it cannot run.  preparing, running: about what that,
    and what it then does, take.  waits: whether the run waits while it is prepared, instead of
    going on beside it.  after: the seconds of the run before which it is not heard.
    """

    prepare: Callable[[], Ready | None]
    preparing: Guess = Guess()
    running: Guess = Guess()
    waits: bool = True
    after: float = 0.0
    ready: Ready | None = None
    job: Beside[Ready | None] | None = None

    def is_preparing(self) -> bool:
        """Tell whether its thread is at work."""
        return self.job is not None and not self.job.is_done()

    def is_new(self) -> bool:
        """Tell whether nothing has been done for it yet."""
        return self.ready is None and self.job is None

    def begin(self, most: float) -> None:
        """Begin to prepare it; where the run waits for it, so many seconds at most."""
        self.job = Beside(self.prepare)
        if self.waits:
            self.job.wait(most)

    def is_due(self, left: float) -> bool:
        """Tell whether it is ready, and will take less than so many seconds."""
        if self.ready is None and self.job is not None and self.job.is_done():
            with suppress(Exception):  # one that cannot be prepared is not heard
                self.ready = self.job.result()
        return self.ready is not None and self.ready.seconds < left


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run has come to, in seconds that the processor gave it.

    so_far: since its start.  left: what it will still take.  per_call: of one call of the model.
    pace: those that pass for each that the processor gives.  is_late: whether the
    run's steps are half spent.
    """

    so_far: float
    left: float
    per_call: float
    pace: float = 1.0
    is_late: bool = False

    @property
    def most(self) -> float:
        """Return the seconds that another one may take."""
        return (LATE if self.is_late else MOST) * self.so_far

    def is_worth(self, other: Contender) -> bool:
        """Tell whether another one is to be prepared: it gains, and risks little if it does not."""
        takes, runs = other.preparing.of(self.per_call), other.running.of(self.per_call)
        return takes + runs < self.left and takes < self.most


def first_due(
    others: Sequence[Contender], outlook: Outlook, seconds: float, most: float
) -> Contender | None:
    """Return who is to be heard, if anybody is; one at a time is prepared.

    seconds: of the run so far.  most: for which it may wait.
    """
    if outlook.left == 0.0:
        return None
    is_idle = not any(other.is_preparing() for other in others)
    for other in others:
        if seconds < other.after:
            continue
        if other.is_new() and is_idle and outlook.is_worth(other):
            takes = other.preparing.of(outlook.per_call)
            other.begin(min(PATIENCE * takes * outlook.pace, most))
            is_idle = not other.is_preparing()
        if other.is_due(min(SURE * outlook.left, outlook.most)):
            return other
    return None


def wait_for_all(others: Sequence[Contender], outlook: Outlook, most: float) -> None:
    """Prepare the first one at least, and wait, so many seconds at most; none is put off any more.

    Where a compiler takes long on a busy machine, cheap iterations would be spent meanwhile.
    """
    if others and others[0].is_new() and outlook.is_worth(others[0]):
        others[0].begin(0.0)
    for other in others:
        other.after = 0.0
        if other.job is not None and not other.job.is_done():
            began = time.perf_counter()
            other.job.wait(most)
            most -= time.perf_counter() - began
