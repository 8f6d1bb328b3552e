"""`python -m benchmarks sums`: a masked factorisation over blocks, one process beside several.

‖mask ∘ (U Vᵀ − R)‖² + w (‖U‖² + ‖V‖²): R is drawn block by block, from seeds, where the block is.
Rounds of one worker and of several take turns; energy and gradient at a new g each.  Processor
seconds, of this process and of the busiest worker, are what they would take on idle cores.
"""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
from rich.console import Console
from scipy import sparse

import nzdiff as nz
from benchmarks.solvers.report import markdown_table
from nzdiff.terminal import say

RANK, COLUMNS, PER_ROW = 10, 20_000, 200
HEAD = (
    "entries",
    "unknowns",
    "workers",
    "set up, s",
    "E and ∂E, s",
    "faster",
    "processor here + worker, s",
    "bytes an entry",
)


def ratings(seed: int, rows: int) -> dict[str, Any]:
    """Rows with 200 distinct entries each: one in every stretch of 100 columns."""
    rng = np.random.default_rng(seed)
    stretch = COLUMNS // PER_ROW
    columns = np.arange(PER_ROW) * stretch + rng.integers(stretch, size=(rows, PER_ROW))
    values = rng.standard_normal(rows * PER_ROW)
    starts = np.arange(0, rows * PER_ROW + 1, PER_ROW, dtype=np.int32)
    entries = values, columns.ravel().astype(np.int32), starts
    return {"R": sparse.csr_array(entries, shape=(rows, COLUMNS))}


def measure_sums(
    console: Console, *, entries: int, blocks: int, workers: Sequence[int], rounds: int
) -> None:
    """Print a table, one row for each number of workers; the first is what is compared with."""
    n, m, r = nz.dims("n m r")
    R, U, V, w = nz.sparse("R", n, m), nz.dense("U", n, r), nz.dense("V", m, r), nz.scalar("w")
    energy = nz.sumsq(nz.mask(U * V.T - R, R)) + w * (nz.sumsq(U) + nz.sumsq(V))
    problem = nz.Problem(energy, wrt=(U, V), name="completion_in_blocks")
    rows = max(entries // PER_ROW // blocks, 1)
    data = [partial(ratings, seed, rows) for seed in range(blocks)]
    table, seconds, found = [], dict[int, list[float]](), dict[int, Any]()
    busy: dict[int, list[tuple[float, float]]] = {count: [] for count in workers}
    with ExitStack() as stack:
        models, pools, setup = {}, {}, {}
        for count in workers:
            pools[count] = [stack.enter_context(_process()) for _ in range(count)]
            began = time.perf_counter()
            models[count] = nz.blocks(
                problem, "n", data, map=pools[count], V=(COLUMNS, RANK), w=0.1
            )
            setup[count] = time.perf_counter() - began
            seconds[count] = []
        for turn in range(rounds + 1):
            g = np.random.default_rng(turn).standard_normal(models[workers[0]].size)
            for count, model in models.items():
                here, there = time.process_time(), _processor(pools[count])
                began = time.perf_counter()
                found[count] = model.energy_and_gradient(g)
                taken = time.perf_counter() - began
                if turn:
                    seconds[count].append(taken)
                    both = zip(_processor(pools[count]), there, strict=True)
                    worker = max(after - before for after, before in both)
                    busy[count].append((time.process_time() - here, worker))
            _check_same(list(found.values()))
        for count, model in models.items():
            peak = sum(pool.submit(_peak).result() for pool in pools[count])
            fixed = sum(pool.submit(_fixed).result() for pool in pools[count])
            total = blocks * rows * PER_ROW
            taken = statistics.median(seconds[count])
            ratios = [a / b for a, b in zip(seconds[workers[0]], seconds[count], strict=True)]
            faster = statistics.median(ratios)
            table.append(
                [
                    f"{total:,}",
                    f"{model.size:,}",
                    str(count),
                    f"{setup[count]:.1f}",
                    f"{taken:.2f}",
                    f"{faster:.2f}",
                    " + ".join(
                        f"{statistics.median(x):.2f}" for x in zip(*busy[count], strict=True)
                    ),
                    f"{(peak - fixed) / total:.0f}",
                ]
            )
    say(console, f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    say(console, markdown_table(HEAD, table))


def _process() -> Executor:
    """A worker of its own, with nothing of this process."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    pool.submit(_fixed).result()
    return pool


def _processor(pools: Sequence[Executor]) -> list[float]:
    """Seconds of the processor that each worker has had."""
    return [pool.submit(time.process_time).result() for pool in pools]


def _check_same(found: list[Any]) -> None:
    for energy, gradient in found[1:]:
        if energy != found[0][0] or not np.array_equal(gradient, found[0][1]):
            raise AssertionError("sums: energies depend on the number of workers")


_FIXED = list[int]()


def _fixed() -> int:
    """Memory before the first block, in bytes."""
    if not _FIXED:
        _FIXED.append(_peak())
    return _FIXED[0]


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
