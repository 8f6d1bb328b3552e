"""Damage to what lies on the disk: plans and libraries of the cache, packages, checkpoints.

What is used afterwards gives the right numbers, made anew where it has to be, or is refused.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import nzdiff as nz
from hostile.scratch import FIRST, NUMBERS, PATTERN, SECOND, apart, compare, copied, masters
from hostile.verdicts import REFUSED, RIGHT, Wrong, is_ours
from nzdiff.solvers import load_checkpoint


def examine(seed: int) -> str:
    """One damage, one use."""
    draws = random.Random(seed)
    master, use = draws.choice(
        ((cache_master, use_cache), (cache_master, use_cache), (package_master, use_package),
         (checkpoint_master, use_checkpoint))
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        target = copied(master(), Path(folder))
        what = damage(draws, target)
        backend = draws.choice(("c", "auto", "auto", "numpy"))
        return apart(lambda: use(target, backend, what))


# masters


@cache
def cache_master() -> Path:
    """The cache after both problems were bound."""
    folder = masters() / "cache"

    def make() -> str:
        os.environ["NZDIFF_CACHE_DIR"] = str(folder)
        for problem in (FIRST, SECOND):
            compare(problem.bind(backend="c", G=PATTERN, **NUMBERS), problem, "master")
        return RIGHT

    apart(make)
    return folder


@cache
def package_master() -> Path:
    """Two packages, and one of the first problem planned for other sizes."""
    folder = masters() / "packages"

    def make() -> str:
        nz.generate(FIRST, folder / "first_package")
        nz.generate(SECOND, folder / "second_package")
        nz.generate(FIRST, folder / "older_package", sizes={"n": 50, "m": 40, "k": 1})
        return RIGHT

    apart(make)
    return folder


@cache
def checkpoint_master() -> Path:
    """Checkpoints of two runs."""
    folder = masters() / "checkpoints"
    folder.mkdir()

    def make() -> str:
        for number, problem in enumerate((FIRST, SECOND)):
            model = problem.bind(backend="numpy", G=PATTERN, **NUMBERS)
            path = folder / f"{number}.npz"
            nz.solve(model, np.ones(4), "l-bfgs", max_iterations=3, checkpoint=path)
        return RIGHT

    apart(make)
    return folder


# damage


def damage(draws: random.Random, folder: Path) -> str:
    """Change something below a folder; what was changed."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    kinds = list(DAMAGES)
    if os.geteuid():
        kinds = [kind for kind in kinds if not kind.startswith("owner")]
    kind = draws.choice(kinds)
    file = draws.choice(files)
    DAMAGES[kind](draws, file, [f for f in files if f.suffix == file.suffix and f != file])
    return f"{kind} of {file.suffix or file.name}"


def _rewrite(change: Callable[[random.Random, bytes], bytes]) -> Any:
    def rewrite(draws: random.Random, file: Path, _: list[Path]) -> None:
        mode, content = file.stat().st_mode, file.read_bytes()
        file.chmod(mode | 0o200)
        file.write_bytes(change(draws, content))
        file.chmod(mode & 0o7777)

    return rewrite


def _flip(draws: random.Random, content: bytes) -> bytes:
    if not content:
        return b"\0"
    changed = bytearray(content)
    changed[draws.randrange(len(changed))] ^= 1 << draws.randrange(8)
    return bytes(changed)


def _zeros(draws: random.Random, content: bytes) -> bytes:
    start = draws.randrange(len(content) + 1)
    return content[:start] + bytes(min(512, len(content) - start)) + content[start + 512 :]


def _swap(draws: random.Random, file: Path, others: list[Path]) -> None:
    if not others:
        file.unlink()
        return
    other = draws.choice(others)
    mine, theirs = file.read_bytes(), other.read_bytes()
    file.write_bytes(theirs)
    other.write_bytes(mine)


def _mix(draws: random.Random, file: Path, others: list[Path]) -> None:
    """The file of the same name from another folder, or another of its kind."""
    named = [other for other in others if other.name == file.name] or others
    if named:
        file.write_bytes(draws.choice(named).read_bytes())


def _replaced(make: Callable[[Path], object]) -> Any:
    def change(_: random.Random, file: Path, __: list[Path]) -> None:
        file.unlink()
        make(file)

    return change


