"""Likelihoods on graphs as benchmarks: reversible chains, Laplacians, Gaussian fields on a torus.

    reversible chain     min −Σ C_ij log(X_ij / Σ_j X_ij), X symmetric and ≥ 0
    Laplacian learning   min tr(K L(w)) − log det(L(w) + J), w ≥ 0
    torus                min −log det Θ + tr(S Θ), Θ on a lattice that closes on itself

Sources: Bowman, Beauchamp, Boxer, Pande, "Progress and challenges in the automated construction of
Markov state models", 2009; Egilmez, Pavez, Ortega, "Graph learning from data", 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.instances.covariance import likelihood
from benchmarks.instances.instance import Instance
from nzdiff.gallery import covariance_selection, laplacian_learning, reversible_markov
from nzdiff.pattern import Pattern


def reversible_chain(states: int, *, seed: int = 0) -> Instance:
    """Counts of a chain on a random graph; the optimum by the fixed point of the literature."""
    counts = chain_counts(states, np.random.default_rng(seed))
    both = sparse.csr_array(counts + counts.T)
    pattern = Pattern.from_scipy(both).symmetric()
    return Instance(
        name=f"reversible-chain-{states}",
        sizes=f"{states} states, s = {pattern.size:,}",
        problem=reversible_markov.problem,
        data={"C": sparse.csr_array(counts), "X": pattern},
        g0=pattern.pack(both / both.sum()),
        reference=chain_optimum(counts),
        reference_meaning="optimum: the fixed point X_ij = (C_ij + C_ji) / (c_i/x_i + c_j/x_j)",
        bounds=(0.0, None),
    )


def chain_counts(states: int, rng: np.random.Generator) -> Any:
    """Counts between neighbours on a ring with chords, over decades, CSR."""
    i = np.arange(states)
    far = rng.integers(0, states, states)
    rows, cols = np.concatenate([i, i, i]), np.concatenate([i, (i + 1) % states, far])
    numbers = np.ceil(10.0 ** rng.uniform(0, 3, rows.size))
    there = sparse.csr_array((numbers, (rows, cols)), (states, states))
    back = sparse.csr_array((np.ceil(rng.uniform(0.2, 2, rows.size) * numbers), (cols, rows)))
    return sparse.csr_array(there + back)


def chain_optimum(counts: Any, *, tolerance: float = 1e-15, sweeps: int = 100_000) -> float:
    """The least −Σ C_ij log(X_ij / x_i), x the row sums of X, from the fixed point."""
    both = sparse.coo_array(counts + counts.T)
    i, j = both.coords
    c = np.asarray(counts.sum(axis=1)).ravel()
    x, X = np.asarray(both.sum(axis=1)).ravel(), both.tocsr()
    for _ in range(sweeps):
        X = sparse.csr_array((both.data / (c[i] / x[i] + c[j] / x[j]), (i, j)), both.shape)
        before, x = x, np.asarray(X.sum(axis=1)).ravel()
        if np.abs(x - before).max() <= tolerance * x.max():
            break
    own = sparse.coo_array(counts)
    i, j = own.coords
    return float(-np.sum(own.data * np.log(X[i, j] / x[i])))


def learnt_laplacian(nodes: int, *, seed: int = 0) -> Instance:
    """Weights of a random graph, some of them 0: K is made for the optimum to be at given w*.

    With Z = (L* + J)⁻¹, K = Z meets the conditions on the edges; on those with w* = 0 a positive
    multiplier is added. K's diagonal stays, as L(w) 1 = 0 lets only differences count.
    """
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(nodes, 1)
    keep = (rng.random(i.size) < 8.0 / nodes) | (j == i + 1)
    i, j = i[keep], j[keep]
    w = rng.uniform(0.5, 3.0, i.size) * ((rng.random(i.size) < 0.6) | (j == i + 1))
    D = np.zeros((nodes, i.size))
    D[i, np.arange(i.size)], D[j, np.arange(i.size)] = 1.0, -1.0
    J = np.ones((nodes, nodes)) / nodes
    best = D * w @ D.T
    K = np.linalg.inv(best + J)
    K = 0.5 * (K + K.T)
    push = rng.uniform(0.1, 2.0, i.size) * (w == 0.0)
    K[i, j] -= 0.5 * push  # tr(K L) = Σ w (K_ii + K_jj − 2 K_ij)
    K[j, i] -= 0.5 * push
    pattern = Pattern(
        (np.concatenate([i, j, np.arange(nodes)]), np.concatenate([j, i, np.arange(nodes)])),
        (nodes, nodes),
    ).laplacian()
    off = np.repeat(np.arange(nodes), np.diff(pattern.indptr)) != pattern.indices
    reference = likelihood(K, best + J) - float(np.sum(K * J))
    return Instance(
        name=f"laplacian-learning-{nodes}",
        sizes=f"{nodes} nodes, s = {i.size:,}, {np.count_nonzero(w == 0.0)} weights are 0",
        problem=laplacian_learning.problem,
        data={"K": K, "J": J, "L": pattern},
        g0=-np.ones(pattern.size),
        reference=reference,
        reference_meaning="optimum: K was made for it",
        bounds=(-np.inf, np.where(off, 0.0, np.inf)),
    )


def torus(side: int) -> Instance:
    """S = Θ*⁻¹ of a Gaussian field on a side × side torus, on the pattern of Θ*, by FFT.

    Θ* is a convolution: its eigenvalues are the Fourier transform of its stencil, and a row of
    Θ*⁻¹ that of their inverses, transformed back.
    """
    stencil = np.zeros((side, side))
    stencil[0, 0] = 1.05
    stencil[[0, 0, 1, -1], [1, -1, 0, 0]] = -0.25
    eigenvalues = np.fft.fft2(stencil).real
    inverse = np.fft.ifft2(1.0 / eigenvalues).real
    grid = sparse.diags_array([1.0, 1.0], offsets=[1, 1 - side], shape=(side, side))
    ring = sparse.csr_array(grid + grid.T)
    near = sparse.kronsum(ring, ring)
    S = sparse.csr_array(inverse[0, 0] * sparse.eye_array(side * side) + inverse[0, 1] * near)
    pattern = Pattern.from_scipy(S).symmetric()
    return Instance(
        name=f"covariance-torus-{side * side}",
        sizes=f"p = {side * side:,}, s = {pattern.size:,}",
        problem=covariance_selection.problem,
        data={"S": S, "Theta": pattern},
        g0=pattern.pack(sparse.diags_array(1.0 / S.diagonal())),
        reference=side * side - float(np.log(eigenvalues).sum()),
        reference_meaning="optimum: S is the inverse of a Θ of this pattern, by Fourier transforms",
    )
