"""What the demo prints: energies, measures of the papers, times of one evaluation."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from nzdiff.demo.coarsening import CoarseningData
from nzdiff.demo.course import PUBLISHED, Course
from nzdiff.demo.measures import measures
from nzdiff.runtime.model import Model

REPEATS = 21
"""Evaluations of which the median is reported."""
NEAR = 1.05
"""Near the lowest energy: at most so many times as high."""


def energies(courses: Sequence[Course]) -> Table:
    """Before, after and the way there: how long to the goal, see `goal`."""
    meaning, wanted = goal(courses)
    goal_heading = f"to {_shown(wanted)}"
    title = f"energy; {_shown(wanted)}: {meaning}"
    table = Table(title=title, box=None, padding=(0, 1, 0, 0))
    for name in ("method", "before", "after", "steps", "seconds", goal_heading, "stopped by"):
        left = name == "method"
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for course in courses:
        seconds = course.seconds_to(wanted)
        table.add_row(
            course.method,
            _shown(course.energies[0]),
            _shown(course.lowest),
            str(len(course.energies) - 1),
            f"{course.seconds[-1]:.2f}",
            f"{seconds:.2f} s" if np.isfinite(seconds) else "never",
            course.ended,
        )
    return table


def goal(courses: Sequence[Course]) -> tuple[str, float]:
    """An energy that shows who is quick, and what it is."""
    for course in courses:
        if course.method == PUBLISHED:
            return "as low as the published method comes", course.lowest
    return f"{NEAR:g} times the lowest", NEAR * min(course.lowest for course in courses)


def _shown(energy: float) -> str:
    """Two places of large energies, four digits of small ones."""
    return f"{energy:.2f}" if energy >= 1 else f"{energy:.4g}"


def qualities(data: CoarseningData, courses: Sequence[Course]) -> Table:
    """What the papers report, see `measures`: before, and of each method."""
    table = Table(title="functional map", box=None, padding=(0, 2, 0, 0))
    for heading in ("", "‖C‖²_L", "‖C‖²_D", "diagonal mass", "eigenvalue error"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, G in (("before", data.G0), *((course.method, course.G) for course in courses)):
        found = measures(data, G)
        numbers = found.commutativity, found.orthonormality, found.diagonal_mass
        table.add_row(name, *(f"{x:.4g}" for x in numbers), f"{found.eigenvalue_error:.2%}")
    return table


def evaluations(model: Model, g0: NDArray[np.float64]) -> Table:
    """Medians of energy, gradient and products."""
    generator = np.random.default_rng(0)
    points = [g0, g0 + 1e-3 * generator.standard_normal(model.size)]
    v, w = generator.standard_normal(model.size), generator.standard_normal(model.residual_size)
    table = Table("one evaluation", f"{model.backend} backend, median of {REPEATS}")
    for name, call, at in (
        ("energy", model.energy, points),
        ("energy and gradient", model.energy_and_gradient, points),
        ("JVP, at the same g", lambda g: model.jvp(g, v), [g0]),
        ("VJP, at the same g", lambda g: model.vjp(g, w), [g0]),
    ):
        table.add_row(name, f"{median_milliseconds(call, at):.2f} ms")
    return table


def median_milliseconds(
    call: Callable[[NDArray[np.float64]], Any], points: list[NDArray[np.float64]]
) -> float:
    """The median time of a call over REPEATS runs, at the points in turn."""
    times = []
    for turn in range(REPEATS + 1):
        began = time.perf_counter()
        call(points[turn % len(points)])
        times.append(time.perf_counter() - began)
    return 1e3 * statistics.median(times[1:])
