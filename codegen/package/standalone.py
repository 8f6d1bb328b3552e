"""A package that stands alone: what it needs of nzdiff lies in it, as `_nzdiff`.

That is what its own files import, and what follows from those imports, as source that can be read:
modules, and the C beside them.  Imports of nzdiff become relative ones, so that a package runs
under any name, beside others of its kind and beside an installed nzdiff.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import takewhile
from pathlib import PurePosixPath

from nzdiff.codegen.emit.templates import rendered

HOME, VENDORED = "nzdiff", "_nzdiff"
INIT = "__init__.py"
ROOM = "nzdiff.codegen.package"
LIBRARIES = {"numpy": "numpy>=1.26", "scipy": "scipy>=1.12"}
"""What a package that stands alone may import, as nzdiff's pyproject.toml requires it."""
OPTIONAL = {"jax": "jax>=0.5"}
"""What one that is written for a library of its own may import beside."""
C_BESIDE = "source_beside"
"""The function of the runtime that reads a C file; see `nzdiff.runtime.kernel.library`."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A statement `from module import …` of nzdiff.  names: what it imports of it."""

    line: int
    module: str
    names: tuple[str, ...]


def own_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """The files of a package, which import what will lie in it instead of nzdiff."""
    return {n: relative(t, ()) if n.endswith(".py") else t for n, t in texts.items()}


def licence() -> str:
    """The licence of what is written, which holds code of nzdiff."""
    return (resources.files(ROOM) / "LICENSE").read_text(encoding="utf-8")


def vendored_texts(texts: Mapping[str, str], name: str, summary: str) -> dict[str, str]:
    """What a package with these files, which still import nzdiff, needs beside them, by path.

    name: of its problem, by which it is installed.  summary: one line about it.
    """
    needed = closure(i for n, t in texts.items() if n.endswith(".py") for i in imports_of(t))
    about = rendered(ROOM, "vendored.py.j2", version=_version())
    found = {f"{VENDORED}/{INIT}": about}
    found |= {f"{VENDORED}/{path}": _vendored(path) for path in needed}
    folders = sorted({PurePosixPath(path).parent.parts for path in found})
    found["LICENSE"] = licence()
    found["py.typed"] = ""
    found["pyproject.toml"] = rendered(
        ROOM,
        "pyproject.toml.j2",
        module=name,
        project=re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "solver",
        version=_version(),
        summary=json.dumps(summary, ensure_ascii=False),  # a string of TOML too
        dependencies=_required({n for path in needed for n in _libraries(path)}),
        packages=[".".join((name, *folder)) for folder in ((), *folders)],
    )
    return dict(sorted(found.items()))


def _required(libraries: Iterable[str]) -> list[str]:
    known = LIBRARIES | OPTIONAL
    return [known[name] for name in sorted(libraries)]


@cache
def _vendored(path: str) -> str:
    """The text of a file of nzdiff as it lies in a package."""
    inside = (VENDORED, *PurePosixPath(path).parts[:-1])
    return relative(_read(path), inside) if path.endswith(".py") else _read(path)


def relative(source: str, inside: tuple[str, ...]) -> str:
    """A module's text with its imports of nzdiff relative to the folder that it lies in.

    inside: that folder within the package, () of the package itself.
    """
    lines = source.splitlines(keepends=True)
    for statement in imports_of(source):
        target = (VENDORED, *statement.module.split(".")[1:])
        pairs = takewhile(lambda pair: pair[0] == pair[1], zip(inside, target, strict=False))
        common = len(list(pairs))
        path = "." * (1 + len(inside) - common) + ".".join(target[common:])
        before = f"from {statement.module} import"
        line = lines[statement.line]
        if line.count(before) != 1:
            raise ValueError(f"{line.strip()}: expected {before} … on one line")
        lines[statement.line] = line.replace(before, f"from {path} import")
    return "".join(lines)


def imports_of(source: str) -> Iterator[Imported]:
    """What a module imports of nzdiff, wherever in it, for type checkers alone too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and _is_ours(node.module or ""):
            names = tuple(alias.name for alias in node.names)
            yield Imported(node.lineno - 1, str(node.module), names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if _is_ours(alias.name):
                    raise ValueError(
                        f"import {alias.name}: expected from {alias.name} import …, which can "
                        "become relative"
                    )


def closure(imports: Iterator[Imported]) -> tuple[str, ...]:
    """The files of nzdiff that some imports lead to, by path: modules, and the C that they read."""
    found: set[str] = set()
    pending = [path for statement in imports for path in _paths(statement)]
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += _followed(path)
    return tuple(sorted(found))


@cache
def _followed(path: str) -> tuple[str, ...]:
    """The files that a file of nzdiff asks for."""
    if not path.endswith(".py"):
        return ()
    source, folder = _read(path), PurePosixPath(path).parent
    beside = [
        str(folder / node.args[1].value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == C_BESIDE
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    ]
    return (*(p for statement in imports_of(source) for p in _paths(statement)), *beside)


def _paths(statement: Imported) -> Iterator[str]:
    """The files that Python runs for an import, those of the folders on the way first."""
    parts = statement.module.split(".")[1:]
    for depth in range(1, len(parts) + 1):
        yield _path(parts[:depth])
    for name in statement.names:
        if not parts or _is_module([*parts, name]):  # nzdiff itself holds modules alone
            yield _path([*parts, name])


def _path(parts: list[str]) -> str:
    path = "/".join(parts)
    if _file(f"{path}/{INIT}").is_file():
        return f"{path}/{INIT}"
    if not _file(f"{path}.py").is_file():
        raise ValueError(f"{HOME}.{'.'.join(parts)}: expected a module of nzdiff")
    return f"{path}.py"


def _is_module(parts: list[str]) -> bool:
    path = "/".join(parts)
    return _file(f"{path}.py").is_file() or _file(f"{path}/{INIT}").is_file()


@cache
def _libraries(path: str) -> frozenset[str]:
    """The libraries that a file imports and Python does not bring."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(_read(path))) if path.endswith(".py") else ():
        if isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
    return frozenset(found - {HOME, *sys.stdlib_module_names})


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == HOME


def _file(path: str) -> Traversable:
    return resources.files(HOME).joinpath(path)


def _read(path: str) -> str:
    return _file(path).read_text(encoding="utf-8")


def _version() -> str:
    return str(sys.modules[HOME].__version__)  # imported, for this module lies in it
