"""`python -m benchmarks COMMAND`, from a checkout: solvers, peers, plans, entries of inverses, …"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nzdiff.commands.output import user_errors
from nzdiff.terminal import say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Measure solvers, assembly, and other libraries.  Needs the extra `bench`.",
)
NARROWEST = 100
"""Columns in which the tables are whole."""

OutOption = Annotated[Path, typer.Option(help="Folder of what is written.")]
BackendOption = Annotated[str, typer.Option(help="c, numpy or auto.")]


def console() -> Console:
    """The terminal; where it is narrow, as wide as the tables."""
    found = Console()
    found.width = max(found.width, NARROWEST)
    return found


@app.command()
def solvers(
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
        typer.Option(help="Method of nzdiff.solvers; may be repeated. Without it, all of them."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time limit of each run.", min=0.1)] = 20.0,
    out: OutOption = Path("nzdiff-benchmarks"),
    backend: BackendOption = "auto",
) -> None:
    """Run methods on instances with known optima or bounds, one thread, from the same start.

    Writes solvers.md (one table), solvers.json (with the histories) and one convergence picture
    per instance.  Ctrl-C ends it and writes what there is.  Needs the extra "bench".
    """
    from benchmarks.instances.table import DEFAULT, INSTANCES
    from benchmarks.solvers.measure import measure_solvers as run

    names = tuple(INSTANCES) if instances == ["all"] else tuple(instances or DEFAULT)
    with user_errors():
        results = run(
            console(),
            instances=names,
            methods=tuple(methods or ()),
            seconds=seconds,
            out=out,
            backend=backend,
        )
        if results.stopped:
            raise KeyboardInterrupt


@app.command()
def optima(
    count: Annotated[int, typer.Option(help="Problems; the families take turns.", min=1)] = 1001,
    first: Annotated[int, typer.Option(help="Seed of the first one.", min=0)] = 0,
    seconds: Annotated[float, typer.Option(help="Time limit of each run.", min=0.01)] = 1.0,
    iterations: Annotated[int, typer.Option(help="Steps of each run at most.", min=1)] = 2000,
    jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Ask every method for optima that are known: is what it says true?

    Random problems of fifteen families: least squares conditioned up to 1e12, with constants and
    rank-deficient; barriers, likelihoods, bounds, units over decades; saddles, valleys, degenerate
    minima.  Before them problems of the literature, those whose data is there (scikit-learn,
    pyamg).  Prints each false success and each failure of `auto`, and a table.  Exit code 1 where
    there is a false success.
    """
    from benchmarks.optima.collection import available
    from benchmarks.optima.judge import judge_all, table

    with user_errors():
        real, absent = available()
        for line in absent:
            say(console(), line)
        verdicts, cases = [], (*real, *range(first, first + count))
        for found in judge_all(cases, jobs=jobs, max_iterations=iterations, max_seconds=seconds):
            verdicts += found
            for verdict in found:
                if verdict.is_false or (verdict.method == "auto" and not verdict.success):
                    what = "false success" if verdict.is_false else "no success"
                    say(
                        console(),
                        f"{what}: {verdict.family}, {verdict.seed}, gap {verdict.gap:.1e}, "
                        f"{verdict.message}",
                    )
        say(console(), table(verdicts))
    if any(verdict.is_false for verdict in verdicts):
        raise typer.Exit(1)


@app.command("auto")
def bench_auto(
    names: Annotated[
        list[str] | None,
        typer.Option(help="Instance, see benchmarks/competition/entries.py; may be repeated."),
    ] = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(help="Method beside `auto`; may be repeated. Without it, all of them."),
    ] = None,
) -> None:
    """Run `auto` and every single method on some fifty instances: who is right, and how soon?

    The answer is an energy within 1e-8 of the fall from the start to the optimum; on meshes within
    a share of the least energy of all runs.  Prints two tables; some ten minutes.  Instances of
    scikit-learn, pyamg and libigl are left out, with a line, where these are absent.
    """
    from benchmarks.competition.entries import ENTRIES
    from benchmarks.competition.measure import compete, summary, table

    with user_errors():
        found = []
        for contest in compete(tuple(names or ENTRIES), tuple(methods or ())):
            if isinstance(contest, str):
                say(console(), contest)
                continue
            found.append(contest)
            say(console(), f"{contest.name}: auto ÷ best {contest.ratio:.2f}")
        say(console(), table(found))
        say(console(), summary(found))


