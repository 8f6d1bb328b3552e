"""Convergence of all methods on one instance: against seconds and against iterations, one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.instances.instance import Instance
from benchmarks.solvers.run import Run

Floats = NDArray[np.float64]

SIZE, DOTS_PER_INCH = (13.0, 5.4), 120
ROUNDING, LEAST = 1e-16, 1e-22
STYLES = [
    {"color": f"C{colour}", "linestyle": line}
    for line, colour in product(("-", "--", ":"), range(10))
]


def draw_convergence(path: Path, instance: Instance, runs: Sequence[Run]) -> Path:
    """Write the PNG: the lowest energy so far minus the reference, both axes logarithmic.

    Where no reference is known, minus the lowest energy of all runs.  ImportError without
    matplotlib; it needs no display.
    """
    ran = [run for run in runs if len(run.history) > 1]
    figure = _figure()(figsize=SIZE, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    lowest = min((run.energy for run in ran), default=0.0)
    zero = lowest if instance.reference is None else instance.reference
    for run, style in zip(ran, STYLES, strict=False):
        seconds, gaps = gap_curve(run, zero)
        left.plot(seconds[1:], gaps[1:], label=run.method, linewidth=1.6, **style)
        right.plot(np.arange(1, len(gaps)), gaps[1:], linewidth=1.6, **style)
    _dress(left, "seconds")
    _dress(right, "iterations")
    left.set_ylabel("lowest energy so far − reference")
    figure.suptitle(f"{instance.name}:  {instance.sizes}\nreference: {_reference(instance)}")
    if ran:
        figure.legend(loc="outside right center", frameon=False)
    figure.savefig(path, format="png", dpi=DOTS_PER_INCH)
    return path


def gap_curve(run: Run, zero: float) -> tuple[Floats, Floats]:
    """Seconds, and the lowest energy so far minus `zero`, kept above rounding for the logarithm."""
    energies = np.minimum.accumulate([record.energy for record in run.history])
    least = max(ROUNDING * abs(zero), LEAST * abs(float(energies[0]) - zero))
    gaps = np.maximum(energies - zero, least)
    return np.array([record.seconds for record in run.history]), gaps


def _dress(axes: Any, horizontal: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel=horizontal)
    axes.grid(visible=True, which="major", alpha=0.35)
    axes.grid(visible=True, which="minor", alpha=0.12)


def _reference(instance: Instance) -> str:
    if instance.reference is None:
        return "the lowest of these runs"
    return f"{instance.reference:.8g}, {instance.reference_meaning}"


def _figure() -> Any:
    try:
        return import_module("matplotlib.figure").Figure
    except ImportError as error:
        raise ImportError(
            'The pictures need matplotlib, which cannot be imported: pip install "nzdiff[bench]"'
        ) from error
