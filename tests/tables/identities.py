"""The table of published derivatives, and of mistakes that are made with them.

Claims are written from the literature, not from derivations: K. B. Petersen and M. S. Pedersen,
The Matrix Cookbook (2012); J. R. Magnus and H. Neudecker, Matrix Differential Calculus (2019);
H. Lütkepohl, Handbook of Matrices (1996); T. P. Minka, Old and New Matrix Algebra Useful for
Statistics (2000); and questions asked again and again in forums.
"""

from dataclasses import dataclass
from typing import Any

import sympy as sp

import nzdiff as nz
from nzdiff import (
    absolute,
    commutation,
    det,
    diag,
    diag_of,
    entrywise,
    exp,
    hadamard,
    inner,
    inv,
    kron,
    log,
    logdet,
    mask,
    norm,
    ones,
    sigmoid,
    softplus,
    sqrt,
    sumsq,
    total,
    trace,
    unit,
    vec,
)
from nzdiff.derive.claims.claim import What
from nzdiff.derive.language.symbols import Matrix


@dataclass(frozen=True, slots=True)
class Identity:
    """A function, an unknown, and what is claimed of its derivative."""

    name: str
    energy: Any
    wrt: tuple[Matrix, ...]
    what: What
    claim: Any
    reason: str = ""
    """What is to be said of a wrong claim; empty where it is right."""

    @property
    def unknown(self) -> Matrix:
        """What the claim is about: the first unknown."""
        return self.wrt[0]


def gradient(name: str, energy: Any, wrt: Any, claim: Any, reason: str = "") -> Identity:
    return _row(name, energy, wrt, "gradient", claim, reason)


def jacobian(name: str, energy: Any, wrt: Any, claim: Any, reason: str = "") -> Identity:
    return _row(name, energy, wrt, "jacobian", claim, reason)


def hessian(name: str, energy: Any, wrt: Any, claim: Any, reason: str = "") -> Identity:
    return _row(name, energy, wrt, "hessian", claim, reason)


def differential(name: str, energy: Any, wrt: Any, claim: Any, reason: str = "") -> Identity:
    return _row(name, energy, wrt, "differential", claim, reason)


def _row(name: str, energy: Any, wrt: Any, what: What, claim: Any, reason: str) -> Identity:
    unknowns = wrt if isinstance(wrt, tuple) else (wrt,)
    return Identity(name, energy, unknowns, what, claim, reason)


def P(unknown: Matrix, name: str = "P") -> Matrix:
    """The selection of a single unknown, as formulas name it."""
    size = sp.Symbol(f"nnz_{unknown.name}", integer=True, positive=True)
    return nz.dense(name, size, unknown.rows * unknown.cols)


def reduced(unknown: Matrix, matrix: Any) -> Any:
    """P M Pᵀ."""
    return P(unknown) * matrix * P(unknown).T


n, m, p, k = nz.dims("n m p k")
# unknowns: rectangular, square, symmetric, columns, sparse
X, S, Z, x = (
    nz.dense("X", n, m),
    nz.dense("S", n, n),
    nz.dense("Z", n, n, symmetric=True),
    nz.dense("x", n),
)
G, T = nz.sparse("G", n, m), nz.sparse("T", n, n)
Y = nz.sparse("Y", n, n, symmetric=True)
# constants
A, B, C = nz.dense("A", n, n), nz.dense("B", n, n), nz.dense("C", m, m)
W, V = nz.dense("W", n, n, symmetric=True), nz.dense("V", n, n, symmetric=True)
H, M, N, D = nz.dense("H", n, m), nz.dense("M", p, n), nz.dense("N", m, k), nz.dense("D", p, k)
F, L, Q = nz.dense("F", m, n), nz.sparse("L", n, n), nz.sparse("Q", n, m)
a, b, c = nz.dense("a", n), nz.dense("b", n), nz.dense("c", n)
u, v, y, z = nz.dense("u", m), nz.dense("v", m), nz.dense("y", p), nz.dense("z", p)
R = nz.diagonal("R", n)
mu, nu = nz.scalar("mu"), nz.scalar("nu")
U, w = nz.dense("U", k, m), nz.dense("w", k)
Onk, Omn, Omm = nz.dense("O", n, k), nz.dense("O", m, n), nz.dense("O", m, m)
Opm, Omk = nz.dense("O", p, m), nz.dense("O", m, k)
Tnk, Osym, Odiag, o = (
    nz.dense("T", n, k),
    nz.dense("O", m, m, symmetric=True),
    nz.diagonal("O", p),
    nz.dense("o", n),
)
I, J = nz.identity(n), nz.identity(m)  # noqa: E741
dX, dS, dx = nz.dense("dX", n, m), nz.dense("dS", n, n), nz.dense("dx", n)
one = ones(n)
K = commutation(n, m)
KS = commutation(n, n)
s = 1 / trace(x.T * x)

E = A * X * C  # shorter names for what is long below
r = M * x - y


TRACES = (
    gradient("tr S", trace(S), S, I),
    gradient("tr AS", trace(A * S), S, A.T),
    gradient("tr SA", trace(S * A), S, A.T),
    gradient("tr FX", trace(F * X), X, F.T),
    gradient("tr AXF", trace(A * X * F), X, A.T * F.T),
    gradient("tr AXᵀB", trace(F.T * X.T * B), X, B * F.T),
    gradient("tr XᵀH", trace(X.T * H), X, H),
    gradient("tr HXᵀ", trace(H * X.T), X, H),
    gradient("tr A⊗S", trace(kron(A, S)), S, trace(A) * I),
    gradient("tr S⊗S", trace(kron(S, S)), S, 2 * trace(S) * I),
    gradient("tr S²", trace(S**2), S, 2 * S.T),
    gradient("tr S²B", trace(S**2 * B), S, (S * B + B * S).T),
    gradient("tr XᵀBX", trace(X.T * B * X), X, B * X + B.T * X),
    gradient("tr BXXᵀ", trace(B * X * X.T), X, B * X + B.T * X),
    gradient("tr XXᵀB", trace(X * X.T * B), X, B * X + B.T * X),
    gradient("tr XCXᵀ", trace(X * C * X.T), X, X * C.T + X * C),
    gradient("tr CXᵀX", trace(C * X.T * X), X, X * C.T + X * C),
    gradient("tr XᵀXC", trace(X.T * X * C), X, X * C.T + X * C),
    gradient("tr ASBS", trace(A * S * B * S), S, A.T * S.T * B.T + B.T * S.T * A.T),
    gradient("tr XᵀX", trace(X.T * X), X, 2 * X),
    gradient("tr XXᵀ", trace(X * X.T), X, 2 * X),
    gradient("tr CᵀXᵀBXC", trace(C.T * X.T * B * X * C), X, B.T * X * C * C.T + B * X * C * C.T),
    gradient("tr XᵀBXC", trace(X.T * B * X * C), X, B * X * C + B.T * X * C.T),
    gradient("tr AXCXᵀB", trace(A * X * C * X.T * B), X, A.T * B.T * X * C.T + B * A * X * C),
    gradient("tr (AXC+H)(AXC+H)ᵀ", trace((E + H) * (E + H).T), X, 2 * A.T * (A * X * C + H) * C.T),
    gradient("tr S³", trace(S**3), S, 3 * (S.T) ** 2),
    gradient("tr S⁴", trace(S**4), S, 4 * (S**3).T),
    gradient(
        "tr AS³",
        trace(A * S**3),
        S,
        (A * S * S).T + (S * A * S).T + (S * S * A).T,
    ),
    gradient(
        "tr CᵀXᵀAXXᵀAXC",
        trace(C.T * X.T * A * X * X.T * A * X * C),
        X,
        A * X * X.T * A * X * C * C.T
        + A.T * X * C * C.T * X.T * A.T * X
        + A * X * C * C.T * X.T * A * X
        + A.T * X * X.T * A.T * X * C * C.T,
    ),
    gradient("tr XᵀXXᵀX", trace(X.T * X * X.T * X), X, 4 * X * X.T * X),
    gradient("(tr S)²", trace(S) ** 2, S, 2 * trace(S) * I),
    gradient("tr S tr AS", trace(S) * trace(A * S), S, trace(A * S) * I + trace(S) * A.T),
    gradient(
        "tr S / tr AS",
        trace(S) / trace(A * S),
        S,
        I / trace(A * S) - trace(S) / trace(A * S) ** 2 * A.T,
    ),
    gradient("exp tr AS", exp(trace(A * S)), S, exp(trace(A * S)) * A.T),
    gradient("log tr SᵀS", log(trace(S.T * S)), S, 2 * S / trace(S.T * S)),
    gradient("sin tr FX", nz.sin(trace(F * X)), X, nz.cos(trace(F * X)) * F.T),
    gradient("cos tr FX", nz.cos(trace(F * X)), X, -nz.sin(trace(F * X)) * F.T),
    gradient("√ tr XᵀX", sqrt(trace(X.T * X)), X, X / sqrt(trace(X.T * X))),
    gradient("entry X₀₁", nz.entry(X, 0, 1), X, unit(0, 1, n, m)),
    gradient("entry of AX", nz.entry(A * X, 1, 0), X, A.T * unit(1, 0, n, m)),
    gradient("1ᵀX1", total(X), X, ones(n, m)),
    gradient("1ᵀAXC1", total(A * X * C), X, A.T * ones(n, m) * C.T),
    gradient("H : X", inner(H, X), X, H),
    gradient("X : X", inner(X, X), X, 2 * X),
    gradient("tr of the commutator", trace(S * A - A * S), S, 0 * A),
    gradient("tr (SᵀA − AᵀS)²", trace((S.T * A - A.T * S) ** 2), S, 4 * A * (A.T * S - S.T * A).T),
    gradient("tr RSR with a diagonal R", trace(R * S * R), S, R**2),
    gradient("tr SWS with symmetric W", trace(S * W * S), S, W * S.T + S.T * W),
)

