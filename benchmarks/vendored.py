"""`python -m benchmarks vendored`: from a folder that somebody copied to the first energy.

The packages of spectral_coarsening for Python, C++ and GNU Octave are written, then used as one who
has just got them would: nothing is compiled, nzdiff's cache is empty, no bytecode is there.  The
operating system's own cache of files is left as it is.  All of them read the same mesh instance,
and their energies are compared.
"""

from __future__ import annotations

import os
import resource
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from scipy.io import mmread, savemat

import nzdiff as nz
from benchmarks.machine import machine
from benchmarks.solvers.report import markdown_table
from nzdiff.problem_file import shipped_problem
from nzdiff.terminal import say

NAME = "spectral_coarsening"
HEAD = ("language", "step", "seconds", "of the processor")
CPP = Path(__file__).parents[1] / "examples" / "cpp"
PYTHON = f"""
from scipy.io import mmread
from {NAME} import Pattern, bind

read = lambda name: mmread("instance/" + name + ".mtx")
G = read("G")
model = bind(X=read("X"), Y=read("Y").ravel(), B=read("B"), L=read("L").tocsr(),
             G=Pattern((G.row, G.col), G.shape))
E = float(read("E")[0, 0])
assert abs(model.energy(G.data) - E) <= 1e-12 * E
"""
OCTAVE = f"""
load instance.mat
[i, j, one] = find(places);
m = nz_{NAME}(X, Y, B, L, places);
g = full(G(sub2ind(size(G), i, j)));
assert(abs(m.energy(g) - E) <= 1e-12 * E);
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What a command took: wall time, and time of the processor, with all that it started."""

    language: str
    what: str
    seconds: float
    processor: float


def measure_vendored(console: Console, *, clusters: int, modes: int) -> list[Step]:
    """Print a table of the steps to the first energy; FileNotFoundError without Octave or CMake."""
    for program in ("cmake", "octave-cli", "mkoctfile"):
        if shutil.which(program) is None:
            raise FileNotFoundError(f"{program}: expected it on the path")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write(folder, clusters, modes)
        steps = [step for run in (_python, _cpp, _octave) for step in run(folder)]
    rows = [(s.language, s.what, f"{s.seconds:.2f}", f"{s.processor:.2f}") for s in steps]
    say(console, markdown_table(HEAD, rows, left=(0, 1)))
    say(console, ", ".join(machine().values()))
    return steps


def _write(folder: Path, clusters: int, modes: int) -> None:
    """The three packages and the instance, in the form of each language."""
    runpy.run_path(str(CPP / "write_instance.py"))["write_instance"](
        folder / "instance", clusters, modes
    )
    entry = shipped_problem(NAME)
    nz.generate(entry.problem, folder / NAME, sizes=entry.sizes, standalone=True)
    nz.generate_c(entry.problem, folder / "c", sizes=entry.sizes)
    nz.generate_mex(entry.problem, folder / "mex", sizes=entry.sizes)
    names = ("X", "Y", "B", "L", "G", "E")
    given = {name: mmread(folder / "instance" / f"{name}.mtx") for name in names}
    given = {name: x.tocsc() if name in "LG" else x for name, x in given.items()}
    places = given["G"].copy()
    places.data[:] = 1  # where it stores values, zeros too
    savemat(folder / "mex" / "instance.mat", {**given, "places": places})


def _python(folder: Path) -> Iterator[Step]:
    command = (sys.executable, "-c", PYTHON)
    cache = {"NZDIFF_CACHE_DIR": str(folder / "cache")}
    yield _timed("Python", "import, compile, bind, energy", folder, *command, **cache)
    yield _timed("Python", "the same again", folder, *command, **cache)


def _cpp(folder: Path) -> Iterator[Step]:
    installed, built = folder / "installed", folder / "built"
    library = folder / "library"
    options = (f"-DCMAKE_INSTALL_PREFIX={installed}", f"-D{NAME.upper()}_EXAMPLE=OFF")
    yield _timed("C++", "configure", folder, "cmake", "-S", "c", "-B", library, *options)
    yield _timed("C++", "compile", folder, "cmake", "--build", library, "--target", "install")
    found = f"-DCMAKE_PREFIX_PATH={installed}"
    yield _timed("C++", "configure the program", folder, "cmake", "-S", CPP, "-B", built, found)
    program = ("cmake", "--build", built, "--target", "with_eigen")
    yield _timed("C++", "compile the program, with Eigen", folder, *program)
    run = (built / "with_eigen", "instance")
    yield _timed("C++", "read text, create, energy, gradient, H v", folder, *run)


def _octave(folder: Path) -> Iterator[Step]:
    octave = ("octave-cli", "--no-history", "--norc", "--quiet", "--eval")
    place = folder / "mex"
    yield _timed("Octave", "mkoctfile", place, *octave, f"build_{NAME}")
    yield _timed("Octave", "start, create, energy", place, *octave, OCTAVE)


def _timed(
    language: str, what: str, folder: Path, *command: str | Path, **environment: str
) -> Step:
    """Run a command in a folder; CalledProcessError where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, check=True, capture_output=True
    )
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Step(language, what, seconds, processor)
