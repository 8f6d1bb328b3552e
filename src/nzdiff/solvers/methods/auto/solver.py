"""The method for a problem: known where its kind tells, else measured.

Few unknowns: Newton, by products with unit vectors, and a trust region where that takes many
steps. A quadratic energy: one Newton step, direct or by conjugate gradients. Else plain L-BFGS at
once; what needs to be planned and compiled (a Hessian to factorise, the composition, a
preconditioner) is prepared beside it, and then heard: it replaces what runs where it lowers the
energy faster.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from nzdiff.solvers.certificate.products import EXACT, hessian_products
from nzdiff.solvers.linear.curvature import gauss_newton, hessian
from nzdiff.solvers.linear.linear_system import (
    FEW,
    MOST_ENTRIES_PER_ROW,
    SAMPLED,
    Linear,
    LinearSystems,
    fills_up,
    is_small,
)
from nzdiff.solvers.methods.composed import ComposedNewton
from nzdiff.solvers.methods.interior_point import InteriorPoint
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.methods.newton import Newton
from nzdiff.solvers.methods.quadratic import LinearConjugateGradient
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.run.beside import Beside
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import is_quadratic
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import HasComposition, HasGaussNewton, HasHessian, Needs
from nzdiff.solvers.run.record import Record
from nzdiff.solvers.run.status import Paused, Status

SHARE, LEAST_TRIAL = 0.1, 0.1
"""How long a method is heard: this share of the time so far, at least so many seconds."""
LEAST_STEPS = 20
"""Steps of L-BFGS that are heard at least: without its pairs it is steepest descent."""
SOME = 5_000
"""Unknowns up to which a trust region, by products alone, is as fast as L-BFGS."""
DOUBT = 0.5
PATIENCE = 15
"""Steps of Newton on few unknowns after which it is doubted."""
FEW_ROWS = 1_000
"""Rows of D up to which D Dᵀ may be dense."""
AT_ONCE = Newton(Linear("columns"))
DIRECT = Newton(Linear("direct"))


@dataclass(slots=True)
class Auto:
    """Chooses while it runs; settled: the method that goes on after it has been chosen.

    ran: the names of those that have run, which `progress.method` is told.
    """

    settled: Method | None = None
    ran: list[str] = field(default_factory=list)

    name: ClassVar[str] = "auto"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = True

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        if self.settled is not None:
            return self._run(self.settled, objective, progress)
        if objective.polyhedron is not None:
            return self._settle(InteriorPoint(), objective, progress)
        has_hessian = objective.within(lambda: _has_hessian(objective, start))
        if has_hessian and start.g.size <= FEW:
            other: Method = LBFGS() if objective.bounds is not None else TrustRegion()
            return self._compete(AT_ONCE, iter([lambda: other]), objective, progress, PATIENCE)
        bounded = objective.bounds is not None
        if bounded:
            method: Method = LBFGS()
        elif is_quadratic(objective, start):
            method = LinearConjugateGradient()
        elif has_hessian and start.g.size <= SOME:
            method = TrustRegion()
        else:
            method = LBFGS(preconditioner="none")
        contenders = _contenders(objective, start, method, has_hessian=has_hessian)
        return self._compete(method, contenders, objective, progress)

    def _compete(
        self,
        method: Method,
        contenders: Iterator[Callable[[], Method | None]],
        objective: Objective,
        progress: Progress,
        patience: int = 0,
    ) -> Status:
        """Run a method; whenever another is ready, go on with the better one.

        patience: the steps before another is heard at all.
        """
        for prepare in contenders:
            job, least = Beside(prepare), len(progress.records) + patience
            progress.pause = partial(_is_due, job, progress, least)
            try:
                return self._run(method, objective, progress)
            except Paused:
                pass
            finally:
                progress.pause = None
            contender = None
            with suppress(Exception):  # one that cannot be prepared is not heard
                contender = job.result()
            if contender is not None:
                method = self._better(method, contender, objective, progress)
        return self._settle(method, objective, progress)

    def _better(
        self, method: Method, other: Method, objective: Objective, progress: Progress
    ) -> Method:
        """Return which of two methods lowers the energy faster from here; `other` is heard.

        L-BFGS would have to begin anew when it is heard: what it did last says what it would do.
        """
        seconds = max(SHARE * objective.seconds(), LEAST_TRIAL)
        known = isinstance(method, LBFGS)
        expected = expected_rate(progress.records, seconds) if known else 0.0
        rate = self._rate(other, seconds, objective, progress)
        if not known:
            expected = self._rate(method, seconds, objective, progress)
        return other if rate >= expected else method

    def _rate(
        self, method: Method, seconds: float, objective: Objective, progress: Progress
    ) -> float:
        """Return the decrease per second of a method that is heard for so long."""
        began, before = objective.seconds(), progress.latest.energy
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
        return (before - progress.latest.energy) / (objective.seconds() - began)

    def _settle(self, method: Method, objective: Objective, progress: Progress) -> Status:
        self.settled = method
        return self._run(method, objective, progress)

    def _run(self, method: Method, objective: Objective, progress: Progress) -> Status:
        self.ran.append(method.name)
        progress.method = ", ".join(dict.fromkeys(self.ran))
        return method.run(objective, progress, progress.latest)


def _is_due(job: Beside[Method | None], progress: Progress, least: int) -> bool:
    return job.is_done() and len(progress.records) >= least


def _has_hessian(objective: Objective, start: Point) -> bool:
    return bool(hessian_products(objective, start).error == EXACT)


def _contenders(
    objective: Objective, start: Point, method: Method, *, has_hessian: bool
) -> Iterator[Callable[[], Method | None]]:
    """Yield how to prepare each method that may be better, the most promising first."""
    model = objective.model
    if has_hessian and not fills_up(hessian(objective, start.g), start.g.size):
        yield lambda: _direct(objective, start)
    if objective.bounds is not None:
        return
    if isinstance(method, TrustRegion):
        yield _plain_later
    if isinstance(model, HasGaussNewton if objective.squares else HasHessian):
        yield lambda: _preconditioned(objective, start)
    if isinstance(model, HasComposition):
        yield lambda: _composed(model, start)


def expected_rate(records: Sequence[Record], seconds: float) -> float:
    """Return the decrease per second to expect if what runs goes on.

    The last two spans of so many seconds tell how it fades.
    """
    times, energies = np.array([(record.seconds, record.energy) for record in records]).T
    at = np.interp(times[-1] - seconds * np.arange(3), times, energies)
    last, earlier = at[1] - at[0], at[2] - at[1]
    fading = min(last / earlier, 1.0) if earlier > 0.0 else 1.0
    return float(last * fading / seconds)


def _plain_later() -> Method:
    """Wait until the first method has run for long enough to doubt it."""
    time.sleep(DOUBT)
    return LBFGS(preconditioner="none")


def _direct(objective: Objective, start: Point) -> Method | None:
    """Prepare the Hessian where it can be factorised."""
    if not is_small(hessian(objective, start.g), start.g.size):
        return None
    LinearSystems(objective, hessian, DIRECT.linear).at(start)
    return DIRECT


def _composed(model: HasComposition, start: Point) -> Method | None:
    """Prepare the composition where its steps, with the factors of D Dᵀ, cost little."""
    parts, method = model.composition(), ComposedNewton(then=LBFGS(preconditioner="none"))
    if parts is None or start.g.size < method.freedom * parts.size:
        return None
    D = parts.jacobian(start.g)
    rows = D[np.random.default_rng(0).integers(0, parts.size, SAMPLED)]
    entries = np.count_nonzero((D @ rows.T).toarray()) / SAMPLED
    is_cheap = parts.size <= FEW_ROWS or entries <= MOST_ENTRIES_PER_ROW
    return method if is_cheap else None


def _preconditioned(objective: Objective, start: Point) -> Method:
    curvature = (gauss_newton if objective.squares else hessian)(objective, start.g)
    curvature.block_inverse("row", 0.1, relative=True)
    return LBFGS(preconditioner="row")
