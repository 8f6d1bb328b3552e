"""`python -m benchmarks meshes`: bind and solve, to the energy of the published method.

Each run is a process of its own; `run` says what its seconds are.  cold: its cache folder is empty,
so that kernels are derived, planned and compiled; warm: it holds what an earlier process wrote.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.instances.coarsening import coarsening_problem
from benchmarks.meshes.instances import MESHES, coarsening_of
from benchmarks.solvers.report import markdown_table
from nzdiff.demo.coarsening import CoarseningData
from nzdiff.demo.published import published
from nzdiff.demo.run import constrained_pattern
from nzdiff.pattern import Pattern
from nzdiff.terminal import say

METHODS = ("plain", "auto")
LATER = (2, 4, 8)
HEAD = (
    "mesh",
    "unknowns",
    "published energy",
    "method",
    "bind cold, warm, again",
    "first step",
    "seconds to it, cold, warm",
    "energies at 2, 4, 8 times that of plain, warm",
    "what ran",
)


def measure_meshes(
    console: Console, *, names: Sequence[str], constrained: bool, seconds: float, folder: Path
) -> None:
    """Print a table: a row per mesh and method."""
    unknown = sorted(set(names) - set(MESHES))
    if unknown:
        raise ValueError(f"mesh: expected {', '.join(MESHES)}, got {', '.join(unknown)}")
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for name in names for row in _rows(name, constrained, seconds, folder)]
    say(console, markdown_table(HEAD, rows))


def _rows(name: str, constrained: bool, seconds: float, folder: Path) -> list[list[str]]:
    data = coarsening_of(name, folder)
    kind = "constrained" if constrained else "free"
    pattern = constrained_pattern(data) if constrained else Pattern((data.i, data.j), data.shape)
    given = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L, "G": pattern}
    path = folder / f"{name}-{kind}.pickle"
    path.write_bytes(pickle.dumps((given, pattern.pack(data.G0))))
    target = _target(folder / f"{name}-{kind}.json", data, given, constrained=constrained)
    runs = {method: _runs(path, method, seconds) for method in METHODS}
    reached = _reached(runs["plain"][1], target)
    found = []
    for method, (cold, warm) in runs.items():
        later = [_energy(warm, k * reached) for k in LATER if k * reached <= warm["seconds"][-1]]
        found.append(
            [
                name,
                f"{pattern.size:,}",
                f"{target:.6g}",
                method,
                f"{cold['first']:.2f}, {warm['first']:.2f}, {warm['again']:.2f}",
                f"{warm['seconds'][1]:.2f}",
                f"{_reached(cold, target):.2f}, {_reached(warm, target):.2f}",
                ", ".join(f"{energy:.5g}" for energy in later),
                warm["ran"],
            ]
        )
    return found


def _target(path: Path, data: CoarseningData, given: dict[str, Any], *, constrained: bool) -> float:
    """The energy that the published method reaches, from `path` if it is known."""
    if path.exists():
        return float(json.loads(path.read_text(encoding="utf-8")))
    free: dict[str, Any] = given | {"G": Pattern((data.i, data.j), data.shape)}
    model = coarsening_problem().bind(**free, threads=1)
    found = published(model, data, constrained=constrained).lowest
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def _runs(path: Path, method: str, seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same run with an empty cache, and with what that one wrote."""
    with TemporaryDirectory() as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        command = [sys.executable, "-m", "benchmarks.meshes.run", str(path), method, str(seconds)]
        cold, warm = (
            subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout
            for _ in range(2)
        )
    return json.loads(cold), json.loads(warm)


def _reached(run: dict[str, Any], target: float) -> float:
    """Seconds of solving until the energy is that low; infinite where it never is."""
    below = np.flatnonzero(np.array(run["energies"]) <= target)
    return float(run["seconds"][below[0]]) if below.size else np.inf


def _energy(run: dict[str, Any], seconds: float) -> float:
    """The lowest energy of so many seconds of solving, the first one before any record."""
    known, energies = np.array(run["seconds"]) <= seconds, np.array(run["energies"])
    return float(energies[known].min(initial=energies[0]))