BILINEAR_FORMS = (
    gradient("xᵀa", x.T * a, x, a),
    gradient("aᵀx", a.T * x, x, a),
    gradient("aᵀXu", a.T * X * u, X, a * u.T),
    gradient("uᵀXᵀa", u.T * X.T * a, X, a * u.T),
    gradient("aᵀSa", a.T * S * a, S, a * a.T),
    gradient("aᵀSᵀa", a.T * S.T * a, S, a * a.T),
    gradient("xᵀAx", x.T * A * x, x, (A + A.T) * x),
    gradient("xᵀWx", x.T * W * x, x, 2 * W * x),
    gradient("xᵀx", x.T * x, x, 2 * x),
    gradient("aᵀXu of the outer factor", a.T * H * u, a, H * u),
    gradient("uᵀXᵀXv", u.T * X.T * X * v, X, X * (u * v.T + v * u.T)),
    gradient("uᵀXᵀAXv", u.T * X.T * A * X * v, X, A.T * X * u * v.T + A * X * v * u.T),
    gradient("(Xu+a)ᵀA(Xu+a)", (X * u + a).T * A * (X * u + a), X, (A + A.T) * (X * u + a) * u.T),
    gradient(
        "(Bx+b)ᵀC(Ax+a)",
        (B * x + b).T * W * L * (A * x + a),
        x,
        B.T * W * L * (A * x + a) + A.T * L.T * W * (B * x + b),
    ),
    gradient("(x−As)ᵀW(x−As) by s", (a - A * x).T * W * (a - A * x), x, -2 * A.T * W * (a - A * x)),
    gradient("(x−s)ᵀW(x−s) by x", (x - a).T * W * (x - a), x, 2 * W * (x - a)),
    gradient("(x−s)ᵀW(x−s) by s", (a - x).T * W * (a - x), x, -2 * W * (a - x)),
    gradient("(x−As)ᵀW(x−As) by x", (x - A * a).T * W * (x - A * a), x, 2 * W * (x - A * a)),
    gradient("(x−As)ᵀW(x−As) by A", (a - X * u).T * W * (a - X * u), X, -2 * W * (a - X * u) * u.T),
    gradient("aᵀS²b", a.T * S**2 * b, S, a * b.T * S.T + S.T * a * b.T),
    gradient(
        "aᵀS³b",
        a.T * S**3 * b,
        S,
        a * b.T * (S.T) ** 2 + S.T * a * b.T * S.T + (S.T) ** 2 * a * b.T,
    ),
    gradient(
        "aᵀ(S²)ᵀS²b",
        a.T * (S**2).T * S**2 * b,
        S,
        S**2 * b * a.T * S.T + S.T * S**2 * b * a.T + S**2 * a * b.T * S.T + S.T * S**2 * a * b.T,
    ),
    gradient("(aᵀx)²", (a.T * x) * (a.T * x), x, 2 * a * a.T * x),
    gradient("(xᵀx)²", nz.as_scalar(x.T * x) ** 2, x, 4 * nz.as_scalar(x.T * x) * x),
    gradient("aᵀx xᵀb", a.T * x * x.T * b, x, (a * b.T + b * a.T) * x),
    gradient("xᵀAx as an entry", (x.T * A * x)[0, 0], x, (A + A.T) * x),
    gradient(
        "xᵀAx / xᵀx",
        nz.as_scalar(x.T * A * x) / nz.as_scalar(x.T * x),
        x,
        s * (A + A.T) * x - 2 * trace(x.T * A * x) * s**2 * x,
    ),
    gradient(
        "Rayleigh quotient, symmetric",
        nz.as_scalar(x.T * W * x) / nz.as_scalar(x.T * x),
        x,
        2 * s * (W * x - trace(x.T * W * x) * s * x),
    ),
    gradient(
        "generalised Rayleigh quotient",
        nz.as_scalar(x.T * W * x) / nz.as_scalar(x.T * V * x),
        x,
        2 / trace(x.T * V * x) * (W * x - trace(x.T * W * x) / trace(x.T * V * x) * V * x),
    ),
    gradient("√ xᵀWx", sqrt(nz.as_scalar(x.T * W * x)), x, W * x / sqrt(trace(x.T * W * x))),
    gradient("log xᵀAx", log(nz.as_scalar(x.T * A * x)), x, (A + A.T) * x / trace(x.T * A * x)),
    gradient(
        "exp(−xᵀWx/2)",
        exp(-nz.as_scalar(x.T * W * x) / 2),
        x,
        -exp(-trace(x.T * W * x) / 2) * W * x,
    ),
    gradient("xᵀ(x∘x)", x.T * hadamard(x, x), x, 3 * hadamard(x, x)),
    gradient("xᵀ diag(a) x", x.T * diag(a) * x, x, 2 * hadamard(a, x)),
    gradient("aᵀ diag(x) b", a.T * diag(x) * b, x, hadamard(a, b)),
    gradient(
        "cosine of x and a",
        nz.as_scalar(a.T * x) / (norm(a) * norm(x)),
        x,
        a / (norm(a) * norm(x)) - trace(a.T * x) / (norm(a) * norm(x) ** 3) * x,
    ),
    hessian("∂² xᵀAx", x.T * A * x, x, reduced(x, A + A.T)),
    hessian("∂² xᵀWx", x.T * W * x, x, reduced(x, 2 * W)),
    hessian("∂² (aᵀx)²", nz.as_scalar(a.T * x) ** 2, x, reduced(x, 2 * a * a.T)),
    hessian(
        "∂² (xᵀx)²", nz.as_scalar(x.T * x) ** 2, x, reduced(x, 4 * trace(x.T * x) * I + 8 * x * x.T)
    ),
    hessian("∂² exp aᵀx", exp(nz.as_scalar(a.T * x)), x, reduced(x, exp(trace(a.T * x)) * a * a.T)),
    hessian(
        "∂² log aᵀx", log(nz.as_scalar(a.T * x)), x, reduced(x, -a * a.T / trace(a.T * x) ** 2)
    ),
    hessian("∂² tr XCXᵀA", trace(X * C * X.T * A), X, reduced(X, kron(C, A.T) + kron(C.T, A))),
    hessian("∂² tr AS²", trace(A * S**2), S, reduced(S, KS * (kron(A.T, I) + kron(I, A)))),
    hessian("∂² tr S²", trace(S**2), S, reduced(S, 2 * KS)),
    hessian("∂² tr XᵀX", trace(X.T * X), X, reduced(X, 2 * nz.identity(n * m))),
    hessian("∂² tr S³", trace(S**3), S, reduced(S, 3 * KS * (kron(S.T, I) + kron(I, S)))),
    hessian("∂² (tr AS)²", trace(A * S) ** 2, S, reduced(S, 2 * vec(A.T) * vec(A.T).T)),
    hessian("∂² of a linear function", trace(F * X), X, reduced(X, 0 * kron(C, A))),
)


DETERMINANTS = (
    gradient("det S", det(S), S, det(S) * inv(S).T),
    gradient("det Sᵀ", det(S.T), S, det(S) * inv(S.T)),
    gradient("det ASB", det(A * S * B), S, det(A * S * B) * inv(S).T),
    gradient("det AXF", det(A * X * F), X, det(A * X * F) * (F * inv(A * X * F) * A).T),
    gradient("det S²", det(S**2), S, 2 * det(S) ** 2 * inv(S).T),
    gradient("det S³", det(S**3), S, 3 * det(S**3) * inv(S).T),
    gradient("(det S)²", det(S) ** 2, S, 2 * det(S) ** 2 * inv(S).T),
    gradient("1 / det S", 1 / det(S), S, -inv(S).T / det(S)),
    gradient("det S⁻¹", det(inv(S)), S, -det(inv(S)) * inv(S).T),
    gradient("√ det SᵀS", sqrt(det(S.T * S)), S, sqrt(det(S.T * S)) * inv(S).T),
    gradient("det SᵀAS, square", det(S.T * A * S), S, 2 * det(S.T * A * S) * inv(S).T),
    gradient("det XᵀWX", det(X.T * W * X), X, 2 * det(X.T * W * X) * W * X * inv(X.T * W * X)),
    gradient(
        "det XᵀAX",
        det(X.T * A * X),
        X,
        det(X.T * A * X) * (A * X * inv(X.T * A * X) + A.T * X * inv(X.T * A.T * X)),
    ),
    gradient("det XᵀX", det(X.T * X), X, 2 * det(X.T * X) * X * inv(X.T * X)),
    gradient("det XXᵀ", det(X * X.T), X, 2 * det(X * X.T) * inv(X * X.T) * X),
    gradient("log det S", logdet(S), S, inv(S).T),
    gradient("log det S by sympy's log", sp.log(sp.Determinant(S)), S, inv(S.T)),
    gradient("log det XᵀX", logdet(X.T * X), X, 2 * X * inv(X.T * X)),
    gradient("log det XXᵀ", logdet(X * X.T), X, 2 * inv(X * X.T) * X),
    gradient("log det XᵀWX", logdet(X.T * W * X), X, 2 * W * X * inv(X.T * W * X)),
    gradient("log det ASB", logdet(A * S * B), S, inv(S).T),
    gradient("log det (I + XXᵀ)", logdet(I + X * X.T), X, 2 * inv(I + X * X.T) * X),
    gradient("log det (I + XᵀX)", logdet(J + X.T * X), X, 2 * X * inv(J + X.T * X)),
    gradient("log det (A + S)", logdet(A + S), S, inv(A + S).T),
    gradient("log det (A + diag x)", logdet(A + diag(x)), x, diag_of(inv(A + diag(x)))),
    gradient("log det (W + xxᵀ)", logdet(W + x * x.T), x, 2 * inv(W + x * x.T) * x),
    gradient("det (I + xaᵀ) = 1 + aᵀx", det(I + x * a.T), x, a),
    gradient("det diag x", det(diag(x)), x, det(diag(x)) * inv(diag(x)) * one),
    gradient("det (A + S)", det(A + S), S, det(A + S) * inv(A + S).T),
    gradient("log(det S)²", log(det(S) ** 2), S, 2 * inv(S).T),
    gradient("tr S det S", trace(S) * det(S), S, det(S) * I + trace(S) * det(S) * inv(S).T),
    gradient(
        "det S / tr S",
        det(S) / trace(S),
        S,
        det(S) / trace(S) * inv(S).T - det(S) / trace(S) ** 2 * I,
    ),
    gradient("log det S⁻¹", logdet(inv(S)), S, -inv(S).T),
    gradient("log det S²", logdet(S**2), S, 2 * inv(S).T),
    gradient("log det AXF", logdet(A * X * F), X, A.T * inv(A * X * F).T * F.T),
    gradient("log det of a Kronecker product", logdet(kron(S, A)), S, n * inv(S).T),
    gradient("det of a 1 × 1 matrix", det(a.T * X * u), X, a * u.T),
    differential("d det S", det(S), S, det(S) * trace(inv(S) * dS)),
    differential("d det S by the adjugate", det(S), S, trace(det(S) * inv(S) * dS)),
    differential("d log det S", logdet(S), S, trace(inv(S) * dS)),
    differential("d log det XᵀX", logdet(X.T * X), X, 2 * trace(inv(X.T * X) * X.T * dX)),
    hessian("∂² log det S", logdet(S), S, reduced(S, -KS * kron(inv(S).T, inv(S)))),
    hessian(
        "∂² det S",
        det(S),
        S,
        reduced(S, det(S) * (vec(inv(S).T) * vec(inv(S).T).T - KS * kron(inv(S).T, inv(S)))),
    ),
    hessian(
        "∂² log det (A + diag x)",
        logdet(A + diag(x)),
        x,
        reduced(x, -hadamard(inv(A + diag(x)), inv(A + diag(x)).T)),
    ),
)


