"""The run so far: records, the best iterate, the callback, the checkpoints, the stopping rules."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nzdiff.solvers.run.checkpoint import Checkpoint, Saver
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.record import Callback, Record, Watch
from nzdiff.solvers.run.search import falls_without_end
from nzdiff.solvers.run.status import Paused, Status, Stop
from nzdiff.solvers.run.stopping import Stopping

INVISIBLE = 1e-4 * np.finfo(np.float64).eps
FAR = 1e4
"""A distance from g₀, relative to ‖g₀‖ or the first step, from which on a minimum is doubted."""
FEW, MANY = 5, 100
"""Records before which it is not, and so many that it is in any case."""


class Origin(NamedTuple):
    """What tolerances are relative to: a point, its energy, its gradient norm."""

    g: Vector
    energy: float
    gradient_norm: float


@dataclass(slots=True)
class Progress:
    """Records accepted iterates and raises `Stop` as soon as a rule of `stopping` says so.

    best: the best iterate, at first where the run starts.  g0: where it started, before it was
    resumed if it was.  rules: `stopping`, stricter after candidates that were no minimum.
    notes: where a long step has come to, between records: rules and forecasts see it.
    begun: the record from which on stagnation is looked for.  pause: whether another method is
    to be heard; asked after each iterate.  watch: is shown the newest record.
    earlier: the origin of an earlier run that this one continues, on a changed problem perhaps.
    renewed: the origin from which on tolerances are meant, where the fall before dwarfs the rest;
    renewals: how often there was a new one.
    promised: what a method that certifies its iterates itself says of the best one.
    reach, due: the distance from g0, and the number of records, from which on it is asked next
    whether E falls without end.
    """

    objective: Objective
    stopping: Stopping
    callback: Callback | None
    best: Point
    g0: Vector
    method: str
    saver: Saver | None = None
    latest: Point = field(init=False)
    energy_floor: float = -np.inf
    records: list[Record] = field(default_factory=list)
    notes: list[Record] = field(default_factory=list)
    rules: Stopping = field(init=False)
    begun: int = 0
    pause: Callable[[], bool] | None = None
    watch: Watch | None = None
    earlier: Origin | None = None
    renewed: Origin | None = None
    renewals: int = 0
    promised: float = math.nan
    reach: float = math.inf
    due: int = 0

    def __post_init__(self) -> None:
        """Take the start, given as `best`, as the latest iterate too."""
        self.latest, self.rules = self.best, self.stopping

    def record(self, point: Point, *, damping: float = 0.0, inner: int = 0) -> None:
        """Take an accepted iterate: remember it, tell the callback, apply the stopping rules."""
        self.take([self._record_of(point, damping, inner)], point)

    def note(self, point: Point, inner: int) -> None:
        """Note where a step is on its way; it becomes an iterate where the run is to end there."""
        note = self._record_of(point, 0.0, inner)
        self.notes.append(note)
        energies = [each.energy for each in self.notes[-1 - self.rules.window :]]
        is_still = self.rules.stagnated(energies, self.scale(note.energy))
        is_late = note.seconds >= self.rules.max_seconds
        if is_still or is_late or (self.pause is not None and self.pause()):
            self.take([note], point)
        if is_still:
            raise Stop(Status.STAGNATED)

    def trace(self, begun: int) -> Sequence[Record]:
        """Return the records from a number on, with the notes since that one, in order of time."""
        since = self.records[min(begun, len(self.records) - 1)].seconds
        notes = [note for note in self.notes if note.seconds > since]
        records = self.records[begun:]
        return sorted([*records, *notes], key=lambda each: each.seconds) if notes else records

    def _record_of(self, point: Point, damping: float, inner: int) -> Record:
        return Record(
            iteration=len(self.records),
            energy=point.energy,
            gradient_norm=self.objective.stationarity(point),
            damping=damping,
            step=float(np.linalg.norm(point.g - self.latest.g)),
            inner=inner,
            seconds=self.objective.seconds(),
            calls=self.objective.counts,
        )

    def take(self, records: Sequence[Record], point: Point) -> None:
        """Take the records of iterates of falling energy, the last one of which is `point`."""
        before, self.latest = self.latest, point
        if point.energy <= self.best.energy:  # of equals the newest, which the last record is about
            self.best = point
        self.records.extend(records)
        newest = records[-1]
        if self.saver is not None and self.saver.is_due(newest.seconds):
            self.save()
        if self.watch is not None:
            self.watch(newest, self.method)
        self._tell(newest, point)
        self._look_far(point.g - before.g)
        self.judge()

    def _look_far(self, step: Vector) -> None:
        """Raise `Stop` where E falls without end: asked after twice as many steps, or far away."""
        moved = self.latest.g - self.g0
        distance = float(np.linalg.norm(moved))
        count = len(self.records)
        if self.due == 0 and count >= FEW:
            first = max(record.step for record in self.records[:FEW])
            self.reach, self.due = FAR * max(float(np.linalg.norm(self.g0)), first), MANY
        if count < FEW or (distance <= self.reach and count <= self.due):
            return
        self.reach, self.due = max(self.reach, FAR * distance), 2 * count
        for v in (step, moved):
            if falls_without_end(self.objective, self.latest, v, self.decrease):
                raise Stop(Status.NO_MINIMUM)
        if math.isinf(distance):
            raise Stop(Status.NO_MINIMUM)

    def save(self) -> None:
        """Write a checkpoint, if any are wanted."""
        if self.saver is not None and self.records:
            best = self.best
            checkpoint = Checkpoint(best.g, best.energy, self.g0, self.method, tuple(self.records))
            self.saver.save(checkpoint)

    @property
    def origin(self) -> Origin:
        """Return what tolerances are relative to."""
        return self.begin if self.renewed is None else self.renewed

    @property
    def begin(self) -> Origin:
        """Return where the run started, or the earlier one that it continues."""
        if self.earlier is not None:
            return self.earlier
        return Origin(self.g0, self.records[0].energy, self.records[0].gradient_norm)

    def renew(self, point: Point) -> None:
        """Mean tolerances relative to what is to come, from a point on."""
        norm = self.objective.stationarity(point)
        self.renewed = Origin(point.g, point.energy, norm)
        self.renewals += 1

    @property
    def decrease(self) -> float:
        """Return E(g₀) − E of the best iterate."""
        return self.origin.energy - self.best.energy

    def threshold(self) -> float:
        """Return what may still be promised at a minimum: at least far less than E can show."""
        return max(self.stopping.threshold(self.decrease), INVISIBLE * abs(self.best.energy))

    def scale(self, newest: float) -> float:
        """Return what a change of the energy is compared with, at this one."""
        decrease = max(self.origin.energy - newest, 0.0)
        return min(decrease, abs(newest)) if self.objective.squares else decrease

    def judge(self) -> None:
        """Raise `Stop` where a rule holds; convergence is named before a spent budget."""
        records, newest, rules = self.records, self.records[-1], self.rules
        if self.objective.cone is None:
            self._find_candidate(records, newest, rules)
        status = rules.budget(newest.iteration, self.objective.seconds())
        if status is not None:
            raise Stop(status)
        if self.pause is not None and self.pause():
            raise Paused

    def _find_candidate(self, records: list[Record], newest: Record, rules: Stopping) -> None:
        if self.is_small(newest.gradient_norm, self.latest.g, newest.energy):
            raise Stop(Status.CONVERGED)
        if newest.energy <= self.energy_floor:
            raise Stop(Status.ZERO_ENERGY)
        recent = records[max(self.begun, len(records) - 1 - rules.window) :]
        if rules.stagnated([record.energy for record in recent], self.scale(newest.energy)):
            raise Stop(Status.STAGNATED)

    def goal(self) -> float:
        """Return a gradient norm where a run is about to end: a parabola promises energy_rtol."""
        share = max(self.rules.rtol, math.sqrt(self.rules.energy_rtol))
        return share * self._large_norm(self.latest.g, self.latest.energy)

    def is_spent(self) -> bool:
        """Return whether there may be no further iterate."""
        return self.records[-1].iteration >= self.stopping.max_iterations

    def restart(self, point: Point) -> None:
        """Take the point from which the run goes on after a candidate that was no minimum."""
        self.rules, self.begun = self.rules.tightened(), len(self.records)
        self.best = point
        self.record(point)

    def is_small(self, norm: float, g: Vector, energy: float) -> bool:
        """Compare a gradient norm with a large one: the first, or twice the mean slope if less.

        The mean slope is (E(g₀) − E) / ‖g − g₀‖. Next to a barrier the first gradient is as large
        as one likes, and a fraction of it says nothing.
        """
        return self.rules.gradient_converged(norm, self._large_norm(g, energy))

    def _large_norm(self, g: Vector, energy: float) -> float:
        first = self.origin
        distance = float(np.linalg.norm(g - first.g))
        if not distance > 0.0:
            return first.gradient_norm
        return min(first.gradient_norm, max(2.0 * (first.energy - energy) / distance, 0.0))

    def _tell(self, record: Record, point: Point) -> None:
        if self.callback is None:
            return
        g = point.g.view()
        g.flags.writeable = False
        try:
            stop = self.callback(record, g)
        except StopIteration:  # SciPy's way, which its own loop would swallow
            stop = True
        if stop:
            raise Stop(Status.STOPPED_BY_CALLBACK)
