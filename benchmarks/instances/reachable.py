"""The seed energy with an optimum that is known to be 0: X := Y G*ᵀ L G* B for a random G*.

E(G) = ‖X − Y Gᵀ L G B‖²_F with dense Y (p × m), L the Laplacian of a grid (n × n, symmetric), G
with three values per row, at the three coarse points nearest to its vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

import nzdiff as nz
from benchmarks.instances.instance import Instance
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem

Floats = NDArray[np.float64]
Start = Literal["random", "near"]

PER_ROW = 3
ROUNDS = 5
NOISE = 0.1


@dataclass(frozen=True, slots=True)
class ReachableSizes:
    """A grid of rows × columns = n vertices, m coarse points, X of shape (p, k)."""

    rows: int
    columns: int
    m: int
    p: int
    k: int

    @property
    def n(self) -> int:
        """Vertices of the grid."""
        return self.rows * self.columns


SIZES: dict[int, ReachableSizes] = {
    600: ReachableSizes(10, 20, m=40, p=40, k=20),
    1_500: ReachableSizes(20, 25, m=60, p=60, k=30),
    4_500: ReachableSizes(30, 50, m=150, p=150, k=50),
    15_000: ReachableSizes(50, 100, m=500, p=500, k=100),
    240_000: ReachableSizes(200, 400, m=1000, p=1000, k=100),
}
"""By s = 3 n, the number of stored values of G."""


def seed_problem() -> Problem:
    """‖X − Y Gᵀ L G B‖²_F, L symmetric, Y dense."""
    n, m, p, k = nz.dims("n m p k")
    X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
    L, G = nz.sparse("L", n, n, symmetric=True), nz.sparse("G", n, m)
    return Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G, name="seed")


def reachable(s: int, seed: int = 0, *, start: Start = "random") -> Instance:
    """The instance of s stored values.

    start: "random", normal numbers as G* itself; or "near", G* + 0.1 · normal numbers.
    """
    if s not in SIZES:
        raise ValueError(f"s: expected one of {', '.join(map(str, SIZES))}, got {s}")
    size, rng = SIZES[s], np.random.default_rng(seed)
    pattern, L = nearest_pattern(size, rng), grid_laplacian(size.rows, size.columns)
    Y = rng.standard_normal((size.p, size.m)) / np.sqrt(size.m)
    B = rng.standard_normal((size.m, size.k)) / np.sqrt(size.m)
    truth, noise = rng.standard_normal((2, pattern.size))
    G = pattern.to_csr(truth)
    return Instance(
        name=f"reachable-{s}" + ("" if start == "random" else f"-{start}"),
        sizes=f"n = {size.n:,}, m = {size.m}, p = {size.p}, k = {size.k}, s = {s:,}",
        problem=seed_problem(),
        data={"X": Y @ (G.T @ (L @ (G @ B))), "Y": Y, "B": B, "L": L, "G": pattern},
        g0=noise if start == "random" else truth + NOISE * noise,
        reference=0.0,
        reference_meaning="optimum: X was made by a G of this pattern",
    )


def grid_laplacian(rows: int, columns: int) -> Any:
    """The graph Laplacian of a rows × columns grid, CSR (n, n)."""
    down, across = (_path(size) for size in (rows, columns))
    eyes = sparse.eye_array(columns), sparse.eye_array(rows)
    return sparse.csr_array(sparse.kron(down, eyes[0]) + sparse.kron(eyes[1], across))


def nearest_pattern(size: ReachableSizes, rng: np.random.Generator) -> Pattern:
    """Each vertex at its PER_ROW nearest of m coarse points, row by row, columns ascending.

    The coarse points are drawn from the vertices and spread by a few rounds of Lloyd's method.
    """
    vertices = np.indices((size.rows, size.columns)).reshape(2, -1).T.astype(np.float64)
    points = vertices[rng.choice(size.n, size.m, replace=False)]
    for _ in range(ROUNDS):
        points = _centroids(vertices, points)
    _, nearest = cKDTree(points).query(vertices, k=PER_ROW)
    owners = np.repeat(np.arange(size.n), PER_ROW)
    return Pattern((owners, np.sort(nearest, axis=1).ravel()), (size.n, size.m))


def _path(size: int) -> Any:
    """The graph Laplacian of a path."""
    ones = np.ones(size - 1)
    A = sparse.diags_array([ones, ones], offsets=[-1, 1], shape=(size, size))
    return sparse.diags_array(np.asarray(A.sum(axis=1)).ravel()) - A


def _centroids(vertices: Floats, points: Floats) -> Floats:
    """The mean of the vertices nearest to each point; a point without any stays."""
    _, labels = cKDTree(points).query(vertices)
    counts = np.bincount(labels, minlength=len(points))[:, None]
    sums = np.stack([np.bincount(labels, axis, minlength=len(points)) for axis in vertices.T], 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), points)