INVERSES = (
    differential("d S⁻¹", inv(S), S, -inv(S) * dS * inv(S)),
    differential("d S⁻²", S**-2, S, -inv(S) * dS * S**-2 - S**-2 * dS * inv(S)),
    differential("d (S⁻¹)ᵀ", inv(S).T, S, -inv(S).T * dS.T * inv(S).T),
    differential("d (AS)⁻¹", inv(A * S), S, -inv(S) * dS * inv(S) * inv(A)),
    differential(
        "d (I + XXᵀ)⁻¹",
        inv(I + X * X.T),
        X,
        -inv(I + X * X.T) * (dX * X.T + X * dX.T) * inv(I + X * X.T),
    ),
    jacobian("∂ vec S⁻¹", inv(S), S, -kron(inv(S).T, inv(S)) * P(S).T),
    jacobian("∂ vec AS⁻¹B", A * inv(S) * B, S, -kron((inv(S) * B).T, A * inv(S)) * P(S).T),
    jacobian("∂ S⁻¹a", inv(S) * a, S, -kron((inv(S) * a).T, inv(S)) * P(S).T),
    jacobian(
        "∂ (A + diag x)⁻¹a",
        inv(A + diag(x)) * a,
        x,
        -inv(A + diag(x)) * diag(inv(A + diag(x)) * a) * P(x).T,
    ),
    gradient("aᵀS⁻¹b", a.T * inv(S) * b, S, -inv(S).T * a * b.T * inv(S).T),
    gradient("tr S⁻¹", trace(inv(S)), S, -(inv(S) * inv(S)).T),
    gradient("tr AS⁻¹B", trace(A * inv(S) * B), S, -(inv(S) * B * A * inv(S)).T),
    gradient("tr S⁻¹A", trace(inv(S) * A), S, -inv(S).T * A.T * inv(S).T),
    gradient("tr (S+A)⁻¹", trace(inv(S + A)), S, -(inv(S + A) * inv(S + A)).T),
    gradient("tr B(S+A)⁻¹", trace(B * inv(S + A)), S, -(inv(S + A) * B * inv(S + A)).T),
    gradient("tr S⁻²", trace(S**-2), S, -2 * (S**-3).T),
    gradient("tr S⁻³", trace(S**-3), S, -3 * (inv(S).T) ** 4),
    gradient("tr AS⁻²", trace(A * S**-2), S, -(inv(S) * A * S**-2 + S**-2 * A * inv(S)).T),
    gradient("tr SᵀS⁻¹", trace(S.T * inv(S)), S, inv(S) - (inv(S) * S.T * inv(S)).T),
    gradient(
        "tr (I + XXᵀ)⁻¹", trace(inv(I + X * X.T)), X, -2 * inv(I + X * X.T) * inv(I + X * X.T) * X
    ),
    gradient(
        "tr (XᵀWX)⁻¹C",
        trace(inv(X.T * W * X) * C),
        X,
        -W * X * inv(X.T * W * X) * (C + C.T) * inv(X.T * W * X),
    ),
    gradient(
        "tr (XᵀWX)⁻¹(XᵀVX)",
        trace(inv(X.T * W * X) * (X.T * V * X)),
        X,
        -2 * W * X * inv(X.T * W * X) * X.T * V * X * inv(X.T * W * X)
        + 2 * V * X * inv(X.T * W * X),
    ),
    gradient(
        "aᵀ(A + diag x)⁻¹b",
        a.T * inv(A + diag(x)) * b,
        x,
        -hadamard(inv(A + diag(x)).T * a, inv(A + diag(x)) * b),
    ),
    gradient("‖S⁻¹‖²", sumsq(inv(S)), S, -2 * inv(S).T * inv(S) * inv(S).T),
    gradient(
        "‖S⁻¹a − b‖²", sumsq(inv(S) * a - b), S, -2 * inv(S).T * (inv(S) * a - b) * a.T * inv(S).T
    ),
    gradient("tr (AS)⁻¹", trace(inv(A * S)), S, -(inv(S) * inv(A) * inv(S)).T),
    gradient("xᵀW⁻¹x", x.T * inv(W) * x, x, 2 * inv(W) * x),
    gradient(
        "tr SAS⁻¹",
        trace(S * A * inv(S) * B),
        S,
        (A * inv(S) * B).T - (inv(S) * B * S * A * inv(S)).T,
    ),
    gradient(
        "tr (A + μS)⁻¹", trace(inv(A + mu * S)), S, -mu * (inv(A + mu * S) * inv(A + mu * S)).T
    ),
    gradient("aᵀSᵀ⁻¹b", a.T * inv(S.T) * b, S, -inv(S).T * b * a.T * inv(S).T),
    gradient("1 / aᵀXu", 1 / nz.as_scalar(a.T * X * u), X, -a * u.T / trace(a.T * X * u) ** 2),
    hessian(
        "∂² tr AS⁻¹",
        trace(A * inv(S)),
        S,
        reduced(
            S, KS * (kron(inv(S).T * A.T * inv(S).T, inv(S)) + kron(inv(S).T, inv(S) * A * inv(S)))
        ),
    ),
)


NORMS = (
    gradient("‖x‖", norm(x), x, x / norm(x)),
    gradient("‖x − a‖", norm(x - a), x, (x - a) / norm(x - a)),
    gradient("‖X‖", norm(X), X, X / norm(X)),
    gradient("‖X‖²", sumsq(X), X, 2 * X),
    gradient("‖X‖³", norm(X) ** 3, X, 3 * norm(X) * X),
    gradient(
        "‖AXC − H‖", norm(A * X * C - H), X, A.T * (A * X * C - H) * C.T / norm(A * X * C - H)
    ),
    gradient("‖AX − H‖²", sumsq(A * X - H), X, 2 * A.T * (A * X - H)),
    gradient("‖XC − H‖²", sumsq(X * C - H), X, 2 * (X * C - H) * C.T),
    gradient("‖Mx − y‖²", sumsq(M * x - y), x, 2 * M.T * (M * x - y)),
    gradient(
        "‖Mx − y‖² / 2 by its normal equations", sumsq(M * x - y) / 2, x, M.T * M * x - M.T * y
    ),
    gradient(
        "‖Mx − y‖² + μ‖x‖²",
        sumsq(M * x - y) + mu * sumsq(x),
        x,
        2 * (M.T * M + mu * I) * x - 2 * M.T * y,
    ),
    gradient("‖x‖₁", norm(x, 1), x, nz.sign(x)),
    gradient("‖Mx − y‖₁", norm(M * x - y, 1), x, M.T * nz.sign(M * x - y)),
    gradient("‖X‖₁", norm(X, 1), X, nz.sign(X)),
    gradient("‖x‖₃", norm(x, 3), x, hadamard(x, absolute(x)) / norm(x, 3) ** 2),
    gradient("‖x‖₄", norm(x, 4), x, entrywise(lambda t: t**3, x) / norm(x, 4) ** 3),
    gradient("‖x‖₄⁴", total(nz.power(x, 4)), x, 4 * nz.power(x, 3)),
    gradient("‖Mx − y‖", norm(M * x - y), x, M.T * (M * x - y) / norm(M * x - y)),
    gradient("1 / ‖x‖", 1 / norm(x), x, -x / norm(x) ** 3),
    gradient("log ‖x‖", log(norm(x)), x, x / nz.as_scalar(x.T * x)),
    gradient("‖XᵀX − I‖²", sumsq(X.T * X - J), X, 4 * X * (X.T * X - J)),
    gradient("‖XXᵀ − A‖²", sumsq(X * X.T - A), X, 2 * (2 * X * X.T - A - A.T) * X),
    gradient("‖S² − A‖²", sumsq(S**2 - A), S, 2 * ((S**2 - A) * S.T + S.T * (S**2 - A))),
    gradient(
        "‖SA − AS‖²", sumsq(S * A - A * S), S, 2 * ((S * A - A * S) * A.T - A.T * (S * A - A * S))
    ),
    gradient("‖X − auᵀ‖² by a", sumsq(H - x * u.T), x, -2 * (H - x * u.T) * u),
    gradient("√(‖x‖² + μ²)", sqrt(sumsq(x) + mu**2), x, x / sqrt(sumsq(x) + mu**2)),
    gradient(
        "Σ √(x² + 1)",
        total(sqrt(nz.power(x, 2) + one)),
        x,
        hadamard(x, entrywise(lambda t: 1 / sp.sqrt(t**2 + 1), x)),
    ),
    gradient(
        "elastic net",
        sumsq(M * x - y) / 2 + mu * norm(x, 1) + nu / 2 * sumsq(x),
        x,
        M.T * (M * x - y) + mu * nz.sign(x) + nu * x,
    ),
    gradient(
        "‖x‖ ‖x − a‖",
        norm(x) * norm(x - a),
        x,
        norm(x - a) / norm(x) * x + norm(x) / norm(x - a) * (x - a),
    ),
    jacobian("∂ x / ‖x‖", x / norm(x), x, (I / norm(x) - x * x.T / norm(x) ** 3) * P(x).T),
    jacobian(
        "∂ (x − a) / ‖x − a‖",
        (x - a) / norm(x - a),
        x,
        (I / norm(x - a) - (x - a) * (x - a).T / norm(x - a) ** 3) * P(x).T,
    ),
    hessian("∂² ‖x‖", norm(x), x, reduced(x, I / norm(x) - x * x.T / norm(x) ** 3)),
    hessian("∂² ‖Mx − y‖²", sumsq(M * x - y), x, reduced(x, 2 * M.T * M)),
    hessian("∂² ‖AXC − H‖²", sumsq(A * X * C - H), X, reduced(X, 2 * kron(C * C.T, A.T * A))),
)

