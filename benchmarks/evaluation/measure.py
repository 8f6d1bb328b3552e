"""`python -m benchmarks evaluation`: this library against others, with a ratio table.

Every peer runs in a process of its own that stays alive; in each round every peer is timed once
on each work, so that a slow spell meets all alike.  Numbers are checked before anything is timed:
a peer that is off by more than 1e-8 is reported and left out.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.evaluation.external import External, external_cases
from benchmarks.evaluation.figure import draw_evaluation
from benchmarks.evaluation.pool import Lost, Process, environment, start
from benchmarks.evaluation.program import OURS, PEERS, WORKS, check_names
from benchmarks.evaluation.reference import reference, works
from benchmarks.evaluation.report import markdown
from benchmarks.evaluation.scaling import SCALING, SCALING_PEERS
from benchmarks.evaluation.seed import GROUPS, INSTANCES, SeedSizes, make_seed, save_seed
from benchmarks.evaluation.startup import Startup, startup
from benchmarks.machine import machine
from nzdiff.runtime.data.files import write_whole
from nzdiff.terminal import say

TOLERANCE = 1e-8
SAMPLE_SECONDS = 0.02
SETUP_SECONDS, FIRST_SECONDS, TIME_SECONDS = 120.0, 60.0, 60.0
LONGEST_CALL = 10.0
"""A work whose one call takes longer has its first call as its only sample."""

PAUSE = 0.03
"""Seconds after which threads of a library that wait for work have gone to sleep."""


@dataclass(slots=True)
class Outcome:
    """A work of a peer on an instance: its samples, seconds per call, or why there are none."""

    instance: str
    threads: int
    peer: str
    work: str
    samples: list[float] = field(default_factory=list)
    first_seconds: float | None = None
    gap: float | None = None
    problem: str | None = None


@dataclass(slots=True)
class Setting:
    """A peer on an instance: what it took to be there, or why it is not."""

    instance: str
    threads: int
    peer: str
    note: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    setup_seconds: float | None = None
    bytes_before: int | None = None
    bytes_gradient: int | None = None
    bytes_peak: int | None = None
    copy_bandwidth: float | None = None
    problem: str | None = None


@dataclass(slots=True)
class Evaluation:
    """Everything measured so far."""

    repeats: int
    sizes: dict[str, str] = field(default_factory=dict)
    settings: list[Setting] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    curves: dict[str, dict[str, Any]] = field(default_factory=dict)
    external: list[External] = field(default_factory=list)
    startup: Startup | None = None
    stopped: bool = False


@dataclass(slots=True)
class Runner:
    """The worker of a peer, and what of it can be timed."""

    setting: Setting
    outcomes: dict[str, Outcome]
    process: Process | None = None
    counts: dict[str, int] = field(default_factory=dict)


def measure_evaluation(
    console: Console,
    *,
    sizes: Sequence[str],
    peers: Sequence[str] = (),
    repeats: int = 9,
    threads: Sequence[int] = (1,),
    out: Path,
    external: bool = False,
    scaling: bool = False,
    with_startup: bool = True,
) -> Evaluation:
    """Measure and write evaluation.md, evaluation.json and pictures; Ctrl-C keeps what there is.

    sizes: keys of GROUPS or INSTANCES.  peers: keys of PEERS, or "module:function"; none means all.
    Raises ValueError for other names.
    """
    instances = instance_names(sizes)
    chosen = tuple(peers) or tuple(PEERS)
    check_names(chosen)
    out.mkdir(parents=True, exist_ok=True)
    found = Evaluation(repeats)
    with tempfile.TemporaryDirectory(prefix="nzdiff-evaluation-") as name, progress(console) as bar:
        folder = Path(name)
        try:
            for instance in instances:
                for count in threads:
                    one_instance(
                        found,
                        instance,
                        INSTANCES[instance],
                        works_of=None,
                        peers=chosen,
                        threads=count,
                        folder=folder,
                        bar=bar,
                    )
                    write(found, out)
            if with_startup and OURS in chosen:
                say(bar.console, "starting anew, cold and warm")
                begin_anew(found, folder, bar)
            if scaling:
                scale(found, chosen if peers else SCALING_PEERS, folder=folder, bar=bar)
            if external:
                for case in external_cases(folder):
                    say(bar.console, f"{case.case}, {case.peer}: {case.result}")
                    found.external.append(case)
        except KeyboardInterrupt:
            found.stopped = True
    write(found, out)
    draw_evaluation(out, summary(found))
    say(console, f"wrote evaluation.md, evaluation.json and pictures into {out}")
    return found


def instance_names(sizes: Sequence[str]) -> tuple[str, ...]:
    """The instances that sizes stand for, each once.  ValueError for others."""
    unknown = [size for size in sizes if size not in GROUPS and size not in INSTANCES]
    if unknown:
        known = dict.fromkeys([*GROUPS, *INSTANCES])
        raise ValueError(f"size: expected {', '.join(known)}, got {', '.join(unknown)}")
    return tuple(dict.fromkeys(name for size in sizes for name in GROUPS.get(size, (size,))))


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """A bar of rounds, with what is being done."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar


