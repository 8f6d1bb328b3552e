"""Every method on every case: what it says, and whether that is true."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

import nzdiff as nz
from benchmarks.optima.collection import case, real_case
from benchmarks.optima.families import Case
from nzdiff.solvers import METHODS
from nzdiff.solvers.cones.entries import bounds_of_entries

RIGHT = 1e-6
"""Gap to the optimum, relative to that of the start, up to which a point counts as it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a method said of a case; gap: E − E*, relative to E(g₀) − E*, rounding taken off."""

    family: str
    seed: int | str
    convex: bool
    method: str
    success: bool
    right: bool
    gap: float
    steps: int
    seconds: float
    message: str

    @property
    def is_false(self) -> bool:
        """Return whether success was said of a point that is no minimum."""
        return self.success and not self.right


def methods_for(found: Case) -> list[str]:
    """Return auto and the methods that take the problem."""
    if bounds_of_entries(found.model, found.bounds).polyhedron is not None:
        return ["auto"]
    able = [name for name, method in METHODS.items() if found.bounds is None or method.takes_bounds]
    squares = found.model.is_sum_of_squares
    return ["auto", *(name for name in able if squares or METHODS[name].needs != "squares")]


def judge(which: int | str, *, max_iterations: int, max_seconds: float) -> list[Verdict]:
    """Run all methods on the case of a seed, or on a real one by its name."""
    found, verdicts = case(which) if isinstance(which, int) else real_case(which), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in methods_for(found):
            result = nz.solve(
                found.model,
                found.g0,
                name,
                bounds=found.bounds,
                max_iterations=max_iterations,
                max_seconds=max_seconds,
            )
            start = result.history[0].energy - found.least
            rounding = 1e-13 * (abs(found.least) + abs(result.history[0].energy))
            gap = max(result.fun - found.least - rounding, 0.0) / max(start, rounding, 1e-300)
            verdicts.append(
                Verdict(
                    found.family,
                    which,
                    found.convex,
                    name,
                    bool(result.success),
                    gap <= RIGHT and not math.isnan(gap),
                    gap,
                    result.nit,
                    result.seconds,
                    result.message,
                )
            )
    return verdicts


def judge_all(
    cases: Iterable[int | str], *, jobs: int, max_iterations: int, max_seconds: float
) -> Iterator[list[Verdict]]:
    """Judge many cases, in processes of their own; in their order."""
    one = partial(judge, max_iterations=max_iterations, max_seconds=max_seconds)
    if jobs == 1:
        yield from map(one, cases)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, cases, chunksize=4)


def table(verdicts: Sequence[Verdict]) -> str:
    """Return a Markdown table: a row for each method, its counts and medians."""
    rows = [
        "| method | problems | right | false successes | success, of convex "
        "| honest failures, of convex | median steps | median ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name in dict.fromkeys(verdict.method for verdict in verdicts):
        own = [verdict for verdict in verdicts if verdict.method == name]
        convex = [verdict for verdict in own if verdict.convex]
        failed = sum(not verdict.success for verdict in convex)
        counts = len(own), sum(v.right for v in own), sum(v.is_false for v in own)
        rows.append(
            f"| `{name}` | {counts[0]} | {counts[1]} | {counts[2]} "
            f"| {len(convex) - failed} of {len(convex)} | {failed} "
            f"| {np.median([v.steps for v in own]):.0f} "
            f"| {1e3 * np.median([v.seconds for v in own]):.1f} |"
        )
    return "\n".join(rows)
