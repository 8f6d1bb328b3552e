"""Sources as libraries: compiled once per source, compiler, flags and processor, kept and loaded.

The comment at the head of a source is no part of the key: it names sizes, and one plan is one
library for all of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shlex
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from nzdiff.beside import Beside
from nzdiff.runtime.kernel import cache as disk
from nzdiff.runtime.kernel.compiler import (
    Build,
    CompilerError,
    compiled,
    forget,
    suffix,
    usual_build,
)

Signatures = Mapping[str, tuple[Any, tuple[Any, ...]]]
"""Functions that a library must have: their results and arguments."""


def source_beside(module: str, file: str) -> str:
    """The text of a C source in the folder of a module, which gives its `__name__`."""
    folder = resources.files(module.rpartition(".")[0])
    return (folder / file).read_text(encoding="utf-8")


def compile_cached(source: str, more: tuple[str, ...] = ()) -> Path:
    """The path of the library of a C source, whole as it was compiled.

    more: flags behind all others, so that they count where two contradict each other.
    Raises CompilerError whatever is wrong with compiler, disk or cache.
    """
    stored: disk.Stored = _with_disk_errors(_anew, _stored, source, more)
    return stored.path


_AHEAD: dict[tuple[str, tuple[str, ...]], Beside[Path]] = {}
"""By source and flags: what this process has begun to compile."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_AHEAD.clear)


def ahead(source: str, more: tuple[str, ...] = ()) -> Beside[Path]:
    """`compile_cached` in a thread, begun once in a process: `load` waits for what has begun.

    The compiler is a process of its own, so that others can be at work meanwhile.
    """
    if (source, more) not in _AHEAD:
        _AHEAD[source, more] = Beside(lambda: compile_cached(source, more))
    return _AHEAD[source, more]


def load(source: str, functions: Signatures, more: tuple[str, ...] = ()) -> Any:
    """The library of a C source, loaded; see `compile_cached`.

    One that was kept and does not load (its OpenMP is gone) is made anew; where a new one does not
    (the cache has no right to run programs), a folder of this process is tried.
    """
    if (source, more) in _AHEAD:
        _AHEAD[source, more].wait()
    return _with_disk_errors(_anew, _loaded, source, more, functions)


def _anew(function: Any, source: str, more: tuple[str, ...], *given: Any) -> Any:
    """Call with a build; once more where it fails and the compiler is another one than was kept."""
    try:
        return function(source, usual_build(more), *given)
    except CompilerError:
        if not forget():
            raise
        return function(source, usual_build(more), *given)


def _stored(source: str, build: Build) -> disk.Stored:
    found = disk.find(_key(source, build), suffix())
    return found if found is not None else _made(source, build)


def _made(source: str, build: Build) -> disk.Stored:
    content = compiled(source, build, disk.private_folder())
    return disk.keep(_key(source, build), suffix(), content)


def _loaded(source: str, build: Build, functions: Signatures) -> Any:
    key = _key(source, build)
    for found in disk.find_all(key, suffix()):
        with contextlib.suppress(OSError):
            return _declared(found.path, functions)
    made = _made(source, build)
    try:
        return _declared(made.path, functions)
    except OSError as error:
        refused = OSError(str(error).replace(f"{made.path}: ", ""))
    private = disk.keep_private(key, suffix(), made.content)
    try:
        library = _declared(private.path, functions)
    except OSError as error:
        for stored in (made, private):
            stored.path.unlink(missing_ok=True)
        why = str(error).replace(f"{private.path}: ", "")
        raise CompilerError(
            f"{shlex.join(build.command)}: its library cannot be loaded: {why}"
        ) from error
    disk.unusable(made.path.parent, refused)
    return library


def _declared(path: Path, functions: Signatures) -> Any:
    """A library whose functions know their arguments."""
    library = _open(path)
    for name, (result, arguments) in functions.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise CompilerError(f"C compiler: its library lacks the function {name}") from error
        function.restype, function.argtypes = result, arguments
    return library


@cache
def _open(path: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(path))


def _with_disk_errors(function: Any, *given: Any) -> Any:
    try:
        return function(*given)
    except OSError as error:
        raise CompilerError(f"kernel cache: {error}") from error


def _key(source: str, build: Build) -> str:
    text = f"{_code(source)}\0{build.identity}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _code(source: str) -> str:
    """What follows the comment at the head of a source."""
    comment, _, rest = source.partition("*/")
    return rest if comment.lstrip().startswith("/*") else source
