"""Every method on every instance: is it right, after how many seconds and steps?

Each run has a model that is bound anew, so that planning and laying out are its own time; kernels
have been compiled before. Seconds are those that the processor gave to all threads of the process,
so that what `auto` prepares beside its steps counts. Of ROUNDS runs the median counts; runs of more
than LONG seconds are not repeated.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.clock import Clock
from benchmarks.competition.entries import ENTRIES, Entry
from benchmarks.instances.instance import Instance
from nzdiff.solvers import METHODS, InteriorPoint, Record, solve
from nzdiff.solvers.methods.auto.solver import Auto
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs, Vector
from nzdiff.solvers.run.status import Status

ROUNDS, LONG = 3, 2.0
WARM_STEPS = 2
ROUNDING = 1e-13
REFUSALS = (TypeError, ValueError, NotImplementedError, MemoryError)


@dataclass(frozen=True, slots=True)
class Run:
    """One method on one instance; given: processor time of each record of the history."""

    method: str
    ran: str
    success: bool
    energy: float
    steps: int
    seconds: float
    history: tuple[Record, ...]
    given: tuple[float, ...]
    x: Vector


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to.

    seconds: to the answer, None where it never was there.  is_false: whether success was said where
    other methods, started there, still lower the energy; another minimum is none.
    """

    method: str
    ran: str
    seconds: float | None
    steps: int
    success: bool
    is_false: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """All methods on one instance; target: the energy that counts as its answer."""

    name: str
    sizes: str
    target: float
    outcomes: tuple[Outcome, ...]

    @property
    def best(self) -> Outcome | None:
        """The fastest single method that is right."""
        right = [o for o in self.outcomes[1:] if o.seconds is not None]
        return min(right, key=lambda o: o.seconds or 0.0, default=None)

    @property
    def ratio(self) -> float:
        """The time of `auto` in that of the best single method; infinite where it is not right."""
        auto, best = self.outcomes[0], self.best
        if auto.seconds is None:
            return math.nan if best is None else math.inf
        return 0.0 if best is None or best.seconds is None else auto.seconds / best.seconds


def compete(names: Sequence[str], methods: Sequence[str]) -> Iterator[Contest | str]:
    """Measure instance by instance; a line instead of one whose data cannot be had."""
    for name in names:
        entry = ENTRIES[name]
        try:
            instance = entry.make()
        except ImportError as error:
            yield f"{name}: left out, {error}"
            continue
        yield contest(name, entry, instance, methods)


