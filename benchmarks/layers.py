"""`python -m benchmarks layers`: ‖A B − X‖² by a sparse A, forward and backward in PyTorch.

A case reported to PyTorch: A is 110,000² with 860,000 values, B has 200 columns, all in single
precision; a dense gradient by A would take 45 GiB.  Every way runs in a process of its own, with a
limit on its memory, on one thread.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console

import nzdiff as nz
from benchmarks.solvers.report import markdown_table
from nzdiff.terminal import say

WAYS = ("nzdiff", "torch.sparse, COO", "torch.sparse, CSR", "torch, gather and index_add")
HEAD = ("way", "seconds", "first", "GB before", "GB at most", "E", "‖∂E/∂g‖")
GIB = 2**30


def measure_layers(
    console: Console, *, side: int, values: int, columns: int, rounds: int, gibibytes: float
) -> None:
    """Print a row per way: seconds of the processor for E and ∂E/∂g, and memory of the process."""
    rows = []
    for way in WAYS:
        sizes = (way, side, values, columns, rounds, gibibytes)
        command = [sys.executable, "-m", "benchmarks.layers", json.dumps(sizes)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode:
            last = (found.stderr.strip().splitlines() or [f"signal {-found.returncode}"])[-1]
            rows.append([way, last, *[""] * (len(HEAD) - 2)])
        else:
            numbers = json.loads(found.stdout.splitlines()[-1])
            rows.append([way, *(f"{number:.6g}" for number in numbers)])
        say(console, ", ".join(rows[-1]))
    say(console, markdown_table(HEAD, rows, left=(0,)))


def work(
    way: str, side: int, values: int, columns: int, rounds: int, gibibytes: float
) -> list[float]:
    """The numbers of a row; MemoryError, or what PyTorch raises, beyond the limit."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    most = int(gibibytes * GIB)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    rng = np.random.default_rng(0)
    places = np.sort(rng.choice(side * side, values, replace=False))
    i, j = divmod(places, side)
    B, X = (torch.from_numpy(rng.random((side, columns), np.float32)) for _ in range(2))
    energy = _ways(i, j, B, X)[way]()
    before = _peak()
    g = torch.from_numpy(rng.random(values, np.float32)).requires_grad_()
    seconds, found, gradient = [], 0.0, g
    for _ in range(rounds + 1):
        began = time.process_time()
        E = energy(g)
        (gradient,) = torch.autograd.grad(E, g)
        seconds.append(time.process_time() - began)
        found = E.item()
        with torch.no_grad():
            g *= 0.99
    norm = float(gradient.double().norm())
    return [float(np.median(seconds[1:])), seconds[0], before, _peak(), found, norm]


def _ways(i: Any, j: Any, B: Any, X: Any) -> dict[str, Callable[[], Callable[[Any], Any]]]:
    import torch  # noqa: PLC0415

    side = len(B)
    rows, cols = torch.from_numpy(i), torch.from_numpy(j)

    def ours() -> Callable[[Any], Any]:
        n, k = nz.dims("n k")
        A, target, factor = nz.sparse("A", n, n), nz.dense("X", n, k), nz.dense("B", n, k)
        problem = nz.Problem(nz.sumsq(A * factor - target), wrt=A)
        pattern = nz.Pattern((i, j), (side, side))
        model = problem.bind(A=pattern, B=B, X=X, dtype=torch.float32)
        return nz.layers.torch(model)  # type: ignore[no-any-return]

    def coo(g: Any) -> Any:
        A = torch.sparse_coo_tensor(
            torch.stack([rows, cols]), g, (side, side), is_coalesced=True, check_invariants=False
        )
        return (torch.sparse.mm(A, B) - X).square().sum()

    start = torch.searchsorted(rows, torch.arange(side + 1))

    def csr(g: Any) -> Any:
        A = torch.sparse_csr_tensor(start, cols, g, (side, side), check_invariants=False)
        return (torch.sparse.mm(A, B) - X).square().sum()

    def gather(g: Any) -> Any:
        product = torch.zeros_like(X).index_add(0, rows, g[:, None] * B[cols])
        return (product - X).square().sum()

    return dict(zip(WAYS, (ours, lambda: coo, lambda: csr, lambda: gather), strict=True))


def _peak() -> float:
    """GB of the process at most, so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(work(*json.loads(sys.argv[1]))) + "\n")
