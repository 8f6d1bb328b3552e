"""`python -m benchmarks columns`: X with many columns, generated block by block, in one pass.

Against the rate of a product of two matrices of 1,000 rows (dgemm) on as many threads, timed before
and after each pass: 2 k s² operations for the QR factorisation of k columns of s numbers.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.linalg.blas import dgemm

import nzdiff as nz
from benchmarks.solvers.report import markdown_table
from nzdiff.pools import limited
from nzdiff.terminal import say

Floats = NDArray[np.float64]
HEAD = ("rows × columns", "block", "pass, s", "share of dgemm", "memory over the start, blocks")


@dataclass(slots=True)
class Source:
    """Blocks of columns; seconds: what making them took, in sum."""

    rows: int
    columns: int
    block: int
    seconds: float = 0.0

    def __iter__(self) -> Iterator[dict[str, Floats]]:
        """Blocks as `reduce_dimension` takes them, each from its own seed."""
        for start in range(0, self.columns, self.block):
            began = time.perf_counter()
            width = min(self.block, self.columns - start)
            made = np.random.default_rng(start).standard_normal((self.rows, width))
            self.seconds += time.perf_counter() - began
            yield {"X": made}
            del made


def measure_columns(
    console: Console, *, rows: int, columns: int, block: int, threads: int, rounds: int
) -> None:
    """Print a table, one row for each round."""
    m, k = nz.dims("m k")
    X, G = nz.dense("X", m, k), nz.sparse("G", m, m)
    problem = nz.Problem(nz.sumsq(X - G * X), wrt=G, name="columns")
    found = []
    for _ in range(rounds):
        source, before = Source(rows, columns, block), _peak()
        rate = _rate(threads)
        began = time.perf_counter()
        nz.reduce_dimension(problem, over="k", data=source, threads=threads)
        seconds = time.perf_counter() - began - source.seconds
        rate = statistics.mean([rate, _rate(threads)])
        share = 2.0 * columns * rows**2 / seconds / rate
        memory = (_peak() - before) / (8 * rows * block)
        found.append(
            [
                f"{rows:,} × {columns:,}",
                f"{block:,}",
                f"{seconds:.1f}",
                f"{share:.2f} of {rate / 1e9:.0f} GFlop/s",
                f"{memory:.1f}",
            ]
        )
    say(console, markdown_table(HEAD, found))


def _rate(threads: int) -> float:
    """Operations a second of dgemm: the median of several."""
    A = np.asfortranarray(np.random.default_rng(0).standard_normal((1000, 1000)))
    seconds = []
    with limited(threads):
        for _ in range(15):
            began = time.perf_counter()
            dgemm(1.0, A, A)
            seconds.append(time.perf_counter() - began)
    return 2.0 * 1000**3 / statistics.median(seconds)


def _peak() -> int:
    """The most memory so far, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
