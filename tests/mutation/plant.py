"""One fault planted in a process of its own, and the tests that ran against it.

The process is a fork of one that has imported every library and nothing of nzdiff: a fault is
planted as its file is read, so that nothing on the disk changes, and the tests begin at once.
"""

from __future__ import annotations

import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401  # the libraries: imported once, before the forks
import jinja2
import mpmath  # noqa: F401
import numpy as np  # noqa: F401
import pytest
import rich.console  # noqa: F401
import scipy.optimize
import scipy.sparse.linalg  # noqa: F401
import sympy.matrices.expressions  # noqa: F401
import threadpoolctl  # noqa: F401
import typer.testing  # noqa: F401

from mutation.reach import Test

MEMORY = 12 << 30
"""The most that a process may take: some faults make endless lists."""
ENDED = {0: "survived", 1: "caught", 2: "caught", 3: "caught", 4: "caught"}
"""What pytest's exit status says: 2 to 4 where a fault breaks the import."""


OPTIONS: tuple[str, ...] = (
    "-o",
    "addopts=",
    "--import-mode=importlib",
    "-x",
    "-q",
    "--tb=no",
    "-rfE",
)
OPTIONS += ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:pytest_cov", "-p", "no:xdist")
OPTIONS += ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""The first that fails ends the run, in one process, without a trace on the disk."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """survived, caught or timed out; by which test, or what the end of the output says."""

    verdict: str
    by: str


class _Chosen:
    """Runs the chosen tests in their order and keeps compiled libraries between the runs."""

    def __init__(self, tests: Sequence[Test], libraries: Path, *, keeps: bool) -> None:
        self.places = {test.name: place for place, test in enumerate(tests)}
        self.libraries, self.keeps = libraries, keeps
        self.folder = libraries

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.places]
        items[:] = sorted(chosen, key=lambda item: self.places[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Any:
        found = yield
        if fixturedef.argname == "kernel_cache":
            self.folder = Path(found)
            self._copy(self.libraries, self.folder)
            if self.keeps:
                _compile_quickly()
        return found

    def pytest_sessionfinish(self) -> None:
        if self.keeps:
            self._copy(self.folder, self.libraries)

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        for file in source.iterdir() if source.is_dir() else ():
            if file.is_file() and file.suffix != ".plan" and not (target / file.name).exists():
                shutil.copy2(file, target / f"{file.name}.new")
                (target / f"{file.name}.new").rename(target / file.name)


def _compile_quickly() -> None:
    """Few optimisations: what a compiler makes of a fault differs in nothing that tests look at."""
    from nzdiff.runtime.kernel import compiler

    usual = compiler._flags
    compiler._flags = cache(lambda name: tuple(f.replace("-O3", "-O1") for f in usual(name)))


def ran(
    root: Path, file: str, text: str, tests: Sequence[Test], libraries: Path, limit: float
) -> Outcome:
    """What the tests say of a file with another text."""
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        log = Path(folder) / "log"
        child = os.fork()
        if child == 0:
            _run(root, root / file, text, tests, libraries, Path(folder), log)
        status = _waited(child, limit)
        said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    if status is None:
        return Outcome("timed out", f"after {limit:.0f} s")
    if os.WIFSIGNALED(status):
        return Outcome("caught", f"signal {os.WTERMSIG(status)}")
    failed = [line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))]
    by = failed[0] if failed else said.strip()[-200:]
    return Outcome(ENDED.get(os.WEXITSTATUS(status), "no test ran"), by)


def _waited(child: int, limit: float) -> int | None:
    """The status of a process; None where it had to be ended with all that it had started."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _run(
    root: Path, file: Path, text: str, tests: Sequence[Test], libraries: Path, own: Path, log: Path
) -> None:
    """Run the tests here and end the process."""
    status = 3
    try:
        os.setpgid(0, 0)
        with log.open("w", encoding="utf-8") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(root)
        sys.dont_write_bytecode = True
        _plant(file.resolve(), text)
        gc.freeze()
        options = [*OPTIONS, f"--basetemp={own / 'tests'}"]
        keeps = "runtime/kernel/" not in str(file)
        files = list(dict.fromkeys(test.file for test in tests))
        status = int(pytest.main([*options, *files], [_Chosen(tests, libraries, keeps=keeps)]))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        log.write_text(traceback.format_exc(), encoding="utf-8")
        status = 5
    finally:
        os._exit(status)


def _plant(target: Path, text: str) -> None:
    """Give another text wherever a file is read: as a module, a resource or a template."""
    get_code, read_text = SourceFileLoader.get_code, Path.read_text
    get_source = jinja2.FileSystemLoader.get_source

    def code(self: SourceFileLoader, name: str) -> Any:
        if Path(self.path).resolve() == target:
            return compile(text, self.path, "exec", dont_inherit=True)
        return get_code(self, name)

    def read(self: Path, *rest: Any, **more: Any) -> str:
        is_it = self.name == target.name and self.resolve() == target
        return text if is_it else read_text(self, *rest, **more)

    def source(self: Any, environment: Any, template: str) -> Any:
        found, path, is_fresh = get_source(self, environment, template)
        return (text if Path(path or "").resolve() == target else found), path, is_fresh

    SourceFileLoader.get_code = code  # type: ignore[method-assign, assignment]
    Path.read_text = read  # type: ignore[method-assign]
    jinja2.FileSystemLoader.get_source = source  # type: ignore[method-assign]
