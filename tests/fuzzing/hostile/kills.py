"""A process that is killed at any of its writes: the next one works, or says what to do.

An audit hook counts what Python does to files below the folder of the input, and ends the process
before the n-th.  Sometimes the file that was opened last is cut, as where the end came in the
middle of its content.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import nzdiff as nz
from hostile.files import checkpoint_master, package_master
from hostile.scratch import FIRST, NUMBERS, PATTERN, SECOND, apart, compare, copied, masters
from hostile.verdicts import RIGHT, Crash, Wrong, is_ours
from nzdiff.solvers import load_checkpoint

MOST = 40
"""Writes of one work that are looked at; none has as many."""
EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate",
          "os.chmod", "shutil.rmtree", "subprocess.Popen")  # fmt: skip


def examine(seed: int) -> str:
    """One work, killed at write number `seed` modulo MOST, then what follows."""
    draws = random.Random(seed)
    masters()
    master, work, after = WORKS[seed // MOST % len(WORKS)]
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name)
        target = folder / "cache" if master is None else copied(master(), folder)
        tear = draws.random() if draws.random() < 0.5 else None
        try:
            apart(lambda: _killed(folder, seed % MOST, tear, lambda: work(target)))
        except Crash as crash:
            if str(crash) != signal.SIGKILL.name:
                raise
        return apart(lambda: after(target))


def _killed(folder: Path, place: int, tear: float | None, work: Callable[[], object]) -> str:
    """Do the work, up to write number `place`; tear: how much is left of a file just opened."""
    count, opened = 0, Path()

    def hook(event: str, given: tuple[Any, ...]) -> None:
        nonlocal count, opened
        writes = event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if (not writes and event not in EVENTS) or str(folder) not in str(given):
            return
        count += 1
        if count == place + 1:
            if tear is not None and opened.is_file():
                os.truncate(opened, int(tear * opened.stat().st_size))
            os.kill(os.getpid(), signal.SIGKILL)
        opened = Path(os.fsdecode(given[0])) if writes and not isinstance(given[0], int) else Path()

    sys.addaudithook(hook)
    work()
    return RIGHT


# works, and what follows


def _bind(cache: Path) -> None:
    os.environ["NZDIFF_CACHE_DIR"] = str(cache)
    FIRST.bind(backend="c", G=PATTERN, **NUMBERS)


def _bound(cache: Path) -> str:
    os.environ["NZDIFF_CACHE_DIR"] = str(cache)
    compare(FIRST.bind(backend="c", G=PATTERN, **NUMBERS), FIRST, "bound after a kill")
    return RIGHT


def _generate(packages: Path) -> None:
    nz.generate(SECOND, packages / "first_package", force=True)


def _generated(packages: Path) -> str:
    """The package is that of either problem, whole, or refused; written anew, it is right."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(packages))
    try:
        package = import_module("first_package")
        model = package.bind(backend="numpy", G=PATTERN, **NUMBERS)
    except ModuleNotFoundError:
        if (packages / "first_package").exists():
            raise
    except ImportError as error:
        if not is_ours(error) or "nzdiff generate" not in str(error):
            raise
    else:
        problem = FIRST if model.spec.name == "first" else SECOND
        compare(model, problem, "a package after a kill")
    nz.generate(SECOND, packages / "first_package", force=True)
    for name in [name for name in sys.modules if name.startswith("first_package")]:
        del sys.modules[name]
    package = import_module("first_package")
    compare(package.bind(backend="numpy", G=PATTERN, **NUMBERS), SECOND, "a package written anew")
    return RIGHT


def _solve(checkpoints: Path) -> None:
    model = SECOND.bind(backend="numpy", G=PATTERN, **NUMBERS)
    nz.solve(model, np.full(4, 2.0), "l-bfgs", max_iterations=4,
             checkpoint=checkpoints / "1.npz", checkpoint_seconds=0.0)  # fmt: skip


def _solved(checkpoints: Path) -> str:
    """The checkpoint is there, of the run before or of the one that was killed."""
    found = load_checkpoint(checkpoints / "1.npz")
    model = SECOND.bind(backend="numpy", G=PATTERN, **NUMBERS)
    if abs(model.energy(found.x) - found.energy) > 1e-9 * (1 + abs(found.energy)):
        raise Wrong(f"a checkpoint after a kill: energy {found.energy} at {found.x}")
    nz.solve(model, found, "l-bfgs", max_iterations=8, checkpoint=checkpoints / "1.npz")
    return RIGHT


Work = tuple[Callable[[], Path] | None, Callable[[Path], None], Callable[[Path], str]]
WORKS: tuple[Work, ...] = (
    (checkpoint_master, _solve, _solved),
    (package_master, _generate, _generated),
    (None, _bind, _bound),
)