JACOBIANS = (
    jacobian("∂ X", X, X, P(X).T),
    jacobian("∂ Xᵀ", X.T, X, K * P(X).T),
    jacobian("∂ AX", A * X, X, kron(J, A) * P(X).T),
    jacobian("∂ XC", X * C, X, kron(C.T, I) * P(X).T),
    jacobian("∂ AXC", A * X * C, X, kron(C.T, A) * P(X).T),
    jacobian("∂ CXᵀA", C * X.T * A, X, kron(A.T, C) * K * P(X).T),
    jacobian("∂ CXᵀA, K on the left", C * X.T * A, X, commutation(n, m) * kron(C, A.T) * P(X).T),
    jacobian("∂ XᵀX", X.T * X, X, (nz.identity(m * m) + commutation(m, m)) * kron(J, X.T) * P(X).T),
    jacobian("∂ XXᵀ", X * X.T, X, (nz.identity(n * n) + KS) * kron(X, I) * P(X).T),
    jacobian("∂ S²", S**2, S, (kron(S.T, I) + kron(I, S)) * P(S).T),
    jacobian("∂ S³", S**3, S, (kron((S.T) ** 2, I) + kron(S.T, S) + kron(I, S**2)) * P(S).T),
    jacobian("∂ XᵀAX", X.T * A * X, X, (kron(X.T * A.T, J) * K + kron(J, X.T * A)) * P(X).T),
    jacobian("∂ Ax", A * x, x, A * P(x).T),
    jacobian("∂ xᵀA", x.T * A, x, A.T * P(x).T),
    jacobian("∂ xxᵀ", x * x.T, x, (kron(x, I) + kron(I, x)) * P(x).T),
    jacobian(
        "∂ x xᵀAx", x * (x.T * A * x), x, (trace(x.T * A * x) * I + x * x.T * (A + A.T)) * P(x).T
    ),
    jacobian("∂ xxᵀa", x * x.T * a, x, (trace(x.T * a) * I + x * a.T) * P(x).T),
    jacobian("∂ aᵀx b", (a.T * x)[0, 0] * b, x, b * a.T * P(x).T),
    jacobian(
        "∂ tr(S) S", trace(S) * S, S, (vec(S) * vec(I).T + trace(S) * nz.identity(n * n)) * P(S).T
    ),
    jacobian(
        "∂ of the adjugate",
        det(S) * inv(S),
        S,
        det(S) * (vec(inv(S)) * vec(inv(S).T).T - kron(inv(S).T, inv(S))) * P(S).T,
    ),
    jacobian(
        "∂ S / tr S",
        S / trace(S),
        S,
        (nz.identity(n * n) / trace(S) - vec(S) * vec(I).T / trace(S) ** 2) * P(S).T,
    ),
    jacobian("∂ log(aᵀx) b", log(nz.as_scalar(a.T * x)) * b, x, b * a.T / trace(a.T * x) * P(x).T),
    jacobian(
        "∂ exp(aᵀx) x",
        exp(nz.as_scalar(a.T * x)) * x,
        x,
        exp(trace(a.T * x)) * (I + x * a.T) * P(x).T,
    ),
    jacobian("∂ vec X", vec(X), X, P(X).T),
    jacobian("∂ vec Xᵀ", vec(X.T), X, K * P(X).T),
    jacobian("∂ K vec X", K * vec(X), X, K * P(X).T),
    jacobian("∂ vec AXC", vec(A * X * C), X, kron(C.T, A) * P(X).T),
    jacobian("∂ unvec x", nz.unvec(kron(J, A) * vec(X), n, m), X, kron(J, A) * P(X).T),
    jacobian(
        "∂ X⊗A",
        kron(X, A),
        X,
        kron(J, kron(commutation(n, n), I)) * kron(nz.identity(n * m), vec(A)) * P(X).T,
    ),
    jacobian(
        "∂ A⊗X",
        kron(A, X),
        X,
        kron(I, kron(commutation(m, n), I)) * kron(vec(A), nz.identity(n * m)) * P(X).T,
    ),
    jacobian("∂ x⊗a", kron(x, a), x, kron(I, a) * P(x).T),
    jacobian("∂ a⊗x", kron(a, x), x, kron(a, I) * P(x).T),
    jacobian("∂ x⊗x", kron(x, x), x, (kron(I, x) + kron(x, I)) * P(x).T),
    jacobian("∂ diag x", diag(x), x, diag(vec(I)) * kron(one, I) * P(x).T),
    jacobian("∂ of the diagonal of S", diag_of(S), S, kron(one.T, I) * diag(vec(I)) * P(S).T),
    jacobian("∂ diag(x) A", diag(x) * A, x, diag(vec(A)) * kron(one, I) * P(x).T),
    jacobian("∂ a∘x", hadamard(a, x), x, diag(a) * P(x).T),
    jacobian("∂ H∘X", hadamard(H, X), X, diag(vec(H)) * P(X).T),
    jacobian("∂ X∘X", hadamard(X, X), X, 2 * diag(vec(X)) * P(X).T),
    jacobian(
        "∂ X∘(AX)", hadamard(X, A * X), X, (diag(vec(A * X)) + diag(vec(X)) * kron(J, A)) * P(X).T
    ),
    jacobian("∂ H⊘X", nz.quotient(H, X), X, -diag(vec(nz.quotient(H, hadamard(X, X)))) * P(X).T),
    jacobian("∂ X⊘H", nz.quotient(X, H), X, diag(vec(nz.power(H, -1))) * P(X).T),
    jacobian("∂ of a column above another", nz.vstack(x, A * x), x, nz.vstack(I, A) * P(x).T),
    jacobian(
        "∂ of matrices side by side",
        nz.hstack(X, A * X),
        X,
        nz.vstack(nz.identity(n * m), kron(J, A)) * P(X).T,
    ),
    jacobian("∂ aᵀS", a.T * S, S, kron(I, a.T) * P(S).T),
    jacobian("∂ Xu", X * u, X, kron(u.T, I) * P(X).T),
    jacobian("∂ Xᵀa", X.T * a, X, kron(J, a.T) * P(X).T),
    differential("d X³ in its factors", S**3, S, dS * S**2 + S * dS * S + S**2 * dS),
    differential("d XᵀAX", X.T * A * X, X, dX.T * A * X + X.T * A * dX),
    differential("d aᵀXu", a.T * X * u, X, trace(a.T * dX * u)),
    differential("d xᵀAx", x.T * A * x, x, trace(x.T * (A + A.T) * dx)),
    differential("d tr XᵀAX", trace(X.T * A * X), X, trace(X.T * (A + A.T) * dX)),
    differential("d X∘X", hadamard(X, X), X, 2 * hadamard(X, dX)),
    differential("d S⊗S", kron(S, S), S, kron(dS, S) + kron(S, dS)),
    differential("d diag x", diag(x), x, diag(dx)),
)


ENTRYWISE = (
    jacobian("∂ exp.(X)", exp(X), X, diag(vec(exp(X))) * P(X).T),
    jacobian("∂ sin.(x)", nz.sin(x), x, diag(nz.cos(x)) * P(x).T),
    jacobian("∂ f.(Ax)", nz.tanh(A * x), x, diag(one - nz.power(nz.tanh(A * x), 2)) * A * P(x).T),
    jacobian("∂ σ.(x)", sigmoid(x), x, diag(hadamard(sigmoid(x), one - sigmoid(x))) * P(x).T),
    jacobian(
        "∂ softmax",
        exp(x) / total(exp(x)),
        x,
        (diag(exp(x)) / total(exp(x)) - exp(x) * exp(x).T / total(exp(x)) ** 2) * P(x).T,
    ),
    jacobian("∂ log.(x)", log(x), x, diag(nz.power(x, -1)) * P(x).T),
    gradient("Σ exp", total(exp(X)), X, exp(X)),
    gradient("Σ log", total(log(X)), X, nz.power(X, -1)),
    gradient("Σ √", total(sqrt(x)), x, nz.power(x, sp.Rational(-1, 2)) / 2),
    gradient("Σ sin", total(nz.sin(X)), X, nz.cos(X)),
    gradient("Σ cos", total(nz.cos(X)), X, -nz.sin(X)),
    gradient("Σ tan", total(nz.tan(x)), x, nz.power(nz.tan(x), 2) + one),
    gradient("Σ sinh", total(nz.sinh(x)), x, nz.cosh(x)),
    gradient("Σ cosh", total(nz.cosh(x)), x, nz.sinh(x)),
    gradient("Σ tanh", total(nz.tanh(x)), x, one - nz.power(nz.tanh(x), 2)),
    gradient("Σ asinh", total(nz.asinh(x)), x, entrywise(lambda t: 1 / sp.sqrt(1 + t**2), x)),
    gradient("Σ atanh", total(nz.atanh(x)), x, entrywise(lambda t: 1 / (1 - t**2), x)),
    gradient("Σ |x|", total(absolute(x)), x, nz.sign(x)),
    gradient("Σ sign", inner(a, nz.sign(x)) + total(x), x, one),
    gradient("Σ σ", total(sigmoid(x)), x, hadamard(sigmoid(x), one - sigmoid(x))),
    gradient("Σ softplus", total(softplus(x)), x, sigmoid(x)),
    gradient("Σ x³", total(nz.power(x, 3)), x, 3 * nz.power(x, 2)),
    gradient("Σ 1/x", total(nz.power(x, -1)), x, -nz.power(x, -2)),
    gradient("Σ x^(3/2)", total(nz.power(x, sp.Rational(3, 2))), x, 3 * sqrt(x) / 2),
    gradient(
        "Σ exp(−x²/2)",
        total(entrywise(lambda t: sp.exp(-(t**2) / 2), x)),
        x,
        -hadamard(x, exp(-nz.power(x, 2) / 2)),
    ),
    gradient("Σ x log x", total(hadamard(x, log(x))), x, log(x) + one),
    gradient(
        "a Lambda", total(entrywise(sp.Lambda(sp.Symbol("t"), sp.Symbol("t") ** 2), x)), x, 2 * x
    ),
    gradient("Σ atan", total(entrywise(sp.atan, x)), x, entrywise(lambda t: 1 / (1 + t**2), x)),
    gradient(
        "Σ erf",
        total(entrywise(sp.erf, x)),
        x,
        2 / sqrt(sp.pi) * entrywise(lambda t: sp.exp(-(t**2)), x),
    ),
    gradient("aᵀ exp.(Ax)", a.T * exp(A * x), x, A.T * hadamard(a, exp(A * x))),
    gradient("Σ exp(AXC)", total(exp(A * X * C)), X, A.T * exp(A * X * C) * C.T),
    gradient(
        "‖tanh(AX) − H‖²",
        sumsq(nz.tanh(A * X) - H),
        X,
        2 * A.T * hadamard(nz.tanh(A * X) - H, ones(n, m) - nz.power(nz.tanh(A * X), 2)),
    ),
    gradient("‖X∘X − H‖²", sumsq(hadamard(X, X) - H), X, 4 * hadamard(X, hadamard(X, X) - H)),
    gradient("1ᵀ(H∘X)1", total(hadamard(H, X)), X, H),
    gradient("tr A(S∘B)", trace(A * hadamard(S, B)), S, hadamard(A.T, B)),
    gradient("‖X⊘H‖²", sumsq(nz.quotient(X, H)), X, 2 * nz.quotient(X, hadamard(H, H))),
    gradient("Σ H⊘X", total(nz.quotient(H, X)), X, -nz.quotient(H, hadamard(X, X))),
    gradient("xᵀ(A∘B)x", x.T * hadamard(A, B) * x, x, hadamard(A, B) * x + hadamard(A, B).T * x),
    gradient(
        "Σ Huber-like √(1 + r²)",
        total(sqrt(nz.power(r, 2) + ones(p))),
        x,
        M.T * hadamard(r, nz.power(nz.power(r, 2) + ones(p), sp.Rational(-1, 2))),
    ),
    gradient("log cosh", total(log(nz.cosh(r))), x, M.T * nz.tanh(r)),
    gradient("‖vec X − vec H‖²", sumsq(vec(X) - vec(H)), X, 2 * (X - H)),
    gradient("‖X⊗A‖²", sumsq(kron(X, A)), X, 2 * sumsq(A) * X),
    gradient(
        "vec(X)ᵀ(Cᵀ⊗A) vec(X)", vec(X).T * kron(C.T, A) * vec(X), X, A * X * C + A.T * X * C.T
    ),
    gradient("vec(X)ᵀ K vec(H)", vec(X.T).T * K * vec(H), X, H),
    gradient("aᵀ of the diagonal of S", a.T * diag_of(S), S, diag(a)),
    gradient("‖diagonal of AS‖²", sumsq(diag_of(A * S)), S, 2 * A.T * diag(diag_of(A * S))),
    gradient("diagonal of XCXᵀ", total(diag_of(X * C * X.T)), X, X * (C + C.T)),
    gradient("‖A diag x‖²", sumsq(A * diag(x)), x, 2 * hadamard(diag_of(A.T * A), x)),
    gradient(
        "tr diag(x) A diag(x) B",
        trace(diag(x) * A * diag(x) * B),
        x,
        (hadamard(A, B.T) + hadamard(A.T, B)) * x,
    ),
    hessian("∂² Σ exp", total(exp(x)), x, reduced(x, diag(exp(x)))),
    hessian("∂² Σ log", total(log(x)), x, reduced(x, -diag(nz.power(x, -2)))),
    hessian("∂² Σ X³", total(nz.power(X, 3)), X, reduced(X, 6 * diag(vec(X)))),
    hessian("∂² Σ |x|", total(absolute(x)) + sumsq(x), x, reduced(x, 2 * I)),
    hessian(
        "∂² Σ softplus(Mx)",
        total(softplus(M * x)),
        x,
        reduced(x, M.T * diag(hadamard(sigmoid(M * x), ones(p) - sigmoid(M * x))) * M),
    ),
)


