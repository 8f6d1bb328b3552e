"""Energies of runs against seconds or iterations, by matplotlib where that is installed."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Literal

from nzdiff.solvers.run.check import choice
from nzdiff.solvers.run.record import Record

WIDE = 10.0
"""The ratio of energies from which on they are drawn on a logarithmic scale."""
Horizontal = Literal["seconds", "iteration"]


def draw(
    curves: Mapping[str, Sequence[Record]],
    axes: Any = None,
    *,
    horizontal: Horizontal = "seconds",
) -> Any:
    """Draw one curve per name into axes, or into a new figure; return the axes.

    Energies of one sign that span decades are on a logarithmic scale.  ImportError where
    matplotlib is missing.
    """
    choice("horizontal", horizontal, ("seconds", "iteration"))
    if axes is None:
        axes = _pyplot().subplots(layout="constrained")[1]
    for name, records in curves.items():
        across = [getattr(record, horizontal) for record in records]
        energies = [record.energy for record in records]
        axes.plot(across, energies, marker=".", markersize=4, label=name)
    everything = [record.energy for records in curves.values() for record in records]
    if everything and 0.0 < WIDE * min(everything) < max(everything):
        axes.set_yscale("log")
    axes.set_xlabel(horizontal)
    axes.set_ylabel("energy")
    if len(curves) > 1:
        axes.legend()
    return axes


def _pyplot() -> Any:
    try:
        return import_module("matplotlib.pyplot")
    except ImportError as error:
        raise ImportError(
            "plot: needs matplotlib; install it by `pip install matplotlib`, or give axes"
        ) from error
