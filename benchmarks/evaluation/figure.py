"""The evaluation as pictures: times of every peer by instance, and the scaling curves."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evaluation.program import LIMIT, OURS, WORKS
from benchmarks.evaluation.report import (
    curve_medians,
    medians,
    outcomes_of,
    ratios,
    settings_of,
)

Content = Mapping[str, Any]

DOTS_PER_INCH = 120
OUR_COLOUR, LIMIT_COLOUR, PEER_COLOUR = "C1", "0.6", "C0"


def draw_evaluation(out: Path, content: Content) -> list[Path]:
    """A PNG per instance and number of threads, and one of the curves; none without matplotlib."""
    try:
        figure = import_module("matplotlib.figure").Figure
    except ImportError:
        return []
    written = []
    for instance, threads in settings_of(content):
        if medians(outcomes_of(content, instance, threads)):
            path = out / f"evaluation-{instance}-{threads}.png"
            written.append(draw_times(path, content, instance, threads, figure))
    if content["curves"]:
        written.append(draw_curves(out / "evaluation-scaling.png", content["curves"], figure))
    return written


def draw_times(path: Path, content: Content, instance: str, threads: int, figure: Any) -> Path:
    """Horizontal bars of log milliseconds, a panel per work, the ratio to ours beside each."""
    outcomes = outcomes_of(content, instance, threads)
    times, relative = medians(outcomes), ratios(outcomes, unit=OURS)
    peers = list(dict.fromkeys(peer for peer, _ in times))[::-1]
    works = [work for work in WORKS if any(other == work for _, other in times)]
    drawing = figure(figsize=(3.0 + 2.6 * len(works), 1.6 + 0.3 * len(peers)), layout="constrained")
    panels = np.atleast_1d(drawing.subplots(1, len(works), sharey=True))
    colours = {OURS: OUR_COLOUR, LIMIT: LIMIT_COLOUR}
    for axes, work in zip(panels, works, strict=True):
        for place, peer in enumerate(peers):
            seconds = times.get((peer, work))
            if seconds is None:
                continue
            axes.barh(place, 1e3 * seconds, color=colours.get(peer, PEER_COLOUR))
            if (peer, work) in relative:
                label = f"{relative[peer, work]:.3g}×"
                axes.text(1.1e3 * seconds, place, label, va="center", size=7)
        axes.set(xscale="log", title=WORKS[work], xlabel="ms")
        axes.margins(x=0.3)
        axes.grid(visible=True, axis="x", alpha=0.3)
        axes.set_yticks(range(len(peers)), peers)
    plural = "thread" if threads == 1 else "threads"
    drawing.suptitle(f"{instance}, {threads} {plural}: {content['sizes'][instance]}")
    drawing.savefig(path, format="png", dpi=DOTS_PER_INCH)
    return path


def draw_curves(path: Path, curves: Mapping[str, Any], figure: Any) -> Path:
    """Milliseconds of energy and gradient, both axes logarithmic, with a line of slope one."""
    drawing = figure(figsize=(5.2 * len(curves), 4.6), layout="constrained")
    panels = np.atleast_1d(drawing.subplots(1, len(curves)))
    for axes, curve in zip(panels, curves.values(), strict=True):
        values = np.array([point["value"] for point in curve["points"]], dtype=float)
        found = curve_medians(curve["points"])
        for peer, seconds in found.items():
            width = 2.6 if peer == OURS else 1.3
            axes.plot(values, 1e3 * np.array(seconds), "o-", linewidth=width, ms=3, label=peer)
        if OURS in found and len(values):
            start = 1e3 * found[OURS][0]
            axes.plot(values, start * values / values[0], "k:", linewidth=1, label="linear")
        axes.set(xscale="log", yscale="log", xlabel=curve["axis"], ylabel="ms")
        axes.grid(visible=True, which="both", alpha=0.2)
        if found:
            axes.legend(fontsize=7)
    drawing.savefig(path, format="png", dpi=DOTS_PER_INCH)
    return path
