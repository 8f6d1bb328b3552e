"""What every program must compute, by the formulas and nothing clever: the reference numbers.

f = X − Y Gᵀ L G B, E = ‖f‖²_F, H = L G B, N = Y Gᵀ L; J is that of vec(f), column-major.
`2 JᵀJ` is the Gauss-Newton matrix, and the Hessian is 2 JᵀJ − 2 (W + Wᵀ) with
W[t, u] = L[i, i′] C[j, j′], C = Yᵀ f Bᵀ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.program import MATRICES, PRODUCTS
from benchmarks.evaluation.seed import Seed

Floats = NDArray[np.float64]

LARGEST_MATRIX = 1_500
"""Up to this s matrices are asked for."""


def reference(seed: Seed) -> dict[str, Floats]:
    """By work, its numbers at the first point; matrices as their lower triangle, (s, s)."""
    g, v = seed.g[0], seed.v
    found = {
        "energy": np.array(float(np.sum(residual(seed, g) ** 2))),
        "energy_and_gradient": np.concatenate(
            [[np.sum(residual(seed, g) ** 2)], 2.0 * vjp(seed, g, residual(seed, g))]
        ),
        "jvp": jvp(seed, g, v),
        "vjp": vjp(seed, g, seed.w),
        "gauss_newton_product": 2.0 * vjp(seed, g, jvp(seed, g, v)),
    }
    found["hessian_product"] = found["gauss_newton_product"] + 2.0 * curvature(seed, v, g)
    if seed.s <= LARGEST_MATRIX:
        found |= matrices(seed, g)
    return found


def works(seed: Seed) -> tuple[str, ...]:
    """What is asked for of this instance."""
    return PRODUCTS + (MATRICES if seed.s <= LARGEST_MATRIX else ())


def residual(seed: Seed, g: Floats) -> Floats:
    """f, (p, k)."""
    G = seed.G(g)
    return seed.X - _times_Y(seed, G.T @ (seed.L @ (G @ seed.B)))


def jvp(seed: Seed, g: Floats, v: Floats) -> Floats:
    """df = −Y (Vᵀ L G + Gᵀ L V) B, (p, k)."""
    G, V = seed.G(g), seed.G(v)
    H, D = seed.L @ (G @ seed.B), seed.L @ (V @ seed.B)
    return -_times_Y(seed, V.T @ H + G.T @ D)


def vjp(seed: Seed, g: Floats, w: Floats) -> Floats:
    """−[H Rᵀ + L G R Bᵀ] at the stored positions, R = Yᵀ w."""
    G, R = seed.G(g), _times_Yt(seed, w)
    H, Z = seed.L @ (G @ seed.B), seed.L @ (G @ R)
    return -_sampled(seed, H, R) - _sampled(seed, Z, seed.B)


def curvature(seed: Seed, v: Floats, g: Floats) -> Floats:
    """The part of ½ Hv that J does not hold: −[L V (C + Cᵀ)] with C = Yᵀ f Bᵀ."""
    V, R = seed.G(v), _times_Yt(seed, residual(seed, g))
    H, Z = seed.L @ (V @ seed.B), seed.L @ (V @ R)
    return -_sampled(seed, H, R) - _sampled(seed, Z, seed.B)


def matrices(seed: Seed, g: Floats) -> dict[str, Floats]:
    """The lower triangles of 2 JᵀJ and of the Hessian."""
    J = dense_jacobian(seed, g)
    C = _times_Yt(seed, residual(seed, g)) @ seed.B.T
    i, j = seed.rows, seed.cols
    W = seed.L.toarray()[np.ix_(i, i)] * C[np.ix_(j, j)]
    gauss_newton = 2.0 * (J @ J.T)
    hessian = gauss_newton - 2.0 * (W + W.T)
    return {
        "gauss_newton_matrix": np.tril(gauss_newton),
        "hessian_matrix": np.tril(hessian),
    }


def dense_jacobian(seed: Seed, g: Floats) -> Floats:
    """Jᵀ, (s, p k): row t is −(Y_j H_iᵀ + N_i B_jᵀ), row-major."""
    G, Y = seed.G(g), np.diag(seed.Y) if seed.is_diagonal else seed.Y
    H, Nt = seed.L @ (G @ seed.B), seed.L @ (G @ Y.T)
    i, j = seed.rows, seed.cols
    first = Y.T[j][:, :, None] * H[i][:, None, :]
    first += Nt[i][:, :, None] * seed.B[j][:, None, :]
    return -np.asarray(first).reshape(seed.s, -1)


def _times_Y(seed: Seed, A: Floats) -> Floats:
    return np.asarray(seed.Y[:, None] * A if seed.is_diagonal else seed.Y @ A)


def _times_Yt(seed: Seed, A: Floats) -> Floats:
    return np.asarray(seed.Y[:, None] * A if seed.is_diagonal else seed.Y.T @ A)


def _sampled(seed: Seed, U: Floats, V: Floats) -> Floats:
    """U[i, :] · V[j, :] at the stored (i, j), a block of rows at a time."""
    found = np.empty(seed.s)
    for start in range(0, seed.s, 65_536):
        block = slice(start, start + 65_536)
        found[block] = np.sum(U[seed.rows[block]] * V[seed.cols[block]], axis=1)
    return found
