"""Every method on every instance: is it right, after how many seconds and steps?

Each run has a model that is bound anew, so that planning and laying out are its own time; kernels
have been compiled before. Runs shorter than AGAIN are repeated, and the fastest counts.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.competition.entries import ENTRIES, Entry
from benchmarks.instances.instance import Instance
from nzdiff.solvers import METHODS, InteriorPoint, Record, solve
from nzdiff.solvers.run.protocols import Vector

AGAIN, ROUNDS = 0.5, 3
WARM_STEPS = 2
ROUNDING = 1e-13
REFUSALS = (TypeError, ValueError, NotImplementedError, MemoryError)


@dataclass(frozen=True, slots=True)
class Run:
    """One method on one instance; history: (seconds, energy) of each iterate."""

    method: str
    ran: str
    success: bool
    energy: float
    steps: int
    seconds: float
    history: tuple[Record, ...]
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
        runs = [run for method in able if (run := _fastest(instance, method, entry)) is not None]
        least = min(run.energy for run in runs)
        if instance.is_optimum and instance.reference is not None:
            least = instance.reference
        start = runs[0].history[0].energy
        room = entry.near * (abs(least) if entry.of_least else start - least)
        room += ROUNDING * (abs(least) + abs(start))
        target = least + room
        outcomes = tuple(_outcome(instance, run, target, room) for run in runs)
    return Contest(name, instance.sizes, target, outcomes)


def _fastest(instance: Instance, method: Any, entry: Entry) -> Run | None:
    best = _run(instance, method, entry.seconds)
    for _ in range(ROUNDS - 1):
        if best is None or best.seconds > AGAIN:
            break
        again = _run(instance, method, entry.seconds)
        if again is not None and again.seconds < best.seconds:
            best = again
    return best


def _run(instance: Instance, method: Any, seconds: float, steps: int = 10**6) -> Run | None:
    """Run a method on a model of its own; None where it refuses the instance."""
    model = instance.bind()
    model.energy_and_gradient(0.999 * instance.g0 + 1e-9)  # the first touch is nobody's time
    try:
        found = solve(
            model,
            instance.g0,
            method,
            bounds=instance.bounds,
            max_seconds=seconds,
            max_iterations=steps,
        )
    except REFUSALS:
        return None
    name = method if isinstance(method, str) else method.name
    history = tuple(found.history)
    return Run(
        name, found.method, found.success, found.fun, found.nit, found.seconds, history, found.x
    )


def _outcome(instance: Instance, run: Run, target: float, room: float) -> Outcome:
    there = [record for record in run.history if record.energy <= target]
    if there:
        first = there[0]
        return Outcome(run.method, run.ran, first.seconds, first.iteration, run.success, False)
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