def contest(name: str, entry: Entry, instance: Instance, methods: Sequence[str]) -> Contest:
    """Run all methods on an instance; `auto` comes first."""
    wanted = [m for m in METHODS if not methods or m in methods]
    able: list[Any] = ["auto", *wanted, InteriorPoint()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for method in able[1:]:
            _run(instance, method, entry.seconds, WARM_STEPS)
        rounds = _rounds(instance, able, entry)
        least = min(run.energy for runs in rounds for run in runs)
        if instance.is_optimum and instance.reference is not None:
            least = instance.reference
        start = rounds[0][0].history[0].energy
        room = entry.near * (abs(least) if entry.of_least else start - least)
        room += ROUNDING * (abs(least) + abs(start))
        target = least + room
        outcomes = tuple(_median(instance, runs, target, room) for runs in rounds)
    return Contest(name, instance.sizes, target, outcomes)


def _rounds(instance: Instance, methods: Sequence[Any], entry: Entry) -> list[list[Run]]:
    """Run the methods in turn, several times: none has the fresh memory to itself.

    One that refuses the instance has no runs.
    """
    rounds = list[list[Run]]([] for _ in methods)
    for turn in range(ROUNDS):
        for runs, method in zip(rounds, methods, strict=True):
            if len(runs) == turn and not (runs and runs[-1].seconds > LONG):
                run = _run(instance, method, entry.seconds)
                runs.extend([run] if run is not None else [])
    return [runs for runs in rounds if runs]


def _median(instance: Instance, runs: Sequence[Run], target: float, room: float) -> Outcome:
    """Return the outcome in the middle, false where any one is."""
    outcomes = sorted(
        (_outcome(instance, run, target, room) for run in runs),
        key=lambda o: math.inf if o.seconds is None else o.seconds,
    )
    is_false = any(outcome.is_false for outcome in outcomes)
    return replace(outcomes[len(outcomes) // 2], is_false=is_false)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A method that has the clock looked at with its records."""

    method: Method
    clock: Clock

    @property
    def name(self) -> str:
        return self.method.name

    @property
    def needs(self) -> Needs:
        return self.method.needs

    @property
    def takes_bounds(self) -> bool:
        return self.method.takes_bounds

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        self.clock.began = objective.started
        progress.watch = lambda record, name: self.clock.look()
        return self.method.run(objective, progress, start)


def _run(instance: Instance, method: Any, seconds: float, steps: int = 10**6) -> Run | None:
    """Run a method on a model of its own; None where it refuses the instance."""
    model = instance.bind()
    model.energy_and_gradient(0.999 * instance.g0 + 1e-9)  # the first touch is nobody's time
    known: Any = Auto() if method == "auto" else METHODS.get(method, method)
    chosen: Any
    found, clock = None, Clock(time.CLOCK_PROCESS_CPUTIME_ID)
    for chosen in (_Watched(known, clock), known):  # what knows cones has to be seen
        try:
            with clock:
                found = solve(
                    model,
                    instance.g0,
                    chosen,
                    bounds=instance.bounds,
                    max_seconds=seconds,
                    max_iterations=steps,
                )
            break
        except REFUSALS:
            clock = Clock(time.CLOCK_PROCESS_CPUTIME_ID)
    if found is None:
        return None
    history = tuple(found.history)
    *given, total = clock.given([*(record.seconds for record in history), found.seconds])
    name, energy, success = known.name, found.fun, found.success
    return Run(
        name, found.method, success, energy, found.nit, total, history, tuple(given), found.x
    )


def _outcome(instance: Instance, run: Run, target: float, room: float) -> Outcome:
    for record, seconds in zip(run.history, run.given, strict=True):
        if record.energy <= target:
            return Outcome(run.method, run.ran, seconds, record.iteration, run.success, False)
    if run.energy <= target:
        return Outcome(run.method, run.ran, run.seconds, run.steps, run.success, False)
    is_false = run.success and _falls_on(instance, run, room)
    return Outcome(run.method, run.ran, None, run.steps, run.success, is_false)


def _falls_on(instance: Instance, run: Run, room: float) -> bool:
    """Tell whether from x, in a little while, another method gets visibly lower."""
    model = instance.bind()
    for method in ("l-bfgs", "newton", "barzilai-borwein"):
        found = solve(
            model, run.x, method, bounds=instance.bounds, rtol=0.0, energy_rtol=0.0, max_seconds=1.0
        )
        if found.fun < run.energy - room:
            return True
    return False


def table(contests: Sequence[Contest]) -> str:
    """Return Markdown: a row for each instance, seconds (steps) of each method that is right."""
    names = ["auto", *METHODS, "interior-point"]
    rows = [
        f"| instance | sizes | {' | '.join(f'`{name}`' for name in names)} | `auto` ÷ best |",
        f"|---|---|{'---:|' * (len(names) + 1)}",
    ]
    for found in contests:
        by_name = {outcome.method: outcome for outcome in found.outcomes}
        cells = [_cell(by_name.get(name), found.best) for name in names]
        rows.append(f"| {found.name} | {found.sizes} | {' | '.join(cells)} | {found.ratio:.2f} |")
    return "\n".join(rows)


def summary(contests: Sequence[Contest]) -> str:
    """Return Markdown: a row for each method, its counts over all instances."""
    rows = [
        "| method | instances | right | false successes | right, and said so "
        "| fastest single method | within 1.5 of it |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in ["auto", *METHODS, "interior-point"]:
        own = [(c, o) for c in contests for o in c.outcomes if o.method == name]
        right = [(c, o) for c, o in own if o.seconds is not None]
        near = sum(c.best is None or _ratio(o, c.best) <= 1.5 for c, o in right)
        counts = (
            len(own),
            len(right),
            sum(o.is_false for _, o in own),
            sum(o.success for _, o in right),
            sum(o is c.best for c, o in right),
            near,
        )
        rows.append(f"| `{name}` | {' | '.join(map(str, counts))} |")
    return "\n".join(rows)


def _ratio(outcome: Outcome, best: Outcome) -> float:
    return (outcome.seconds or 0.0) / (best.seconds or math.inf)


def _cell(outcome: Outcome | None, best: Outcome | None) -> str:
    if outcome is None:
        return ""
    if outcome.seconds is None:
        if outcome.is_false:
            return "**false**"
        return "elsewhere" if outcome.success else "–"
    text = f"{_brief(outcome.seconds)} ({outcome.steps})"
    return f"**{text}**" if outcome is best else text


def _brief(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms" if seconds < 1.0 else f"{seconds:.2g} s"
