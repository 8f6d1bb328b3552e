"""`python -m benchmarks solvers`: methods × instances, to a table, JSON and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.instances.instance import Floats, Instance
from benchmarks.instances.table import INSTANCES, make_instance
from benchmarks.solvers.figure import draw_convergence
from benchmarks.solvers.live import Board, live_board
from benchmarks.solvers.report import as_json, markdown
from benchmarks.solvers.run import Run, run_method
from nzdiff.runtime.data.files import write_whole
from nzdiff.solvers import METHODS, Callback, Record
from nzdiff.terminal import say


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What was run, in that order; stopped: whether Ctrl-C ended it."""

    instances: tuple[Instance, ...]
    runs: tuple[Run, ...]
    stopped: bool


def measure_solvers(
    console: Console,
    *,
    instances: Sequence[str],
    methods: Sequence[str],
    seconds: float,
    out: Path,
    backend: str = "auto",
) -> Results:
    """Run every method on every instance, at most `seconds` each, and write all into `out`.

    methods: names in `nzdiff.solvers.METHODS`; none means all.  After each instance, and after
    Ctrl-C, solvers.md and solvers.json are written anew, and the picture of that instance.
    """
    chosen = tuple(methods) or tuple(METHODS)
    _check_names("instance", instances, tuple(INSTANCES))
    _check_names("method", chosen, tuple(METHODS))
    out.mkdir(parents=True, exist_ok=True)
    results = Results((), (), stopped=False)
    for results in run_all(console, instances, chosen, seconds=seconds, backend=backend):
        write(results, out, seconds=seconds)
    say(console, f"wrote solvers.md, solvers.json and pictures into {out}")
    return results


def run_all(
    console: Console,
    names: Sequence[str],
    methods: Sequence[str],
    *,
    seconds: float,
    backend: str,
) -> Iterator[Results]:
    """All results so far, after each instance.  Ctrl-C ends the run it meets, and with it all."""
    instances: list[Instance] = []
    runs: list[Run] = []
    stopped = False
    with live_board(console) as board:
        for name in names:
            try:
                board.title = f"making {name}"
                instances.append(make_instance(name))
                for run in _runs(board, instances[-1], methods, seconds=seconds, backend=backend):
                    runs.append(run)
                    stopped = run.interrupted
            except KeyboardInterrupt:
                stopped = True
            yield Results(tuple(instances), tuple(runs), stopped)
            if stopped:
                return


def write(results: Results, out: Path, *, seconds: float) -> None:
    """The table, the JSON, and the picture of the newest instance."""
    content = as_json(results.instances, results.runs, seconds=seconds)
    write_whole(out / "solvers.json", content.encode())
    table = markdown(results.instances, results.runs, seconds=seconds)
    write_whole(out / "solvers.md", table.encode())
    for instance in results.instances[-1:]:
        runs = [run for run in results.runs if run.instance == instance.name]
        draw_convergence(out / f"{instance.name}.png", instance, runs)


def _runs(
    board: Board, instance: Instance, methods: Sequence[str], *, seconds: float, backend: str
) -> Iterator[Run]:
    """The runs on one instance and one model, up to one that was interrupted."""
    model = instance.bind(backend=backend)
    for method in methods:
        board.title = f"{instance.name}: {instance.sizes}, {model.backend} backend"
        tell = _teller(board, instance.name, method)
        run = run_method(instance, model, method, seconds=seconds, callback=tell)
        board.end(run)
        yield run
        if run.interrupted:
            return


def _teller(board: Board, instance: str, method: str) -> Callback:
    def tell(record: Record, _: Floats) -> None:
        board.tell(instance, method, record)

    return tell


def _check_names(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"{what}: expected {', '.join(known)}, got {', '.join(unknown)}")
