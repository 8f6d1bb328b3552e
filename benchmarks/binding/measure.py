"""`python -m benchmarks binding`: seconds of a bind beside those of an evaluation.

first: planned for these patterns, with the C of an earlier process; again: with the plan of the
first; evaluation: energy and gradient at a new g; counted: `assembled_bytes` of the Hessian.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.binding.instances import BINDABLE, Bindable
from benchmarks.solvers.report import markdown_table
from nzdiff.terminal import say

HEAD = ("instance", "first", "again", "evaluation", "counted")


def measure_binding(console: Console, *, names: Sequence[str], rounds: int) -> None:
    """Print a table of medians, one row per instance."""
    unknown = sorted(set(names) - set(BINDABLE))
    if unknown:
        raise ValueError(f"instance: expected {', '.join(BINDABLE)}, got {', '.join(unknown)}")
    rows = [measured(BINDABLE[name](), rounds) for name in names]
    say(console, markdown_table(HEAD, rows))


def measured(instance: Bindable, rounds: int) -> list[str]:
    """The row of an instance."""

    def bind(name: str) -> Any:
        return replace(instance.problem, name=name).bind(**instance.data, threads=1)

    bind(f"before_{time.time_ns()}")  # what was never compiled is compiled
    first, again, evaluation, counted = [], [], [], []
    for k in range(rounds):
        name = f"round_{time.time_ns()}"  # of which no plan is known
        first.append(seconds(partial(bind, name)))
        again.append(seconds(partial(bind, name)))
        model = bind(name)
        g = np.random.default_rng(k).standard_normal(model.size)
        model.energy_and_gradient(g)
        evaluation.append(seconds(partial(model.energy_and_gradient, g + 1.0)))
        counted.append(seconds(partial(getattr, model.hessian(g), "assembled_bytes")))
    found = (statistics.median(x) for x in (first, again, evaluation, counted))
    return [instance.sizes, *(f"{x:.3f}" for x in found)]


def seconds(work: Callable[[], Any]) -> float:
    """Of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
