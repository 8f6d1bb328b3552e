"""`python -m benchmarks columns`: X with many columns, generated block by block, in one pass.

Against the rate of products of two matrices of 1,000 rows (dgemm) on as many threads, one timed
between any two blocks, for other programs change what a machine gives: 2 k s² operations for the QR
factorisation of k columns of s numbers.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.linalg.blas import dgemm

import nzdiff as nz
from benchmarks.solvers.report import markdown_table
from nzdiff.terminal import say

Floats = NDArray[np.float64]
SIDE = 1000
HEAD = ("rows × columns", "block", "pass, s", "share of dgemm", "memory over the start, blocks")


@dataclass(slots=True)
class Source:
    """Blocks of columns; seconds: what making and timing took.  products: seconds of each dgemm."""

    rows: int
    columns: int
    block: int
    seconds: float = 0.0
    products: list[float] = field(default_factory=list)

    def __iter__(self) -> Iterator[dict[str, Floats]]:
        """Blocks as `reduce_dimension` takes them, each from its own seed."""
        A = np.asfortranarray(np.random.default_rng(0).standard_normal((SIDE, SIDE)))
        for start in range(0, self.columns, self.block):
            began = time.perf_counter()
            width = min(self.block, self.columns - start)
            made = np.random.default_rng(start).standard_normal((self.rows, width))
            between = time.perf_counter()
            dgemm(1.0, A, A)
            self.products.append(time.perf_counter() - between)
            self.seconds += time.perf_counter() - began
            yield {"X": made}
            del made

    @property
    def rate(self) -> float:
        """Operations a second of dgemm."""
        return 2.0 * SIDE**3 * len(self.products) / sum(self.products)


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
        began = time.perf_counter()
        nz.reduce_dimension(problem, over="k", data=source, threads=threads)
        seconds = time.perf_counter() - began - source.seconds
        share = 2.0 * columns * rows**2 / seconds / source.rate
        memory = (_peak() - before) / (8 * rows * block)
        found.append(
            [
                f"{rows:,} × {columns:,}",
                f"{block:,}",
                f"{seconds:.1f}",
                f"{share:.2f} of {source.rate / 1e9:.0f} GFlop/s",
                f"{memory:.1f}",
            ]
        )
    say(console, markdown_table(HEAD, found))


def _peak() -> int:
    """The most memory so far, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
