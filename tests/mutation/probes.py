"""Small problems on which planted faults show: square data that commutes with nothing.

With all sizes equal a lost transpose keeps the shapes; with sizes that differ a K turned shows.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

import nzdiff as nz
from nzdiff.derive.language.nodes import ContractLeft, ContractRight

n, m, p, k = nz.dims("n m p k")
X, Y, B, C = (nz.dense(name, n, n) for name in "XYBC")
L, S = nz.sparse("L", n, n), nz.sparse("S", n, n, symmetric=True)
G, H = nz.sparse("G", n, n), nz.sparse("H", n, n)
R, T = nz.sparse("R", n, m), nz.sparse("T", n, m)
U, V, W = nz.dense("U", m, n), nz.dense("V", m, n), nz.dense("W", m, m)
x, y = nz.dense("x", n), nz.dense("y", m)
D = nz.diagonal("D", n)
F = nz.dense("F", n, m)
Xs, Ys, Bs = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
mu = nz.scalar("mu")
Z = nz.dense("Z", m)

Question = tuple[Any, Any]
"""An energy and its unknowns."""


def _cube(matrix: Any) -> Any:
    return nz.entrywise(lambda t: t**3 + t**2, matrix)


PROBES: dict[str, Question] = {
    "seed": (
        nz.sumsq(nz.dense("X", p, k) - nz.dense("Y", p, m) * R.T * L * R * nz.dense("B", m, k)),
        R,
    ),
    "square": (nz.sumsq(X - Y * G.T * L * G * B), G),
    "function": (Y * G.T * L + X * G * B, G),
    "function of two": (Y * R * U * H + X * H.T, (R, H)),
    "weights": (
        mu * nz.sumsq(X * G - H) + 3 * nz.sumsq(Y * G.T * B) + nz.trace(X * H.T * G),
        (G, H),
    ),
    "scalar factor": (nz.trace(Y * G) * X * G.T * B, G),
    "inverse": (X * (Y + G.T * L).inv() * B, G),
    "Hadamard": (X * nz.hadamard(G.T * L, Y * G) * B, G),
    "Hadamard energy": (nz.sumsq(X - Y * nz.hadamard(C, G, X) * B), G),
    "entrywise": (X * _cube(Y * G.T) * B, G),
    "stored": (X * nz.map_nonzeros(lambda t: t**3, G.T) * nz.mask(Y * G, L) * B, G),
    "sums of exponentials": (X * nz.logsumexp(Y * G * B), G),
    "picked": (X[[2, 0, 0], :] * G[:, 1:], G),
    "Kronecker": (nz.kron(X * G, G.T * B), G),
    "Kronecker energy": (nz.sumsq(nz.kron(R * U, F * V * R)), R),
    "Kronecker rectangular": (nz.kron(R * W, U) - 2 * nz.kron(F, R.T), R),
    "contractions": (
        X * ContractRight(nz.kron(G.T * B, Y), Y * G, n, n)
        + ContractLeft(B * G, nz.kron(X, Y * G), n, n),
        G,
    ),
    "contractions of all": (
        ContractRight(nz.kron(R * W, V), V * R * V, n, m)
        + F * V * ContractLeft(R, nz.kron(F, R.T), m, n).T,
        R,
    ),
    "diagonal": (X * nz.diag(nz.diag_of(Y * G * B)) * G * Y, G),
    "diagonal energy": (nz.sumsq(Y * nz.diag(G * x) - B * D * nz.diag(nz.diag_of(G))), G),
    "vec": (X * nz.unvec(nz.vec(Y * R), m, n).T * W * y * nz.vec(R * W * U).T, R),
    "trace": (nz.trace(Y * G * B * G.T * X * G), G),
    "rest": (nz.sumsq(Y * G.T) * nz.trace(B * G) - 2 * nz.trace(G * X * G) ** 2, G),
    "logdet": (nz.logdet(X + Y * G * B) + nz.trace(C * G), G),
    "det": (nz.det(X + Y * G * B) * nz.trace(C * G), G),
    "chain": (1 / (1 + nz.trace(Y * G) ** 2 + nz.sumsq(X * G - B)), G),
    "function of numbers": (sp.exp(nz.trace(Y * G * X * G.T) / 7) * nz.trace(C * G), G),
    "symmetric": (nz.sumsq(X - Y * S * L * S * B), S),
    "symmetric inverse": (Y * (S + D).inv() * S * B, S),
    "blocks": (sp.BlockMatrix([[G * Y, R], [U * G.T, W]]), (G, R)),
    "entries": (G[0, 1] * nz.trace(X * G) + nz.entry(Y * G, 1, 0) ** 2, G),
    "SymPy": (
        sp.HadamardPower(Y * G, 3) * (G * Y).applyfunc(lambda t: t**2)
        + sp.HadamardProduct(X, G.T) * sp.DiagMatrix(G * x) * sp.DiagonalMatrix(Y * G)
        + sp.DiagonalOf(X * G) * x.T,
        G,
    ),
    "powers": ((Y + G) ** -2 + (X * G.T) ** 2, G),
    "Kronecker identities": (
        nz.sumsq((nz.kron(X * G, B) + nz.kron(C, G.T)) * nz.vec(Y) - nz.kron(x, x))
        + nz.trace(nz.kron(G, X) * nz.kron(Y, G)) * nz.sumsq(nz.kron(G, B) - nz.kron(C, Y))
        + nz.sumsq(nz.kron(G, nz.kron(B, C)) * nz.kron(x, nz.vec(Y)))
        + nz.as_scalar(nz.vec(B).T * nz.kron(X + G, Y).inv() * nz.vec(C))
        + nz.det(nz.kron(X + G, Y)),
        G,
    ),
    "Kronecker sums": (
        nz.logdet(nz.kron(X + G, nz.identity(m)) + nz.kron(nz.identity(n), W + Z * y.T))
        + nz.trace(C * G),
        (G, Z),
    ),
    "shifted Kronecker products": (
        nz.det(nz.kron(X + G, W + y * Z.T) + nz.identity(m * n)) * nz.trace(C * G),
        (G, Z),
    ),
    "equations": (
        nz.lyap(X + Y * G, B * G) * nz.dlyap(G.T * X, C).T
        + nz.sylvester(G * Y, X, C * G) * nz.stein(X, B * G.T, C).T,
        G,
    ),
    "matrix exponential": (nz.expm(Y * G + X.T) * B * nz.expm(G.T * X), G),
    "SymPy Kronecker": (sp.KroneckerProduct(X * G, B) * nz.kron(G.T, C), G),
    "log of a determinant": (sp.log(sp.Determinant(X + Y * G)) + nz.trace(C * G), G),
    "transposes": (
        X * (nz.hadamard(G, Y).T + nz.diag(G * x).T * B) * (Y + G.T).inv().T
        + (_cube(G * B) * nz.mask(Y * G, L)).T,
        G,
    ),
    "transposed Kronecker": (nz.kron(G * X, B * G).T * nz.kron(Y, G.T).T, G),
    "ones": (
        nz.total(X * G * B) * nz.ones(n, n) * G
        + nz.ones(n, 1) * nz.ones(1, n) * nz.ones(n, n) * G.T * X,
        G,
    ),
}
"""Every probe by name."""
