"""The method for a problem: known where its kind tells, else measured.

Within a cone an interior point; a quadratic energy by conjugate gradients; few unknowns whose
energy takes Python by Newton or Levenberg-Marquardt; else L-BFGS, plain and at once. Other methods
are prepared when what the first one will still take, by the fall of its gradient, is worth it. One
is heard as soon as it is expected to take less than that. It stays if it lowers the energy about
as far as was to be expected of the one it took over from, which else goes on where it was.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from nzdiff.solvers.methods.auto.contenders import (
    Contender,
    Outlook,
    Ready,
    first_due,
    wait_for_all,
)
from nzdiff.solvers.methods.auto.forecast import LEAST_RECORDS, expected_energy, seconds_left
from nzdiff.solvers.methods.auto.kinds import (
    HANDFUL,
    SOME,
    STEPS,
    contenders,
    first_method,
    has_hessian,
)
from nzdiff.solvers.methods.interior_point import InteriorPoint
from nzdiff.solvers.methods.lbfgs.solver import LBFGS, Kept
from nzdiff.solvers.methods.quadratic import LinearConjugateGradient
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Paused, Status

SHARE = 0.1
"""How long a method is heard at least before it stays, of the time so far."""
LONGEST = 5.0
"""How long it is heard at most before it is judged, in what it was expected to take."""
VANISHED = 1e-8
"""The energy of a sum of squares, relative to the first, at which its residual is taken to vanish:
a trust region then has few steps left, each of which squares the error."""
FALLS = 1e-3
"""The energy, relative to that before, by which the trust region shows that this is so."""
ENDING = 0.1
"""Seconds that it has for that at least."""
AGAIN = 3.0
"""The slower one is heard again when the run has lasted so many times as long."""
MANY, QUARTER, HALF = 100, 0.25, 0.5
"""Steps of L-BFGS after which others are heard whatever the forecast says: of a handful of
unknowns, and in those that are allowed; after half of these the run waits for what is prepared, and
a second-order method stays."""
STALLED = 2
"""Candidates that were no minima after which others are heard at once."""


@dataclass(slots=True)
class Auto:
    """Chooses while it runs.

    method: the one that runs, or goes on after a candidate that was no minimum.  others: those
    that may be heard.  due: the one of them whose turn it is.  begun: the record from which on
    `method` is judged.  started: the processor's time when all began.  runs: how often the run was
    begun: again after each candidate that was no minimum.  ends: whether a trust region may end it,
    should the residual vanish.  ran: the names of all that have run, which `progress.method` is
    told.  is_late: whether steps are scarce: half of those that are allowed were made.
    """

    method: Method | None = None
    others: list[Contender] = field(default_factory=list)
    due: Contender | None = None
    begun: int = 0
    runs: int = 0
    started: float = 0.0
    ends: bool = False
    ran: list[str] = field(default_factory=list)
    is_late: bool = False

    name: ClassVar[str] = "auto"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = True

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        if self.method is None:
            self._plan(objective, progress, start)
        assert self.method is not None
        self.runs += 1
        self.begun = len(progress.records)
        while True:
            progress.pause = partial(self._is_due, objective, progress)
            try:
                return self._run(self.method, objective, progress)
            except Paused:
                pass
            finally:
                progress.pause = None
            if self.due is None:
                self._end(objective, progress)
            else:
                self._hear(objective, progress)

    def _plan(self, objective: Objective, progress: Progress, start: Point) -> None:
        self.started = time.process_time()
        if objective.cone is not None:
            self.method = InteriorPoint()
            return
        plain = LBFGS(preconditioner="scale", kept=Kept())
        self.method = first_method(objective, start, plain)
        self.others = contenders(objective, progress, start, self.method, plain)
        self.ends = isinstance(self.method, LBFGS) and _may_vanish(objective, start)

    def _is_due(self, objective: Objective, progress: Progress) -> bool:
        """Tell whether another one is to be heard, which is then `due`, or is to end the run."""
        if self.ends and progress.latest.energy <= VANISHED * progress.records[0].energy:
            return True
        if self.others:
            seconds = objective.seconds()
            most = objective.max_seconds - seconds
            was_late, self.is_late = self.is_late, _is_half_spent(progress)
            outlook = self._outlook(objective, progress, seconds)
            if self.is_late and not was_late:
                wait_for_all(self.others, outlook, most)
            self.due = first_due(self.others, outlook, seconds, most)
            if self.is_late and self.due is not None and _is_first_order(self.due):
                self.others.remove(self.due)
                self.due = None
        return self.due is not None

    def _outlook(self, objective: Objective, progress: Progress, seconds: float) -> Outlook:
        """Return what there is to expect; on a busy machine the processor gives less than time."""
        records = progress.trace(self.begun)
        left = seconds_left(records, progress.goal())
        if isinstance(self.method, LinearConjugateGradient):  # a direct step surely ends the run
            left = left if len(records) >= LEAST_RECORDS else math.inf
        elif not isinstance(self.method, LBFGS):
            left = left if len(records) > 2 * STEPS else 0.0
        elif self.runs > STALLED or _is_long(progress):
            left = math.inf
        so_far = min(time.process_time() - self.started, seconds)
        per_call = so_far / max(objective.counts.total, 1)
        left, pace = left * so_far / seconds, seconds / so_far
        return Outlook(so_far, left, per_call, pace, self.is_late)

    def _hear(self, objective: Objective, progress: Progress) -> None:
        """Run the one that is due until it shows to be slower than the one that ran, or stays."""
        assert self.method is not None and self.due is not None and self.due.ready is not None
        other, before = self.due.ready, self.method
        self.others.remove(self.due)
        self.due = None
        expected, energy = _forecast(objective, progress, self.begun), progress.latest.energy
        if other.start is not None:
            progress.latest = other.start
        self.method = other.method  # goes on where it finds a candidate
        known, began = len(progress.records), objective.seconds()
        seconds = max(SHARE * began, other.seconds)

        def is_over() -> bool:
            if not self.is_late and _is_half_spent(progress):
                return True
            enough = seconds if len(progress.records) - known >= other.least else LONGEST * seconds
            return objective.seconds() - began >= enough

        can_run = self._try(other.method, is_over, objective, progress)
        if progress.latest.energy > progress.best.energy:
            progress.latest = progress.best
        self.begun = known
        fall, wanted = energy - progress.latest.energy, other.share * (energy - expected())
        if not can_run or fall < (0.0 if self.is_late else wanted):
            self.method, before, self.begun = before, other.method, len(progress.records)
        if can_run and not self.is_late:
            again = Ready(before, other.seconds, other.least, share=1.0)
            self.others.append(
                Contender(lambda: again, after=AGAIN * objective.seconds(), ready=again)
            )

    def _end(self, objective: Objective, progress: Progress) -> None:
        """Let a trust region end the run, unless it is slow after all."""
        self.ends = False
        if not has_hessian(objective, progress.latest):
            return
        before, energy = self.method, progress.latest.energy
        self.method, began = TrustRegion(), objective.seconds()
        most = max(ENDING, began)
        self._try(self.method, lambda: objective.seconds() - began >= most, objective, progress)
        if not progress.latest.energy <= FALLS * energy:
            self.method, progress.latest = before, progress.best
        self.begun = len(progress.records)

    def _try(
        self,
        method: Method,
        is_over: Callable[[], bool],
        objective: Objective,
        progress: Progress,
    ) -> bool:
        """Run a method until it is over; return whether it can run at all."""
        progress.pause = is_over
        try:
            self._run(method, objective, progress)
        except (MemoryError, NotImplementedError, np.linalg.LinAlgError):
            return False
        except Paused:
            pass
        finally:
            progress.pause = None
        return True

    def _run(self, method: Method, objective: Objective, progress: Progress) -> Status:
        self.ran.append(method.name)
        progress.method = ", ".join(dict.fromkeys(self.ran))
        return method.run(objective, progress, progress.latest)


def _is_long(progress: Progress) -> bool:
    """Tell whether L-BFGS has taken more steps than it should need."""
    is_handful = progress.latest.g.size <= HANDFUL
    most = MANY if is_handful else QUARTER * progress.stopping.max_iterations
    return progress.records[-1].iteration >= most


def _is_half_spent(progress: Progress) -> bool:
    return progress.records[-1].iteration >= HALF * progress.stopping.max_iterations


def _is_first_order(other: Contender) -> bool:
    return other.ready is not None and isinstance(other.ready.method, LBFGS)


def _forecast(objective: Objective, progress: Progress, begun: int) -> Callable[[], float]:
    """Return the energy to be expected by now if what has run since `begun` had gone on."""
    records, paused = progress.trace(begun), objective.seconds()
    return lambda: expected_energy(records, objective.seconds() - paused)


def _may_vanish(objective: Objective, start: Point) -> bool:
    """Tell whether the residual may vanish, of unknowns that products alone may do for."""
    return objective.squares and objective.bounds is None and start.g.size <= SOME