lse = log(total(exp(M * x)))
probability = exp(M * x) / total(exp(M * x))
pred = sigmoid(M * x)

LEARNING = (
    gradient("logistic regression", total(softplus(M * x)) - inner(y, M * x), x, M.T * (pred - y)),
    gradient(
        "logistic regression, ±1 labels",
        total(softplus(-hadamard(y, M * x))),
        x,
        -M.T * hadamard(y, sigmoid(-hadamard(y, M * x))),
    ),
    gradient(
        "cross entropy by log σ",
        -inner(y, log(pred)) - inner(ones(p) - y, log(ones(p) - pred)),
        x,
        M.T * (pred - y),
    ),
    hessian(
        "∂² of logistic regression",
        total(softplus(M * x)) - inner(y, M * x),
        x,
        reduced(x, M.T * diag(hadamard(pred, ones(p) - pred)) * M),
    ),
    gradient("log Σ exp", log(total(exp(x))), x, exp(x) / total(exp(x))),
    gradient("log Σ exp(Mx)", lse, x, M.T * probability),
    hessian(
        "∂² log Σ exp",
        log(total(exp(x))),
        x,
        reduced(x, diag(exp(x)) / total(exp(x)) - exp(x) * exp(x).T / total(exp(x)) ** 2),
    ),
    gradient("softmax cross entropy", lse - inner(y, M * x), x, M.T * (probability - y)),
    gradient(
        "softmax cross entropy of a batch, by its weights",
        total(log(exp(U * X.T).T * ones(k))) - inner(Onk, X * U.T),
        U,
        (nz.quotient(exp(X * U.T), exp(X * U.T) * ones(k, k)) - Onk).T * X,
    ),
    gradient("entropy", -inner(x, log(x)), x, -log(x) - one),
    gradient(
        "Kullback-Leibler divergence",
        inner(x, log(nz.quotient(x, a))),
        x,
        log(nz.quotient(x, a)) + one,
    ),
    gradient("Poisson regression", total(exp(M * x)) - inner(y, M * x), x, M.T * (exp(M * x) - y)),
    gradient(
        "exponential loss",
        total(exp(-hadamard(y, M * x))),
        x,
        -M.T * hadamard(y, exp(-hadamard(y, M * x))),
    ),
    gradient(
        "ridge regression",
        sumsq(M * X - Opm) + mu * sumsq(X),
        X,
        2 * M.T * (M * X - Opm) + 2 * mu * X,
    ),
    gradient(
        "weighted least squares",
        (y - M * x).T * Odiag * (y - M * x),
        x,
        -2 * M.T * Odiag * (y - M * x),
    ),
    gradient(
        "generalised least squares",
        (a - A * x).T * inv(W) * (a - A * x),
        x,
        -2 * A.T * inv(W) * (a - A * x),
    ),
    gradient(
        "masked factorisation by the left factor",
        sumsq(mask(Q - X * C, Q)),
        X,
        -2 * mask(Q - X * C, Q) * C.T,
    ),
    gradient(
        "masked factorisation by the right factor",
        sumsq(mask(Q - H * Omm, Q)),
        Omm,
        -2 * H.T * mask(Q - H * Omm, Q),
    ),
    gradient("factorisation by the left factor", sumsq(Onk - X * N), X, -2 * (Onk - X * N) * N.T),
    gradient("factorisation by the right factor", sumsq(Opm - M * X), X, -2 * M.T * (Opm - M * X)),
    gradient(
        "weighted factorisation",
        sumsq(hadamard(Onk, X * N - Tnk)),
        X,
        2 * hadamard(hadamard(Onk, Onk), X * N - Tnk) * N.T,
    ),
    gradient("symmetric factorisation", sumsq(W - X * X.T), X, -4 * (W - X * X.T) * X),
    gradient(
        "principal components",
        trace(X.T * W * X) - trace(Osym * (X.T * X - J)),
        X,
        2 * W * X - 2 * X * Osym,
    ),
    gradient(
        "trace of the residual projection",
        trace(inv(X.T * X) * (X.T * W * X)),
        X,
        2 * (W * X - X * inv(X.T * X) * X.T * W * X) * inv(X.T * X),
    ),
    gradient("Gaussian by its mean", (a - x).T * inv(W) * (a - x) / 2, x, -inv(W) * (a - x)),
    gradient(
        "Gaussian by its covariance",
        logdet(Z) / 2 + trace(inv(Z) * a * a.T) / 2,
        Z,
        (inv(Z) - inv(Z) * a * a.T * inv(Z)) / 2,
    ),
    gradient(
        "Gaussian by a general covariance",
        logdet(S) / 2 + trace(inv(S) * A) / 2,
        S,
        (inv(S).T - inv(S).T * A.T * inv(S).T) / 2,
    ),
    gradient(
        "Gaussian by its precision", -logdet(S) / 2 + trace(S * A) / 2, S, (A.T - inv(S).T) / 2
    ),
    gradient(
        "graphical lasso",
        trace(W * Z) - logdet(Z) + mu * norm(Z, 1),
        Z,
        W - inv(Z) + mu * nz.sign(Z),
    ),
    gradient(
        "Wishart density",
        (mu - n - 1) / 2 * logdet(S) - trace(inv(W) * S) / 2,
        S,
        (mu - n - 1) / 2 * inv(S).T - inv(W) / 2,
    ),
    gradient(
        "inverse Wishart",
        -(mu + n + 1) / 2 * logdet(S) - trace(W * inv(S)) / 2,
        S,
        -(mu + n + 1) / 2 * inv(S).T + inv(S).T * W * inv(S).T / 2,
    ),
    gradient(
        "KL of two Gaussians by the first covariance",
        (trace(inv(W) * S) - logdet(S)) / 2,
        S,
        (inv(W) - inv(S).T) / 2,
    ),
    gradient(
        "KL of two Gaussians by the second covariance",
        (trace(inv(S) * W) + logdet(S)) / 2,
        S,
        (inv(S).T - inv(S).T * W * inv(S).T) / 2,
    ),
    gradient(
        "KL of two Gaussians by the mean", (x - a).T * inv(W) * (x - a) / 2, x, inv(W) * (x - a)
    ),
    gradient(
        "GP marginal likelihood by the kernel matrix",
        (a.T * inv(S) * a)[0, 0] / 2 + logdet(S) / 2,
        S,
        (inv(S).T - inv(S).T * a * a.T * inv(S).T) / 2,
    ),
    gradient(
        "GP marginal likelihood by diagonal noise",
        (a.T * inv(W + diag(x)) * a)[0, 0] / 2 + logdet(W + diag(x)) / 2,
        x,
        (diag_of(inv(W + diag(x))) - hadamard(inv(W + diag(x)) * a, inv(W + diag(x)) * a)) / 2,
    ),
    gradient(
        "log-determinant barrier",
        -logdet(X.T * diag(o) * X),
        o,
        -diag_of(X * inv(X.T * diag(o) * X) * X.T),
    ),
    gradient("log barrier", -total(log(y - M * x)), x, M.T * nz.power(y - M * x, -1)),
    gradient(
        "hidden layer by its weights",
        sumsq(H * nz.tanh(Omn * A) - B),
        Omn,
        2
        * hadamard(H.T * (H * nz.tanh(Omn * A) - B), ones(m, n) - nz.power(nz.tanh(Omn * A), 2))
        * A.T,
    ),
    gradient(
        "hidden layer by the output weights",
        sumsq(X * sigmoid(F * A) - B),
        X,
        2 * (X * sigmoid(F * A) - B) * sigmoid(F * A).T,
    ),
    gradient(
        "hidden layer by its bias",
        sumsq(M * sigmoid(H * N + x * ones(1, k)) - D),
        x,
        2
        * hadamard(
            hadamard(
                M.T * (M * sigmoid(H * N + x * ones(1, k)) - D), sigmoid(H * N + x * ones(1, k))
            ),
            ones(n, k) - sigmoid(H * N + x * ones(1, k)),
        )
        * ones(k),
    ),
    gradient("softplus layer by its weights", total(softplus(X * N)), X, sigmoid(X * N) * N.T),
    gradient(
        "softplus layer by its bias",
        total(softplus(H * N + x * ones(1, k))),
        x,
        sigmoid(H * N + x * ones(1, k)) * ones(k),
    ),
    gradient(
        "linear layer by its bias",
        sumsq(A * X * N - o * ones(1, k)),
        o,
        -2 * (A * X * N - o * ones(1, k)) * ones(k),
    ),
    gradient(
        "linear autoencoder by the decoder",
        sumsq(H - X * F * H),
        X,
        -2 * (H - X * F * H) * H.T * F.T,
    ),
    gradient(
        "tied autoencoder",
        sumsq(A - X * X.T * A),
        X,
        -2 * ((A - X * X.T * A) * A.T * X + A * (A - X * X.T * A).T * X),
    ),
    gradient(
        "metric learning",
        sqrt(nz.as_scalar(a.T * X * X.T * a)),
        X,
        a * a.T * X / sqrt(trace(a.T * X * X.T * a)),
    ),
    gradient("graph Laplacian smoothness", trace(X.T * L * X), X, (L + L.T) * X),
    gradient(
        "Kalman gain",
        trace((A - X * F) * W * (A - X * F).T + X * C * X.T),
        X,
        -2 * (A - X * F) * W * F.T + X * (C + C.T),
    ),
    gradient("Wahba's problem", -trace(S * A.T), S, -A),
    gradient(
        "Procrustes with its multiplier",
        sumsq(A * S - B) + trace(W * (S.T * S - I)),
        S,
        2 * A.T * (A * S - B) + 2 * S * W,
    ),
    gradient(
        "Sylvester equation",
        sumsq(A * X + X * C - H),
        X,
        2 * A.T * (A * X + X * C - H) + 2 * (A * X + X * C - H) * C.T,
    ),
    gradient(
        "discrete Lyapunov equation",
        sumsq(S - A * S * A.T - B),
        S,
        2 * (S - A * S * A.T - B) - 2 * A.T * (S - A * S * A.T - B) * A,
    ),
    gradient(
        "Riccati residual",
        sumsq(A.T * Z + Z * A - Z * W * Z + V),
        Z,
        2
        * (
            A * (A.T * Z + Z * A - Z * W * Z + V)
            + (A.T * Z + Z * A - Z * W * Z + V) * A.T
            - W * Z * (A.T * Z + Z * A - Z * W * Z + V)
            - (A.T * Z + Z * A - Z * W * Z + V) * Z * W
        ),
    ),
    gradient("portfolio variance and return", x.T * W * x - mu * (a.T * x), x, 2 * W * x - mu * a),
    gradient(
        "Fisher's discriminant",
        nz.as_scalar(x.T * a * a.T * x) / nz.as_scalar(x.T * W * x),
        x,
        2 * trace(a.T * x) / trace(x.T * W * x) * a
        - 2 * trace(a.T * x) ** 2 / trace(x.T * W * x) ** 2 * W * x,
    ),
    gradient(
        "total variation on a graph", total(sqrt(nz.power(M * x, 2))), x, M.T * nz.sign(M * x)
    ),
    gradient(
        "InfoNCE",
        total(log(exp(X * N) * ones(k))) - total(hadamard(Onk, X * N)),
        X,
        (nz.quotient(exp(X * N), exp(X * N) * ones(k, k)) - Onk) * N.T,
    ),
)