DAMAGES: dict[str, Any] = {
    "truncation": _rewrite(lambda draws, c: c[: draws.randrange(len(c) + 1)]),
    "flip": _rewrite(_flip),
    "flips": _rewrite(lambda draws, c: _flip(draws, _flip(draws, _flip(draws, c)))),
    "zeros": _rewrite(_zeros),
    "emptying": _rewrite(lambda *_: b""),
    "garbage behind": _rewrite(lambda draws, c: c + draws.randbytes(100)),
    "random bytes": _rewrite(lambda draws, c: draws.randbytes(len(c))),
    "swap": _swap,
    "mixture": _mix,
    "removal": _replaced(lambda _: None),
    "folder in place": _replaced(lambda file: file.mkdir()),
    "link to nothing": _replaced(lambda file: file.symlink_to("/nothing/there")),
    "link to zeros": _replaced(lambda file: file.symlink_to("/dev/null")),
    "owner of a file": lambda _, file, __: os.chown(file, 12345, 12345),
    "owner of the folder": lambda _, file, __: os.chown(file.parent, 12345, 12345),
    "mode of a file": lambda _, file, __: file.chmod(0o666),
    "mode of the folder": lambda _, file, __: file.parent.chmod(0o777),
}


# uses


def use_cache(folder: Path, backend: str, what: str) -> str:
    """Bind both problems with this cache, then once more in a process of its own."""
    os.environ["NZDIFF_CACHE_DIR"] = str(folder)
    for problem in (FIRST, SECOND):
        compare(problem.bind(backend=backend, G=PATTERN, **NUMBERS), problem, f"cache, {what}")
    return RIGHT


def use_package(folder: Path, backend: str, what: str) -> str:
    """Import every package; those that come give the numbers of their problem."""
    os.environ["NZDIFF_CACHE_DIR"] = str(cache_master())
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    verdict = RIGHT
    for name, problem in (("first", FIRST), ("second", SECOND), ("older", FIRST)):
        try:
            package = import_module(f"{name}_package")
            model = package.bind(backend=backend, G=PATTERN, **NUMBERS)
        except Exception as error:
            if not (is_ours(error) or _is_python(error, folder)):
                raise
            verdict = REFUSED
            continue
        compare(model, problem, f"package, {what}")
    return verdict


def _is_python(error: Exception, folder: Path) -> bool:
    """Whether Python itself refused the package's own __init__.py, or a name was not found."""
    trace, last = error.__traceback__, ""
    while trace is not None:
        last = trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    own = str(getattr(error, "filename", None) or last).startswith(str(folder))
    nothing = isinstance(error, ImportError | AttributeError | SyntaxError | UnicodeDecodeError)
    is_cut = "has no attribute 'bind'" in str(error)  # before the line that compares the files
    return own or is_cut or (nothing and "importlib" in last) or "source code" in str(error)


def use_checkpoint(folder: Path, _: str, what: str) -> str:
    """Load both; what is loaded is one of the two that were written."""
    verdict = RIGHT
    masters_of = [load_checkpoint(checkpoint_master() / f"{number}.npz") for number in (0, 1)]
    for number, problem in enumerate((FIRST, SECOND)):
        try:
            found = load_checkpoint(folder / f"{number}.npz")
        except FileNotFoundError:
            verdict = REFUSED
            continue
        except Exception as error:
            if not is_ours(error):
                raise
            verdict = REFUSED
            continue
        if not any(_equal(found, other) for other in masters_of):
            raise Wrong(f"checkpoint, {what}: other numbers, {found}")
        model = problem.bind(backend="numpy", G=PATTERN, **NUMBERS)
        try:
            nz.solve(model, found, "l-bfgs", max_iterations=5)
        except ValueError as error:
            if not is_ours(error):
                raise
            verdict = REFUSED
        else:
            if not _equal(found, masters_of[number]):
                raise Wrong(f"checkpoint, {what}: that of another problem is taken")
    return verdict


def _equal(one: Any, other: Any) -> bool:
    same = np.array_equal(one.x, other.x) and np.array_equal(one.g0, other.g0)
    return bool(same and one.energy == other.energy and one.records == other.records)
