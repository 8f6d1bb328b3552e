"""The run so far: one record per accepted iterate, the best iterate, the callback."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nzdiff.solve.model import Vector
from nzdiff.solve.objective import Counts, Objective, Point
from nzdiff.solve.status import Status, Stop
from nzdiff.solve.stopping import Stopping


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted iterate; iteration 0 is the start.

    damping: λ of Levenberg-Marquardt and Gauss-Newton, 0 for the gradient methods.
    step: ‖g_k − g_{k−1}‖.  inner: CG iterations spent on that step.  calls: all calls so far.
    """

    iteration: int
    energy: float
    gradient_norm: float
    damping: float
    step: float
    inner: int
    seconds: float
    calls: Counts


class History(tuple[Record, ...]):
    """The records of a run; printed in one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return how many there are, and the energies at both ends."""
        if not self:
            return "History()"
        return f"History({len(self)} records, energy {self[0].energy:.6g} → {self[-1].energy:.6g})"


Callback = Callable[[Record, Vector], bool | None]


@dataclass(slots=True)
class Progress:
    """Records accepted iterates and raises `Stop` as soon as a rule of `stopping` says so."""

    objective: Objective
    stopping: Stopping
    callback: Callback | None
    best: Point
    latest: Point = field(init=False)
    energy_floor: float = -np.inf
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the start, given as `best`, as the latest iterate too."""
        self.latest = self.best

    def record(self, point: Point, *, damping: float = 0.0, inner: int = 0) -> None:
        """Take an accepted iterate: remember it, tell the callback, apply the stopping rules."""
        record = Record(
            iteration=len(self.records),
            energy=point.energy,
            gradient_norm=point.gradient_norm,
            damping=damping,
            step=float(np.linalg.norm(point.g - self.latest.g)),
            inner=inner,
            seconds=self.objective.seconds(),
            calls=self.objective.counts,
        )
        self.records.append(record)
        self.latest = point
        if point.energy < self.best.energy:
            self.best = point
        self._tell(record, point)
        self._judge()

    def _tell(self, record: Record, point: Point) -> None:
        if self.callback is None:
            return
        g = point.g.view()
        g.flags.writeable = False
        if self.callback(record, g):
            raise Stop(Status.STOPPED_BY_CALLBACK)

    def _judge(self) -> None:
        """Raise `Stop` where a rule holds; convergence is named before a spent budget."""
        records, newest = self.records, self.records[-1]
        if self.stopping.gradient_converged(newest.gradient_norm, records[0].gradient_norm):
            raise Stop(Status.GRADIENT_CONVERGED)
        if newest.energy <= self.energy_floor:
            raise Stop(Status.ZERO_ENERGY)
        if self.stopping.stagnated([r.energy for r in records[-1 - self.stopping.window :]]):
            raise Stop(Status.ENERGY_STAGNATED)
        status = self.stopping.budget(newest.iteration, self.objective.seconds())
        if status is not None:
            raise Stop(status)
