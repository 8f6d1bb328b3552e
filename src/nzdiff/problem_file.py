"""Problem files: Python files that define `problem`, and may define `sizes` and `outputs`.

sizes: the dimensions to plan for.  outputs: the functions that a generated package has, see
`nz.generate`.
"""

from __future__ import annotations

import re
import reprlib
import runpy
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from nzdiff.problem import Problem


class ProblemFileError(ValueError):
    """A problem file that fails to run, or ends; the message says at which line."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class ProblemFile:
    """A problem, the sizes to plan for, what is generated, and where it was read from."""

    problem: Problem
    sizes: dict[str, int]
    outputs: tuple[str, ...] | None
    path: Path


def load_problem(path: Path) -> ProblemFile:
    """Run a problem file.  An unnamed problem takes the file's name.

    Raises ValueError where there is no such file, where it defines no `problem`, or `sizes` that
    are not sizes of the problem; ProblemFileError where it fails to run (with the line).
    """
    if not path.is_file():
        what = "it is no file" if path.exists() else "there is no such file"
        raise ValueError(f"{path}: expected a problem file, {what}")
    found = _run(path)
    problem, sizes = found.get("problem"), found.get("sizes", {})
    if not isinstance(problem, Problem):
        raise ValueError(
            f"{path}: expected a problem file, which defines problem = nz.Problem(…); "
            f"problem is {'not defined' if problem is None else _shown(problem)}"
        )
    _check_sizes(path, problem, sizes)
    if problem.name == "problem":
        name = re.sub(r"\W", "_", path.stem)
        problem = Problem(problem.written, problem.wrt, name if name.isidentifier() else f"_{name}")
    return ProblemFile(problem, sizes, _outputs(path, found.get("outputs")), path)


def _run(path: Path) -> dict[str, Any]:
    """The names a file defines; modules beside it can be imported, as when Python runs it."""
    beside = str(path.parent.resolve())
    sys.path.insert(0, beside)
    try:
        return runpy.run_path(str(path))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit among them: a file that ends is no success
        places = [f"line {frame.lineno}" for frame in _frames(error, path)]
        if isinstance(error, SyntaxError) and error.filename == str(path):
            places = [f"line {error.lineno}"]
        where = f", {places[-1]}" if places else ""
        kind = type(error).__name__
        raise ProblemFileError(f"{path}{where}: {kind}: {_shown(error, str)}") from error
    finally:
        if beside in sys.path:  # the file may have done anything to it
            sys.path.remove(beside)


def _shown(value: object, text: Callable[[Any], str] = reprlib.repr) -> str:
    """What a file made, as text, whatever happens when it is asked for."""
    try:
        return text(value)
    except Exception:
        return f"a {type(value).__name__} that cannot be shown"


def _frames(error: BaseException, path: Path) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if frame.filename == str(path)]


def _check_sizes(path: Path, problem: Problem, sizes: Any) -> None:
    known = {str(size.name) for size in problem.dimensions}
    whole = isinstance(sizes, dict) and all(
        isinstance(name, str) and type(n) is int and 0 < n < 2**63 for name, n in sizes.items()
    )
    if not whole:
        raise ValueError(
            f"{path}: sizes: expected a dict of whole numbers > 0 and < 2⁶³, got {_shown(sizes)}"
        )
    if not set(sizes) <= known:
        extra = ", ".join(sorted(set(sizes) - known))
        raise ValueError(
            f"{path}: sizes: the problem has no dimension {extra}; "
            f"known are {', '.join(sorted(known))}"
        )


def _outputs(path: Path, outputs: Any) -> tuple[str, ...] | None:
    """The names of the functions to generate; which there are is known to `nz.generate`."""
    if outputs is None:
        return None
    if not isinstance(outputs, (list, tuple)) or not all(isinstance(n, str) for n in outputs):
        raise ValueError(f"{path}: outputs: expected a list of names, got {_shown(outputs)}")
    return tuple(outputs)


def shipped_problems() -> tuple[ProblemFile, ...]:
    """The problems of which generated packages are shipped: the gallery, by name."""
    with resources.as_file(resources.files("nzdiff.gallery")) as folder:
        files = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
        return tuple(load_problem(path) for path in files)


def shipped_problem(name: str) -> ProblemFile:
    """One problem of the gallery.  ValueError for other names."""
    found = {entry.problem.name: entry for entry in shipped_problems()}
    if name not in found:
        raise ValueError(f"problem: expected one of {', '.join(found)}, got {name!r}")
    return found[name]


def shipped_folder(name: str) -> Path:
    """Where the generated package of a shipped problem lies."""
    return Path(str(resources.files("nzdiff.generated"))) / name
