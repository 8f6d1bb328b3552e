"""Every step of bound plans: the seconds it is priced at, and the seconds it takes.

A plan is emitted as C, and a clock is set into a copy of that text in front of every step; then
energy, gradient, J v, Jᵀ w, 2 JᵀJ v and H v run in turn, as often as there are rounds, on one
thread.  Of each step the least time of all rounds counts: what else the machine does only adds.
"""

from __future__ import annotations

import ctypes
import importlib.util
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from benchmarks.evaluation.seed import INSTANCES, make_seed
from benchmarks.peers.nzdiff import seed_problem
from nzdiff.codegen import plan as ir
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.codegen.package.example import example_data
from nzdiff.codegen.plan.price import price
from nzdiff.codegen.plan.sizes import Sizes
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem
from nzdiff.runtime.bind import Kernel, bind_checked
from nzdiff.runtime.model import Model

SEEDS = ("small", "medium", "large")
TABLE_SIZES = {"n": 1500, "m": 150, "p": 80, "k": 60}
"""At which steps of the test table take long enough to be timed."""
CELL_SIZES = {"n": 24, "m": 12, "p": 10, "k": 8}
"""For problems with values of as many numbers as there are pairs of positions."""
LARGE = ("kronecker_product", "vectors")
CLOCK = """
#include <time.h>
static double nzdiff_seconds[4096];
static int nzdiff_current = -1;
static struct timespec nzdiff_last;
EXPORT double *nzdiff_clock(void);
double *nzdiff_clock(void) { return nzdiff_seconds; }
static void nzdiff_tick(int step)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    if (nzdiff_current >= 0)
        nzdiff_seconds[nzdiff_current] += (double)(now.tv_sec - nzdiff_last.tv_sec)
            + 1e-9 * (double)(now.tv_nsec - nzdiff_last.tv_nsec);
    nzdiff_current = step;
    timespec_get(&nzdiff_last, TIME_UTC);
}
"""
CLOCK_SECONDS = 2.5e-8
"""What a look at the clock takes."""
STEP = re.compile(r"^    /\* (\w+) = ", re.MULTILINE)
BODIES = "} nzdiff_workspace;\n"


@dataclass(frozen=True, slots=True)
class Timed:
    """A step with both times in seconds."""

    step: ir.Step
    priced: float
    measured: float

    @property
    def ratio(self) -> float:
        """Priced ÷ measured."""
        return self.priced / self.measured


@dataclass(frozen=True, slots=True)
class TimedPlan:
    """A plan: seconds to make it, its steps that were run, and seconds of a round of all work."""

    name: str
    planning: float
    steps: tuple[Timed, ...]
    work: dict[str, float]


def bench_plans(console: Console, *, names: tuple[str, ...], rounds: int, every: bool) -> None:
    """Print the steps of each plan with their prices, and how many are priced within 1.5."""
    found = []
    for name in names:
        plan = time_plan(name, rounds)
        found.append(plan)
        work = ", ".join(f"{what} {1e6 * seconds:.1f}" for what, seconds in plan.work.items())
        console.print(f"{plan.name}: planned in {plan.planning:.2f} s; µs: {work}", soft_wrap=True)
        for timed in plan.steps:
            if every or not 1 / 1.5 <= timed.ratio <= 1.5:
                console.print(_line(timed), markup=False, soft_wrap=True)
        console.print(f"  {_share(plan.steps)}")
    console.print(f"all: {_share([timed for plan in found for timed in plan.steps])}")
    for kind in sorted({_kind(timed.step) for plan in found for timed in plan.steps}):
        mine = [t for plan in found for t in plan.steps if _kind(t.step) == kind]
        console.print(f"  {kind}: {_share(mine)}")


def names_of_all() -> tuple[str, ...]:
    """Every plan that can be timed: the seed in its sizes, and the problems of the test table."""
    seeds = [f"{size}{kind}" for size in SEEDS for kind in ("", "-diagonal")]
    return (*seeds, *_table())


def time_plan(name: str, rounds: int) -> TimedPlan:
    """Plan a problem, and time its steps."""
    problem, given = _instance(name)
    derivation, data = problem.derive(), checked(problem, given)
    begin = time.perf_counter()
    program = plan_program(derivation, data)
    planning = time.perf_counter() - begin
    sizes, kernel = Sizes(data.supports), kernel_of(derivation, program)
    text, order = with_clock(kernel.source.sources["c"]())
    source = replace(kernel.source, sources={"c": lambda: text})
    model = bind_checked(Kernel(source, kernel.assembled), data, backend="c", threads=1)
    seconds = _measure(model, len(order), rounds)
    steps = {step.out.name: step for step in program.plan.steps}
    measured: dict[str, float] = {}
    for value, took in zip(order, seconds, strict=True):  # a step may stand in several functions
        if took > 0 and value in steps and steps[value].out.inputs:
            measured[value] = min(took, measured.get(value, took))
    timed = [
        Timed(steps[value], price(steps[value], sizes).seconds, took)
        for value, took in measured.items()
    ]
    usual = bind_checked(kernel, data, backend="c", threads=1)
    work = {what: _least(call, rounds) for what, call in _work(usual)}
    return TimedPlan(name, planning, tuple(timed), work)


