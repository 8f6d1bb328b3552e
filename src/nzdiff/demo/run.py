"""`nzdiff demo`: mesh → derivation → proof → generated package → compiled → solved → drawn."""

from __future__ import annotations

import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import OptimizeResult

from nzdiff.codegen.package.write import generate
from nzdiff.demo.coarsening import CoarseningData, spectral_coarsening
from nzdiff.demo.figure import draw
from nzdiff.demo.measures import measures
from nzdiff.demo.mesh import Mesh, load_spot
from nzdiff.derive.language.notation import text
from nzdiff.pattern import Pattern
from nzdiff.problem_file import shipped_problems
from nzdiff.runtime.kernel.backends.choose import with_backend
from nzdiff.runtime.model import Model
from nzdiff.solvers import METHODS, Record, Status, solve
from nzdiff.terminal import say
from nzdiff.verification import verify

GOAL = 19.0
"""An energy on this mesh that the solvers should pass early."""
REPEATS = 21
"""Evaluations of which the median is reported."""


def run_demo(
    console: Console,
    *,
    coarse: int,
    modes: int,
    methods: tuple[str, ...],
    seconds: float,
    out: Path,
    backend: str,
) -> tuple[OptimizeResult, ...]:
    """Run all stages, print what each took, write package and picture into `out`."""
    unknown = sorted(set(methods) - {"auto", *METHODS})
    if unknown:
        raise ValueError(f"method: expected auto, {', '.join(METHODS)}, got {', '.join(unknown)}")
    with_backend(backend, str)
    (entry,) = shipped_problems()
    problem = entry.problem
    out.mkdir(parents=True, exist_ok=True)
    with _stage(console, "mesh, eigenvectors, clusters"):
        mesh = load_spot()
        data = spectral_coarsening(mesh, coarse=coarse, modes=modes)
        pattern = constrained_pattern(data)
        given = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L, "G": pattern}
    with _stage(console, "derive"):
        derivation = problem.derive()
    with _stage(console, "verify"):
        report = verify(problem)
    with _stage(console, "generate"):
        folder = generate(problem, out / problem.name, data=given)
    with _stage(console, "compile and bind"):
        model: Model = imported(folder).bind(**given, backend=backend)
        g0 = model.pack(data.G0)
        model.gauss_newton(g0).block_inverse("row", 1.0)  # compiles what L-BFGS will ask for
    say(console, f"E = {text(problem.energy)}")
    say(console, f"∂E/∂G = {text(derivation.gradient.matrix)}, at the stored positions")
    say(console, f"{len(report.checks)} checks passed; {_sizes(data, model)}")
    results: tuple[OptimizeResult, ...] = ()
    for method in methods:
        results += (_solved(console, model, g0, method, seconds),)
        if results[-1].status is Status.INTERRUPTED:
            break
    console.print(_result_table(results))
    console.print(_measure_table(data, model, g0, results))
    console.print(_time_table(model, g0))
    with _stage(console, "picture"):
        picture = _picture(out / "demo.png", data, mesh, model, results)
    say(console, f"package: {folder}\npicture: {picture}")
    return results


def constrained_pattern(data: CoarseningData) -> Pattern:
    """The pattern of G with G (P Φ₀) = Φ₀ kept row by row."""
    pattern = Pattern((data.i, data.j), data.shape)
    return pattern.with_row_sums(data.constraint_weights, data.constraint_values)


def imported(folder: Path) -> ModuleType:
    """A generated package, imported from its folder."""
    name = f"nzdiff_generated_{folder.name}"
    spec = importlib.util.spec_from_file_location(name, folder / "__init__.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder}: expected a generated package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def median_milliseconds(
    call: Callable[[NDArray[np.float64]], object], points: list[NDArray[np.float64]]
) -> float:
    """The median time of a call over REPEATS runs, at the points in turn."""
    times = []
    for turn in range(REPEATS + 1):
        began = time.perf_counter()
        call(points[turn % len(points)])
        times.append(time.perf_counter() - began)
    return 1e3 * statistics.median(times[1:])