def nonzeros(unknown: Matrix, matrix: Any) -> Any:
    """P vec(Γ)."""
    return P(unknown) * vec(matrix)


STRUCTURED = (
    gradient("sparse: ‖G‖²", sumsq(G), G, nonzeros(G, 2 * G)),
    gradient("sparse: tr FG", trace(F * G), G, nonzeros(G, F.T)),
    gradient("sparse: ‖AG − H‖²", sumsq(A * G - H), G, nonzeros(G, 2 * A.T * (A * G - H))),
    gradient("sparse: tr GᵀLG", trace(G.T * L * G), G, (L + L.T) * G),
    gradient(
        "sparse: Σ exp over stored values",
        total(nz.map_nonzeros(sp.exp, G)),
        G,
        nonzeros(G, exp(G)),
    ),
    gradient("sparse: Σ exp over all entries", total(exp(G)), G, exp(G)),
    gradient("sparse: Σ sin", total(nz.sin(G)), G, nz.cos(G)),
    gradient(
        "sparse: ‖mask(AG) − G‖²",
        sumsq(mask(A * G, G) - G),
        G,
        2 * A.T * mask(mask(A * G, G) - G, G) - 2 * (mask(A * G, G) - G),
    ),
    gradient("sparse: tr T⁻¹A", trace(inv(T) * A), T, -inv(T).T * A.T * inv(T).T),
    gradient("sparse: log det T", logdet(T), T, inv(T).T),
    gradient("sparse: aᵀT⁻¹b", a.T * inv(T) * b, T, -inv(T).T * a * b.T * inv(T).T),
    gradient("sparse: log det GᵀG", logdet(G.T * G), G, 2 * G * inv(G.T * G)),
    gradient("sparse: tr T³", trace(T**3), T, 3 * (T**2).T),
    gradient("sparse: det T", det(T), T, det(T) * inv(T).T),
    jacobian("sparse: ∂ AGC", A * G * C, G, kron(C.T, A) * P(G).T),
    jacobian(
        "sparse: ∂ GᵀLG", G.T * L * G, G, (kron(G.T * L.T, J) * K + kron(J, G.T * L)) * P(G).T
    ),
    jacobian("sparse: ∂ Gᵀ", G.T, G, K * P(G).T),
    jacobian("sparse: ∂ T⁻¹a", inv(T) * a, T, -kron((inv(T) * a).T, inv(T)) * P(T).T),
    hessian(
        "sparse: ∂² ‖AGC − H‖²", sumsq(A * G * C - H), G, reduced(G, 2 * kron(C * C.T, A.T * A))
    ),
    hessian("sparse: ∂² tr GᵀLG", trace(G.T * L * G), G, reduced(G, kron(J, L + L.T))),
    gradient("symmetric: tr AZ", trace(A * Z), Z, nonzeros(Z, A.T)),
    gradient("symmetric: tr AZ, symmetrised", trace(A * Z), Z, (A + A.T) / 2),
    gradient("symmetric: tr Z²", trace(Z**2), Z, 2 * Z),
    gradient("symmetric: log det Z", logdet(Z), Z, inv(Z)),
    gradient("symmetric: det Z", det(Z), Z, det(Z) * inv(Z)),
    gradient("symmetric: aᵀZb", a.T * Z * b, Z, a * b.T),
    gradient("symmetric: aᵀZa", a.T * Z * a, Z, a * a.T),
    gradient("symmetric: aᵀZ⁻¹b", a.T * inv(Z) * b, Z, -inv(Z) * a * b.T * inv(Z)),
    gradient("symmetric: tr AZBZ", trace(A * Z * B * Z), Z, A.T * Z * B.T + B.T * Z * A.T),
    gradient("symmetric, sparse: tr AY", trace(A * Y), Y, A),
    gradient("symmetric, sparse: tr AYBY", trace(A * Y * B * Y), Y, A.T * Y * B.T + B.T * Y * A.T),
    gradient("symmetric, sparse: ‖LY − I‖²", sumsq(L * Y - I), Y, 2 * L.T * (L * Y - I)),
    gradient("symmetric, sparse: log det", logdet(Y), Y, inv(Y)),
    gradient("positive definite: log det Z", logdet(Z, positive=True), Z, inv(Z)),
    gradient("positive definite, sparse: log det", logdet(Y, positive=True), Y, inv(Y)),
    gradient(
        "positive definite: log det (I + XXᵀ)",
        logdet(I + X * X.T, positive=True),
        X,
        2 * inv(I + X * X.T) * X,
    ),
    jacobian("symmetric: ∂ AZB", A * Z * B, Z, kron(B.T, A) * P(Z).T),
    jacobian("symmetric: K leaves it", Z, Z, KS * P(Z).T),
    jacobian("symmetric: ∂ Z⁻¹", inv(Z), Z, -kron(inv(Z), inv(Z)) * P(Z).T),
    hessian("symmetric: ∂² log det Z", logdet(Z), Z, reduced(Z, -kron(inv(Z), inv(Z)))),
    hessian(
        "positive definite: ∂² log det Z",
        logdet(Z, positive=True),
        Z,
        reduced(Z, -kron(inv(Z), inv(Z))),
    ),
    gradient("diagonal: tr AR", trace(A * R), R, A),
    gradient("diagonal: log det R", logdet(R), R, inv(R)),
    gradient("diagonal: tr ARBR", trace(A * R * B * R), R, A.T * R * B.T + B.T * R * A.T),
    gradient("diagonal: ‖ARH − H‖²", sumsq(A * R * H - H), R, 2 * A.T * (A * R * H - H) * H.T),
    gradient(
        "stacked: ‖[M; √μ I]x − [y; 0]‖²",
        sumsq(nz.vstack(M, sqrt(mu) * I) * x - nz.vstack(y, 0 * a)),
        x,
        2 * M.T * (M * x - y) + 2 * mu * x,
    ),
    gradient("stacked: ‖[X H] − [H X]‖²", sumsq(nz.hstack(X, H) - nz.hstack(H, X)), X, 4 * (X - H)),
    gradient("stacked: tr [X H][A; …]", total(nz.hstack(X, A)), X, ones(n, m)),
    gradient(
        "stacked: log det of a block triangle",
        logdet(sp.BlockMatrix([[S, A], [nz.zeros(n, n), B]])),
        S,
        inv(S).T,
    ),
    gradient(
        "scalars: μ tr S + ν² tr S²",
        mu * trace(S) + nu**2 * trace(S**2),
        S,
        mu * I + 2 * nu**2 * S.T,
    ),
    gradient(
        "scalars: a number times a matrix",
        sumsq(trace(S) * A - B),
        S,
        2 * trace(A.T * (trace(S) * A - B)) * I,
    ),
    gradient(
        "scalars: S − tr(S) I / n", sumsq(S - trace(S) / n * I), S, 2 * (S - trace(S) / n * I)
    ),
    gradient(
        "scalars: tr S²/(tr S)²",
        trace(S**2) / trace(S) ** 2,
        S,
        2 * S.T / trace(S) ** 2 - 2 * trace(S**2) / trace(S) ** 3 * I,
    ),
    gradient(
        "scalars: e^(−μ‖x − a‖²)",
        exp(-mu * sumsq(x - a)),
        x,
        -2 * mu * exp(-mu * sumsq(x - a)) * (x - a),
    ),
    gradient("scalars: ‖x‖^(2μ)", sumsq(x) ** mu, x, 2 * mu * sumsq(x) ** (mu - 1) * x),
    gradient("scalars: tr(S)^tr(AS)", exp(trace(A * S)) ** 2, S, 2 * exp(2 * trace(A * S)) * A.T),
    gradient(
        "scalars: σ(aᵀx)",
        sigmoid(trace(a.T * x)),
        x,
        sigmoid(trace(a.T * x)) * (1 - sigmoid(trace(a.T * x))) * a,
    ),
    gradient("scalars: softplus(aᵀx)", softplus(trace(a.T * x)), x, sigmoid(trace(a.T * x)) * a),
    gradient("scalars: |aᵀx|", absolute(trace(a.T * x)), x, nz.sign(trace(a.T * x)) * a),
    gradient(
        "scalars: tanh(aᵀx)", nz.tanh(trace(a.T * x)), x, (1 - nz.tanh(trace(a.T * x)) ** 2) * a
    ),
    gradient(
        "two unknowns: ‖XN − O‖² by X", sumsq(X * Omk - Tnk), (X, Omk), 2 * (X * Omk - Tnk) * Omk.T
    ),
    gradient(
        "two unknowns: ‖XN − O‖² by N", sumsq(X * Omk - Tnk), (Omk, X), 2 * X.T * (X * Omk - Tnk)
    ),
    gradient("two unknowns: aᵀSb by a", o.T * S * b, (o, S), S * b),
    gradient("two unknowns: aᵀSb by S", o.T * S * b, (S, o), o * b.T),
    gradient(
        "two unknowns: Gaussian by its covariance",
        (a - x).T * inv(S) * (a - x) + logdet(S) * nz.identity(1),
        (S, x),
        inv(S).T - inv(S).T * (a - x) * (a - x).T * inv(S).T,
    ),
    gradient("two unknowns: bilinear with sparse G", trace(G.T * A * X), (G, X), A * X),
    gradient("two unknowns: ‖G − X‖²", sumsq(G - X), (X, G), 2 * (X - G)),
    jacobian("two unknowns: ∂ AS by A", T * S, (S, T), kron(I, T) * P(S, "P_S").T),
    jacobian("two unknowns: ∂ AS by S", T * S, (T, S), kron(S.T, I) * P(T, "P_T").T),
    hessian(
        "two unknowns: block of ‖XN − O‖²",
        sumsq(X * Omk - Tnk),
        (X, Omk),
        P(X, "P_X") * (2 * kron(Omk * Omk.T, I)) * P(X, "P_X").T,
    ),
)


