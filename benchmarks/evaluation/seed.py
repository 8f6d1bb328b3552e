"""Instances of the evaluation: the seed energy on grids, as arrays that any program can read.

    E(G) = ‖X − Y Gᵀ L G B‖²_F

L: the five-point Laplacian of a grid (n × n).  G (n × m): each fine vertex at its nearest coarse
vertices, which stand on a coarser grid, each moved a little.  X (p × k), Y (p × m, or diagonal and
p = m), B (m × k) are normal random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from benchmarks.instances.reachable import grid_laplacian

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

JITTER = 0.2
"""How far coarse vertices are moved, in spacings of their grid."""


@dataclass(frozen=True, slots=True)
class SeedSizes:
    """A fine grid of n vertices, a coarse one of m, X of shape (p, k), entries of G per row."""

    fine: tuple[int, int]
    coarse: tuple[int, int]
    p: int
    k: int
    per_row: int = 3
    diagonal: bool = False

    def __post_init__(self) -> None:
        if self.diagonal and self.p != self.m:
            raise ValueError(f"p: expected m = {self.m} for a diagonal Y, got {self.p}")

    @property
    def n(self) -> int:
        """Rows of G."""
        return self.fine[0] * self.fine[1]

    @property
    def m(self) -> int:
        """Columns of G."""
        return self.coarse[0] * self.coarse[1]

    @property
    def s(self) -> int:
        """Stored values of G."""
        return self.per_row * self.n

    def __str__(self) -> str:
        kind = "diagonal" if self.diagonal else "dense"
        return f"n = {self.n:,}, m = {self.m}, p = {self.p}, k = {self.k}, s = {self.s:,}, Y {kind}"


def _both(name: str, sizes: SeedSizes) -> dict[str, SeedSizes]:
    """The instance with a dense and that with a diagonal Y."""
    m = sizes.m
    return {
        name: sizes,
        f"{name}-diagonal": SeedSizes(sizes.fine, sizes.coarse, m, sizes.k, diagonal=True),
    }


INSTANCES: dict[str, SeedSizes] = {
    **_both("small", SeedSizes((10, 20), (5, 8), p=20, k=20)),
    "assembly": SeedSizes((20, 25), (8, 10), p=40, k=30),
    **_both("medium", SeedSizes((50, 100), (20, 25), p=500, k=100)),
    **_both("large", SeedSizes((250, 320), (25, 40), p=1000, k=100)),
    **_both("large-k200", SeedSizes((250, 320), (25, 40), p=1000, k=200)),
}
"""Every instance by name."""

GROUPS: dict[str, tuple[str, ...]] = {
    name: tuple(other for other in INSTANCES if other in (name, f"{name}-diagonal"))
    for name in ("small", "assembly", "medium", "large", "large-k200")
}
"""What a size on the command line stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class Seed:
    """The arrays of an instance.

    Y: (p, m), or (m,) where it is diagonal.  L is symmetric, by its CSR arrays.  G has its stored
    values at (rows, cols), row by row, columns ascending.  g: two points, (2, s); v: (s,), a
    direction; w: (p, k), a cotangent of the residual.
    """

    X: Floats
    Y: Floats
    B: Floats
    L_values: Floats
    L_indices: Indices
    L_indptr: Indices
    rows: Indices
    cols: Indices
    g: Floats
    v: Floats
    w: Floats

    @property
    def n(self) -> int:
        """Rows of G."""
        return len(self.L_indptr) - 1

    @property
    def m(self) -> int:
        """Columns of G."""
        return len(self.B)

    @property
    def k(self) -> int:
        """Columns of X and B."""
        return int(self.B.shape[1])

    @property
    def p(self) -> int:
        """Rows of X."""
        return len(self.X)

    @property
    def s(self) -> int:
        """Stored values of G."""
        return len(self.rows)

    @property
    def is_diagonal(self) -> bool:
        """Whether Y is."""
        return self.Y.ndim == 1

    @property
    def L(self) -> Any:
        """L in CSR."""
        return sparse.csr_array((self.L_values, self.L_indices, self.L_indptr), (self.n, self.n))

    @property
    def G_indptr(self) -> Indices:
        """Where the rows of G begin among its stored values, (n + 1,)."""
        return np.searchsorted(self.rows, np.arange(self.n + 1))

    def G(self, g: Floats) -> Any:
        """G in CSR."""
        return sparse.csr_array((g, self.cols, self.G_indptr), (self.n, self.m))


def make_seed(sizes: SeedSizes, seed: int = 0) -> Seed:
    """The instance of these sizes; the same numbers for the same seed."""
    rng = np.random.default_rng(seed)
    L, cols = grid_laplacian(*sizes.fine), nearest(sizes, rng)
    m, p, k, s = sizes.m, sizes.p, sizes.k, sizes.s
    return Seed(
        X=rng.standard_normal((p, k)),
        Y=rng.standard_normal(m) if sizes.diagonal else rng.standard_normal((p, m)) / np.sqrt(m),
        B=rng.standard_normal((m, k)) / np.sqrt(m),
        L_values=L.data,
        L_indices=L.indices.astype(np.int64),
        L_indptr=L.indptr.astype(np.int64),
        rows=np.repeat(np.arange(sizes.n), sizes.per_row),
        cols=cols.ravel(),
        g=rng.standard_normal((2, s)),
        v=rng.standard_normal(s),
        w=rng.standard_normal((p, k)),
    )


def nearest(sizes: SeedSizes, rng: np.random.Generator) -> Indices:
    """The columns of G, (n, per_row): the nearest coarse vertices of every fine one, ascending."""
    fine = np.indices(sizes.fine).reshape(2, -1).T
    spacing = np.divide(sizes.fine, sizes.coarse)
    coarse = (np.indices(sizes.coarse).reshape(2, -1).T + 0.5) * spacing - 0.5
    coarse += JITTER * spacing * rng.standard_normal(coarse.shape)
    _, found = cKDTree(coarse).query(fine, k=sizes.per_row)
    return np.sort(found.reshape(sizes.n, sizes.per_row).astype(np.int64), axis=1)


def save_seed(path: Path, seed: Seed, **more: Floats) -> None:
    """Write the arrays, and `more` beside them, into an npz file."""
    arrays: dict[str, Any] = {field.name: getattr(seed, field.name) for field in fields(Seed)}
    arrays.update(more)
    np.savez(path, **arrays)


def load_seed(path: Path) -> Seed:
    """What `save_seed` wrote."""
    with np.load(path) as arrays:
        return Seed(**{field.name: arrays[field.name] for field in fields(Seed)})
