"""The command line: `nzdiff demo`, `derive`, `verify`, `generate` and `bench`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from nzdiff.problem_file import ProblemFile

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Derivatives of matrix energies with respect to the **nonzeros** of sparse matrices.",
)
bench = typer.Typer(no_args_is_help=True, help="Measure solvers, assembly, and other libraries.")
app.add_typer(bench, name="bench")
console = Console()
errors = Console(stderr=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nzdiff {version('nzdiff')}")
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
    typer.Argument(
        exists=True,
        dir_okay=False,
        help="A problem file: a Python file that defines `problem = nz.Problem(…)`.",
    ),
]

OutOption = Annotated[Path, typer.Option(help="Folder of what is written.")]
BackendOption = Annotated[str, typer.Option(help="c, numpy or auto.")]


@app.command()
def demo(
    coarse: Annotated[int, typer.Option(help="Vertices of the coarse mesh (m).")] = 300,
    modes: Annotated[int, typer.Option(help="Eigenvectors to preserve (k).")] = 100,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="Solver: l-bfgs, levenberg-marquardt, gauss-newton, conjugate-gradient or auto; "
            "may be repeated. Without it, the first three."
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

    with _errors(), threadpool_limits(1, "blas"):
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
    with _errors():
        derivation = _load(file).problem.derive()
        typer.echo(derivation.latex() if latex else derivation.show())


@app.command()
def verify(
    file: FileArgument,
    seed: Annotated[int, typer.Option(help="Seed of the random points and data.")] = 0,
) -> None:
    """Check every derivative of a problem: exactly, symbolically, numerically, on each backend.

    Exit status 1 where a check fails.
    """
    from nzdiff.verification import verify as check

    with _errors():
        report = check(_load(file).problem, seed=seed, raise_on_failure=False)
    table = Table("", "kind", "check", "detail", title=report.problem)
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
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="A problem file; without one, every problem that nzdiff ships.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the package; without it, ./NAME of the problem."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit status 1 where a file would change."),
    ] = False,
) -> None:
    """Write the package of a problem: C and NumPy kernels, and its derivation as a page.

    The package imports NumPy, SciPy and nzdiff's runtime alone: no SymPy.
    """
    from nzdiff.codegen.generate import Difference, differences
    from nzdiff.codegen.generate import generate as write
    from nzdiff.problem_file import shipped_folder, shipped_problems

    with _errors():
        entries = (_load(file),) if file else shipped_problems()
        if out is not None and len(entries) != 1:
            raise ValueError("--out: expected one problem file to go with it")
        found: list[Difference] = []
        for entry in entries:
            name = entry.problem.name
            folder = out or (Path(name) if file else shipped_folder(name))
            if check:
                found += differences(entry.problem, folder, sizes=entry.sizes)
            else:
                console.print(f"wrote {write(entry.problem, folder, sizes=entry.sizes)}")
    for difference in found:
        console.print(f"[red]{difference.state}[/]: {difference.file}")
    if found:
        again = " ".join(
            [
                "nzdiff generate",
                *([str(file)] if file else []),
                *(["--out", str(out)] if out else []),
            ]
        )
        console.print(f"write them anew by: {again}", highlight=False)
        raise typer.Exit(1)
    if check:
        console.print("generated code is up to date")


@bench.command("solvers")
def bench_solvers(
    instances: Annotated[
        list[str] | None,
        typer.Option(
            help="Instance, or `all`; may be repeated. Without it, those of a few seconds to make: "
            "reachable-4500, reachable-15000, spai-3600, covariance-breast-cancer, "
            "covariance-digits, spot, spot-constrained. Others: reachable-600, reachable-240000, "
            "spai-144, icosphere, icosphere-constrained."
        ),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(help="Method of nzdiff.solve; may be repeated. Without it, all of them."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time limit of each run.", min=0.1)] = 20.0,
    out: OutOption = Path("nzdiff-bench"),
    backend: BackendOption = "auto",
) -> None:
    """Run methods on instances with known optima or bounds, one thread, from the same start.

    Writes solvers.md (one table), solvers.json (with the histories) and one convergence picture
    per instance.  Ctrl-C ends it and writes what there is.  Needs the extra "bench".
    """
    from nzdiff.bench.instances import DEFAULT, INSTANCES
    from nzdiff.bench.solvers import bench_solvers as run

    names = tuple(INSTANCES) if instances == ["all"] else tuple(instances or DEFAULT)
    with _errors():
        results = run(
            console,
            instances=names,
            methods=tuple(methods or ()),
            seconds=seconds,
            out=out,
            backend=backend,
        )
        if results.stopped:
            raise KeyboardInterrupt


@bench.command("assembly")
def bench_assembly(
    sizes: Annotated[
        list[int] | None,
        typer.Option(
            help="Stored values s: 600, 1500, 4500 or 15000; may be repeated. Without it, the "
            "first three."
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 5,
    gigabytes: Annotated[
        float, typer.Option(help="The most that the explicit Jacobian may take.")
    ] = 8.0,
    out: OutOption = Path("nzdiff-bench"),
    backend: BackendOption = "auto",
) -> None:
    """Time the assembly of the dense matrix 2 JᵀJ against J and dsyrk, and against mere writing.

    Writes assembly.md and assembly.json.  s = 15000 takes 2 GB for the matrix, 6 GB for J and
    several minutes.
    """
    from nzdiff.bench.assembly import bench_assembly as run

    with _errors():
        run(
            console,
            sizes=tuple(sizes or (600, 1_500, 4_500)),
            repeats=repeats,
            gigabytes=gigabytes,
            out=out,
            backend=backend,
        )


@bench.command("evaluation")
def bench_evaluation(
    sizes: Annotated[
        list[str] | None,
        typer.Option(
            help="Size: small, assembly, medium, large or large-k200, each with a dense and a "
            "diagonal Y, or one of them such as medium-diagonal; may be repeated. Without it, "
            "small, assembly and medium."
        ),
    ] = None,
    peers: Annotated[
        list[str] | None,
        typer.Option(
            help="Peer: nzdiff, limit, expert, scipy-h, scipy-q, numba, jax-dense, jax-bcoo, "
            "jax-gather, jax-q, torch-sparse, torch-scatter, torch-q, casadi, casadi-c, casadi-q, "
            "pytensor, cvxpy, or module:function of a program of your own; may be repeated. "
            "Without it, all of them."
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 9,
    threads: Annotated[
        list[int] | None,
        typer.Option(help="Threads of every peer; may be repeated. Without it, one.", min=1),
    ] = None,
    out: OutOption = Path("nzdiff-bench"),
    external: Annotated[
        bool, typer.Option("--external", help="Also two cases reported to other projects.")
    ] = False,
    scaling: Annotated[
        bool, typer.Option("--scaling", help="Also curves over s, k and n.")
    ] = False,
) -> None:
    """Compare the seed energy and its derivatives with other libraries, each in its best form.

    Energy, gradient, J v, Jᵀ w, 2 JᵀJ v, Hv, and for small sizes the matrices; first calls and
    memory; what the machine allows; what it takes to start.  One process per peer, timed in turn;
    numbers are checked first.  A peer that is not installed is reported and left out.  Writes
    evaluation.md, evaluation.json and pictures.  Ctrl-C ends it and writes what there is.  Needs
    the extra "bench".
    """
    from nzdiff.bench.evaluation import bench_evaluation as run

    with _errors():
        found = run(
            console,
            sizes=tuple(sizes or ("small", "assembly", "medium")),
            peers=tuple(peers or ()),
            repeats=repeats,
            threads=tuple(threads or (1,)),
            out=out,
            external=external,
            scaling=scaling,
        )
        if found.stopped:
            raise KeyboardInterrupt


@bench.command("unrolled")
def bench_unrolled(
    sizes: Annotated[
        list[int] | None,
        typer.Option(help="Stored values s; may be repeated. Without it, 40, 180 and 300."),
    ] = None,
) -> None:
    """Time energy and gradient of many small instances: unrolled, by loops, by CasADi's C.

    Prints one table per size and all of them at the end: microseconds per instance, operations,
    and seconds of setting up, which are mostly the compiler's.
    """
    from nzdiff.bench.unrolled import SIZES, measure, table

    with _errors():
        found = []
        for s in sizes or SIZES:
            found += measure(s)
            console.print(table(found[-3:]), markup=False, soft_wrap=True)
        console.print(table(found), markup=False, soft_wrap=True)


@bench.command("lbfgs")
def bench_lbfgs(
    sizes: Annotated[
        list[int] | None,
        typer.Option(
            help="Stored values s: 600, 1500, 4500, 15000 or 240000; may be repeated. Without it, "
            "all."
        ),
    ] = None,
    iterations: Annotated[int, typer.Option(help="Iterations of each run.", min=1)] = 200,
) -> None:
    """Time an iteration of L-BFGS against SciPy's with the same gradient, on one thread.

    Prints one table: two instances per size, one whose gradient costs next to nothing; without a
    preconditioner and with the blocks of rows.
    """
    from nzdiff.bench.lbfgs_loop import bench_lbfgs_loop
    from nzdiff.bench.reachable import SIZES

    with _errors():
        bench_lbfgs_loop(console, sizes=tuple(sizes or SIZES), iterations=iterations)


def _load(file: Path) -> ProblemFile:
    from nzdiff.problem_file import load_problem

    return load_problem(file)


@contextmanager
def _errors() -> Iterator[None]:
    """Errors of the user's making as one line instead of a traceback."""
    try:
        yield
    except (
        ValueError,
        TypeError,
        OSError,
        ImportError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        errors.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False)
        raise typer.Exit(2) from error
    except KeyboardInterrupt:
        errors.print("stopped")
        raise typer.Exit(130) from None


if __name__ == "__main__":
    app()
