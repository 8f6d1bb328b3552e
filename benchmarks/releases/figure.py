"""The newest release as pictures: each peer's time beside ours, and ours over the releases."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evaluation.program import LIMIT, OURS, WORKS
from benchmarks.releases.record import Record

INK, GRID, PEER, OUR = "#666666", "#99999955", "#4477aa", "#cc6677"
"""Colours that are read on white and on black, for the pictures have no ground of their own."""
STYLE = {
    "svg.hashsalt": "nzdiff",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.titlecolor": INK,
}


def draw(records: Sequence[Record], folder: Path) -> list[Path]:
    """An SVG for each instance of the newest record; none without one, or without matplotlib."""
    if not records:
        return []
    try:
        matplotlib, figure = import_module("matplotlib"), import_module("matplotlib.figure")
    except ImportError:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    new = records[-1]
    settings = dict.fromkeys((row.instance, row.threads) for row in new.rows)
    with matplotlib.rc_context(STYLE):
        return [_drawn(new, *setting, folder, figure.Figure) for setting in settings]


def _drawn(record: Record, instance: str, threads: int, folder: Path, figure: Any) -> Path:
    """A dot for each peer and work at its time in ours, which is the line at 1."""
    rows = [r for r in record.rows if (r.instance, r.threads) == (instance, threads)]
    peers = [p for p in dict.fromkeys(r.peer for r in rows) if p not in (OURS, LIMIT)]
    works = [work for work in WORKS if any(row.work == work for row in rows)]
    by = {(row.peer, row.work): row.ratio for row in rows}
    typical = {p: np.median([by[p, w] for w in works if (p, w) in by]) for p in peers}
    peers.sort(key=lambda peer: typical[peer], reverse=True)
    height = 1.4 + 0.24 * len(peers)
    drawing = figure(figsize=(1.6 + 1.7 * len(works), height), layout="constrained")
    panels = np.atleast_1d(drawing.subplots(1, len(works), sharex=True, sharey=True))
    for axes, work in zip(panels, works, strict=True):
        there = [place for place, peer in enumerate(peers) if (peer, work) in by]
        values = [by[peers[place], work] for place in there]
        axes.axvline(1.0, color=OUR, linewidth=1.5)
        axes.hlines(there, 1.0, values, color=PEER, linewidth=1.0)
        axes.plot(values, there, "o", color=PEER, markersize=4)
        axes.set(xscale="log", title=WORKS[work])
        axes.set_yticks(range(len(peers)), peers)
        axes.grid(visible=True, axis="x", color=GRID, linewidth=0.6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    drawing.supxlabel("time ÷ ours (the line); to the right: slower", fontsize=9)
    path = folder / f"{instance}-{threads}.svg"
    drawing.savefig(path, format="svg", transparent=True, metadata={"Date": None})
    return path
