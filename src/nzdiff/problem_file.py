"""Problem files: Python files that define `problem`, and may define `sizes` to plan for."""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from nzdiff.derive.problem import Problem


@dataclass(frozen=True, slots=True)
class ProblemFile:
    """A problem, the sizes to plan for, and where it was read from."""

    problem: Problem
    sizes: dict[str, int]
    path: Path


def load_problem(path: Path) -> ProblemFile:
    """Run a problem file.  An unnamed problem takes the file's name.

    Raises ValueError where the file defines no `problem`, or `sizes` that are none.
    """
    found = runpy.run_path(str(path))
    problem, sizes = found.get("problem"), found.get("sizes", {})
    if not isinstance(problem, Problem):
        raise ValueError(
            f"{path}: expected a problem file, which defines problem = nz.Problem(…); "
            f"problem is {'not defined' if problem is None else repr(problem)}"
        )
    if not isinstance(sizes, dict) or not all(isinstance(n, int) for n in sizes.values()):
        raise ValueError(f"{path}: sizes: expected a dict of whole numbers, got {sizes!r}")
    if problem.name == "problem" and path.stem.isidentifier():
        problem = Problem(problem.energy, problem.wrt, path.stem)
    return ProblemFile(problem, sizes, path)


def shipped_problems() -> tuple[ProblemFile, ...]:
    """The problems of which generated packages are shipped."""
    with resources.as_file(resources.files("nzdiff.demo") / "spectral_coarsening.py") as path:
        return (load_problem(path),)


def shipped_folder(name: str) -> Path:
    """Where the generated package of a shipped problem lies."""
    return Path(str(resources.files("nzdiff.generated"))) / name