def _solved(
    console: Console, model: Model, g0: NDArray[np.float64], method: str, seconds: float
) -> OptimizeResult:
    with console.status(f"solving ({method})") as status:

        def tell(record: Record, _: NDArray[np.float64]) -> None:
            status.update(
                f"solving ({method}): iteration {record.iteration}, energy {record.energy:.6g}, "
                f"gradient {record.gradient_norm:.2e}, {record.seconds:.1f} s"
            )

        return solve(model, g0, method, max_seconds=seconds, callback=tell)


def _sizes(data: CoarseningData, model: Model) -> str:
    n, m = data.shape
    return (
        f"n = {n}, m = {m}, k = {data.B.shape[1]}, {data.i.size:,} stored values, "
        f"{model.size:,} unknowns after the constraint G (P Φ₀) = Φ₀"
    )


def _result_table(results: tuple[OptimizeResult, ...]) -> Table:
    """Before, after and the way there; and when GOAL was passed."""
    table = Table(title="energy", box=None, padding=(0, 2, 0, 0))
    headings = ("method", "before", "after", "steps", "seconds", f"below {GOAL:g}", "stopped by")
    for heading in headings:
        left = heading == "method"
        table.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for result in results:
        reached = next((r.seconds for r in result.history if r.energy < GOAL), None)
        table.add_row(
            result.method,
            f"{result.history[0].energy:.2f}",
            f"{result.fun:.4f}",
            str(result.nit),
            f"{result.seconds:.2f}",
            f"{reached:.2f} s" if reached is not None else "never",
            result.status.name.replace("_", " ").lower(),
        )
    return table


def _measure_table(
    data: CoarseningData, model: Model, g0: NDArray[np.float64], results: tuple[OptimizeResult, ...]
) -> Table:
    """What the papers report, see `measures`: before, and of each method."""
    table = Table(title="functional map", box=None, padding=(0, 2, 0, 0))
    for heading in ("", "‖C‖²_L", "‖C‖²_D", "diagonal mass", "eigenvalue error"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, g in (("before", g0), *((result.method, result.x) for result in results)):
        found = measures(data, model.unpack(g))
        numbers = found.commutativity, found.orthonormality, found.diagonal_mass
        table.add_row(name, *(f"{x:.4g}" for x in numbers), f"{found.eigenvalue_error:.2%}")
    return table


def _time_table(model: Model, g0: NDArray[np.float64]) -> Table:
    generator = np.random.default_rng(0)
    points = [g0, g0 + 1e-3 * generator.standard_normal(model.size)]
    v, w = generator.standard_normal(model.size), generator.standard_normal(model.residual_size)
    table = Table("one evaluation", f"{model.backend} backend, median of {REPEATS}")
    for name, call, at in (
        ("energy", model.energy, points),
        ("energy and gradient", model.energy_and_gradient, points),
        ("JVP, at the same g", lambda g: model.jvp(g, v), [g0]),
        ("VJP, at the same g", lambda g: model.vjp(g, w), [g0]),
    ):
        table.add_row(name, f"{median_milliseconds(call, at):.2f} ms")
    return table


def _picture(
    path: Path, data: CoarseningData, mesh: Mesh, model: Model, results: tuple[OptimizeResult, ...]
) -> Path:
    best = min(results, key=lambda result: float(result.fun))
    curves = {
        result.method: (
            [record.seconds for record in result.history],
            [record.energy for record in result.history],
        )
        for result in results
    }
    return draw(path, data, model.unpack(best.x), curves, mesh=mesh, horizontal="seconds")


@contextmanager
def _stage(console: Console, name: str) -> Iterator[None]:
    """Show a stage while it runs and how long it took."""
    began = time.perf_counter()
    with console.status(name):
        yield
    say(console, f"{name}: {time.perf_counter() - began:.2f} s")
