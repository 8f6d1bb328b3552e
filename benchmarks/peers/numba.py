"""Numba: loops by hand over Q = Gᵀ L G, compiled for this machine, floating point as written.

The dense products go to SciPy's BLAS.  Dots have eight partial sums, which the compiler may put
into a vector; it may not reorder a sum by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.evaluation.program import MATRICES, Program, library
from benchmarks.evaluation.seed import Seed
from benchmarks.peers.product_pairs import Pairs, product_pairs

Floats = NDArray[np.float64]


def program(seed: Seed) -> Program:
    """Every product; matrices are left to the others."""
    loops, pairs = _loops(), product_pairs(seed)
    X, B, Y = seed.X, seed.B, seed.Y
    nnz, entries = len(pairs.Q_rows), len(pairs.row_of)
    times_Y, times_Yt = (loops["rows"],) * 2 if seed.is_diagonal else (loops["dot"], loops["dot_t"])
    index = _index(pairs)

    def LG_of(g: Floats) -> Any:
        L = index["L"]
        return loops["compressed"](L[0], L[1], L[2], g, np.empty(entries))

    def QB(Q: Floats) -> Any:
        return loops["spmm"](index["Q_indptr"], index["Q_cols"], Q, B, np.empty(B.shape))

    def forward(g: Floats) -> tuple[Floats, Floats]:
        LG = LG_of(g)
        Q = loops["products"](index["t_start"], index["e"], index["q"], g, LG, np.zeros(nnz))
        return LG, X - times_Y(Y, QB(Q))

    def adjoint(W: Floats) -> Any:
        R = times_Yt(Y, W)
        return loops["sddmm"](index["Q_indptr"], index["Q_cols"], index["mirror"], R, B)

    def pull(LG: Floats, S: Floats, factor: float) -> Any:
        out = np.empty(seed.s)
        return loops["pull"](index["t_start"], index["e"], index["q"], LG, S, factor, out)

    def push(LG: Floats, v: Floats) -> Any:
        half = loops["products"](index["t_start"], index["e"], index["q"], v, LG, np.zeros(nnz))
        return -times_Y(Y, QB(half + half[index["mirror"]]))

    def energy(g: Floats) -> float:
        return float(loops["squares"](forward(g)[1]))

    def energy_and_gradient(g: Floats) -> tuple[float, Any]:
        LG, f = forward(g)
        return float(loops["squares"](f)), pull(LG, adjoint(f), -2.0)

    def gauss_newton_product(g: Floats, v: Floats) -> Any:
        LG = LG_of(g)
        return pull(LG, adjoint(push(LG, v)), -2.0)

    def hessian_product(g: Floats, v: Floats) -> Any:
        LG, f = forward(g)
        found = pull(LG, adjoint(push(LG, v)), -2.0)
        found += pull(LG_of(v), adjoint(f), -2.0)
        return found

    functions: dict[str, Callable[..., Any]] = {
        "energy": energy,
        "energy_and_gradient": energy_and_gradient,
        "jvp": lambda g, v: push(LG_of(g), v),
        "vjp": lambda g, w: pull(LG_of(g), adjoint(w), -1.0),
        "gauss_newton_product": gauss_newton_product,
        "hessian_product": hessian_product,
    }
    return Program(
        functions,
        "loops over precomputed triples, njit, BLAS for Y",
        refused=dict.fromkeys(MATRICES, "not written by hand"),
    )


def _index(pairs: Pairs) -> dict[str, Any]:
    """The index arrays in the width the loops read fastest."""
    L = pairs.LG_map
    names = ("t_start", "e", "q", "Q_indptr", "Q_cols", "mirror")
    narrow: dict[str, Any] = {name: getattr(pairs, name).astype(np.int32) for name in names}
    return {"L": (L.indptr.astype(np.int32), L.indices.astype(np.int32), L.data), **narrow}


@cache
def _loops() -> dict[str, Callable[..., Any]]:  # noqa: C901 - one loop after another
    """The compiled loops by name."""
    compiled = library("numba").njit(cache=False, fastmath=False, error_model="numpy")

    @compiled  # type: ignore[untyped-decorator]
    def dot_of_rows(x: Any, y: Any) -> Any:
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
        whole = len(x) - len(x) % 8
        for l in range(0, whole, 8):  # noqa: E741
            a0 += x[l] * y[l]
            a1 += x[l + 1] * y[l + 1]
            a2 += x[l + 2] * y[l + 2]
            a3 += x[l + 3] * y[l + 3]
            a4 += x[l + 4] * y[l + 4]
            a5 += x[l + 5] * y[l + 5]
            a6 += x[l + 6] * y[l + 6]
            a7 += x[l + 7] * y[l + 7]
        for l in range(whole, len(x)):  # noqa: E741
            a0 += x[l] * y[l]
        return ((a0 + a4) + (a2 + a6)) + ((a1 + a5) + (a3 + a7))

    @compiled  # type: ignore[untyped-decorator]
    def compressed(indptr: Any, indices: Any, values: Any, g: Any, out: Any) -> Any:
        for e in range(len(out)):
            total = 0.0
            for at in range(indptr[e], indptr[e + 1]):
                total += values[at] * g[indices[at]]
            out[e] = total
        return out

    @compiled  # type: ignore[untyped-decorator]
    def products(t_start: Any, e: Any, q: Any, g: Any, LG: Any, out: Any) -> Any:
        for t in range(len(g)):
            for at in range(t_start[t], t_start[t + 1]):
                out[q[at]] += g[t] * LG[e[at]]
        return out

    @compiled  # type: ignore[untyped-decorator]
    def pull(t_start: Any, e: Any, q: Any, LG: Any, S: Any, factor: float, out: Any) -> Any:
        for t in range(len(out)):
            total = 0.0
            for at in range(t_start[t], t_start[t + 1]):
                total += LG[e[at]] * S[q[at]]
            out[t] = factor * total
        return out

    @compiled  # type: ignore[untyped-decorator]
    def spmm(indptr: Any, indices: Any, values: Any, B: Any, out: Any) -> Any:
        for a in range(out.shape[0]):
            row = out[a]
            row[:] = 0.0
            for at in range(indptr[a], indptr[a + 1]):
                value, other = values[at], B[indices[at]]
                for l in range(len(row)):  # noqa: E741
                    row[l] += value * other[l]
        return out

    @compiled  # type: ignore[untyped-decorator]
    def sddmm(indptr: Any, indices: Any, mirror: Any, R: Any, B: Any) -> Any:
        N = np.empty(len(indices))
        for a in range(len(indptr) - 1):
            for at in range(indptr[a], indptr[a + 1]):
                N[at] = dot_of_rows(R[a], B[indices[at]])
        out = np.empty(len(indices))
        for at in range(len(indices)):
            out[at] = N[at] + N[mirror[at]]
        return out

    @compiled  # type: ignore[untyped-decorator]
    def squares(f: Any) -> Any:
        flat = f.ravel()
        return dot_of_rows(flat, flat)

    @compiled  # type: ignore[untyped-decorator]
    def rows(Y: Any, A: Any) -> Any:
        out = np.empty(A.shape)
        for a in range(A.shape[0]):
            for l in range(A.shape[1]):  # noqa: E741
                out[a, l] = Y[a] * A[a, l]
        return out

    @compiled  # type: ignore[untyped-decorator]
    def dot(Y: Any, A: Any) -> Any:
        return np.dot(Y, A)

    @compiled  # type: ignore[untyped-decorator]
    def dot_t(Y: Any, A: Any) -> Any:
        return np.dot(Y.T, A)

    return {
        "compressed": compressed,
        "products": products,
        "pull": pull,
        "spmm": spmm,
        "sddmm": sddmm,
        "squares": squares,
        "rows": rows,
        "dot": dot,
        "dot_t": dot_t,
    }
