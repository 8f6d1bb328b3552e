"""det A, cofactors and their derivatives are polynomials: they exist where A is singular."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

import nzdiff as nz
from nzdiff.derive.calculus.determinants import continued
from nzdiff.derive.proof.arithmetic import Field, filled
from nzdiff.derive.proof.finite_field import PRIME, Dual
from nzdiff.runtime.kernel.compiler import find_compiler
from problems import agree

Floats = NDArray[np.float64]
BACKENDS = ("numpy", "c") if find_compiler() else ("numpy",)
n = nz.dims("n")[0]
X, W = nz.dense("X", n, n), nz.dense("W", n, n)
S, D = nz.sparse("S", n, n), nz.diagonal("D", n)
T = nz.dense("T", n, n, symmetric=True)
ENERGIES: dict[str, tuple[Any, Any]] = {
    "det": (X, nz.det(X)),
    "sparse": (S, nz.det(S)),
    "diagonal": (D, nz.det(D)),
    "symmetric": (T, nz.det(T)),
    "square": (X, nz.det(X) ** 2 + nz.trace(W * X)),
    "product": (X, nz.det(X * W) * nz.sumsq(X)),
    "scaled": (X, nz.det(2 * X.T)),
    "Kronecker": (X, nz.det(nz.kron(X, W))),
    "gram": (X, nz.det(X.T * X)),
    "cofactors": (X, nz.det(X) * nz.trace(W * X.inv())),
    "residual": (X, nz.sumsq(nz.det(X) * X - W)),
}
SIZE = 4


def exact(energy: Any, unknown: Any, W_at: Floats, G: Floats, V: Floats) -> tuple[float, ...]:
    """E, its slope and its second derivative along V, by SymPy in rational numbers."""
    t = sp.Symbol("t")
    at, along = (sp.Matrix(x.astype(int).tolist()) for x in (G, V))
    moved, weight = at + t * along, sp.Matrix(W_at.astype(int).tolist())
    det = sp.expand(moved.det(method="berkowitz"))
    formulas = {
        "square": lambda: det**2 + (weight * moved).trace(),
        "product": lambda: det * weight.det() * sum(x**2 for x in moved),
        "scaled": lambda: 2**SIZE * det,
        "Kronecker": lambda: (det * weight.det()) ** SIZE,
        "gram": lambda: det**2,
        "cofactors": (weight * moved.adjugate(method="berkowitz")).trace,
        "residual": lambda: sum(x**2 for x in det * moved - weight),
    }
    name = next(key for key, pair in ENERGIES.items() if pair == (unknown, energy))
    along_t = sp.expand(formulas[name]()) if name in formulas else det
    return tuple(float(sp.diff(along_t, t, k).subs(t, 0)) for k in range(3))


def matrix_of_rank(rank: int, rng: np.random.Generator, kind: str) -> Floats:
    if kind == "diagonal":
        return np.diag([2.0, -1.0, 3.0, 1.0][:rank] + [0.0] * (SIZE - rank))
    left = rng.integers(-2, 3, (SIZE, rank)).astype(float)
    while np.linalg.matrix_rank(left) < rank:
        left = rng.integers(-2, 3, (SIZE, rank)).astype(float)
    if kind == "symmetric":
        return np.asarray(left @ left.T)
    right = rng.integers(-2, 3, (rank, SIZE)).astype(float)
    while np.linalg.matrix_rank(right) < rank:
        right = rng.integers(-2, 3, (rank, SIZE)).astype(float)
    return np.asarray(left @ right)


FAST = (("det", "c"), ("sparse", "numpy"))


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        pytest.param(*pair, marks=() if pair in FAST else pytest.mark.slow)
        for pair in product(ENERGIES, BACKENDS)
    ],
)
def test_derivatives_at_every_rank_are_exact(
    backend: str, name: str, rng: np.random.Generator
) -> None:
    unknown, energy = ENERGIES[name]
    shape: Any = (SIZE, SIZE)
    bound: Any = nz.Pattern.full(shape) if name == "sparse" else shape
    weight = rng.integers(-2, 3, shape).astype(float)
    data = {"W": weight} if energy.has(W) else {}
    arguments: dict[str, Any] = {**data, str(unknown): bound}
    model = nz.Problem(energy, wrt=unknown).bind(backend=backend, **arguments)
    for rank, nearly in product(range(SIZE + 1), (0.0, 1e-13)):
        G = matrix_of_rank(rank, rng, name)
        V = rng.integers(-2, 3, shape).astype(float)
        V = V + V.T if name == "symmetric" else np.diag(np.diag(V)) if name == "diagonal" else V
        value, slope, second = exact(energy, unknown, weight, G, V)
        g, v = model.pack(G) * (1.0 + nearly) + 0.0, model.pack(V)
        if name != "symmetric" and nearly:
            g = model.pack(G + nearly * (V if name == "diagonal" else np.eye(SIZE)))
        scale = 1.0 + np.abs([value, slope, second]).max()
        if name == "product":  # what a determinant of such numbers is rounded to
            scale += np.linalg.norm(G @ weight, 2) ** SIZE
        if name == "Kronecker":
            scale += np.abs(np.linalg.det(weight) * np.linalg.norm(G, 2)) ** SIZE
        assert agree(np.array(model.energy(g)) / scale, np.array(value) / scale, 1e-9)
        assert agree(np.array(model.gradient(g) @ v) / scale, np.array(slope) / scale, 1e-8)
        found = v @ (model.hessian(g) @ v)
        assert agree(np.array(found) / scale, np.array(second) / scale, 1e-8), (rank, nearly)
        assert model.energy(g) == pytest.approx(value, abs=1e-9 * scale)


def test_what_has_no_limit_raises() -> None:
    for energy in (1 / nz.det(X), nz.exp(nz.det(X)), nz.trace(X.inv()) * nz.trace(X)):
        model = nz.Problem(energy, wrt=X).bind(X=(2, 2))
        with pytest.raises(np.linalg.LinAlgError, match="singular"):
            model.gradient(model.pack(np.ones((2, 2))))


def test_poles_are_counted() -> None:
    turned = {X.T, W.T}
    assert continued(nz.det(X) ** 2 * nz.trace(X.inv() * W * X.inv())) - turned == {X}
    assert continued(nz.det(2 * X) + nz.trace(X.T.inv())) == frozenset()
    assert continued(nz.det(X) * nz.trace(X.inv() * W * X.inv())) == frozenset()
    assert continued(nz.det(X) + nz.det(W) + nz.logdet(X)) - turned == {W}
    assert continued(nz.exp(nz.det(X))) == frozenset()
    assert continued(nz.power(nz.det(X), sp.Rational(1, 3))) == frozenset()


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_slope_of_a_determinant_over_a_prime_field_is_that_of_its_minors(
    rank: int, rng: np.random.Generator
) -> None:
    A, V = matrix_of_rank(rank, rng, ""), rng.integers(-5, 6, (SIZE, SIZE))
    pairs = zip(A.astype(int).ravel(), V.ravel(), strict=True)
    duals = [Dual(int(a) % PRIME, int(v) % PRIME, PRIME) for a, v in pairs]
    found = Field().determinant(filled(duals, (SIZE, SIZE)))
    adjugate = sp.Matrix(A.astype(int).tolist()).adjugate(method="berkowitz")
    slope = int((adjugate * sp.Matrix(V.tolist())).trace())
    assert (found.value, found.slope) == (0, slope % PRIME)
