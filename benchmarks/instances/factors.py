"""Products of unknown factors as benchmarks: dense, masked, nonnegative, butterflies.

factorisation   min ‖U Vᵀ − R‖²: the optimum by Eckart and Young
completion      min ‖mask ∘ (U Vᵀ − R)‖² + λ (‖U‖² + ‖V‖²)
nonnegative     the first with U, V ≥ 0
butterfly       min ‖A − S₁ … S_J‖², A a Hadamard matrix: exact
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse

import nzdiff as nz
from benchmarks.instances.instance import Instance
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


def completion(rows: int, cols: int, rank: int, *, density: float, weight: float = 0.1) -> Instance:
    """A part of a matrix of this rank is known."""
    rng = np.random.default_rng(0)
    known = sparse.random_array((rows, cols), density=density, rng=rng).tocsr()
    where = known.tocoo().coords
    left, right = rng.standard_normal((rows, rank)), rng.standard_normal((cols, rank))
    values = np.sum(left[where[0]] * right[where[1]], axis=1)
    return Instance(
        name=f"completion-{rows}x{cols}",
        sizes=f"{rows} × {cols}, rank {rank}, {known.nnz:,} known, s = {(rows + cols) * rank:,}",
        problem=matrix_completion.problem,
        data={
            "R": sparse.csr_array((values, where), known.shape),
            "U": (rows, rank),
            "V": (cols, rank),
            "weight": weight,
        },
        g0=rng.standard_normal((rows + cols) * rank),
        reference=None,
        reference_meaning="none is known",
    )


def butterfly(levels: int) -> Instance:
    """The Hadamard matrix of 2^levels as a product of `levels` butterflies, two values a row."""
    size = 2**levels
    patterns = {}
    i = np.arange(size)
    for level in range(levels):
        rows, cols = np.concatenate([i, i]), np.concatenate([i, i ^ (1 << level)])
        patterns[f"S{level}"] = Pattern((rows, cols), (size, size))
    exact = np.concatenate(
        [
            np.concatenate([np.where(i & (1 << level), -1.0, 1.0), np.ones(size)])
            for level in range(levels)
        ]
    )
    start = exact + 0.3 * np.random.default_rng(0).standard_normal(exact.size)
    return Instance(
        name=f"butterfly-{size}",
        sizes=f"n = {size}, {levels} factors, s = {exact.size:,}",
        problem=product_of(levels, name=f"butterfly_{levels}"),
        data={"A": linalg.hadamard(size).astype(np.float64), **patterns},
        g0=start,
        reference=0.0,
        reference_meaning="optimum: the fast transform",
    )
