"""Checkpoints: what a run has reached, as one .npz file that is whole at any moment.

    x (s,)  energy  g0 (s,)  method  numbers (records, 7)  calls (records, 6)

It does not depend on nzdiff: `numpy.load` reads it. The state of a method (pairs, damping, trust
radius) is not in it and starts anew. So any method may go on from it, and `method`, the name that
the last one gave itself, is for people: it may be that of a method which others wrote.
"""

import math
import os
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from nzdiff.runtime.data.files import write_whole
from nzdiff.solvers.run.check import number, vector
from nzdiff.solvers.run.objective import Counts
from nzdiff.solvers.run.protocols import ModelLike, Vector
from nzdiff.solvers.run.record import Record

NAMES = ("x", "energy", "g0", "method", "numbers", "calls")
NUMBERS, CALLS = len(fields(Record)) - 1, len(fields(Counts))
LONGEST_NAME = 100
NEAR, NOISE = 1e-4, 1e-6
"""How far two values of one energy may be apart, relative to it and to that of the start: what
another backend or precision makes of it, not another problem."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The best iterate x and its energy, the start g0 of the run, method and records."""

    x: Vector
    energy: float
    g0: Vector
    method: str
    records: tuple[Record, ...]

    def __post_init__(self) -> None:
        """Reject what no run can have reached."""
        vector("x", self.x, np.size(self.x))
        vector("g0", self.g0, np.size(self.x))
        number("energy", self.energy, least=-math.inf)
        if not isinstance(self.method, str):
            raise TypeError(f"method: expected the name of a method, got {self.method!r}")
        if not self.method.isprintable() or not 0 < len(self.method) <= LONGEST_NAME:
            raise ValueError(f"method: expected a name of letters, got {self.method[:40]!r}")
        if not self.records:
            raise ValueError("records: expected that of the start at least, got none")
        iterations = [record.iteration for record in self.records]
        if iterations != sorted(iterations) or iterations[0] < 0:
            raise ValueError("records: expected those of iterations 0, 1, 2, …")
        first, last, energies = self.records[0], self.records[-1], [r.energy for r in self.records]
        number("records: the first energy", first.energy, least=-math.inf)
        number("records: the first gradient norm", first.gradient_norm)
        number("records: the last seconds", last.seconds)
        if any(math.isnan(energy) for energy in energies) or not self.agrees(min(energies)):
            raise ValueError(
                f"energy: expected the least of the records, {min(energies)}, got {self.energy}"
            )

    @property
    def iteration(self) -> int:
        """Return the number of iterations done."""
        return self.records[-1].iteration

    @property
    def seconds(self) -> float:
        """Return the seconds spent."""
        return self.records[-1].seconds

    def agrees(self, energy: float) -> bool:
        """Tell whether a value can be that of `energy`."""
        return _near(energy, self.energy, self.records[0].energy)

    def check(self, model: ModelLike, energy: float) -> None:
        """Refuse a checkpoint of another energy than the model's, which is `energy` at x."""
        first = self.records[0].energy
        for name, stored, found in (
            ("x", self.energy, energy),
            ("g0", first, float(model.energy(self.g0))),
        ):
            if not _near(found, stored, first):
                raise ValueError(
                    f"g0: the energy at {name} is {found} and {stored} in the checkpoint: it is "
                    f"of another problem or other data; start anew from its x"
                )


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


def checked_saver(path: str | os.PathLike[str] | None, interval: float) -> Saver | None:
    """Return what writes to a file; ValueError or TypeError where it cannot be one."""
    if interval != math.inf:
        number("checkpoint_seconds", interval)
    if path is None:
        return None
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"checkpoint: expected the path of a file, got {path!r}")
    if Path(path).is_dir() or not Path(path).absolute().parent.is_dir():
        raise ValueError(f"checkpoint: expected a file in a folder that exists, got {path}")
    _check_replaceable(Path(path))
    return Saver(Path(path), float(interval))


def _check_replaceable(path: Path) -> None:
    """ValueError where another file would be lost; an empty one, and a checkpoint, may be."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise ValueError(f"checkpoint: expected a plain file, {path} is a link or device")
    if path.is_file() and path.stat().st_size:
        try:
            load_checkpoint(path)
        except ValueError:
            raise ValueError(
                f"checkpoint: {path} exists and is no checkpoint; choose another name"
            ) from None


def save_checkpoint(path: str | os.PathLike[str], checkpoint: Checkpoint) -> None:
    """Write the file whole: `path` is never half-written, and not lost where the power fails."""
    if not isinstance(checkpoint, Checkpoint):
        raise TypeError(f"checkpoint: expected a Checkpoint, got {checkpoint!r}")
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
    """Read a checkpoint; ValueError where the file is none, or not whole.

    `solve(model, load_checkpoint(path), method)` goes on from it.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path: expected that of a checkpoint, got {path!r}")
    if Path(path).is_dir():
        raise ValueError(f"{path}: expected a checkpoint, found a folder")
    content = BytesIO(Path(path).read_bytes())
    try:
        return _decoded(_arrays(content))
    except Exception as error:  # zip files and headers of arrays fail in a dozen ways
        said = str(error) or type(error).__name__
        raise ValueError(f"{path}: expected a checkpoint, {said}") from error


def _arrays(content: BytesIO) -> dict[str, Any]:
    _check_stored(content)
    with warnings.catch_warnings(action="ignore"):
        file: Any = np.load(content, allow_pickle=False)
        missing = [name for name in NAMES if name not in getattr(file, "files", ())]
        if missing:
            raise ValueError(f"{', '.join(missing)} is missing")
        return {name: file[name] for name in NAMES}


def _check_stored(content: BytesIO) -> None:
    """Refuse what is packed: a checkpoint takes no more memory than its file."""
    if zipfile.is_zipfile(content):
        with zipfile.ZipFile(content) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise ValueError("its arrays are compressed")
    content.seek(0)


def _decoded(arrays: Mapping[str, Any]) -> Checkpoint:
    numbers, calls, method = arrays["numbers"], arrays["calls"], arrays["method"]
    count = len(numbers) if numbers.ndim else 0
    _of("energy", arrays["energy"], "iuf", ())
    _of("method", method, "U", ())
    _of("numbers", numbers, "f", (count, NUMBERS))
    _of("calls", calls, "iu", (count, CALLS))
    rows = zip(numbers.tolist(), calls.tolist(), strict=True)
    return Checkpoint(
        x=vector("x", arrays["x"], arrays["x"].size),
        energy=float(arrays["energy"]),
        g0=vector("g0", arrays["g0"], arrays["x"].size),
        method=str(method),
        records=tuple(_record(row, Counts(*of_row)) for row, of_row in rows),
    )


def _of(name: str, array: Any, kinds: str, shape: tuple[int, ...]) -> None:
    if array.dtype.kind not in kinds or array.shape != shape:
        raise ValueError(f"{name} of shape {shape}, got {array.dtype} of shape {array.shape}")


def _record(numbers: list[float], calls: Counts) -> Record:
    iteration, energy, norm, damping, step, inner, seconds = numbers
    return Record(int(iteration), energy, norm, damping, step, int(inner), seconds, calls)


def _near(energy: float, stored: float, first: float) -> bool:
    apart = NEAR * max(abs(energy), abs(stored)) + NOISE * abs(first)
    return abs(energy - stored) <= apart
