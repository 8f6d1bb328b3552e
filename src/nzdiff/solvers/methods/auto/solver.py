"""The method for a problem: known where its kind tells, else measured.

A handful of unknowns: Newton. A quadratic energy: one Newton step, by conjugate gradients. Else
plain L-BFGS at once, L-BFGS-B within bounds. Other methods are prepared beside it. One is heard as
soon as what it will take is less than what the method that runs will still take, by the fall of its
gradient; of both, the one that lowers the energy faster goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from nzdiff.solvers.certificate.products import EXACT, hessian_products
from nzdiff.solvers.linear.linear_system import Linear
from nzdiff.solvers.methods.auto.contenders import (
    HEARD,
    PLAIN,
    SOME,
    Contender,
    Ready,
    contenders,
    first_due,
)
from nzdiff.solvers.methods.auto.forecast import expected_rate, seconds_left
from nzdiff.solvers.methods.interior_point import InteriorPoint
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.methods.newton import Newton
from nzdiff.solvers.methods.quadratic import LinearConjugateGradient
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import is_quadratic
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Paused, Status

HANDFUL = 32
"""Unknowns of which a step of Newton by columns costs as little as a few of L-BFGS."""
SHARE = 0.1
"""How long a method is heard at least, of the time so far."""
LEAST_STEPS = 20
"""Steps of L-BFGS that are heard at least: without its pairs it is steepest descent."""
VANISHED = 1e-8
"""The energy of a sum of squares, relative to the first, at which its residual is taken to vanish:
a trust region then has few steps left, each of which squares the error."""
FALLS = 1e-3
"""The energy, relative to that before, by which the trust region shows that this is so."""
AGAIN = 3.0
"""The slower one is heard again when the run has lasted so many times as long."""


@dataclass(slots=True)
class Auto:
    """Chooses while it runs.

    method: the one that runs, or goes on after a candidate that was no minimum.  others: those
    that may be heard.  due: the one of them whose turn it is.  ends: whether a trust region may end
    the run, should the residual vanish.  ran: the names of all that have run, which
    `progress.method` is told.
    """

    method: Method | None = None
    others: list[Contender] = field(default_factory=list)
    due: Contender | None = None
    ends: bool = False
    ran: list[str] = field(default_factory=list)

    name: ClassVar[str] = "auto"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = True

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        if self.method is None:
            self.method, self.others = _plan(objective, progress, start)
            self.ends = isinstance(self.method, LBFGS) and _may_vanish(objective, start)
        while True:
            progress.pause = partial(self._is_due, objective, progress, len(progress.records))
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

    def _is_due(self, objective: Objective, progress: Progress, begun: int) -> bool:
        """Tell whether another one is to be heard, which is then `due`, or is to end the run."""
        if self.ends and progress.latest.energy <= VANISHED * progress.records[0].energy:
            return True
        if self.others:
            left = seconds_left(progress.records[begun:], progress.goal())
            self.due = first_due(self.others, objective.seconds(), left)
        return self.due is not None

    def _hear(self, objective: Objective, progress: Progress) -> None:
        """Run the one that is due, then the one that ran, for as long; the faster one stays.

        L-BFGS would have to begin anew without its pairs: what it did last says what it would do.
        Beside second order, which is fast where L-BFGS hardly moves any more, it is heard still.
        """
        assert self.method is not None and self.due is not None and self.due.ready is not None
        other = self.due.ready
        self.others.remove(self.due)
        self.due = None
        seconds = max(SHARE * objective.seconds(), other.seconds)
        before, energy = self.method, progress.latest.energy
        known = isinstance(before, LBFGS) and other.method.needs == "gradient"
        expected = expected_rate(progress.records, seconds) if known else 0.0
        if other.start is not None:
            progress.latest = other.start
        self.method = other.method  # goes on where it finds a candidate
        rate = self._rate(other.method, energy, seconds, objective, progress)
        if progress.latest.energy > energy:
            progress.latest = progress.best
        if not known:
            expected = self._rate(before, progress.latest.energy, seconds, objective, progress)
        is_better = rate >= expected
        self.method, slower = (other.method, before) if is_better else (before, other.method)
        ready = Ready(slower, seconds)
        self.others.append(Contender(lambda: ready, after=AGAIN * objective.seconds(), ready=ready))

    def _end(self, objective: Objective, progress: Progress) -> None:
        """Let a trust region end the run, unless it is slow after all."""
        self.ends = False
        if not _has_hessian(objective, progress.latest):
            return
        before, energy = self.method, progress.latest.energy
        self.method = TrustRegion()
        self._rate(self.method, energy, max(HEARD, objective.seconds()), objective, progress)
        if not progress.latest.energy <= FALLS * energy:
            self.method, progress.latest = before, progress.best

    def _rate(
        self,
        method: Method,
        energy: float,
        seconds: float,
        objective: Objective,
        progress: Progress,
    ) -> float:
        """Return how fast a method that is heard for so long goes below an energy."""
        began = objective.seconds()
        least = len(progress.records) + (LEAST_STEPS if isinstance(method, LBFGS) else 0)
        progress.pause = lambda: (
            objective.seconds() - began >= seconds and len(progress.records) >= least
        )
        try:
            self._run(method, objective, progress)
        except (Paused, MemoryError, NotImplementedError, np.linalg.LinAlgError):
            pass  # the last three: of one that cannot run here after all
        finally:
            progress.pause = None
        return (energy - progress.latest.energy) / (objective.seconds() - began)

    def _run(self, method: Method, objective: Objective, progress: Progress) -> Status:
        self.ran.append(method.name)
        progress.method = ", ".join(dict.fromkeys(self.ran))
        return method.run(objective, progress, progress.latest)


def _plan(objective: Objective, progress: Progress, start: Point) -> tuple[Method, list[Contender]]:
    """Return the method to begin with, and those that may be heard."""
    if objective.cone is not None:
        return InteriorPoint(), []
    is_bounded = objective.bounds is not None
    if start.g.size <= HANDFUL and _has_hessian(objective, start):
        other = Ready(TrustRegion(), HEARD)
        return Newton(Linear("columns")), [Contender(lambda: other, ready=other)]
    is_affine = not is_bounded and is_quadratic(objective, start)
    others = contenders(objective, progress, start, quadratic=is_affine)
    if is_affine:
        return LinearConjugateGradient(), others
    return LBFGS() if is_bounded else PLAIN, others


def _may_vanish(objective: Objective, start: Point) -> bool:
    """Tell whether the residual may vanish, of unknowns that products alone may do for."""
    return objective.squares and objective.bounds is None and start.g.size <= SOME


def _has_hessian(objective: Objective, start: Point) -> bool:
    found = objective.within(lambda: hessian_products(objective, start))
    return bool(found.error == EXACT)
