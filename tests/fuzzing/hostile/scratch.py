"""Fresh processes and folders for inputs that are files: what dies dies alone."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import tempfile
import warnings
from atexit import register
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

import nzdiff as nz
from hostile.verdicts import Crash, Finding, Wrong, judged

n, m, k = nz.dims("n m k")
X, B, G = nz.dense("X", n, k), nz.dense("B", m, k), nz.sparse("G", n, m)
FIRST = nz.Problem(nz.sumsq(X - G * B), wrt=G, name="first")
SECOND = nz.Problem(nz.sumsq(X - 2 * G * B) + nz.sumsq(G), wrt=G, name="second")
RNG = np.random.default_rng(0)
NUMBERS: dict[str, Any] = {"X": RNG.normal(size=(3, 2)), "B": RNG.normal(size=(4, 2))}
PATTERN = nz.Pattern(([0, 1, 2, 2], [0, 1, 2, 3]), (3, 4))
AT = np.array([0.5, -1.0, 2.0, 0.25])
PLAIN = """#!/bin/sh
for flag; do
    shift
    case $flag in -O3) flag=-O0 ;; esac
    set -- "$@" "$flag"
done
exec cc "$@"
"""


def wanted(problem: nz.Problem) -> tuple[float, Any]:
    """Energy and gradient by NumPy."""
    dense = sparse.csr_array((AT, (PATTERN.rows, PATTERN.cols)), shape=PATTERN.shape).toarray()
    factor = 1.0 if problem is FIRST else 2.0
    R = NUMBERS["X"] - factor * dense @ NUMBERS["B"]
    slope = -2.0 * factor * R @ NUMBERS["B"].T
    energy = np.sum(R**2)
    if problem is SECOND:
        energy, slope = energy + np.sum(dense**2), slope + 2 * dense
    return float(energy), slope[PATTERN.rows, PATTERN.cols]


def compare(model: Any, problem: nz.Problem, what: str) -> None:
    """The numbers of a model at AT."""
    energy, gradient = model.energy_and_gradient(AT)
    right = wanted(problem)
    if not (abs(energy - right[0]) < 1e-9 and np.abs(gradient - right[1]).max() < 1e-9):
        raise Wrong(f"{what}: energy {energy}, not {right[0]}")


@cache
def masters() -> Path:
    """Of this process, made once and gone at its end: folders that inputs are copies of."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-masters-"))
    owner = os.getpid()
    register(_remove, folder, owner)
    compiler = folder / "cc"
    compiler.write_text(PLAIN)
    compiler.chmod(0o700)
    os.environ["CC"] = str(compiler)
    os.environ.pop("NZDIFF_CACHE_DIR", None)
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked process leaves it
        shutil.rmtree(folder, ignore_errors=True)


def copied(master: Path, folder: Path) -> Path:
    """A copy of a master in a folder of one input."""
    target = folder / master.name
    shutil.copytree(master, target, symlinks=True)
    return target


def apart(work: Callable[[], str]) -> str:
    """A verdict from a forked process; its warnings of files and compilers are no errors."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)  # what nzdiff warns of
            found = judged("", lambda _: work(), 0)
            with os.fdopen(writing, "wb") as stream:
                stream.write(pickle.dumps(found))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    status = os.waitpid(child, 0)[1]
    if not said:
        how = signal.Signals(status & 127).name if status & 127 else f"exit code {status >> 8}"
        raise Crash(how)
    found = pickle.loads(said)
    if isinstance(found, Finding):
        raise Told(found)
    return str(found)


class Told(Exception):
    """A finding of a forked process."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding
