"""Kronecker products beside vec, in traces, norms, inverses and determinants are products."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz
from nzdiff.derive.calculus.derivation import derive
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.language.nodes import Kronecker
from nzdiff.derive.language.notation import text
from nzdiff.derive.proof.proof import exact_checks

Floats = NDArray[np.float64]
n, m, k, p, q = nz.dims("n m k p q")
X, A = nz.sparse("X", n, n), nz.dense("A", n, n)
G = nz.dense("G", n, n)
Y, C = nz.dense("Y", k, k), nz.dense("C", k, k)
Z, B = nz.dense("Z", k, n), nz.dense("B", k, n)
D, N = nz.dense("D", m, m), nz.dense("N", m)
R, T = nz.dense("R", p, n), nz.dense("T", q, k)
a, c, h = nz.dense("a", n), nz.dense("c", k), nz.dense("h", m)
F, H = nz.dense("F", 3, 3), nz.dense("H", 2, 2)
S = nz.sparse("S", n, n, symmetric=True)
mu = nz.scalar("mu")
In, Ik = nz.identity(n), nz.identity(k)
vec, kron, sumsq, trace = nz.vec, nz.kron, nz.sumsq, nz.trace
XY, AC = kron(X, Y), kron(A, C)
SUM = kron(X, Ik) + kron(In, Y)
"""X ⊕ Y"""

CASES: dict[str, tuple[Any, Any, str]] = {
    "residual": (sumsq(vec(B) - XY * vec(Z)), X, "‖B − Y Z Xᵀ‖²"),
    "residual, a column": (sumsq(kron(a, c) - XY * vec(Z)), X, "‖c aᵀ − Y Z Xᵀ‖²"),
    "rectangular": (sumsq(kron(R, T) * vec(Z)), R, "‖T Z Rᵀ‖²"),
    "norm": (nz.norm(vec(B) - XY * vec(Z)), X, "‖B − Y Z Xᵀ‖"),
    "function": (vec(B) - XY * vec(Z), X, "vec(B − Y Z Xᵀ)"),
    "unvec": (nz.unvec(XY * vec(Z), k, n), X, "Y Z Xᵀ"),
    "quadratic form": (nz.as_scalar(vec(Z).T * XY * vec(B)), X, "tr(Zᵀ Y B Xᵀ)"),
    "turned in a trace": (trace(vec(Z) * vec(B).T * XY), X, "tr(Bᵀ Y Z Xᵀ)"),
    "with a number": (trace(vec(Z).T * XY * vec(B)) * sumsq(X), X, "‖X‖² tr(Zᵀ Y B Xᵀ)"),
    "sum": (sumsq(SUM * vec(Z)), X, "‖Y Z + Z Xᵀ‖²"),
    "sum of products": (
        sumsq(vec(Z).T * (XY - 2 * AC)),
        X,
        "‖Yᵀ Z X − 2 Cᵀ Z A‖²",
    ),
    "power of a sum": (sumsq(SUM**2 * vec(Z)), X, "‖Y (Y Z + Z Xᵀ) + (Y Z + Z Xᵀ) Xᵀ‖²"),
    "mixed": (sumsq(XY * AC), X, "‖X A‖² ‖Y C‖²"),
    "norm of a sum": (
        sumsq(XY - 2 * AC),
        X,
        "‖X‖² ‖Y‖² − 2 tr(Aᵀ X) tr(Cᵀ Y) − 2 tr(Xᵀ A) tr(Yᵀ C) + 4 ‖A‖² ‖C‖²",
    ),
    "trace": (trace(XY * AC) + trace(SUM), X, "k tr(X) + n tr(Y) + tr(X A) tr(Y C)"),
    "inverse": (
        nz.as_scalar(vec(Z).T * nz.inv(kron(A + X, C)) * vec(B)),
        X,
        "tr(Zᵀ C⁻¹ B (A + X)⁻ᵀ)",
    ),
    "inverse of a sum": (
        nz.as_scalar(vec(Z).T * nz.inv(SUM + mu * nz.identity(n * k)) * vec(B)),
        X,
        "tr(Zᵀ sylvester(mu I + Y, Xᵀ, B))",
    ),
    "inverse of a sum behind vec": (
        sumsq(vec(Z).T * nz.inv(SUM)),
        X,
        "‖sylvester(Yᵀ, X, Z)‖²",
    ),
    "Lyapunov's equation": (
        nz.as_scalar(vec(In).T * nz.inv(kron(In, X.T) + kron(X.T, In)) * vec(A)),
        X,
        "tr(sylvester(Xᵀ, X, A))",
    ),
    "inverse of a shifted product": (
        sumsq(nz.inv(2 * XY + mu * nz.identity(n * k)) * vec(Z)),
        X,
        "‖mu^(−1) stein(−2 mu^(−1) Y, Xᵀ, Z)‖²",
    ),
    "log-determinant": (nz.logdet(kron(A + X, C)), X, "k log|det(A + X)| + n log|det(C)|"),
    "determinant": (nz.det(2 * kron(F, H)), F, "64 det(F)^2 det(H)^3"),
    "log-determinant of a sum": (
        nz.logdet(kron(2 * X.T * X, Ik) + kron(In, Y) + mu * nz.identity(n * k)),
        X,
        "Σ log|λ(2 Xᵀ X) + λ(mu I + Y)|",
    ),
    "log-determinant of a shifted product": (
        nz.logdet(XY + 2 * nz.identity(n * k)) ** 2,
        (X, Y),
        "(k n log(2) + Σ log|1 + λ(X) λ(1/2 Y)|)^2",
    ),
    "determinant of a sum": (
        nz.det(2 * SUM) * trace(X),
        (X, Y),
        "Π (λ(2 X) + λ(2 Y)) tr(X)",
    ),
    "positive sum": (
        nz.logdet(kron(S, Ik) + kron(In, Ik) * mu, positive=True) + sumsq(Z),
        S,
        "Σ log(λ(S) + λ(mu I)) + ‖Z‖²",
    ),
    "positive": (
        nz.logdet(3 * kron(S, kron(S, Ik)), positive=True) + sumsq(Z),
        S,
        "k n^2 log(3) + 2 k n log det(S) + ‖Z‖²",
    ),
    "K": (sumsq(nz.commutation(k, n) * vec(Z) + vec(X * Z.T)), X, "‖Zᵀ + X Zᵀ‖²"),
    "three": (
        sumsq(kron(X, kron(Y, D)) * vec(N * vec(Z).T)),
        X,
        "‖unvec(vec(unvec(vec(vec(Z) Nᵀ Dᵀ), k, m n)ᵀ Yᵀ), n, k m)ᵀ Xᵀ‖²",
    ),
    "several columns": (
        sumsq(XY * kron(a, c) * h.T),
        X,
        "‖unvec(vec(unvec(vec(vec(c aᵀ) hᵀ), k, m n)ᵀ Yᵀ), n, k m)ᵀ Xᵀ‖²",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_kronecker_product_is_left_and_every_identity_is_proven(name: str) -> None:
    written, unknown, expected = CASES[name]
    problem = Problem(written, unknown)
    assert problem.written.has(Kronecker) or name == "K"
    assert not problem.energy.has(Kronecker)
    assert text(problem.energy) == expected
    derivation = derive(problem)
    assert derivation.steps[: len(problem.rewrites)] == problem.rewrites
    checks = exact_checks(derivation, rounds=1)
    assert {step.rule for step in problem.rewrites} <= {check.name for check in checks}
    assert [check.name for check in checks if not check.passed] == []


def test_beside_a_matrix_as_large_and_as_a_result_they_stay() -> None:
    large = vec(B) * vec(Z).T
    for energy in (sumsq(XY - large), nz.inner(large + XY, nz.hadamard(XY, AC)), XY + AC):
        assert Problem(energy, X).energy.has(Kronecker)


def test_a_residual_of_62500_entries_is_one_of_250_by_250() -> None:
    size, rng = 250, np.random.default_rng(0)
    band = sparse.diags_array([np.ones(size - 1), np.ones(size)], offsets=[-1, 0]).tocsr()
    square: dict[str, Any] = {name: rng.standard_normal((size, size)) for name in "YZB"}
    found = []
    for energy in (sumsq(vec(B) - XY * vec(Z)), sumsq(B - Y * Z * X.T)):
        pattern = nz.Pattern.from_scipy(band)
        model = nz.Problem(energy, wrt=X).bind(X=pattern, backend="numpy", **square)
        g = np.ones(model.size)
        found.append((model.energy(g), model.gradient(g), model.residual(g)))
    for mine, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_log_determinant_of_62500_rows_is_that_of_two_matrices_of_250() -> None:
    size, rng = 250, np.random.default_rng(0)
    band = sparse.diags_array([np.ones(size - 1), 3 * np.ones(size)], offsets=[-1, 0]).tocsr()
    pattern, other = (
        nz.Pattern.from_scipy(band),
        9 * np.eye(size) + rng.standard_normal((size, size)),
    )
    model = nz.Problem(nz.logdet(SUM), wrt=X).bind(X=pattern, Y=other, backend="numpy")
    g = pattern.pack(band)
    alone = np.linalg.slogdet(3 * np.eye(size) + other)[1]  # all eigenvalues of the band are 3
    assert model.energy(g) == pytest.approx(size * alone, rel=1e-12)


DEFECTIVE = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
FACTORS = {
    "simple": (np.array([[2.0, 1.0, 0.5], [0.0, 3.0, 1.0], [1.0, 0.0, 2.0]]), np.diag([2.0, 5.0])),
    "without eigenvectors": (DEFECTIVE, np.array([[1.0, 1.0], [0.0, 1.0]])),
    "complex": (np.diag([3.0, 3.0, 5.0]), np.array([[0.0, 2.0], [-2.0, 0.0]])),
    "singular": (np.diag([1.0, 3.0, 0.0]), np.diag([-1.0, 4.0])),
    "nearly singular": (np.diag([1.0, 3.0, 0.0]), np.diag([-1.0 + 1e-9, 4.0])),
}


QUICK = (("without eigenvectors", "product"), ("singular", "sum"))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        pytest.param(*pair, marks=() if pair in QUICK else pytest.mark.slow)
        for pair in product(FACTORS, ("sum", "product"))
    ],
)
def test_slopes_of_determinants_are_those_of_the_matrix_written_out(name: str, form: str) -> None:
    first, second = FACTORS[name]
    K = SUM if form == "sum" else XY + nz.identity(n * k)
    energies = {"det": nz.det(K).subs(X, G)}
    directions = np.random.default_rng(1).integers(-3, 4, 13).astype(float)
    det = slopes_of_det(first, second, directions, form)
    expected = {"det": det}
    if "singular" not in name:
        energies["log"] = nz.logdet(K).subs(X, G)
        slope, curvature = det[1] / det[0], det[2] / det[0]
        expected["log"] = (float(np.log(abs(det[0]))), slope, curvature - slope**2)
    for kind, energy in energies.items():
        model = nz.Problem(energy, wrt=(G, Y)).bind(G=(3, 3), Y=(2, 2), backend="numpy")
        g = np.concatenate([first.ravel(order="F"), second.ravel(order="F")])
        curved = model.hessian(g) @ directions
        found = [
            float(number)
            for number in (model.energy(g), model.gradient(g) @ directions, directions @ curved)
        ]
        size = np.abs(expected[kind]).max()
        np.testing.assert_allclose(found, expected[kind], rtol=1e-7, atol=1e-8 * size)


def slopes_of_det(
    first: Floats, second: Floats, directions: Floats, form: str
) -> tuple[float, float, float]:
    """det K along a direction, its slope and its second derivative, in rational numbers."""
    along = np.reshape(directions[:9], (3, 3), order="F"), np.reshape(directions[9:], (2, 2), "F")
    exact = [np.vectorize(sp.Rational, otypes=[object])(x) for x in (first, second, *along)]
    points = []
    for t in range(-6, 7):
        A, C = exact[0] + t * exact[2], exact[1] + t * exact[3]
        one, other = np.eye(3, dtype=int), np.eye(2, dtype=int)
        whole = np.eye(6, dtype=int) + np.kron(A, C)
        if form == "sum":
            whole = np.kron(A, other) + np.kron(one, C)
        points.append((t, sp.Matrix(whole).det(method="bareiss")))
    symbol = sp.Symbol("t")
    det = sp.Poly(sp.interpolate(points, symbol), symbol)
    value, slope, curvature = (float(det.coeff_monomial(symbol**power)) for power in range(3))
    return value, slope, 2.0 * curvature


def test_outside_of_the_cone_a_positive_log_determinant_has_no_energy() -> None:
    energy = nz.logdet(kron(S, Ik) + kron(In, Y + Y.T), positive=True)
    pattern = nz.Pattern.full((2, 2)).symmetric()
    model = nz.Problem(energy, wrt=S).bind(S=pattern, Y=np.diag([1.0, 2.0]), backend="numpy")
    assert model.energy([3.0, 1.0, 3.0]) == pytest.approx(np.log(4 * 6 * 6 * 8))
    for function in (model.energy, model.gradient):
        with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
            function([-3.0, 0.0, 3.0])


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CASES if "determinant of a" in name])
def test_every_backend_computes_determinants_by_eigenvalues(name: str) -> None:
    energy, unknown, _ = CASES[name]
    assert nz.verify(nz.Problem(energy, unknown)).passed
