"""`python -m benchmarks inverses`: covariance selection on a path, a torus and a lattice.

    min −log det Θ + tr(S Θ)  over symmetric positive definite Θ on a graph,

with S = Θ*⁻¹ on the graph of a known Θ*, which is the minimum.  On the torus S comes from an FFT,
elsewhere from the factors of Θ*.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from scipy import sparse

import nzdiff as nz
from benchmarks.solvers.report import markdown_table
from nzdiff.runtime.model import Model
from nzdiff.terminal import say

HEAD = ("graph", "unknowns", "bind", "E", "E, ∂E/∂g", "H v", "solve", "method", "error", "GB")
ROUNDS = 11


@dataclass(frozen=True, slots=True)
class Graph:
    """name: path, torus or lattice.  side: nodes in one direction.  diagonal: of Θ*, −1 beside."""

    name: str
    side: int
    diagonal: float

    def optimum(self) -> sparse.csr_array:
        """Θ*."""
        ones = np.ones(self.side)
        line: Any = sparse.diags_array([ones[1:], ones[1:]], offsets=[-1, 1])
        if self.name == "torus":
            ends = sparse.coo_array(([1.0, 1.0], ([0, self.side - 1], [self.side - 1, 0])))
            line = line + ends
        if self.name != "path":
            eye = sparse.eye_array(self.side)
            line = sparse.kron(line, eye) + sparse.kron(eye, line)
        found = sparse.csr_array(self.diagonal * sparse.eye_array(line.shape[0]) - line)
        found.sort_indices()
        return found

    def covariance(self) -> sparse.csr_array:
        """Θ*⁻¹ on the graph."""
        theta = self.optimum()
        if self.name == "torus":
            wave = np.add.outer(*[2.0 * np.cos(2.0 * np.pi * np.arange(self.side) / self.side)] * 2)
            inverse = np.real(np.fft.ifft2(1.0 / (self.diagonal - wave)))
            rows = np.repeat(np.arange(theta.shape[0]), np.diff(theta.indptr))
            across, along = (
                b - a
                for a, b in zip(*(divmod(x, self.side) for x in (rows, theta.indices)), strict=True)
            )
            values = inverse[across % self.side, along % self.side]
        else:
            pattern = nz.Pattern.from_scipy(theta)
            A = nz.sparse("A", *[nz.dims("n")[0]] * 2)
            values = pattern.to_csr(
                nz.Problem(nz.logdet(A), wrt=A).bind(A=pattern).gradient(pattern.pack(theta))
            ).data
        return sparse.csr_array((values, theta.indices, theta.indptr), shape=theta.shape)

    def bind(self, backend: str) -> Model:
        """The likelihood of S = Θ*⁻¹."""
        (n,) = nz.dims("n")
        S, theta = (nz.sparse(name, n, n, symmetric=True) for name in ("S", "Theta"))
        problem = nz.Problem(-nz.logdet(theta, positive=True) + nz.trace(S * theta), wrt=theta)
        pattern = nz.Pattern.from_scipy(self.optimum()).symmetric()
        return problem.bind(S=self.covariance(), Theta=pattern, backend=backend, threads=1)


GRAPHS = (
    Graph("path", 100_000, 2.5),
    Graph("torus", 100, 5.0),
    Graph("lattice", 300, 5.0),
)


def measure_inverses(console: Console, *, backend: str) -> None:
    """Print a row per graph: seconds, of evaluations those of the processor."""
    rows = [measured(graph, backend) for graph in GRAPHS]
    say(console, markdown_table(HEAD, rows))


def measured(graph: Graph, backend: str) -> list[str]:
    """The row of a graph."""
    graph.bind(backend)  # what was never planned and compiled is
    bind, model = timed(lambda: graph.bind(backend))
    best = model.pack(graph.optimum())
    points = [best * (1.0 + 1e-6 * (i + 1)) for i in range(ROUNDS)]
    H = model.hessian(best)
    functions = (model.energy, model.energy_and_gradient, H.matvec)
    energy, both, product = (cpu_seconds(function, points) for function in functions)
    start = model.pack(sparse.csr_array(sparse.eye_array(graph.optimum().shape[0])))
    solve, result = timed(lambda: nz.solve(model, start, max_seconds=120.0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    shown = (f"{x:.3g}" for x in (bind, energy, both, product, solve))
    error = np.abs(result.x - best).max()
    name = f"{graph.name}, {graph.side}"
    return [name, str(model.size), *shown, result.method, f"{error:.0e}", f"{memory:.2f}"]


def cpu_seconds(function: Callable[[Any], Any], points: Sequence[Any]) -> float:
    """Of one call, of one thread: what else the machine does is not counted."""
    function(points[0])
    began = time.process_time()
    for point in points[1:]:
        function(point)
    return (time.process_time() - began) / (len(points) - 1)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and its result."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found
