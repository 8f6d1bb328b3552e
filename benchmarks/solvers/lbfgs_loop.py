"""Seconds of one iteration of L-BFGS: SciPy's L-BFGS-B against ours, with the same gradient.

Medians over the iterations of one run each, from one start; SciPy's clock is read in its callback.
Both evaluate about 1.03 times an iteration.  "free" is an energy ‖x − W g‖², W diagonal, whose
gradient is a few passes over g: what is measured there is the loop.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

import nzdiff as nz
from benchmarks.instances.instance import Floats, Instance
from benchmarks.instances.reachable import SIZES, reachable
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem
from nzdiff.runtime.model import Model
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.solver import solve

MEMORY = 10
SPREAD = 1e3


@dataclass(frozen=True, slots=True)
class LoopTime:
    """Seconds per iteration on one instance.

    evaluation: of E and ∂E/∂g, as SciPy calls them.  plain: ours without preconditioner, rows: with
    the row blocks, None where there are none.
    """

    instance: str
    size: int
    evaluation: float
    scipy: float
    plain: float
    rows: float | None

    @property
    def ratio(self) -> float:
        """How many of our iterations SciPy's one takes."""
        return self.scipy / self.plain


def measure_lbfgs_loop(
    console: Console, *, sizes: Sequence[int] = tuple(SIZES), iterations: int = 200
) -> tuple[LoopTime, ...]:
    """Measure the reachable and the free instance of each size, and print a table."""
    table = Table("instance", "s", "evaluation", "SciPy", "ours", "ratio", "row blocks", "ratio")
    times = []
    for size in sizes:
        for instance in (free(size), reachable(size)):
            times.append(measured(instance, iterations=iterations))
            table.add_row(*_cells(times[-1]))
    console.print(table)
    return tuple(times)


def measured(instance: Instance, *, iterations: int) -> LoopTime:
    """The times of one instance, on one thread."""
    model = instance.bind(backend="c")
    with threadpool_limits(1, "blas"):
        evaluation, scipy = _scipy(model, instance.g0, iterations)
    plain = _ours(model, instance.g0, LBFGS(MEMORY, preconditioner="none"), iterations)
    try:
        rows = _ours(model, instance.g0, LBFGS(MEMORY, preconditioner="row"), iterations)
    except NotImplementedError:
        rows = None
    return LoopTime(instance.name, model.size, evaluation, scipy, plain, rows)


def free(size: int, seed: int = 0) -> Instance:
    """‖x − W g‖², W diagonal with entries from 1/SPREAD to 1, evenly in their logarithm."""
    n = nz.dims("n")[0]
    x, W, G = nz.dense("x", n, 1), nz.diagonal("W", n), nz.sparse("G", n, 1)
    rng = np.random.default_rng(seed)
    weights = np.logspace(-np.log10(SPREAD), 0.0, size)
    truth, start = rng.standard_normal((2, size))
    target = (weights * truth)[:, None]
    return Instance(
        name=f"free-{size}",
        sizes=f"s = {size:,}",
        problem=Problem(nz.sumsq(x - W * G), wrt=G, name="free"),
        data={"x": target, "W": weights, "G": Pattern.full((size, 1))},
        g0=start,
        reference=0.0,
        reference_meaning="optimum: x is W g of some g",
    )


def _scipy(model: Model, g0: Floats, iterations: int) -> tuple[float, float]:
    """Seconds of an evaluation, and of an iteration."""
    evaluations, ends = [], []

    def evaluate(g: Floats) -> tuple[float, Floats]:
        start = time.perf_counter()
        found = model.energy_and_gradient(g)
        evaluations.append(time.perf_counter() - start)
        return found

    def note(_: NDArray[np.float64]) -> None:
        ends.append(time.perf_counter())

    limits = {"maxiter": iterations, "maxfun": 10 * iterations, "ftol": 0.0, "gtol": 0.0}
    options = {"maxcor": MEMORY, **limits}
    minimize(evaluate, g0, jac=True, method="L-BFGS-B", callback=note, options=options)
    return float(np.median(evaluations)), float(np.median(np.diff(ends)))


def _ours(model: Model, g0: Floats, method: LBFGS, iterations: int) -> float:
    result = solve(model, g0, method, rtol=0.0, energy_rtol=0.0, max_iterations=iterations)
    return float(np.median(np.diff([record.seconds for record in result.history])))


def _cells(t: LoopTime) -> tuple[str, ...]:
    def shown(seconds: float) -> str:
        return f"{1e6 * seconds:,.1f} µs"

    rows = ("–", "–") if t.rows is None else (shown(t.rows), f"{t.scipy / t.rows:.2f}")
    numbers = (shown(t.evaluation), shown(t.scipy), shown(t.plain), f"{t.ratio:.2f}")
    return (t.instance, f"{t.size:,}", *numbers, *rows)
