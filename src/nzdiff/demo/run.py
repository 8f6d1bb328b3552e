"""`nzdiff demo`: mesh → derivation → proof → generated package → compiled → solved → drawn."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from nzdiff.codegen.package.write import generate
from nzdiff.demo import tables
from nzdiff.demo.cleaning import clean
from nzdiff.demo.coarsening import CoarseningData, sizes, spectral_coarsening
from nzdiff.demo.course import Course, course_of
from nzdiff.demo.figure import draw
from nzdiff.demo.formats.read import read_polygons
from nzdiff.demo.mesh import Mesh, load_spot
from nzdiff.demo.published import published as published_method
from nzdiff.derive.language.notation import text
from nzdiff.pattern import Pattern
from nzdiff.problem_file import ProblemFile, shipped_problem
from nzdiff.runtime.kernel.backends.choose import with_backend
from nzdiff.runtime.model import Model
from nzdiff.solvers import METHODS, Record, solve
from nzdiff.terminal import say
from nzdiff.verification import verify


def run_demo(
    console: Console,
    file: Path | None = None,
    *,
    component: int,
    coarse: int | None,
    modes: int | None,
    methods: tuple[str, ...],
    published: bool,
    seconds: float,
    out: Path,
    backend: str,
) -> tuple[Course, ...]:
    """Run all stages, print what each took, write package and picture into `out`.

    file: the mesh, the shipped one without it; `component`: its part.  coarse, modes: see
    `spectral_coarsening`.  published: run the published method, too, after the others.
    """
    unknown = sorted(set(methods) - {"auto", *METHODS})
    if unknown:
        raise ValueError(f"method: expected auto, {', '.join(METHODS)}, got {', '.join(unknown)}")
    with_backend(backend, str)
    entry = shipped_problem("spectral_coarsening")
    problem = entry.problem
    mesh = load_spot() if file is None else mesh_of(console, file, component)
    coarse, modes = sizes(len(mesh.vertices), coarse, modes)
    out.mkdir(parents=True, exist_ok=True)
    with _stage(console, "mesh, eigenvectors, clusters"):
        data = spectral_coarsening(mesh, coarse=coarse, modes=modes)
        free = Pattern((data.i, data.j), data.shape)
        given: dict[str, Any] = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L}
        given["G"] = constrained_pattern(data)
    with _stage(console, "derive"):
        derivation = problem.derive()
    with _stage(console, "verify"):
        report = verify(problem)
    with _stage(console, "generate"):
        folder, planned = _generated(entry, out / problem.name, given)
    if not planned:
        say(console, f"{folder}: planned for smaller sizes, as patterns of these would not fit")
    with _stage(console, "compile and bind"):
        bind: Callable[..., Model] = imported(folder).bind if planned else problem.bind
        model = bind(**given, backend=backend)
        g0 = model.pack(data.G0)
        with suppress(MemoryError):  # compiles what L-BFGS will ask for
            model.gauss_newton(g0).block_inverse("row", 1.0)
    say(console, f"E = {text(problem.energy)}")
    say(console, f"∂E/∂G = {text(derivation.gradient.matrix)}, at the stored positions")
    say(console, f"{len(report.checks)} checks passed; {_sizes(data, model)}")
    courses: tuple[Course, ...] = ()
    for method in dict.fromkeys(methods):
        try:
            courses += (_solved(console, model, g0, method, seconds),)
        except MemoryError as error:
            say(console, f"{method}: left out: {error}")
        if courses and courses[-1].ended == "interrupted":
            break
    else:
        if published:
            unbound = bind(**{**given, "G": free}, backend=backend)
            courses += (_published(console, unbound, data),)
    if not courses:
        raise MemoryError("method: expected one that fits into memory, such as --method auto")
    console.print(tables.energies(courses))
    console.print(tables.qualities(data, courses))
    console.print(tables.evaluations(model, g0))
    with _stage(console, "picture"):
        picture = _picture(out / "demo.png", data, mesh, courses)
    say(console, f"package: {folder}\npicture: {picture}")
    return courses


def _generated(entry: ProblemFile, folder: Path, given: dict[str, Any]) -> tuple[Path, bool]:
    """The package, and whether it is planned for this very data.

    Of large meshes some assembled matrices would not even have their patterns in memory; then it
    is planned for the sizes of the problem file, and solvers use what they need of the problem.
    """
    try:
        return generate(entry.problem, folder, data=given), True
    except MemoryError:
        return generate(entry.problem, folder, sizes=entry.sizes), False


def mesh_of(console: Console, file: Path, component: int = 1) -> Mesh:
    """The mesh of a file, cleaned; what was done is printed.  ValueError that names the file."""
    found = read_polygons(file)
    try:
        cleaned = clean(found, component)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    mesh = cleaned.mesh
    kept = f"{len(mesh.vertices):,} vertices, {len(mesh.faces):,} triangles"
    say(console, f"{file}: {'; '.join([*cleaned.changes, kept, *cleaned.remarks])}")
    return mesh


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
    for inner in [each for each in sys.modules if each.startswith(f"{name}.")]:
        del sys.modules[inner]  # of another one of this name, which stands alone
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _solved(
    console: Console, model: Model, g0: NDArray[np.float64], method: str, seconds: float
) -> Course:
    with console.status(f"solving ({method})") as status:

        def tell(record: Record, _: NDArray[np.float64]) -> None:
            status.update(
                f"solving ({method}): iteration {record.iteration}, energy {record.energy:.6g}, "
                f"gradient {record.gradient_norm:.2e}, {record.seconds:.1f} s"
            )

        result = solve(model, g0, method, max_seconds=seconds, callback=tell)
    return course_of(result, model.unpack(result.x), method)


def _published(console: Console, model: Model, data: CoarseningData) -> Course:
    with console.status("solving (published)") as status:

        def told(step: int, energy: float) -> None:
            status.update(f"solving (published): step {step}, energy {energy:.6g}")

        return published_method(model, data, told=told)


def _sizes(data: CoarseningData, model: Model) -> str:
    n, m = data.shape
    return (
        f"n = {n}, m = {m}, k = {data.B.shape[1]}, {data.i.size:,} stored values, "
        f"{model.size:,} unknowns after the constraint G (P Φ₀) = Φ₀"
    )


def _picture(path: Path, data: CoarseningData, mesh: Mesh, courses: tuple[Course, ...]) -> Path:
    best = min(courses, key=lambda course: course.lowest)
    curves = {course.method: (course.seconds, course.energies) for course in courses}
    return draw(path, data, best.G, curves, mesh=mesh, horizontal="seconds")


@contextmanager
def _stage(console: Console, name: str) -> Iterator[None]:
    """Show a stage while it runs and how long it took."""
    began = time.perf_counter()
    with console.status(name):
        yield
    say(console, f"{name}: {time.perf_counter() - began:.2f} s")