t = sp.Symbol("t")
SYMPY = (
    gradient("A**-1", trace(A * S**-1), S, -(S**-1 * A * S**-1).T),
    gradient("A.inv()", trace(A * S.inv()), S, -(S.inv() * A * S.inv()).T),
    gradient(
        "sympy.HadamardProduct",
        sp.Trace(F * sp.HadamardProduct(X, H)),
        X,
        sp.HadamardProduct(F.T, H),
    ),
    gradient("sympy.HadamardPower", total(sp.HadamardPower(X, 3)), X, 3 * sp.HadamardPower(X, 2)),
    gradient("A.applyfunc", total(X.applyfunc(sp.exp)), X, X.applyfunc(sp.exp)),
    gradient("A.applyfunc of a Lambda", total(X.applyfunc(sp.Lambda(t, t**2))), X, 2 * X),
    gradient("sympy.KroneckerProduct", sp.Trace(sp.KroneckerProduct(S, A)), S, trace(A) * I),
    gradient("sympy.Determinant", sp.Determinant(S), S, sp.Determinant(S) * sp.Inverse(S).T),
    gradient("sympy.det", sp.det(S), S, sp.det(S) * S.inv().T),
    gradient("log of sympy.Determinant", sp.log(sp.Determinant(S)), S, S.inv().T),
    gradient("log of Abs of sympy.Determinant", sp.log(sp.Abs(sp.Determinant(S))), S, S.inv().T),
    gradient("log of a power of a determinant", sp.log(sp.Determinant(S) ** 2) / 2, S, S.inv().T),
    gradient("sympy.DiagMatrix", a.T * sp.DiagMatrix(x) * b, x, sp.HadamardProduct(a, b)),
    gradient("sympy.DiagonalOf", a.T * sp.DiagonalOf(S), S, sp.DiagMatrix(a)),
    gradient("sympy.DiagonalMatrix", sp.Trace(sp.DiagonalMatrix(S) * A), S, sp.DiagonalMatrix(A)),
    gradient("sympy.BlockMatrix", total(sp.BlockMatrix([[X, A], [H, B]])), X, ones(n, m)),
    gradient("sympy.BlockDiagMatrix", logdet(sp.BlockDiagMatrix(S, A)), S, inv(S).T),
    gradient("x.T*A*x", x.T * A * x, x, A * x + A.T * x),
    gradient("(x.T*A*x)[0, 0]", (x.T * A * x)[0, 0], x, A * x + A.T * x),
    gradient("sqrt of (x.T*x)[0, 0]", sp.sqrt((x.T * x)[0, 0]), x, x / sp.sqrt((x.T * x)[0, 0])),
    gradient("A[0, 1]", X[0, 1], X, unit(0, 1, n, m)),
    gradient(
        "A[0, 1] squared",
        X[0, 1] ** 2 + X[1, 0],
        X,
        2 * X[0, 1] * unit(0, 1, n, m) + unit(1, 0, n, m),
    ),
    gradient(
        "x[0]",
        x[0, 0] * sp.exp(x[1, 0]),
        x,
        sp.exp(x[1, 0]) * unit(0, 0, n, 1) + x[0, 0] * sp.exp(x[1, 0]) * unit(1, 0, n, 1),
    ),
    gradient("sympy.Trace of a product", sp.Trace(X.T * A * X), X, (A + A.T) * X),
    gradient("sympy.OneMatrix", sp.Trace(sp.OneMatrix(m, n) * X), X, sp.OneMatrix(n, m)),
    gradient("sympy.exp of a Trace", sp.exp(sp.Trace(A * S)), S, sp.exp(sp.Trace(A * S)) * A.T),
    gradient("A.T.inv()", sp.Trace(A * S.T.inv()), S, -(S.T.inv() * A * S.T.inv())),
    gradient("a power of a product", sp.Trace((A * S) ** 2), S, 2 * (A * S * A).T),
    gradient(
        "a negative power of a product", sp.Trace((A * S) ** -1), S, -(inv(S) * inv(A) * inv(S)).T
    ),
    gradient("a decimal factor", 0.5 * sumsq(A * X - H), X, A.T * (A * X - H)),
    gradient("sympy.Rational", sp.Rational(1, 2) * sumsq(X), X, X),
    gradient(
        "1 × 1 matrices among numbers",
        (x.T * A * x) * (a.T * x),
        x,
        (a.T * x)[0, 0] * (A + A.T) * x + (x.T * A * x)[0, 0] * a,
    ),
    gradient(
        "a 1 × 1 matrix times a matrix",
        sumsq(x * (a.T * x) - b),
        x,
        2 * ((a.T * x)[0, 0] * I + a * x.T) * (x * a.T * x - b),
    ),
    gradient("S**0", sp.Trace(sp.MatPow(S, 0, evaluate=False) * S), S, I),
    gradient(
        "sympy.exp of a 1 × 1 matrix",
        sp.exp(x.T * A * x),
        x,
        sp.exp(sp.Trace(x.T * A * x)) * (A + A.T) * x,
    ),
    gradient("an entry beyond the usual sizes", S[5, 0], S, unit(5, 0, n, n)),
    gradient("products in an index sum", (x.T * A**2 * x)[0, 0], x, (A**2 + (A.T) ** 2) * x),
    jacobian(
        "sympy.KroneckerProduct in a Jacobian", A * X * C, X, sp.KroneckerProduct(C.T, A) * P(X).T
    ),
    jacobian("sympy.hadamard_product", sp.hadamard_product(H, X), X, diag(vec(H)) * P(X).T),
)

RIGHT = (
    *TRACES,
    *BILINEAR_FORMS,
    *DETERMINANTS,
    *INVERSES,
    *NORMS,
    *JACOBIANS,
    *ENTRYWISE,
    *LEARNING,
    *STRUCTURED,
    *SYMPY,
)


SIGN, TRANSPOSE = "the sign is wrong", "the transpose of it is right"
HALF = "off by a factor: 1/2 times it is right"
TWICE = "off by a factor: 2 times it is right"

