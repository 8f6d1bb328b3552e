"""`nzdiff demo` and `nzdiff new`: see it done, and begin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nzdiff.commands.output import console, user_errors
from nzdiff.terminal import say


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
