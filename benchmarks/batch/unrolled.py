"""Energy and gradient of many small instances: unrolled, by the loop kernels, and by CasADi's C.

    ‖X − Y Gᵀ L G B‖²,  s stored values in G, data shared by all instances

`python -m benchmarks batch` prints a table of microseconds per instance.  "loops" is
the ordinary kernel of a model, called by C for one instance after another; CasADi's scalar graph
has the data as numbers, and is called in the same way, compiled by the same compiler with -O3
-march=native and fused multiply-adds.  It is left out where it is not installed.  Seconds are those
of the processor: the least of some rounds in turn; of the set-up, with those of the compiler.
"""

from __future__ import annotations

import ctypes
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from os import environ, times
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from benchmarks.solvers.report import markdown_table
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.codegen.unroll.stored import NotUnrolledError
from nzdiff.problem import Problem
from nzdiff.runtime.kernel.backends import CBackend
from nzdiff.runtime.kernel.library import compile_cached
from nzdiff.runtime.kernel.workspace import allocate

Floats = NDArray[np.float64]
Way = Callable[[Floats], tuple[Any, Any]]
"""Energies (N,) and gradients (N, s) from g (N, s)."""

SIZES = {
    12: (6, 4, 2),
    40: (20, 6, 4),
    180: (60, 12, 6),
    300: (100, 20, 8),
    600: (200, 40, 10),
}
"""n, m and p = k by s."""
INSTANCES, ROUNDS = 1024, 25
LARGEST_CASADI = 300
CASADI_FLAGS = ("-fvisibility=default", "-ffp-contract=fast")
TOLERANCE = 1e-11
_LOOP = """
void all_instances(long long count, const double *g, double *energy, double *gradient, double *w);
void all_instances(long long count, const double *g, double *energy, double *gradient, double *w)
{{
    for (long long i = 0; i < count; i++) {{
        const double *given[] = {{g + i * {s}}};
        double *results[] = {{energy + i, gradient + i * {s}}};
        energy_and_gradient(given, results, 0, w, 0);
    }}
}}
"""
_DRIVER = """
#include <string.h>
typedef void function(const void *);
void all_instances(long long count, long long size, long long stages, const void *context,
                   function *energy, function *gradient, const int *slots, double *stored,
                   const double *derivative, const double *value, unsigned char *done,
                   const double *g, double *energies, double *gradients)
{
    for (long long i = 0; i < count; i++) {
        for (long long t = 0; t < size; t++)
            stored[slots[t]] = g[i * size + t];
        memset(done, 0, stages);
        energy(context);
        gradient(context);
        energies[i] = *value;
        for (long long t = 0; t < size; t++)
            gradients[i * size + t] = derivative[slots[t]];
    }
}
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The least seconds per instance of one way, and those it takes to derive and compile."""

    s: int
    way: str
    seconds: float
    setup: float


