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


Kind = Literal["c", "mex", "jax"]
"""What is written instead of a package of C and NumPy kernels."""


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
    target: Annotated[
        str | None,
        typer.Option(help='"jax": write a package of pure functions on JAX instead.'),
    ] = None,
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
        if target not in (None, "jax"):
            raise ValueError(f'--target: expected "jax", got {target!r}; --c and --mex write C')
        options: dict[Kind, list[str]] = {"c": ["--c"] * c, "mex": ["--mex"] * mex}
        options["jax"] = ["--target", "jax"] * (target is not None)
        kinds_asked: list[Kind] = [kind for kind, option in options.items() if option]
        if kinds_asked:
            if standalone or no_solve or len(kinds_asked) > 1:
                raise ValueError(
                    "--standalone, --no-solve, --c, --mex, --target: expected one kind of code"
                )
            if file is None:
                raise ValueError("--c, --mex, --target: expected a problem file to go with them")
            (kind,) = kinds_asked
            other = _interface(kind, _load(file), out, force=force, check=check, dry_run=dry_run)
            _tell(other, [str(file)], options[kind], out, check=check)
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
        kinds = ["--standalone"] * standalone + ["--no-solve"] * no_solve
        _tell(found, [str(file)] if file else [], kinds, out, check=check)


def _tell(
    found: Iterable[Difference], file: list[str], kinds: list[str], out: Path | None, *, check: bool
) -> None:
    """Say which files differ and how they are written anew; then exit status 1."""
    differences = tuple(found)
    for difference in differences:
        say(console, (difference.state, "red"), f": {difference.file}")
    if differences:
        again = ["nzdiff", "generate", *file, *(["--out", str(out)] if out else []), *kinds]
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


def _interface(
    kind: Kind,
    entry: ProblemFile,
    out: Path | None,
    *,
    force: bool,
    check: bool,
    dry_run: bool,
) -> tuple[Difference, ...]:
    """Write the code of a kind for a problem, or say what would change, or how it differs."""
    from nzdiff.codegen.c_interface.write import (
        c_mark,
        c_texts,
    )
    from nzdiff.codegen.jax_package.write import jax_mark, jax_texts
    from nzdiff.codegen.mex.write import mex_mark, mex_texts
    from nzdiff.codegen.package.marked_folder import check_folder, write_folder
    from nzdiff.codegen.package.write import differences_of

    problem, folder = entry.problem, out or Path(f"{entry.problem.name}_{kind}")
    outputs = entry.outputs
    if outputs is not None:
        outputs = tuple(name for name in outputs if name != "matrices")
    written: dict[Kind, Any] = {
        "c": (c_texts, c_mark),
        "mex": (mex_texts, mex_mark),
        "jax": (jax_texts, jax_mark),
    }
    texts_of, mark = written[kind]
    texts = texts_of(problem, sizes=entry.sizes, outputs=outputs)
    if check:
        return differences_of(folder, texts)
    if dry_run:
        check_folder(folder, *mark(problem.name), force=force)
        _foresee(folder, differences_of(folder, texts))
    else:
        write_folder(folder, texts, *mark(problem.name), force=force)
        say(console, f"wrote {folder}")
    return ()
