"""NumPy and SciPy by hand, two ways.

    two_products   H = L (G B), R = Yᵀ f, Z = L (G R):  ∂E/∂g = −2 [H Rᵀ + Z Bᵀ]
    sampled        Q = Gᵀ L G on its pattern, N = R Bᵀ on the same: ∂E/∂g = −2 [L G (N + Nᵀ)]

[·]: at the stored places.

Sampled products run over blocks that fit into the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import blas

from benchmarks.evaluation.program import Program
from benchmarks.evaluation.seed import Seed
from benchmarks.peers.product_pairs import product_pairs

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BLOCK = 1_024
"""Rows that are gathered at a time."""


def two_products(seed: Seed) -> Program:
    """H = L (G B) and two sampled products."""
    X, B, L = seed.X, seed.B, seed.L
    times_Y, times_Yt = _products_with_Y(seed)
    rows, cols, G = seed.rows, seed.cols, seed.G(seed.g[0].copy())
    V = seed.G(seed.v.copy())
    Gt, Vt = G.T, V.T

    def forward(g: Floats) -> tuple[Floats, Floats]:
        G.data[:] = g
        H = L @ (G @ B)
        return H, X - times_Y(Gt @ H)

    def pull(H: Floats, W: Floats) -> Floats:
        R = times_Yt(W)
        found = sampled_product(H, R, rows, cols)
        found += sampled_product(L @ (G @ R), B, rows, cols)
        return found

    def energy(g: Floats) -> float:
        return _sum_of_squares(forward(g)[1])

    def energy_and_gradient(g: Floats) -> tuple[float, Floats]:
        H, f = forward(g)
        return _sum_of_squares(f), -2.0 * pull(H, f)

    def push(H: Floats, v: Floats) -> Any:
        V.data[:] = v
        return -times_Y(Vt @ H + Gt @ (L @ (V @ B)))

    def jvp(g: Floats, v: Floats) -> Any:
        G.data[:] = g
        return push(L @ (G @ B), v)

    def vjp(g: Floats, w: Floats) -> Floats:
        G.data[:] = g
        return -pull(L @ (G @ B), w)

    def gauss_newton_product(g: Floats, v: Floats) -> Floats:
        G.data[:] = g
        H = L @ (G @ B)
        return -2.0 * pull(H, push(H, v))

    def hessian_product(g: Floats, v: Floats) -> Floats:
        H, f = forward(g)
        found = pull(H, push(H, v))
        R = times_Yt(f)
        found += sampled_product(L @ (V @ B), R, rows, cols)
        found += sampled_product(L @ (V @ R), B, rows, cols)
        return -2.0 * found

    functions: dict[str, Callable[..., Any]] = {
        "energy": energy,
        "energy_and_gradient": energy_and_gradient,
        "jvp": jvp,
        "vjp": vjp,
        "gauss_newton_product": gauss_newton_product,
        "hessian_product": hessian_product,
        **_matrices(seed, forward, times_Yt, G),
    }
    return Program(functions, "H = L (G B), sampled products by einsum in blocks; matrices by J")


def sampled(seed: Seed) -> Program:
    """Q = Gᵀ L G by precomputed triples, everything on its pattern."""
    X, B = seed.X, seed.B
    times_Y, times_Yt = _products_with_Y(seed)
    pairs = product_pairs(seed)
    t, e, q, mirror = pairs.t, pairs.e, pairs.q, pairs.mirror
    t_of_q, e_of_q = t[pairs.by_q], e[pairs.by_q]
    t_start, q_start = pairs.t_start[:-1], pairs.q_start[:-1]
    shape = (seed.m, seed.m)
    Q = sparse.csr_array((np.zeros(len(mirror)), pairs.Q_cols, pairs.Q_indptr), shape)

    def on_pattern(g: Floats, LG: Floats) -> Floats:
        return np.add.reduceat(g[t_of_q] * LG[e_of_q], q_start)

    def forward(g: Floats) -> tuple[Floats, Floats]:
        LG = pairs.LG_map @ g
        Q.data[:] = on_pattern(g, LG)
        return LG, X - times_Y(Q @ B)

    def adjoint(W: Floats) -> Floats:
        N = sampled_product(times_Yt(W), B, pairs.Q_rows, pairs.Q_cols)
        return N + N[mirror]

    def pull(LG: Floats, S: Floats) -> Floats:
        return np.add.reduceat(LG[e] * S[q], t_start)

    def energy(g: Floats) -> float:
        return _sum_of_squares(forward(g)[1])

    def energy_and_gradient(g: Floats) -> tuple[float, Floats]:
        LG, f = forward(g)
        return _sum_of_squares(f), -2.0 * pull(LG, adjoint(f))

    def push(LG: Floats, v: Floats) -> Any:
        half = on_pattern(v, LG)
        Q.data[:] = half + half[mirror]
        return -times_Y(Q @ B)

    def jvp(g: Floats, v: Floats) -> Any:
        return push(pairs.LG_map @ g, v)

    def vjp(g: Floats, w: Floats) -> Floats:
        return -pull(pairs.LG_map @ g, adjoint(w))

    def gauss_newton_product(g: Floats, v: Floats) -> Floats:
        LG = pairs.LG_map @ g
        return -2.0 * pull(LG, adjoint(push(LG, v)))

    def hessian_product(g: Floats, v: Floats) -> Floats:
        LG, f = forward(g)
        found = pull(LG, adjoint(push(LG, v)))
        return -2.0 * (found + pull(pairs.LG_map @ v, adjoint(f)))

    functions: dict[str, Callable[..., Any]] = {
        "energy": energy,
        "energy_and_gradient": energy_and_gradient,
        "jvp": jvp,
        "vjp": vjp,
        "gauss_newton_product": gauss_newton_product,
        "hessian_product": hessian_product,
    }
    reason = "measured in the other form (scipy-h)"
    return Program(
        functions,
        "Q = Gᵀ L G on its pattern, precomputed triples, reduceat",
        refused=dict.fromkeys(("gauss_newton_matrix", "hessian_matrix"), reason),
    )


def sampled_product(U: Floats, V: Floats, rows: Indices, cols: Indices) -> Floats:
    """U[i, :] · V[j, :] at the stored (i, j)."""
    found = np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        np.einsum("tk,tk->t", U[rows[block]], V[cols[block]], out=found[block])
    return found


def _products_with_Y(seed: Seed) -> tuple[Callable[[Floats], Any], Callable[[Floats], Any]]:
    if seed.is_diagonal:
        column = seed.Y[:, None]
        return (lambda A: column * A), (lambda A: column * A)
    Y, Yt = seed.Y, seed.Y.T
    return (lambda A: Y @ A), (lambda A: Yt @ A)


def _sum_of_squares(f: Floats) -> float:
    flat = f.ravel()
    return float(flat @ flat)


def _matrices(
    seed: Seed,
    forward: Callable[[Floats], tuple[Floats, Floats]],
    times_Yt: Callable[[Floats], Any],
    G: Any,
) -> dict[str, Callable[[Floats], Floats]]:
    """Lower triangles: J in closed form, then dsyrk; the Hessian adds a gather."""
    i, j, B, L = seed.rows, seed.cols, seed.B, seed.L
    Y = np.diag(seed.Y) if seed.is_diagonal else seed.Y
    Yt = np.ascontiguousarray(Y.T)
    t, u, values = _couplings(seed)

    def jacobian(H: Floats) -> Floats:
        Nt = L @ (G @ Yt)
        J = Yt[j][:, :, None] * H[i][:, None, :]
        J += Nt[i][:, :, None] * B[j][:, None, :]
        return J.reshape(seed.s, -1)

    def square(J: Floats) -> Floats:
        return np.asarray(blas.dsyrk(2.0, J.T, trans=1, lower=0)).T

    def gauss_newton_matrix(g: Floats) -> Floats:
        return square(jacobian(forward(g)[0]))

    def hessian_matrix(g: Floats) -> Floats:
        H, f = forward(g)
        C = times_Yt(f) @ B.T
        C += C.T.copy()
        found = square(jacobian(H))
        found[t, u] -= 2.0 * values * C[j[t], j[u]]
        return found

    return {"gauss_newton_matrix": gauss_newton_matrix, "hessian_matrix": hessian_matrix}


def _couplings(seed: Seed) -> tuple[Indices, Indices, Floats]:
    """The pairs (t, u) of stored values whose rows L couples, with L[i, i′]."""
    if seed.s > 1_500:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    dense = seed.L.toarray()[np.ix_(seed.rows, seed.rows)]
    t, u = np.nonzero(dense)
    return t, u, dense[t, u]
