"""Checkpoints: what a run has reached, as one .npz file that is whole at any moment.

    x (s,)  energy  g0 (s,)  method  numbers (records, 7)  calls (records, 6)

It does not depend on nzdiff: `numpy.load` reads it. The state of a method (pairs, damping, trust
radius) is not in it and starts anew.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

from nzdiff.runtime.data.files import write_whole
from nzdiff.solvers.run.objective import Counts
from nzdiff.solvers.run.protocols import Vector
from nzdiff.solvers.run.record import Record

NAMES = ("x", "energy", "g0", "method", "numbers", "calls")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The best iterate x and its energy, the start g0 of the run, method and records."""

    x: Vector
    energy: float
    g0: Vector
    method: str
    records: tuple[Record, ...]

    @property
    def iteration(self) -> int:
        """Return the number of iterations done."""
        return self.records[-1].iteration

    @property
    def seconds(self) -> float:
        """Return the seconds spent."""
        return self.records[-1].seconds


@dataclass(slots=True)
class Saver:
    """Writes checkpoints to `path`, at least `interval` seconds apart."""

    path: Path
    interval: float
    last: float = -math.inf

    def is_due(self, seconds: float) -> bool:
        """Tell whether the interval is over."""
        return seconds - self.last >= self.interval

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the file now."""
        save_checkpoint(self.path, checkpoint)
        self.last = checkpoint.seconds


def save_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write the file whole: `path` is never half-written, and not lost where the power fails."""
    numbers = [astuple(record)[:-1] for record in checkpoint.records]
    calls = [astuple(record.calls) for record in checkpoint.records]
    content = BytesIO()
    np.savez(
        content,
        x=checkpoint.x,
        energy=checkpoint.energy,
        g0=checkpoint.g0,
        method=checkpoint.method,
        numbers=np.array(numbers, dtype=np.float64),
        calls=np.array(calls, dtype=np.int64),
    )
    write_whole(Path(path), content.getvalue(), durable=True)


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint; ValueError where the file is none.

    `solve(model, load_checkpoint(path), method)` goes on from it.
    """
    with np.load(path, allow_pickle=False) as file:
        missing = [name for name in NAMES if name not in getattr(file, "files", ())]
        if missing:
            raise ValueError(f"{path}: expected a checkpoint, {', '.join(missing)} is missing")
        rows = zip(file["numbers"].tolist(), file["calls"].tolist(), strict=True)
        return Checkpoint(
            x=file["x"],
            energy=float(file["energy"]),
            g0=file["g0"],
            method=str(file["method"]),
            records=tuple(_record(numbers, calls) for numbers, calls in rows),
        )


def _record(numbers: Sequence[float], calls: Sequence[int]) -> Record:
    iteration, energy, norm, damping, step, inner, seconds = numbers
    return Record(int(iteration), energy, norm, damping, step, int(inner), seconds, Counts(*calls))
