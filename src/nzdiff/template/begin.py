"""The files of a new problem, and the commands that lead from them to a solution."""

from __future__ import annotations

import importlib.util
import keyword
import shlex
import shutil
import sys
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from nzdiff.runtime.data.files import write_whole


@dataclass(frozen=True, slots=True)
class Beginning:
    """A problem that is begun: texts of files by path, and (command, what it does) in order."""

    texts: dict[Path, str]
    steps: tuple[tuple[str, str], ...]

    def write(self) -> None:
        """Write both files, or nothing where one of them is there; FileExistsError says which."""
        self.check()
        for path, text in self.texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text.encode())

    def check(self) -> None:
        """Refuse to overwrite."""
        for path in self.texts:
            if path.exists() or path.is_symlink():
                raise FileExistsError(
                    f"{path}: there is such a file, which stays as it is; choose another name, or "
                    "another folder with --out"
                )


def begin(name: str, folder: Path) -> Beginning:
    """The beginning of a problem in a folder.

    Raises ValueError where its package could not be imported by that name, or would hide another.
    """
    _check_name(name)
    problem, solve = folder / f"{name}_problem.py", folder / f"{name}_solve.py"
    nzdiff, python = _commands()
    package = folder / name
    generated = [str(problem)] if folder == Path() else [str(problem), "--out", str(package)]
    steps = (
        (shlex.join([*nzdiff, "derive", str(problem)]), "its derivatives, step by step"),
        (shlex.join([*nzdiff, "verify", str(problem)]), "are they right? exactly, and in numbers"),
        (shlex.join([*nzdiff, "generate", *generated]), f"the package {package}"),
        (shlex.join([python, str(solve)]), "a solution, with the data of that file"),
    )
    texts = {problem: _text("problem.txt", name), solve: _text("solve.txt", name)}
    return Beginning(texts, steps)


def _text(file: str, name: str) -> str:
    text = (resources.files("nzdiff.template") / file).read_text(encoding="utf-8")
    return Template(text).substitute(name=name)


def _check_name(name: str) -> None:
    expected = "expected a name that Python can import, as smooth_prolongation"
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name):
        raise ValueError(f"name: {expected}, got {name!r}")
    if name in sys.stdlib_module_names or _is_installed(name):
        raise ValueError(
            f"name: {expected}, got {name!r}, of which there is a module already that the package "
            "would hide; choose another one"
        )


def _is_installed(name: str) -> bool:
    """Whether a module of that name can be imported from elsewhere than the working folder."""
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    if found is None:
        return False
    places = [found.origin or "", *(found.submodule_search_locations or ())]
    here = Path.cwd() / name  # an environment in this folder is none of what lies in it
    own = {here, here.with_suffix(".py"), here / "__init__.py"}
    return not any(Path(place) in own for place in places if place)


def _commands() -> tuple[list[str], str]:
    """How this nzdiff and its Python are called here: by their names where those are found."""
    beside = Path(sys.executable).parent
    python = "python" if _finds("python", beside) else sys.executable
    return (["nzdiff"] if _finds("nzdiff", beside) else [python, "-m", "nzdiff"]), python


def _finds(command: str, folder: Path) -> bool:
    """Whether the shell finds a command in this folder, and not in an earlier one."""
    found = shutil.which(command)
    return found is not None and Path(found).parent == folder
