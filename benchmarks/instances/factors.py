"""Products of unknown factors as benchmarks: dense, masked, nonnegative, butterflies.

factorisation   min ‖U Vᵀ − R‖²: the optimum by Eckart and Young
completion      min ‖mask ∘ (U Vᵀ − R)‖² + λ (‖U‖² + ‖V‖²)
nonnegative     the first with U, V ≥ 0
butterfly       min ‖A − S₁ … S_J‖², A a Hadamard matrix: exact
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg, sparse

import nzdiff as nz
from benchmarks.instances.instance import Floats, Instance
from nzdiff.gallery import matrix_completion
from nzdiff.gallery.butterfly import product_of
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem


def factorisation(rows: int, cols: int, rank: int, *, noise: float = 0.1) -> Instance:
    """R of this rank plus noise, at random."""
    n, m, k = nz.dims("n m k")
    U, V, R = nz.dense("U", n, k), nz.dense("V", m, k), nz.dense("R", n, m)
    rng = np.random.default_rng(0)
    target = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, cols))
    target += noise * rng.standard_normal((rows, cols))
    rest = np.linalg.svd(target, compute_uv=False)[rank:]
    return Instance(
        name=f"factorisation-{rows}x{cols}" + ("" if noise else "-exact"),
        sizes=f"{rows} × {cols}, rank {rank}, s = {(rows + cols) * rank:,}",
        problem=Problem(nz.sumsq(U * V.T - R), wrt=(U, V), name="factorisation"),
        data={"R": target, "U": (rows, rank), "V": (cols, rank)},
        g0=rng.standard_normal((rows + cols) * rank),
        reference=float(rest @ rest) if noise else 0.0,
        reference_meaning="optimum: the singular values that are left",
    )


def nonnegative(rows: int, cols: int, rank: int) -> Instance:
    """R = U* V*ᵀ with U*, V* ≥ 0, half of their entries 0."""
    n, m, k = nz.dims("n m k")
    U, V, R = nz.dense("U", n, k), nz.dense("V", m, k), nz.dense("R", n, m)
    rng = np.random.default_rng(0)
    left, right = (
        rng.uniform(0, 1, (size, rank)) * (rng.random((size, rank)) < 0.5) for size in (rows, cols)
    )
    return Instance(
        name=f"nonnegative-{rows}x{cols}",
        sizes=f"{rows} × {cols}, rank {rank}, s = {(rows + cols) * rank:,}",
        problem=Problem(nz.sumsq(U * V.T - R), wrt=(U, V), name="nonnegative"),
        data={"R": left @ right.T, "U": (rows, rank), "V": (cols, rank)},
        g0=rng.uniform(0, 1, (rows + cols) * rank),
        reference=0.0,
        reference_meaning="optimum: R was made by factors ≥ 0",
        bounds=(0.0, None),
    )


def completion(
    rows: int,
    cols: int,
    rank: int,
    *,
    known: int,
    noise: float = 0.1,
    weight: float = 1.0,
    is_solved: bool = True,
) -> Instance:
    """About so many entries are known of a matrix of this rank plus noise.

    The answer is that of alternating least squares from another start, which it takes long to give
    for large ones: is_solved.
    """
    rng = np.random.default_rng(0)
    left, right = (rng.standard_normal((n, rank)) / rank**0.25 for n in (rows, cols))
    place = np.unique(rng.integers(0, rows * cols, known))
    i, j = place // cols, place % cols
    values = np.einsum("ij,ij->i", left[i], right[j]) + noise * rng.standard_normal(i.size)
    R = sparse.csr_array((values, (i, j)), (rows, cols))
    starts = [rng.standard_normal((n, rank)) for n in (rows, cols, rows, cols)]
    return Instance(
        name=f"completion-{rows}x{cols}",
        sizes=f"{rows:,} × {cols:,}, rank {rank}, {i.size:,} known, s = {(rows + cols) * rank:,}",
        problem=matrix_completion.problem,
        data={"R": R, "U": (rows, rank), "V": (cols, rank), "weight": weight},
        g0=np.concatenate([start.ravel() for start in starts[:2]]),
        reference=alternating_least_squares(R, weight, *starts[2:])[2] if is_solved else None,
        reference_meaning="stationary: alternating least squares from another start",
    )


def alternating_least_squares(
    R: Any, weight: float, U: Floats, V: Floats, *, sweeps: int = 3000, tolerance: float = 1e-14
) -> tuple[Floats, Floats, float]:
    """(U, V, E) where E stands still: all rows of U, then all rows of V, at their minimum in turn.

    Source: Koren, Bell, Volinsky 2009.
    """
    across = sparse.csr_array(R.T)
    energy = np.inf
    for _ in range(sweeps):
        U = _ridge(R, V, weight)
        V = _ridge(across, U, weight)
        before, energy = energy, completion_energy(R, weight, U, V)
        if before - energy <= tolerance * energy:
            break
    return U, V, energy


def completion_energy(R: Any, weight: float, U: Floats, V: Floats) -> float:
    """‖mask ∘ (U Vᵀ − R)‖² + weight (‖U‖² + ‖V‖²)."""
    rows = np.repeat(np.arange(R.shape[0]), np.diff(R.indptr))
    misfit = np.einsum("ij,ij->i", U[rows], V[R.indices]) - R.data
    return float(misfit @ misfit + weight * (np.sum(U**2) + np.sum(V**2)))


def _ridge(R: Any, V: Floats, weight: float) -> Floats:
    """For each row i of R: (Σ_j V_j V_jᵀ + weight I)⁻¹ Σ_j R_ij V_j, over the stored j."""
    rank = V.shape[1]
    mask = sparse.csr_array((np.ones(R.nnz), R.indices, R.indptr), R.shape)
    squares = mask @ (V[:, :, None] * V[:, None, :]).reshape(len(V), -1)
    systems = squares.reshape(-1, rank, rank) + weight * np.eye(rank)
    return np.asarray(np.linalg.solve(systems, (R @ V)[:, :, None])[:, :, 0])


def butterfly(levels: int) -> Instance:
    """The Hadamard matrix of 2^levels as a product of butterflies, two values a row, from noise."""
    size = 2**levels
    patterns = {}
    i = np.arange(size)
    for level in range(levels):
        rows, cols = np.concatenate([i, i]), np.concatenate([i, i ^ (1 << level)])
        patterns[f"S{level}"] = Pattern((rows, cols), (size, size))
    start = np.random.default_rng(0).standard_normal(2 * size * levels)
    return Instance(
        name=f"butterfly-{size}",
        sizes=f"n = {size}, {levels} factors, s = {start.size:,}",
        problem=product_of(levels, name=f"butterfly_{levels}"),
        data={"A": linalg.hadamard(size).astype(np.float64), **patterns},
        g0=start,
        reference=0.0,
        reference_meaning="optimum: the fast transform",
    )