def one_instance(
    found: Evaluation,
    name: str,
    sizes: SeedSizes,
    *,
    works_of: Sequence[str] | None,
    peers: Sequence[str],
    threads: int,
    folder: Path,
    bar: Progress,
) -> list[Outcome]:
    """All peers on one instance; works_of: what is asked for, None for everything.

    What was measured stays in `found` when Ctrl-C comes in between.
    """
    task = bar.add_task(f"{name}, making it", total=len(peers) + found.repeats)
    seed, path = make_seed(sizes), folder / f"{name}.npz"
    if not path.exists():
        numbers = {f"reference_{work}": value for work, value in reference(seed).items()}
        save_seed(path, seed, **numbers)
    found.sizes[name] = str(sizes)
    env = environment(threads, folder)
    asked = tuple(works_of or works(seed))
    runners: list[Runner] = []
    try:
        for peer in peers:
            bar.update(task, description=f"{name}, {threads} threads: first calls of {peer}")
            runner = Runner(
                Setting(name, threads, peer),
                {work: Outcome(name, threads, peer, work) for work in asked},
            )
            runners.append(runner)
            found.settings.append(runner.setting)
            found.outcomes += runner.outcomes.values()
            prepare(runner, path, env)
            tell(bar, runner)
            bar.advance(task)
        for turn in range(found.repeats):
            bar.update(task, description=f"{name}, {threads} threads: round {turn + 1}")
            one_round(runners, asked, pause=PAUSE if threads > 1 else 0.0)
            bar.advance(task)
    finally:
        for runner in runners:
            if runner.process is not None:
                runner.process.stop()
        bar.remove_task(task)
    return [outcome for runner in runners for outcome in runner.outcomes.values()]


def prepare(runner: Runner, path: Path, env: dict[str, str]) -> None:
    """Start the worker and make every first call; what loses the worker is left out, and the
    worker started again.
    """
    setting = runner.setting
    while True:
        try:
            runner.process = start(setting.peer, path, env)
            answer = runner.process.ask({"do": "setup"}, seconds=SETUP_SECONDS)
        except Lost as lost:
            refuse(runner, str(lost))
            return
        if "error" in answer:
            refuse(runner, answer["error"])
            return
        setting.note, setting.versions = answer["note"], answer["versions"]
        setting.setup_seconds = setting.setup_seconds or answer["setup_seconds"]
        setting.bytes_before = answer["bytes_before"]
        setting.copy_bandwidth = answer.get("copy_bandwidth")
        runner.counts.clear()
        if all(first_call(runner, outcome, answer) for outcome in runner.outcomes.values()):
            return


def first_call(runner: Runner, outcome: Outcome, offered: dict[str, Any]) -> bool:
    """Whether the worker survived the first calls of a work; why it did not is noted."""
    if outcome.problem is not None:
        return True
    try:
        try_first_call(runner, outcome, offered)
    except Lost as lost:
        outcome.problem = str(lost)
        return False
    return True