WRONG = (
    gradient("tr AS without the transpose", trace(A * S), S, A, TRANSPOSE),
    gradient("tr ASB without the transpose", trace(A * S * B), S, B * A, TRANSPOSE),
    gradient(
        "tr ASB in the wrong order",
        trace(A * S * B),
        S,
        B.T * A.T,
        "Bᵀ and Aᵀ have to change places",
    ),
    gradient("tr S² without the transpose", trace(S**2), S, 2 * S, TRANSPOSE),
    gradient("tr S² without the factor", trace(S**2), S, S.T, TWICE),
    gradient("tr XᵀX without the factor", trace(X.T * X), X, X, TWICE),
    gradient("tr XᵀX with a factor too many", trace(X.T * X), X, 4 * X, HALF),
    gradient("tr S³ without the transpose", trace(S**3), S, 3 * S**2, TRANSPOSE),
    gradient(
        "tr S³ with the factor 2",
        trace(S**3),
        S,
        2 * (S**2).T,
        "off by a factor: 3/2 times it is right",
    ),
    gradient(
        "tr XᵀBX as if B were symmetric",
        trace(X.T * B * X),
        X,
        2 * B * X,
        "right only where B is symmetric",
    ),
    gradient("tr XᵀBX with one term", trace(X.T * B * X), X, B * X, "Bᵀ X is missing"),
    gradient(
        "tr XᵀBX with one term twice",
        trace(X.T * B * X),
        X,
        B.T * X + B.T * X,
        "right only where B is symmetric",
    ),
    gradient(
        "tr XCXᵀ with one transpose too many",
        trace(X * C * X.T),
        X,
        X * C.T + X * C.T,
        "right only where C is symmetric",
    ),
    gradient(
        "tr ASBS with a lost term", trace(A * S * B * S), S, A.T * S.T * B.T, "Bᵀ Sᵀ Aᵀ is missing"
    ),
    gradient(
        "tr ASBS with a lost transpose",
        trace(A * S * B * S),
        S,
        A.T * S.T * B.T + B.T * S * A.T,
        "S has to be transposed",
    ),
    gradient(
        "tr ASBS with a lost transpose of A",
        trace(A * S * B * S),
        S,
        A * S.T * B.T + B.T * S.T * A.T,
        "A has to be transposed",
    ),
    gradient(
        "xᵀAx as if A were symmetric", x.T * A * x, x, 2 * A * x, "right only where A is symmetric"
    ),
    gradient("xᵀAx with one term", x.T * A * x, x, A * x, "Aᵀ x is missing"),
    gradient("xᵀWx without the factor", x.T * W * x, x, W * x, TWICE),
    gradient("aᵀSb transposed", a.T * S * b, S, b * a.T, TRANSPOSE),
    gradient("uᵀXᵀXv with one term", u.T * X.T * X * v, X, X * u * v.T, "X v uᵀ is missing"),
    gradient(
        "uᵀXᵀXv with a factor 2",
        u.T * X.T * X * v,
        X,
        2 * X * u * v.T,
        r"it has to be 1/2 times that, X u vᵀ",
    ),
    gradient("least squares with a lost sign", sumsq(y - M * x), x, 2 * M.T * (y - M * x), SIGN),
    gradient("least squares without the factor", sumsq(M * x - y), x, M.T * (M * x - y), TWICE),
    gradient(
        "least squares without the data",
        sumsq(M * x - y),
        x,
        2 * M.T * M * x,
        r"−2 Mᵀ y is missing",
    ),
    gradient(
        "ridge without the factor of μ",
        sumsq(M * x - y) + mu * sumsq(x),
        x,
        2 * M.T * (M * x - y) + mu * x,
        "2 mu x",
    ),
    gradient(
        "ridge with a wrong sign of μ",
        sumsq(M * x - y) + mu * sumsq(x),
        x,
        2 * M.T * (M * x - y) - 2 * mu * x,
        "its sign has to be turned, 2 mu x",
    ),
    gradient(
        "square least squares without the transpose",
        sumsq(A * x - b),
        x,
        2 * A * (A * x - b),
        "right only where A is symmetric",
    ),
    gradient(
        "‖AS − B‖² with S on the wrong side",
        sumsq(A * S - B),
        S,
        2 * (A * S - B) * A.T,
        "B and Aᵀ have to change places",
    ),
    gradient("det S without the transpose", det(S), S, det(S) * inv(S), TRANSPOSE),
    gradient(
        "det S without the determinant", det(S), S, inv(S).T, r"the factor det\(S\) is missing"
    ),
    gradient("det S without the inverse", det(S), S, det(S) * S.T, "Sᵀ has to be inverted"),
    gradient("log det S without the transpose", logdet(S), S, inv(S), TRANSPOSE),
    gradient(
        "log det S with the determinant",
        logdet(S),
        S,
        det(S) * inv(S).T,
        r"the factor det\(S\) is too much",
    ),
    gradient("log det S with the wrong sign", logdet(S), S, -inv(S).T, SIGN),
    gradient("det S² without the factor", det(S**2), S, det(S) ** 2 * inv(S).T, TWICE),
    gradient(
        "det ASB with A and B left over",
        det(A * S * B),
        S,
        det(A * S * B) * A.T * inv(S).T * B.T,
        "does not belong",
    ),
    gradient("log det XᵀX without the factor", logdet(X.T * X), X, X * inv(X.T * X), TWICE),
    gradient(
        "log det XᵀX with the other Gram matrix",
        logdet(X.T * X),
        X,
        2 * inv(X * X.T) * X,
        "it inverts a matrix that is singular",
    ),
    gradient(
        "det XᵀAX as if A were symmetric",
        det(X.T * A * X),
        X,
        2 * det(X.T * A * X) * A * X * inv(X.T * A * X),
        "right only where A is symmetric",
    ),
    gradient(
        "log det (A + S) of the wrong inverse",
        logdet(A + S),
        S,
        inv(A).T + inv(S).T,
        "does not belong there",
    ),
    gradient("tr S⁻¹ with a lost sign", trace(inv(S)), S, (S**-2).T, SIGN),
    gradient("tr S⁻¹ without the transpose", trace(inv(S)), S, -(S**-2), TRANSPOSE),
    gradient(
        "tr AS⁻¹ without the transpose", trace(A * inv(S)), S, -inv(S) * A * inv(S), TRANSPOSE
    ),
    gradient(
        "tr AS⁻¹ with A not transposed",
        trace(A * inv(S)),
        S,
        -inv(S).T * A * inv(S).T,
        "right only where A is symmetric",
    ),
    gradient(
        "aᵀS⁻¹b with a and b swapped",
        a.T * inv(S) * b,
        S,
        -inv(S).T * b * a.T * inv(S).T,
        "b aᵀ has to be transposed, −S⁻ᵀ a bᵀ S⁻ᵀ",
    ),
    gradient(
        "aᵀS⁻¹b with the wrong sign", a.T * inv(S) * b, S, inv(S).T * a * b.T * inv(S).T, SIGN
    ),
    gradient("‖x‖ without its denominator", norm(x), x, x, r"the factor ‖x‖\^\(−1\) is missing"),
    gradient(
        "‖x‖² as if it were ‖x‖",
        sumsq(x),
        x,
        x / norm(x),
        "too much, and it has to be 2 times that",
    ),
    gradient("‖x‖₁ without the sign", norm(x, 1), x, x, r"sign.\(x\) is missing"),
    gradient(
        "logistic regression with a lost sign",
        total(softplus(M * x)) - inner(y, M * x),
        x,
        M.T * (y - sigmoid(M * x)),
        SIGN,
    ),
    gradient(
        "Σ exp(Ax) without the chain rule",
        total(exp(A * x)),
        x,
        exp(A * x),
        r"Aᵀ exp.\(A x\) is missing",
    ),
    gradient(
        "Σ exp(Ax) without the transpose",
        total(exp(A * x)),
        x,
        A * exp(A * x),
        "right only where A is symmetric",
    ),
    gradient("Σ cos with a lost sign", total(nz.cos(x)), x, nz.sin(x), SIGN),
    gradient(
        "Gaussian covariance with a lost sign",
        logdet(S) + trace(inv(S) * A),
        S,
        inv(S).T + inv(S).T * A.T * inv(S).T,
        "its sign has to be turned",
    ),
    gradient(
        "Gaussian covariance without the transpose",
        logdet(S) + trace(inv(S) * A),
        S,
        inv(S).T - inv(S).T * A * inv(S).T,
        "A has to be transposed",
    ),
    gradient(
        "a product without the product rule",
        trace(S) * trace(A * S),
        S,
        trace(S) * A.T,
        "is missing",
    ),
    gradient(
        "symmetric unknown, doubled off the diagonal",
        trace(A * Z),
        Z,
        A + A.T - hadamard(I, A),
        "derivatives by the values of a triangle",
    ),
    gradient(
        "two unknowns, the other one's gradient",
        trace(G.T * A * X),
        (G, X),
        A.T * X,
        "right only where A is symmetric",
    ),
    differential("d S⁻¹ with a lost sign", inv(S), S, inv(S) * dS * inv(S), SIGN),
    differential("d S⁻¹ = −S⁻² dS", inv(S), S, -(S**-2) * dS, "S⁻¹ and dS have to change places"),
    differential("d S² = 2 S dS", S**2, S, 2 * S * dS, "dS S is missing"),
    differential("d XᵀX = 2 Xᵀ dX", X.T * X, X, 2 * X.T * dX, "dXᵀ X is missing"),
    differential(
        "d (AB)⁻¹ in the wrong order",
        inv(A * S),
        S,
        -inv(A) * inv(S) * dS * inv(S),
        "does not belong there",
    ),
    differential(
        "d log det S as det S tr",
        logdet(S),
        S,
        det(S) * trace(inv(S) * dS),
        r"the factor det\(S\) is too much",
    ),
    differential("d tr AS with the wrong sign", trace(A * S), S, -trace(A * dS), SIGN),
    jacobian(
        "∂ AXC with the factors swapped",
        A * S * B,
        S,
        kron(A, B.T) * P(S).T,
        "the factors of ⊗ have to change places",
    ),
    jacobian(
        "∂ AXC without the transpose",
        A * S * B,
        S,
        kron(B, A) * P(S).T,
        "right only where B is symmetric",
    ),
    jacobian("∂ Xᵀ without K", S.T, S, P(S).T, "K is missing"),
    jacobian(
        "∂ Xᵀ with K the other way round",
        X.T,
        X,
        commutation(m, n) * P(X).T,
        "K has to be in the other orientation",
    ),
    jacobian("∂ XᵀX without K", S.T * S, S, (kron(S.T, I) + kron(I, S.T)) * P(S).T, "K is missing"),
    jacobian("∂ S⁻¹ with a lost sign", inv(S), S, kron(inv(S).T, inv(S)) * P(S).T, SIGN),
    jacobian(
        "∂ S⁻¹ without the transpose",
        inv(S),
        S,
        -kron(inv(S), inv(S)) * P(S).T,
        "a transpose is missing or too many",
    ),
    jacobian(
        "∂ softmax without the outer product",
        exp(x) / total(exp(x)),
        x,
        diag(exp(x)) / total(exp(x)) * P(x).T,
        "is missing",
    ),
    jacobian("∂ x/‖x‖ without its second term", x / norm(x), x, P(x).T / norm(x), "is missing"),
    jacobian(
        "∂ Ax transposed",
        A * x,
        x,
        A.T * P(x).T,
        "right only where A is symmetric",
    ),
    hessian("∂² xᵀAx with one term", x.T * A * x, x, reduced(x, A), "P Aᵀ Pᵀ is missing"),
    hessian(
        "∂² xᵀAx as if A were symmetric",
        x.T * A * x,
        x,
        reduced(x, 2 * A),
        "right only where A is symmetric",
    ),
    hessian("∂² ‖Mx − y‖² without the factor", sumsq(M * x - y), x, reduced(x, M.T * M), TWICE),
    hessian(
        "∂² log det S with a lost sign", logdet(S), S, reduced(S, KS * kron(inv(S).T, inv(S))), SIGN
    ),
    hessian(
        "∂² log det S without K", logdet(S), S, reduced(S, -kron(inv(S).T, inv(S))), "K is missing"
    ),
    hessian(
        "∂² (xᵀx)² with a lost term",
        nz.as_scalar(x.T * x) ** 2,
        x,
        reduced(x, 4 * trace(x.T * x) * I),
        "is missing",
    ),
    hessian(
        "∂² tr S² without K",
        trace(S**2),
        S,
        reduced(S, 2 * nz.identity(n * n)),
        "K is missing",
    ),
)
