"""`nzdiff generate`: write the package of a problem, compare it, or say what would be written."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from nzdiff.commands.output import console, user_errors
from nzdiff.terminal import say

if TYPE_CHECKING:
    from nzdiff.codegen.package.write import Difference
    from nzdiff.problem_file import ProblemFile


def generate(
    file: Annotated[
        Path | None,
        typer.Argument(help="A problem file; without one, every problem that nzdiff ships."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the package; by default one with the name of the problem, here."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit status 1 where a file would change."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Write also beside other files, or over another package."),
    ] = False,
    standalone: Annotated[
        bool,
        typer.Option(
            "--standalone",
            help="Put what the package needs of nzdiff into it, and a pyproject.toml: it runs and "
            "installs with NumPy and SciPy alone.",
        ),
    ] = False,
    no_solve: Annotated[
        bool,
        typer.Option("--no-solve", help="Leave out `solve`, for an optimiser of your own."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be written.")
    ] = False,
    c: Annotated[
        bool,
        typer.Option("--c", help="Write a C library instead, for programs without Python."),
    ] = False,
    mex: Annotated[
        bool,
        typer.Option("--mex", help="Write a class for MATLAB and GNU Octave instead, with its C."),
    ] = False,
) -> None:
    """Write the package of a problem: C and NumPy kernels, and its derivation as a page.

    The package imports NumPy, SciPy and nzdiff's runtime alone: no SymPy.  The problem file may
    set `outputs`, the functions that are wanted, and `sizes`, those that are planned for.
    """
    from nzdiff.codegen.package.write import differences, preview
    from nzdiff.codegen.package.write import generate as write
    from nzdiff.problem_file import shipped_folder, shipped_problems

    with user_errors():
        if check and dry_run:
            raise ValueError("--check and --dry-run: expected one of them at a time")
        if c or mex:
            alone = not (check or standalone or no_solve or dry_run or (c and mex))
            _generate_interface("mex" if mex else "c", file, out, force=force, alone=alone)
            return
        if standalone and file is None and out is None:
            raise ValueError("--standalone: expected a problem file, or --out, to go with it")
        entries = (_load(file),) if file else shipped_problems()
        if out is not None and len(entries) != 1:
            raise ValueError("--out: expected one problem file to go with it")
        found: list[Difference] = []
        for entry in entries:
            name = entry.problem.name
            folder = out or (Path(name) if file else shipped_folder(name))
            given: dict[str, Any] = {"sizes": entry.sizes, "outputs": entry.outputs}
            given |= {"standalone": standalone, "solve": not no_solve}
            if dry_run:
                _foresee(folder, preview(entry.problem, folder, force=force, **given))
            elif check:
                found += differences(entry.problem, folder, **given)
            else:
                say(console, f"wrote {write(entry.problem, folder, force=force, **given)}")
    for difference in found:
        say(console, (difference.state, "red"), f": {difference.file}")
    if found:
        again = ["nzdiff", "generate", *([str(file)] if file else [])]
        again += ["--out", str(out)] if out else []
        again += ["--standalone"] if standalone else []
        again += ["--no-solve"] if no_solve else []
        say(console, f"write them anew by: {shlex.join(again)}")
        raise typer.Exit(1)
    if check:
        console.print("generated code is up to date")


def _load(file: Path) -> ProblemFile:
    from nzdiff.problem_file import load_problem

    return load_problem(file)


def _foresee(folder: Path, changes: Iterable[Difference]) -> None:
    """Say what `generate` would do to the files of a folder."""
    verbs = {"missing": "write", "changed": "overwrite", "not generated": "remove"}
    lines = [f"would {verbs[change.state]}: {change.file}" for change in changes]
    for line in lines or [f"would change nothing in {folder}"]:
        say(console, line)


def _generate_interface(
    kind: Literal["c", "mex"], file: Path | None, out: Path | None, *, force: bool, alone: bool
) -> None:
    """Write the C or MEX interface of a problem file; alone: without the options of packages."""
    from nzdiff.codegen.c_interface.write import generate_c
    from nzdiff.codegen.mex.write import generate_mex

    if file is None or not alone:
        other = "c" if kind == "mex" else "mex"
        others = f"--check, --dry-run, --standalone, --no-solve or --{other}"
        raise ValueError(f"--{kind}: expected a problem file, and no {others}")
    entry = _load(file)
    folder = out or Path(f"{entry.problem.name}_{kind}")
    outputs = entry.outputs
    if outputs is not None:
        outputs = tuple(name for name in outputs if name != "matrices")
    write = generate_mex if kind == "mex" else generate_c
    written = write(entry.problem, folder, sizes=entry.sizes, outputs=outputs, force=force)
    say(console, f"wrote {written}")