def try_first_call(runner: Runner, outcome: Outcome, offered: dict[str, Any]) -> None:
    """The first call of a work, whether its numbers are right, and how many calls make a sample."""
    assert runner.process is not None
    work = outcome.work
    if work not in offered["works"]:
        outcome.problem = offered["refused"].get(work, "not offered")
        return
    answer = runner.process.ask({"do": "first", "work": work}, seconds=FIRST_SECONDS)
    if "error" in answer:
        outcome.problem = answer["error"]
        return
    outcome.first_seconds = outcome.first_seconds or answer["first_seconds"]
    outcome.gap = answer["gap"]
    runner.setting.bytes_peak = answer["bytes"]
    if work in ("energy", "energy_and_gradient"):
        runner.setting.bytes_gradient = answer["bytes"]
    if outcome.gap is not None and not outcome.gap <= TOLERANCE:
        outcome.problem = f"wrong numbers: off by {outcome.gap:.1e}"
        return
    seconds = timed(runner.process, work, 1)
    if seconds > LONGEST_CALL:
        outcome.samples.append(seconds)
        return
    seconds = min(seconds, timed(runner.process, work, 2) / 2)
    runner.counts[work] = max(1, round(SAMPLE_SECONDS / max(seconds, 1e-7)))


def one_round(runners: Sequence[Runner], asked: Sequence[str], *, pause: float) -> None:
    """One sample of every work of every peer, the peers in turn."""
    for work in asked:
        for runner in runners:
            count = runner.counts.get(work)
            if runner.process is None or count is None:
                continue
            time.sleep(pause)
            outcome = runner.outcomes[work]
            try:
                outcome.samples.append(timed(runner.process, work, count) / count)
            except Lost as lost:
                runner.process = None
                outcome.problem = str(lost)


def timed(process: Process, work: str, count: int) -> float:
    """Seconds of `count` calls."""
    request = {"do": "time", "work": work, "count": count}
    answer = process.ask(request, seconds=TIME_SECONDS)
    if "error" in answer:
        process.stop()
        raise Lost(answer["error"])
    return float(answer["seconds"])


def refuse(runner: Runner, reason: str) -> None:
    """The peer is not there, for this reason."""
    runner.setting.problem = reason
    for outcome in runner.outcomes.values():
        outcome.problem = outcome.problem or reason
    if runner.process is not None:
        runner.process.stop()
        runner.process = None


def tell(bar: Progress, runner: Runner) -> None:
    """One line on what a peer could do."""
    setting, outcomes = runner.setting, runner.outcomes.values()
    done = sum(outcome.problem is None for outcome in outcomes)
    state = setting.problem or f"{done} of {len(outcomes)}, set up in {setting.setup_seconds:.2f} s"
    where = f"{setting.instance}, {setting.threads} threads"
    say(bar.console, f"{where}: {setting.peer}: {state}")


def begin_anew(found: Evaluation, folder: Path, bar: Progress) -> None:
    """What it takes to start; a failure, such as no compiler, is told."""
    try:
        found.startup = startup(folder)
    except RuntimeError as error:
        say(bar.console, str(error))


def scale(found: Evaluation, peers: Sequence[str], *, folder: Path, bar: Progress) -> None:
    """Energy and gradient along the curves of SCALING, one thread."""
    for curve in SCALING:
        points = found.curves.setdefault(curve.name, {"axis": curve.axis, "points": []})["points"]
        for value, sizes in curve.points:
            alone = Evaluation(found.repeats)
            name = f"{curve.name}-{value}"
            outcomes = one_instance(
                alone,
                name,
                sizes,
                works_of=("energy_and_gradient",),
                peers=peers,
                threads=1,
                folder=folder,
                bar=bar,
            )
            (folder / f"{name}.npz").unlink()
            points.append(
                {"value": value, "s": sizes.s, "n": sizes.n, "k": sizes.k, "outcomes": outcomes}
            )


def summary(found: Evaluation) -> dict[str, Any]:
    """All as what JSON can hold."""
    content = asdict(found)
    return {"machine": machine(), "works": WORKS, **content}


def write(found: Evaluation, out: Path) -> None:
    """evaluation.md and evaluation.json."""
    content = summary(found)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(out / "evaluation.json", text.encode())
    write_whole(out / "evaluation.md", markdown(content).encode())
