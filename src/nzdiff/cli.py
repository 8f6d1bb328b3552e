"""The command line: `nzdiff demo`, `derive`, `check`, `verify`, `generate`, `new` and others."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.markup import escape
from rich.table import Table

from nzdiff import __version__, terminal
from nzdiff.terminal import say, tell

if TYPE_CHECKING:
    from nzdiff.codegen.package.write import Difference
    from nzdiff.derive.show.document import Level
    from nzdiff.problem import Problem
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


SourceArgument = Annotated[
    str,
    typer.Argument(
        help="A formula such as `norm2(X - Y*G'*L*G*B)^2`, with --wrt; or a problem file, a Python "
        "file that defines `problem = nz.Problem(…)`."
    ),
]
WrtOption = Annotated[str, typer.Option(help="Of a formula: its unknowns, `G` or `G H`.")]
KINDS = ("sparse", "dense", "diagonal", "symmetric", "vector", "scalar")


def _declares(what: str) -> Any:
    """The option that declares names of a kind."""
    return typer.Option(help=what, metavar="NAMES")


SparseOption = Annotated[str, _declares("Sparse matrices: `G L`, `G,L`, with sizes `G(n, m) L`.")]
DenseOption = Annotated[str, _declares("Dense matrices; so is what begins with a capital letter.")]
DiagonalOption = Annotated[str, _declares("Diagonal matrices: `D`, `D(n)`.")]
SymmetricOption = Annotated[str, _declares("Matrices that are symmetric, beside their kind.")]
VectorOption = Annotated[str, _declares("Columns: `x y`, `x(n)`.")]
ScalarOption = Annotated[str, _declares("Numbers: `a b`; so are Greek letters.")]


def _claims(what: str) -> Any:
    """The option that takes a claim of a kind."""
    return typer.Option(help=what, metavar="FORMULA")


GradientOption = Annotated[str | None, _claims("∂E/∂G, as `2*A'*(A*x - b)`.")]
JacobianOption = Annotated[str | None, _claims("∂vec(f)/∂g, as `(B' ⊗ A)*P'`.")]
HessianOption = Annotated[str | None, _claims("∂²E/∂g², as `2*A'*A`.")]
GaussNewtonOption = Annotated[
    str | None, _claims("The Gauss-Newton matrix of squared norms, their weights included.")
]
DifferentialOption = Annotated[str | None, _claims("dE or df in dG, as `2*f'*A*dx`.")]
OfOption = Annotated[
    str,
    typer.Option(
        help="Of several unknowns, by which the claims are: `U`; `U V` for that block of Hessians."
    ),
]


@app.command()
def demo(
    mesh: Annotated[
        Path | None,
        typer.Argument(
            help="Your mesh, a file of .obj, .ply, .off or .stl; without one, Spot, a cow of 2,930 "
            "vertices. What cannot be coarsened as it is is cleaned, and a line says what was done."
        ),
    ] = None,
    coarse: Annotated[
        int | None,
        typer.Option(
            help="Vertices of the coarse mesh (m); by default 300, of small meshes every fourth."
        ),
    ] = None,
    modes: Annotated[
        int | None,
        typer.Option(help="Eigenvectors to preserve (k); by default a third of m, at most 100."),
    ] = None,
    component: Annotated[
        int,
        typer.Option(help="Of a mesh of several parts, which one; 1 has the largest area.", min=1),
    ] = 1,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="auto or any method of nzdiff.solvers; may be repeated. Without it, l-bfgs, "
            "levenberg-marquardt and gauss-newton."
        ),
    ] = None,
    published: Annotated[
        bool,
        typer.Option(
            "--published",
            help="Compare with the published method: NADAM, rate 0.02, halved four times where it "
            "stalls, at most 1,000 steps and no time limit.",
        ),
    ] = False,
    seconds: Annotated[float, typer.Option(help="Time limit of each solver.", min=0.1)] = 8.0,
    out: Annotated[
        Path, typer.Option(help="Folder for the generated package and the picture.")
    ] = Path("nzdiff-demo"),
    backend: Annotated[str, typer.Option(help="c, numpy or auto.")] = "auto",
) -> None:
    """Coarsen the Laplacian of a mesh: derive, verify, generate, compile, solve, draw.

    `nzdiff demo` or `nzdiff demo bunny.ply --coarse 500 --published`

    Needs the extra "demo" (libigl, matplotlib).  Takes about half a minute.
    """
    from threadpoolctl import threadpool_limits

    from nzdiff.demo.run import run_demo

    with user_errors(), threadpool_limits(1, "blas"):
        run_demo(
            console,
            mesh,
            component=component,
            coarse=coarse,
            modes=modes,
            methods=tuple(method or ("l-bfgs", "levenberg-marquardt", "gauss-newton")),
            published=published,
            seconds=seconds,
            out=out,
            backend=backend,
        )


@app.command()
def derive(
    source: SourceArgument,
    wrt: WrtOption = "",
    sparse: SparseOption = "",
    dense: DenseOption = "",
    diagonal: DiagonalOption = "",
    symmetric: SymmetricOption = "",
    vector: VectorOption = "",
    scalar: ScalarOption = "",
    latex: Annotated[bool, typer.Option("--latex", help="All of it as a LaTeX file.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="All of it as Markdown.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a page, with every step checked.")
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    short: Annotated[bool, typer.Option("--short", help="Definitions and results alone.")] = False,
) -> None:
    """Print the derivation of a problem: every step with its rule, and all results.

    `nzdiff derive "norm2(X - Y*G'*L*G*B)^2" --wrt G --sparse G,L --html out.html`

    docs/reference/typed.md has all that a formula may hold.
    """
    with user_errors():
        forms = [
            option
            for option, given in (
                ("--html", html or show),
                ("--latex", latex),
                ("--markdown", markdown),
            )
            if given
        ]
        if len(forms) > 1:
            raise ValueError(f"{' and '.join(forms)}: expected one of them at a time")
        derivation = _problem(
            source, wrt, sparse, dense, diagonal, symmetric, vector, scalar
        ).derive()
        level: Level = "short" if short else "full"
        if html or show:
            page = html or Path(mkdtemp(prefix="nzdiff-")) / "derivation.html"
            _write(page, derivation.html(level))
            say(console, f"wrote {page}")
            if show:
                typer.launch(str(page))
        elif latex:
            say(console, derivation.latex(level))
        else:
            say(console, derivation.markdown(level) if markdown else derivation.show(level))


@app.command()
def check(
    source: SourceArgument,
    wrt: WrtOption = "",
    sparse: SparseOption = "",
    dense: DenseOption = "",
    diagonal: DiagonalOption = "",
    symmetric: SymmetricOption = "",
    vector: VectorOption = "",
    scalar: ScalarOption = "",
    of: OfOption = "",
    gradient: GradientOption = None,
    jacobian: JacobianOption = None,
    hessian: HessianOption = None,
    gauss_newton: GaussNewtonOption = None,
    differential: DifferentialOption = None,
) -> None:
    """Is my formula right?  Compare claims with the proven derivatives; say what is wrong.

    A claim is typed as the energy is, in its names and those of the derivation: f is the residual,
    here A x − b (and F = −f), dG a differential, P the selection of stored values, K(n, m) the
    commutation matrix.

    `nzdiff check "norm2(A*x - b)^2" --wrt x --gradient "2*A'*(A*x - b)"`

    `nzdiff check "norm2(A - U*V')^2" --wrt "U V" --of U --gradient "-2*(A - U*V')*V"`

    Exit status 1 where a claim is wrong.
    """
    from nzdiff.derive.claims.claim import check as judged

    claims: dict[Any, str | None] = {
        "gradient": gradient,
        "jacobian": jacobian,
        "hessian": hessian,
        "gauss_newton": gauss_newton,
        "differential": differential,
    }
    with user_errors():
        given = {what: claim for what, claim in claims.items() if claim is not None}
        if not given:
            raise ValueError('expected a claim, as in --gradient "2*A\'*(A*x - b)"')
        problem = _problem(source, wrt, sparse, dense, diagonal, symmetric, vector, scalar)
        if len(problem.wrt) > 1 and not of and given.keys() != {"differential"}:
            names = [str(unknown.name) for unknown in problem.wrt]
            raise ValueError(
                f"--of: expected which of the unknowns {', '.join(names)} the claim is by, as in "
                f"--of {names[0]}; for a block of the Hessian, two"
            )
        chosen = {what: (of or None) if what != "differential" else None for what in given}
        verdicts = [judged(problem, w, claim, wrt=chosen[w]) for w, claim in given.items()]
    for what, verdict in zip(given, verdicts, strict=True):
        say(console, f"{what}: {verdict}")
    if not all(verdicts):
        raise typer.Exit(1)


@app.command()
def verify(
    source: SourceArgument,
    wrt: WrtOption = "",
    sparse: SparseOption = "",
    dense: DenseOption = "",
    diagonal: DiagonalOption = "",
    symmetric: SymmetricOption = "",
    vector: VectorOption = "",
    scalar: ScalarOption = "",
    seed: Annotated[int, typer.Option(help="Seed of the random points and data.", min=0)] = 0,
) -> None:
    """Check every derivative of a problem: exactly, symbolically, numerically, on each backend.

    `nzdiff verify "norm2(A*x - b)^2" --wrt x`

    Exit status 1 where a check fails.
    """
    from nzdiff.verification import verify as checked

    with user_errors():
        report = checked(
            _problem(source, wrt, sparse, dense, diagonal, symmetric, vector, scalar),
            seed=seed,
            raise_on_failure=False,
        )
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
def serve(
    port: Annotated[
        int, typer.Option(help="The port; 0 is any that is free.", min=0, max=65535)
    ] = 8417,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
    seconds: Annotated[
        float, typer.Option(help="Time limit of one answer.", min=0.1, max=3600)
    ] = 20.0,
) -> None:
    """Open a page of this machine: type an energy, read, prove and check its derivatives.

    It listens on 127.0.0.1 alone, answers no other site, and reads and writes no file; each answer
    is worked on in a process with limits of time and memory.  Ctrl-C ends it.
    """
    from nzdiff.page.children import Children, Limits
    from nzdiff.page.server import Server

    with user_errors():
        server = Server(port, lambda: Children(Limits(seconds=seconds)))
        say(console, f"the page is at {server.url}; Ctrl-C ends it")
        if show:  # aside, as some browsers return when they are closed
            Thread(target=typer.launch, args=[server.url], daemon=True).start()
        server.run()
        say(console, "stopped")


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
    standalone: Annotated[
        bool,
        typer.Option(
            "--standalone",
            help="Put what the package needs of nzdiff into it, and a pyproject.toml: it runs and "
            "installs with NumPy and SciPy alone.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be written.")
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
        entries = (_load(file),) if file else shipped_problems()
        if out is not None and len(entries) != 1:
            raise ValueError("--out: expected one problem file to go with it")
        found: list[Difference] = []
        for entry in entries:
            name = entry.problem.name
            folder = out or (Path(name) if file else shipped_folder(name))
            given: dict[str, Any] = {"sizes": entry.sizes, "outputs": entry.outputs}
            given["standalone"] = standalone
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
        say(console, f"write them anew by: {shlex.join(again)}")
        raise typer.Exit(1)
    if check:
        console.print("generated code is up to date")


def _foresee(folder: Path, changes: Iterable[Difference]) -> None:
    """Say what `generate` would do to the files of a folder."""
    verbs = {"missing": "write", "changed": "overwrite", "not generated": "remove"}
    lines = [f"would {verbs[change.state]}: {change.file}" for change in changes]
    for line in lines or [f"would change nothing in {folder}"]:
        say(console, line)


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(help="What the problem is called, as Python names a module.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the files; by default this one.")] = Path(),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be written.")
    ] = False,
) -> None:
    """Start a problem of your own: two commented files, and the commands that lead to a solution.

    `nzdiff new spai` writes spai_problem.py, the energy, and spai_solve.py, the numbers.  Both run
    as they are.  Files that are there already are left alone, and the command fails.
    """
    from nzdiff.template.begin import begin

    with user_errors():
        begun = begin(name, out)
        begun.check() if dry_run else begun.write()
    for path in begun.texts:
        say(console, f"{'would write' if dry_run else 'wrote'} {path}")
    say(console, "then, one after the other:" if dry_run else "Next, one after the other:")
    width = max(len(command) for command, _ in begun.steps)
    for command, meaning in begun.steps:
        say(console, (f"  {command:{width}}", "bold"), f"   {meaning}")


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


def _problem(source: str, wrt: str, *words: str) -> Problem:
    """The problem of a formula, where unknowns are named, or of a file.

    words: what the options of a formula declare, in the order of KINDS.
    """
    from nzdiff.problem import parse

    kinds = {name: given for name, given in zip(KINDS, words, strict=True) if given}
    if wrt:
        return parse(source, wrt, **kinds)
    if not source.endswith(".py") and not Path(source).exists():
        raise ValueError(
            f"{source}: there is no such file; a formula wants its unknowns, as in --wrt G"
        )
    if kinds:
        raise ValueError(
            f"--{next(iter(kinds))}: declares names of a formula, and {source} is a file"
        )
    return _load(Path(source)).problem


def _write(page: Path, text: str) -> None:
    """Write a page; ValueError that names the option where that fails."""
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"--html: {page} cannot be written: {error.strerror}") from error


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