@app.command("gallery")
def bench_gallery(
    names: Annotated[
        list[str] | None,
        typer.Option(help="Problem of the gallery; may be repeated. Without it, all of them."),
    ] = None,
    large: Annotated[bool, typer.Option("--large", help="Also large instances: minutes.")] = False,
    out: OutOption = Path("nzdiff-benchmarks"),
) -> None:
    """Solve the problems of the gallery with `auto` and its packages, beside answers of others.

    Prints a row for each, and writes them as gallery.md: the answer, the trusted one, the
    difference; seconds to bind and to solve; the method that ran; lines and bytes of the package.
    Those with data of scikit-learn, pyamg or libigl are left out, with a line, where these are
    absent.  Exit code 1 where an answer is not reached.
    """
    from benchmarks.gallery.entries import chosen
    from benchmarks.gallery.measure import Row, measure, table

    with user_errors():
        rows = list[Row]()
        for found in measure(chosen(names or (), large=large)):
            if isinstance(found, Row):
                rows.append(found)
                say(console(), f"{found.problem}, {found.sizes}: {found.message}")
            else:
                say(console(), found)
        text = table(rows)
        say(console(), text)
        out.mkdir(parents=True, exist_ok=True)
        (out / "gallery.md").write_text(f"{text}\n", encoding="utf-8")
    if not all(row.is_reached for row in rows):
        raise typer.Exit(1)


@app.command()
def assembly(
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
    out: OutOption = Path("nzdiff-benchmarks"),
    backend: BackendOption = "auto",
) -> None:
    """Time the assembly of the dense matrix 2 JᵀJ against J and dsyrk, and against mere writing.

    Writes assembly.md and assembly.json.  s = 15000 takes 2 GB for the matrix, 6 GB for J and
    several minutes.
    """
    from benchmarks.assembly.measure import measure_assembly as run

    with user_errors():
        run(
            console(),
            sizes=tuple(sizes or (600, 1_500, 4_500)),
            repeats=repeats,
            gigabytes=gigabytes,
            out=out,
            backend=backend,
        )


