"""`python -m benchmarks assembly`: what it takes to write the lower triangle of 2 JᵀJ.

Ways into the same memory, whose pages were touched before, in turn, medians of each: `assemble`
(this library) at a new g, and at the same g, where the factors are known and entries alone are
gathered; J in closed form and dsyrk (`jacobian`); and writing as many doubles once and nothing
else (`streaming`), which no assembly can beat.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.linalg import blas
from threadpoolctl import threadpool_limits

from benchmarks.assembly.jacobian import explicit_jacobian, square
from benchmarks.assembly.streaming import can_stream, fill, stream
from benchmarks.instances.reachable import SIZES, reachable
from benchmarks.machine import machine
from benchmarks.solvers.report import markdown_table
from nzdiff.runtime.data.files import write_whole
from nzdiff.terminal import say

Floats = NDArray[np.float64]

ASSEMBLE, GATHER, EXPLICIT = "assemble", "assemble, factors known", "J, then dsyrk"
FILL, STREAM = "fill", "streaming stores"
TOLERANCE = 1e-10
EXPLANATION = """One thread.  Medians; the ways take turns.  GB/s: the 4 s (s + 1) bytes of the
triangle over the time.  Share of bandwidth: that over the same of the fastest way of only writing;
what fits into a cache shows the cache.  Flops: 8 for the four products of entries of Gram matrices
that make an entry, not those of the Gram matrices; p k s (s + 1) for dsyrk, 3 p k s for J."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The median seconds of one way at one size; flops counted, not measured."""

    s: int
    way: str
    seconds: float
    repeats: int
    flops: int

    @property
    def bytes_per_second(self) -> float:
        """The bytes of the triangle over the time."""
        return 4.0 * self.s * (self.s + 1) / self.seconds


def assemble(model: Any, g: Floats, out: Floats) -> None:
    """The lower triangle of out (s, s) ← 2 JᵀJ at g."""
    model.gauss_newton(g).toarray(out=out, lower=True)


def measure_assembly(
    console: Console,
    *,
    sizes: Sequence[int],
    repeats: int,
    gigabytes: float,
    out: Path,
    backend: str = "auto",
) -> tuple[Measurement, ...]:
    """Measure every size in `sizes` (keys of SIZES) and write assembly.md and assembly.json.

    gigabytes: what J may take; larger ones are left out.  Ctrl-C keeps the sizes measured by then.
    Raises ValueError for other sizes and where a matrix is wrong.
    """
    unknown = [s for s in sizes if s not in SIZES]
    if unknown:
        raise ValueError(f"size: expected {', '.join(map(str, SIZES))}, got {unknown[0]}")
    out.mkdir(parents=True, exist_ok=True)
    found: list[Measurement] = []
    try:
        for s in sizes:
            with console.status(f"s = {s:,}"), threadpool_limits(1, "blas"):
                rows = measured(s, repeats=repeats, gigabytes=gigabytes, backend=backend)
            say(console, table(rows))
            found += rows
    except KeyboardInterrupt:
        console.print("stopped")
    write(found, out)
    say(console, f"wrote {out / 'assembly.md'}\nwrote {out / 'assembly.json'}")
    return tuple(found)


def measured(s: int, *, repeats: int, gigabytes: float, backend: str) -> list[Measurement]:
    """All ways at one size, in turn; the matrices are checked by a product with a vector."""
    instance, size = reachable(s), SIZES[s]
    model, g = instance.bind(backend=backend), instance.g0
    out, turns = np.zeros((s, s)), cycle((g * 1.000001, g * 1.000002))
    triangle = out.reshape(-1)[: s * (s + 1) // 2]

    def at_new_g() -> None:
        assemble(model, next(turns), out)

    ways: dict[str, Callable[[], None]] = {
        ASSEMBLE: at_new_g,
        GATHER: lambda: assemble(model, g, out),
    }
    if 8e-9 * size.p * size.k * s <= gigabytes:
        J, G = np.zeros((s, size.k, size.p)), instance.data["G"].to_csr(g)
        ways[EXPLICIT] = lambda: explicit(instance.data, G, J, out)
        fill(J)
    ways[FILL] = lambda: fill(triangle)
    if can_stream():
        ways[STREAM] = lambda: stream(triangle)
    entries = 4 * s * (s + 1)
    explicit_flops = size.p * size.k * s * (s + 4)
    flops = {ASSEMBLE: entries, GATHER: entries, EXPLICIT: explicit_flops, FILL: 0, STREAM: 0}

    def check(way: str) -> None:
        if way in (GATHER, EXPLICIT):
            check_matrix(out, model, g)

    assemble(model, g, out)  # its symbolic phase is not measured
    medians = interleaved_medians(ways, repeats, check)
    return [Measurement(s, way, medians[way], repeats, flops[way]) for way in ways]


def explicit(data: Mapping[str, Any], G: Any, J: Floats, out: Floats) -> None:
    """The lower triangle of out (s, s) ← 2 JᵀJ by way of J."""
    explicit_jacobian(data, G, J)
    square(J, out)


def check_matrix(matrix: Floats, model: Any, g: Floats) -> None:
    """ValueError unless 2 JᵀJ at g has this lower triangle, judged by 2 Jᵀ(J v) for a random v."""
    v = np.random.default_rng(0).standard_normal(len(matrix))
    expected = 2.0 * model.vjp(g, model.jvp(g, v))
    found = blas.dsymv(1.0, matrix.T, v, lower=0)  # the lower triangle is BLAS's upper one
    gap = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    if not gap <= TOLERANCE:
        raise ValueError(f"matrix: expected 2 JᵀJ, its product with a vector is off by {gap:.1e}")


def interleaved_medians(
    ways: Mapping[str, Callable[[], None]], repeats: int, check: Callable[[str], None]
) -> dict[str, float]:
    """The median seconds of each, called in turn `repeats` times: a slow spell meets all alike.

    check(way): called after each way, not timed.
    """
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, call in ways.items():
            began = time.perf_counter()
            call()
            times[way].append(time.perf_counter() - began)
            check(way)
    return {way: statistics.median(seconds) for way, seconds in times.items()}


def table(rows: Sequence[Measurement]) -> str:
    """The Markdown table; the bandwidth is that of the fastest way of only writing, by size."""
    head = ("s", "way", "seconds", "GB/s", "Gflop/s", "share of bandwidth", "repeats")
    body = []
    for row in rows:
        fastest = max(m.bytes_per_second for m in rows if m.s == row.s and not m.flops)
        body.append(
            (
                f"{row.s:,}",
                row.way,
                f"{row.seconds:.3g}",
                f"{1e-9 * row.bytes_per_second:.3g}",
                f"{1e-9 * row.flops / row.seconds:.3g}" if row.flops else "–",
                f"{row.bytes_per_second / fastest:.1%}",
                str(row.repeats),
            )
        )
    return markdown_table(head, body, left=(1,))


def write(found: Sequence[Measurement], out: Path) -> None:
    """assembly.md and assembly.json."""
    about = "\n".join(f"- {name}: {value}" for name, value in machine().items())
    parts = ["# Assembly of 2 JᵀJ", EXPLANATION, table(found), "## Machine", about]
    write_whole(out / "assembly.md", ("\n\n".join(parts) + "\n").encode())
    content = {"machine": machine(), "measurements": [asdict(row) for row in found]}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(out / "assembly.json", text.encode())