def with_clock(text: str) -> tuple[str, list[str]]:
    """C text with a clock in front of every step, and what each of them computes."""
    head, bodies = text.split(BODIES, 1)
    order: list[str] = []

    def ticked(found: re.Match[str]) -> str:
        order.append(found[1])
        return f"    nzdiff_tick({len(order) - 1});\n{found[0]}"

    bodies = STEP.sub(ticked, bodies).replace("\n}\n", "\n    nzdiff_tick(-1);\n}\n")
    return head + BODIES + CLOCK + bodies, order


def _measure(model: Model, count: int, rounds: int) -> Any:
    """The least seconds of each step over all rounds, without what the clock itself takes."""
    library = model._bound.backend._library  # type: ignore[attr-defined]  # noqa: SLF001
    library.nzdiff_clock.restype = ctypes.POINTER(ctypes.c_double)
    clock = np.ctypeslib.as_array(library.nzdiff_clock(), shape=(count,))
    least = np.full(count, np.inf)
    for place in range(rounds):
        clock[:] = 0.0
        for _, call in _work(model):
            call(place)
        least = np.minimum(least, np.where(clock > 0, clock, np.inf))
    return np.where(np.isfinite(least), np.maximum(least - CLOCK_SECONDS, 1e-9), 0.0)


def _work(model: Model) -> Iterator[tuple[str, Any]]:
    """What a model computes, each at a point of its own."""
    rng = np.random.default_rng(0)
    points = 0.1 * rng.standard_normal((2, model.size))
    v = rng.standard_normal(model.size)
    w = (
        None
        if not (model.is_sum_of_squares or model.is_function)
        else rng.standard_normal(model.residual_size)
    )
    if not model.is_function:
        yield "energy and gradient", lambda i: model.energy_and_gradient(points[i % 2])
    if w is not None:
        yield "residual", lambda i: model.residual(points[i % 2])
        yield "J v", lambda i: model.jvp(points[i % 2], v)
        yield "Jᵀ w", lambda i: model.vjp(points[i % 2], w)
    if model.is_sum_of_squares and not model.is_function:
        yield "2 JᵀJ v", lambda i: model.gauss_newton(points[i % 2]) @ v
    of = w if model.is_function else None
    yield "H v", lambda i: model.hessian(points[i % 2], of) @ v


def _least(call: Any, rounds: int) -> float:
    """The least seconds of one call."""
    found = []
    for place in range(rounds):
        begin = time.perf_counter()
        call(place)
        found.append(time.perf_counter() - begin)
    return min(found)


def _instance(name: str) -> tuple[Problem, dict[str, Any]]:
    if name in INSTANCES:
        seed = make_seed(INSTANCES[name])
        pattern = Pattern((seed.rows, seed.cols), (seed.n, seed.m))
        given = {"X": seed.X, "Y": seed.Y, "B": seed.B, "L": seed.L, "G": pattern}
        return seed_problem(diagonal=seed.is_diagonal), given
    problem = _table()[name]
    sizes = CELL_SIZES if name in LARGE else TABLE_SIZES
    wanted = {str(size.name): sizes[str(size.name)] for size in problem.dimensions}
    return problem, example_data(problem, wanted)


def _table() -> dict[str, Problem]:
    """The problems of the test table, which lies beside this folder in a checkout."""
    path = Path(__file__).parents[1] / "tests" / "tables" / "problems.py"
    described = importlib.util.spec_from_file_location("problems", path)
    assert described is not None and described.loader is not None
    module = importlib.util.module_from_spec(described)
    sys.modules["problems"] = module  # where its dataclasses look for themselves
    described.loader.exec_module(module)
    return {**module.PROBLEMS, **module.CALCULUS}


def _kind(step: ir.Step) -> str:
    form = f" {step.form}" if isinstance(step, ir.SparseProduct) else ""
    return f"{type(step).__name__}{form}"


def _line(timed: Timed) -> str:
    shown = ir.describe(timed.step)
    times = f"{1e6 * timed.priced:10.2f} {1e6 * timed.measured:10.2f} {timed.ratio:6.2f}"
    return f"  {times}  {_kind(timed.step)}  {shown[:110]}"


def _share(timed: Any) -> str:
    """How many steps, and how many of those that take a microsecond, are within 1.5."""
    texts = []
    for least in (0.0, 1e-6):
        ratios = [t.ratio for t in timed if t.measured >= least]
        near = sum(1 / 1.5 <= ratio <= 1.5 for ratio in ratios)
        texts.append(f"{near} of {len(ratios)}")
    return f"{texts[0]} steps within 1.5; of those over 1 µs {texts[1]}"