@app.command()
def release(
    sizes: Annotated[
        list[str] | None,
        typer.Option(
            help="As of `evaluation`; may be repeated. Without it, small, assembly, medium and "
            "large: an hour, most of it CasADi at the large size."
        ),
    ] = None,
    peers: Annotated[
        list[str] | None,
        typer.Option(help="As of `evaluation`; may be repeated. Without it, all of them."),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 9,
    out: OutOption = Path("nzdiff-benchmarks"),
    page: Annotated[
        bool, typer.Option("--page", help="Only write the page, from the figures that are kept.")
    ] = False,
) -> None:
    """Measure a release beside every peer, keep its figures, and write the page of benchmarks.

    Runs `evaluation` with the cases of other projects, keeps what came out in
    benchmarks/releases/results, one file for each version and day, and writes
    docs/reference/benchmarks.md with its pictures: the newest figures, and what changed by more
    than 5 % since the ones before.  Ctrl-C ends it, and nothing is kept: evaluation.json is.
    """
    from benchmarks.evaluation.measure import measure_evaluation, summary
    from benchmarks.releases.page import write_page
    from benchmarks.releases.record import record_of, save

    with user_errors():
        if not page:
            found = measure_evaluation(
                console(),
                sizes=tuple(sizes or ("small", "assembly", "medium", "large")),
                peers=tuple(peers or ()),
                repeats=repeats,
                out=out,
                external=True,
            )
            if found.stopped:
                raise KeyboardInterrupt
            say(console(), f"wrote {save(record_of(summary(found)))}")
        for path in write_page():
            say(console(), f"wrote {path}")


@app.command()
def evaluation(
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
            "jax-gather, jax-q, jax-nzdiff, torch-sparse, torch-scatter, torch-q, casadi, "
            "casadi-c, casadi-q, pytensor, cvxpy, or module:function of a program of your own; "
            "may be repeated. Without it, all of them."
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 9,
    threads: Annotated[
        list[int] | None,
        typer.Option(help="Threads of every peer; may be repeated. Without it, one.", min=1),
    ] = None,
    out: OutOption = Path("nzdiff-benchmarks"),
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
    from benchmarks.evaluation.measure import measure_evaluation as run

    with user_errors():
        found = run(
            console(),
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


@app.command()
def batch(
    sizes: Annotated[
        list[int] | None,
        typer.Option(help="Stored values s; may be repeated. Without it, 40, 180 and 300."),
    ] = None,
) -> None:
    """Time energy and gradient of many small instances: unrolled, by loops, by CasADi's C.

    Prints one table per size and all of them at the end: microseconds per instance, operations,
    and seconds of setting up, which are mostly the compiler's.
    """
    from benchmarks.batch.unrolled import SIZES, measure, table

    with user_errors():
        found = []
        for s in sizes or SIZES:
            found += measure(s)
            say(console(), table(found[-3:]))
        say(console(), table(found))


@app.command()
def lbfgs(
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
    from benchmarks.instances.reachable import SIZES
    from benchmarks.solvers.lbfgs_loop import measure_lbfgs_loop

    with user_errors():
        measure_lbfgs_loop(console(), sizes=tuple(sizes or SIZES), iterations=iterations)


@app.command("binding")
def bench_binding(
    names: Annotated[
        list[str] | None,
        typer.Option(
            help="torus-2916, torus-25122, torus-110224 or spai-140608; may be repeated. Without "
            "it, all of them."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 3,
) -> None:
    """Time a bind beside an evaluation, on patterns whose index tables are large.

    Prints seconds: planned for the patterns; with that plan; energy and gradient at a new g;
    how large the Hessian would be.  Needs libigl, and some minutes.
    """
    from benchmarks.binding.instances import BINDABLE
    from benchmarks.binding.measure import measure_binding

    with user_errors():
        measure_binding(console(), names=tuple(names or BINDABLE), rounds=rounds)


@app.command("meshes")
def bench_meshes(
    names: Annotated[
        list[str] | None,
        typer.Option(
            help="icosphere-2892, torus-25122, icosphere-110252, or spot, icosphere-25002, "
            "torus-110224; may be repeated. Without it, the first three."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time limit of each run.", min=0.1)] = 20.0,
    free: Annotated[
        bool, typer.Option("--free", help="Without the constraint G (P Φ₀) = Φ₀.")
    ] = False,
    out: OutOption = Path("nzdiff-benchmarks"),
) -> None:
    """Coarsen meshes of up to 110,000 vertices: bind and solve, with empty and with full caches.

    Prints seconds until plain L-BFGS and `auto` have the energy that the published NADAM reaches,
    and what they have later.  The first run computes eigenvectors and that energy, in minutes, and
    keeps them in the folder.  Needs libigl.
    """
    from benchmarks.meshes.instances import DEFAULT
    from benchmarks.meshes.measure import measure_meshes

    with user_errors():
        measure_meshes(
            console(),
            names=tuple(names or DEFAULT),
            constrained=not free,
            seconds=seconds,
            folder=out / "meshes",
        )


@app.command("plans")
def bench_plans(
    names: Annotated[
        list[str] | None,
        typer.Option(
            help="small, medium or large, each with a dense and a diagonal Y (small-diagonal), or "
            "a problem of the test table; may be repeated. Without it, all of them."
        ),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds; the least time counts.", min=1)] = 15,
    every: Annotated[
        bool, typer.Option("--every", help="Also steps that take what they are priced at.")
    ] = False,
) -> None:
    """Time every step of bound plans against its price: C backend, one thread.

    Prints, per step that is off by more than 1.5, the microseconds it is priced at, those it
    takes, and their ratio; and how many steps are within 1.5, by plan and by kernel.
    """
    from benchmarks.plans import bench_plans as run
    from benchmarks.plans import names_of_all

    with user_errors():
        run(console(), names=tuple(names or names_of_all()), rounds=rounds, every=every)


@app.command("columns")
def bench_columns(
    rows: Annotated[int, typer.Option(help="Of X.", min=1)] = 1_000,
    columns: Annotated[int, typer.Option(help="Of X, all together.", min=1)] = 1_000_000,
    block: Annotated[int, typer.Option(help="Columns of a block.", min=1)] = 20_000,
    threads: Annotated[int, typer.Option(help="Of BLAS.", min=1)] = 1,
    rounds: Annotated[int, typer.Option(help="Passes.", min=1)] = 1,
) -> None:
    """Reduce an X of more columns than memory in one pass, beside the rate of dgemm.

    X is generated block by block, 10^9 numbers if nothing is said; a minute on one thread.
    """
    from benchmarks.blockwise.columns import measure_columns

    with user_errors():
        measure_columns(
            console(), rows=rows, columns=columns, block=block, threads=threads, rounds=rounds
        )


@app.command("sums")
def bench_sums(
    entries: Annotated[int, typer.Option(help="Observed entries, all together.", min=1)] = (
        100_000_000
    ),
    blocks: Annotated[int, typer.Option(help="Blocks of rows.", min=1)] = 50,
    workers: Annotated[
        list[int] | None,
        typer.Option(help="Processes; may be repeated. Without it, one and two.", min=1),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 5,
) -> None:
    """Time a masked factorisation over blocks: one process beside several, in turns.

    Every worker keeps its blocks: one worker and two take about 20 GB together.
    """
    from benchmarks.blockwise.sums import measure_sums

    with user_errors():
        measure_sums(
            console(),
            entries=entries,
            blocks=blocks,
            workers=tuple(workers or (1, 2)),
            rounds=rounds,
        )


@app.command("layers")
def bench_layers(
    side: Annotated[int, typer.Option(help="Rows and columns of A.", min=2)] = 110_000,
    values: Annotated[int, typer.Option(help="Stored values of A.", min=1)] = 860_000,
    columns: Annotated[int, typer.Option(help="Columns of B.", min=1)] = 200,
    rounds: Annotated[int, typer.Option(help="Rounds of which medians are taken.", min=1)] = 5,
    gibibytes: Annotated[float, typer.Option(help="Memory that each way may ask for.")] = 20.0,
) -> None:
    """Time ‖A B − X‖² by a sparse A, forward and backward in PyTorch: ours, torch.sparse, by hand.

    Prints seconds and memory of each, or how it ended.  Needs PyTorch.
    """
    from benchmarks.layers import measure_layers

    with user_errors():
        measure_layers(
            console(),
            side=side,
            values=values,
            columns=columns,
            rounds=rounds,
            gibibytes=gibibytes,
        )


@app.command()
def inverses(backend: BackendOption = "auto") -> None:
    """What entries of sparse inverses cost: covariance selection on a path, a torus, a lattice."""
    from benchmarks.inverses import measure_inverses

    measure_inverses(console(), backend=backend)


@app.command()
def vendored(
    clusters: Annotated[int, typer.Option(help="Columns of G on the mesh of spot.", min=2)] = 300,
    modes: Annotated[int, typer.Option(help="Modes that are kept.", min=1)] = 100,
) -> None:
    """From a vendored folder to the first energy: stand-alone package, C library, MEX file.

    Nothing is compiled before, and nzdiff's cache is empty.  Prints seconds of each step.  Needs
    CMake, Eigen, GNU Octave with mkoctfile, and libigl's Python package.
    """
    from benchmarks.vendored import measure_vendored

    with user_errors():
        measure_vendored(console(), clusters=clusters, modes=modes)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
