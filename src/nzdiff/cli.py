"""The command line: `nzdiff demo`, `derive`, `verify`, `generate` and `cache`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from nzdiff import __version__, terminal
from nzdiff.terminal import say, tell

if TYPE_CHECKING:
    from nzdiff.problem_file import ProblemFile

console = terminal.opened()
errors = terminal.opened(stderr=True)


class Command(typer.Typer):
    """The command `nzdiff`: called, it ends with an exit status, and never with a traceback."""

    def __call__(self, args: list[str] | None = None) -> NoReturn:
        """Run with the arguments given, or with those of the command line."""
        command = typer.main.get_command(self)
        sys.exit(terminal.run(errors, lambda: command(args, standalone_mode=False)))


app = Command(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Derivatives of matrix energies with respect to the **nonzeros** of sparse matrices.\n\n"
    "Exit status: 1 where a check finds something or a problem file fails, 2 for other errors.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nzdiff {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


FileArgument = Annotated[
    Path,
    typer.Argument(help="A problem file: a Python file that defines `problem = nz.Problem(…)`."),
]


@app.command()
def demo(
    coarse: Annotated[int, typer.Option(help="Vertices of the coarse mesh (m).")] = 300,
    modes: Annotated[int, typer.Option(help="Eigenvectors to preserve (k).")] = 100,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="auto or any method of nzdiff.solvers; may be repeated. Without it, l-bfgs, "
            "levenberg-marquardt and gauss-newton."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time limit of each solver.", min=0.1)] = 8.0,
    out: Annotated[
        Path, typer.Option(help="Folder for the generated package and the picture.")
    ] = Path("nzdiff-demo"),
    backend: Annotated[str, typer.Option(help="c, numpy or auto.")] = "auto",
) -> None:
    """Coarsen the Laplacian of a real mesh: derive, verify, generate, compile, solve, draw.

    Needs the extra "demo" (libigl, matplotlib).  Takes about half a minute.
    """
    from threadpoolctl import threadpool_limits

    from nzdiff.demo.run import run_demo

    with user_errors(), threadpool_limits(1, "blas"):
        run_demo(
            console,
            coarse=coarse,
            modes=modes,
            methods=tuple(method or ("l-bfgs", "levenberg-marquardt", "gauss-newton")),
            seconds=seconds,
            out=out,
            backend=backend,
        )


@app.command()
def derive(
    file: FileArgument,
    latex: Annotated[bool, typer.Option("--latex", help="Results as LaTeX lines.")] = False,
) -> None:
    """Print the derivation of a problem: every step with its rule, and all results."""
    with user_errors():
        derivation = _load(file).problem.derive()
        say(console, derivation.latex() if latex else derivation.show())


@app.command()
def verify(
    file: FileArgument,
    seed: Annotated[int, typer.Option(help="Seed of the random points and data.", min=0)] = 0,
) -> None:
    """Check every derivative of a problem: exactly, symbolically, numerically, on each backend.

    Exit status 1 where a check fails.
    """
    from nzdiff.verification import verify as check

    with user_errors():
        report = check(_load(file).problem, seed=seed, raise_on_failure=False)
    table = Table(title=escape(report.problem))
    for heading in ("", "kind"):
        table.add_column(heading, no_wrap=True)
    for heading in ("check", "detail"):
        table.add_column(heading)
    for entry in report.checks:
        mark = "[green]ok[/]" if entry.passed else "[bold red]FAIL[/]"
        table.add_row(mark, entry.kind, escape(entry.name), escape(entry.detail))
    console.print(table)
    failed = sum(not entry.passed for entry in report.checks)
    console.print(f"{len(report.checks) - failed} checks passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


@app.command()
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
) -> None:
    """Write the package of a problem: C and NumPy kernels, and its derivation as a page.

    The package imports NumPy, SciPy and nzdiff's runtime alone: no SymPy.  The problem file may
    set `outputs`, the functions that are wanted, and `sizes`, those that are planned for.
    """
    from nzdiff.codegen.package.write import Difference, differences
    from nzdiff.codegen.package.write import generate as write
    from nzdiff.problem_file import shipped_folder, shipped_problems

    with user_errors():
        entries = (_load(file),) if file else shipped_problems()
        if out is not None and len(entries) != 1:
            raise ValueError("--out: expected one problem file to go with it")
        found: list[Difference] = []
        for entry in entries:
            name = entry.problem.name
            folder = out or (Path(name) if file else shipped_folder(name))
            given: dict[str, Any] = {"sizes": entry.sizes, "outputs": entry.outputs}
            if check:
                found += differences(entry.problem, folder, **given)
            else:
                say(console, f"wrote {write(entry.problem, folder, force=force, **given)}")
    for difference in found:
        say(console, (difference.state, "red"), f": {difference.file}")
    if found:
        again = ["nzdiff", "generate", *([str(file)] if file else [])]
        again += ["--out", str(out)] if out else []
        say(console, f"write them anew by: {shlex.join(again)}")
        raise typer.Exit(1)
    if check:
        console.print("generated code is up to date")


@app.command()
def cache(
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove what nzdiff has written there, nothing else.")
    ] = False,
) -> None:
    """Show the folder of plans and compiled libraries: how many there are, and their bytes."""
    from nzdiff.runtime.kernel import cache as disk

    with user_errors():
        folder, most = disk.cache_folder(), disk.limit_bytes()
        found = disk.clear(folder) if clear else disk.entries(folder)
    plans = sum(entry.path.suffix == ".plan" for entry in found)
    size = sum(entry.size for entry in found)
    counted = f"{plans} plans, {len(found) - plans} libraries, {size:,} bytes"
    refused = disk.refused(folder)
    if refused:
        say(errors, f"{folder} is not used: {refused}")
    say(console, f"{'removed from' if clear else 'folder:'} {folder}")
    say(console, counted if clear else f"{counted} of at most {most:,.0f}")


def _load(file: Path) -> ProblemFile:
    from nzdiff.problem_file import load_problem

    return load_problem(file)


@contextmanager
def user_errors() -> Iterator[None]:
    """Errors as one line instead of a traceback."""
    try:
        yield
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:
        raise typer.Exit(tell(errors, error)) from error


if __name__ == "__main__":
    app()
