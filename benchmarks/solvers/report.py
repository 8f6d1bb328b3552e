"""Runs as one Markdown table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.instances.instance import Instance
from benchmarks.machine import machine
from benchmarks.solvers.levels import level_names, levels
from benchmarks.solvers.run import Run

TITLE = "# Solvers"
EXPLANATION = """One thread, one model per instance for all methods, all from the same start.
Seconds to a level: when the energy was first at most that; a dash where it never was."""
MOST_RECORDS = 500
FIXED = ("instance", "method", "final energy", "gap", "iterations", "seconds")


def markdown(instances: Sequence[Instance], runs: Sequence[Run], *, seconds: float) -> str:
    """One table over all runs, then what the instances and the levels are."""
    by_name = {instance.name: instance for instance in instances}
    head = (*FIXED, *(f"s to {name}" for name in level_names()), "stopped by")
    rows = [_row(by_name[run.instance], run, _of(runs, run.instance)) for run in runs]
    parts = [
        TITLE,
        f"{EXPLANATION}\nAt most {seconds:g} s per run.",
        markdown_table(head, rows, left=(0, 1, len(head) - 1)),
        "gap: final energy − reference.  Levels “gap τ”: reference + τ (start − reference).",
        "## Instances",
        "\n".join(_description(instance, _of(runs, instance.name)) for instance in instances),
        "## Refused",
        "\n".join(
            f"- {run.method} on {run.instance}: {run.message}" for run in runs if not run.history
        ),
        "## Machine",
        "\n".join(f"- {name}: {value}" for name, value in machine().items()),
    ]
    return "\n\n".join(_without_empty_sections(parts)) + "\n"


def as_json(instances: Sequence[Instance], runs: Sequence[Run], *, seconds: float) -> str:
    """Everything, with the histories; numbers that are not finite are null."""
    content = {
        "machine": machine(),
        "seconds_per_run": seconds,
        "instances": [_instance(instance, _of(runs, instance.name)) for instance in instances],
        "runs": [_run(run, _levels(instances, runs, run.instance)) for run in runs],
    }
    return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def markdown_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)
) -> str:
    """A Markdown table; columns are right-aligned, those of `left` are not."""
    rule = ["---" if column in left else "---:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _of(runs: Sequence[Run], instance: str) -> list[Run]:
    return [run for run in runs if run.instance == instance]


def _levels(instances: Sequence[Instance], runs: Sequence[Run], instance: str) -> dict[str, float]:
    (found,) = (entry for entry in instances if entry.name == instance)
    return levels(found, _of(runs, instance))


def _row(instance: Instance, run: Run, others: Sequence[Run]) -> tuple[str, ...]:
    marks = levels(instance, others)
    times = [run.seconds_to(marks[name]) if name in marks else None for name in level_names()]
    gap = None if instance.reference is None else run.energy - instance.reference
    return (
        run.instance,
        run.method,
        _number(run.energy, ".8g"),
        _number(gap, ".2e"),
        str(run.iterations),
        _number(run.seconds, ".3g"),
        *(_number(time, ".3g") for time in times),
        run.status,
    )


def _number(value: float | None, form: str) -> str:
    return "–" if value is None or not math.isfinite(value) else format(value, form)


def _description(instance: Instance, runs: Sequence[Run]) -> str:
    start = next((run.history[0].energy for run in runs if run.history), None)
    known = _number(instance.reference, ".12g")
    marks = ", ".join(f"{name} = {mark:.8g}" for name, mark in levels(instance, runs).items())
    return (
        f"- **{instance.name}**: {instance.sizes}.  Start {_number(start, '.8g')}, reference "
        f"{known} ({instance.reference_meaning}).  Levels: {marks or 'none'}."
    )


def _without_empty_sections(parts: Sequence[str]) -> list[str]:
    """Drop empty parts, and a heading of the second level that an empty part follows."""
    pairs = zip(parts, [*parts[1:], "end"], strict=True)
    return [part for part, after in pairs if part and (after or not part.startswith("## "))]


def _instance(instance: Instance, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "name": instance.name,
        "sizes": instance.sizes,
        "unknowns": int(instance.g0.size),
        "energy": str(instance.problem.name),
        "start": next((run.history[0].energy for run in runs if run.history), None),
        "reference": instance.reference,
        "reference_meaning": instance.reference_meaning,
        "levels": levels(instance, runs),
    }


def _run(run: Run, marks: dict[str, float]) -> dict[str, Any]:
    return {
        "instance": run.instance,
        "method": run.method,
        "energy": run.energy,
        "iterations": run.iterations,
        "seconds": run.seconds,
        "status": run.status,
        "message": run.message,
        "seconds_to": {name: run.seconds_to(mark) for name, mark in marks.items()},
        "history": _history(run),
    }


def _history(run: Run) -> dict[str, list[Any]]:
    """At most MOST_RECORDS iterates, ever sparser: their distances grow as their numbers do."""
    count = len(run.history)
    wanted = np.unique(np.geomspace(1, max(count, 1), MOST_RECORDS).astype(int)) - 1
    records = [run.history[i] for i in wanted if i < count]
    return {
        "iteration": [record.iteration for record in records],
        "seconds": [record.seconds for record in records],
        "energy": [record.energy for record in records],
        "gradient_norm": [record.gradient_norm for record in records],
    }


def _finite(value: Any) -> Any:
    """The same content with None for NaN and infinities, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