def seed(s: int) -> tuple[Problem, dict[str, Any]]:
    """The problem and its data: as many stored values in each row of G, L of a path."""
    n, m, p, k = nz.dims("n m p k")
    X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
    L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
    rows, columns, width = SIZES[s]
    rng = np.random.default_rng(s)
    each = [rng.choice(columns, s // rows, replace=False) for _ in range(rows)]
    i, j = np.repeat(np.arange(rows), s // rows), np.concatenate(each)
    path = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(rows, rows))
    data = {
        "X": rng.standard_normal((width, width)),
        "Y": rng.standard_normal((width, columns)),
        "B": rng.standard_normal((columns, width)),
        "L": sparse.csr_array(path),
        "G": nz.Pattern((i, j), (rows, columns)),
    }
    return Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G, name="seed"), data


def measure(s: int, *, instances: int = INSTANCES, rounds: int = ROUNDS) -> list[Measurement]:
    """Every way at one size, each compiled anew; the ways take turns.

    AssertionError where their results differ.
    """
    problem, data = seed(s)
    ways: dict[str, Callable[[], Way]] = {
        "unrolled": lambda: _unrolled(problem, data),
        "loops": lambda: _loops(problem, data),
        "CasADi": lambda: _casadi(data),
    }
    if find_spec("casadi") is None or s > LARGEST_CASADI:
        del ways["CasADi"]
    g = np.random.default_rng(1).standard_normal((instances, s))
    runs: dict[str, Way] = {}
    setup = dict.fromkeys(ways, np.nan)
    for way, make in ways.items():
        with _no_cache():
            start = sum(times()[:4])
            try:
                runs[way] = make()
            except NotUnrolledError:
                continue
            setup[way] = sum(times()[:4]) - start
    results = [np.column_stack(run(g)) for run in runs.values()]
    scale = TOLERANCE * np.abs(results[0]).max()
    assert all(np.abs(result - results[0]).max() <= scale for result in results)
    seconds: dict[str, list[float]] = {way: [np.nan] for way in ways}
    for _ in range(rounds):
        for way, run in runs.items():
            start = time.thread_time()
            run(g)
            seconds[way].append((time.thread_time() - start) / instances)
    return [Measurement(s, way, float(np.fmin.reduce(seconds[way])), setup[way]) for way in ways]


def table(measurements: Sequence[Measurement]) -> str:
    """µs per instance and seconds to set up, one row per size."""
    ways = list(dict.fromkeys(m.way for m in measurements))
    known = {(m.s, m.way): m for m in measurements}
    head = ["s", *(f"{way}, µs" for way in ways), *(f"{way}, setup s" for way in ways)]
    rows = []
    for s in dict.fromkeys(m.s for m in measurements):
        cells = [known.get((s, way)) for way in ways]
        times = ["" if cell is None else f"{1e6 * cell.seconds:.2f}" for cell in cells]
        rows.append([str(s), *times, *("" if c is None else f"{c.setup:.1f}" for c in cells)])
    return markdown_table(head, rows, left=())


def _unrolled(problem: Problem, data: dict[str, Any]) -> Way:
    batch = problem.bind_batch(**data, backend="c")
    if not batch.is_unrolled:
        raise NotUnrolledError(f"{batch}")
    return batch.energy_and_gradient


def _loops(problem: Problem, data: dict[str, Any]) -> Way:
    """The ordinary kernel, called for one instance after another by C."""
    known, derivation = checked(problem, data), problem.derive()
    program = plan_program(derivation, known)
    source = kernel_of(derivation, program).source
    spec, memory = source.spec, allocate(source.spec, known, 1, solvers=source.solvers)
    backend = CBackend(source.sources["c"](), memory)
    backend.run("prepare")
    driver = ctypes.CDLL(str(compile_cached(_DRIVER, ("-fvisibility=default",))))
    (pattern,) = known.patterns
    names = dict(zip((a.name for a in spec.arguments), (a.name for a in spec.arrays), strict=False))
    stored = memory.arrays[names[spec.unknowns[0]]]
    kept = (
        stored,
        memory.arrays[spec.output("gradient")[0]],
        memory.arrays[spec.output("energy")[0]],
        memory.done,
    )

    def run(g: Floats) -> tuple[Any, Any]:
        energies, gradients = np.empty(len(g)), np.empty(g.shape)
        arrays = (pattern.slots, *kept, g, energies, gradients)
        driver.all_instances(
            ctypes.c_longlong(len(g)),
            ctypes.c_longlong(pattern.size),
            ctypes.c_longlong(spec.stages),
            ctypes.c_void_p(backend.workspace.address),
            *(ctypes.c_void_p(backend.entry(function)) for function in ("energy", "gradient")),
            *(ctypes.c_void_p(array.ctypes.data) for array in arrays),
        )
        return energies, gradients

    return run


def _casadi(data: dict[str, Any]) -> Way:
    ca = import_module("casadi")
    pattern = data["G"]
    g = ca.SX.sym("g", pattern.size)
    G = ca.SX(*pattern.shape)
    for place, (i, j) in enumerate(zip(pattern.rows.tolist(), pattern.cols.tolist(), strict=True)):
        G[i, j] = g[place]
    X, Y, B, L = (ca.DM(data[name]) for name in ("X", "Y", "B", "L"))
    f = X - ca.mtimes(Y, ca.mtimes(ca.mtimes(G.T, ca.mtimes(L, G)), B))
    energy = ca.sumsqr(f)
    function = ca.Function("energy_and_gradient", [g], [energy, ca.gradient(energy, g)])
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        function.generate("seed.c")
        generated = Path("seed.c").read_text(encoding="utf-8")
    source = generated + _LOOP.format(s=pattern.size)
    library = ctypes.CDLL(str(compile_cached(source, CASADI_FLAGS)))
    work = np.zeros(function.sz_w() + 1)

    def run(g: Floats) -> tuple[Any, Any]:
        energies, gradients = np.empty(len(g)), np.empty(g.shape)
        arrays = (g, energies, gradients, work)
        library.all_instances(
            ctypes.c_longlong(len(g)), *(ctypes.c_void_p(a.ctypes.data) for a in arrays)
        )
        return energies, gradients

    return run


@contextmanager
def _no_cache() -> Iterator[None]:
    """An empty folder for compiled kernels."""
    before = environ.get("NZDIFF_CACHE_DIR")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environ["NZDIFF_CACHE_DIR"] = folder
        try:
            yield
        finally:
            if before is None:
                del environ["NZDIFF_CACHE_DIR"]
            else:
                environ["NZDIFF_CACHE_DIR"] = before
