"""Random problems with known optima: convex and not, with bounds, barriers, constants, any units.

A convex φ gets its optimum at any x* by a linear term: φ(x) − ⟨∇φ(x*) − m, x⟩, m ≥ 0 where a bound
holds. Units of the unknowns span up to 10¹² by a diagonal, conditions up to 10¹².
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import nzdiff as nz

Floats = NDArray[np.float64]
(n, m, k) = nz.dims("n m k")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A model, where to start, the least energy, and bounds."""

    family: str
    model: Any
    g0: Floats
    least: float
    convex: bool = True
    bounds: Any = None


Family = Callable[[np.random.Generator, str], Case]


def orthogonal(rng: np.random.Generator, size: int) -> Floats:
    """Return an orthogonal matrix, at random."""
    return np.linalg.qr(rng.standard_normal((size, size)))[0]


def condition(rng: np.random.Generator) -> float:
    """Return a condition, 1 to 10¹²."""
    return float(10.0 ** rng.choice([0, 2, 4, 8, 12]))


A, x, b, s = nz.dense("A", m, n), nz.dense("x", n), nz.dense("b", m), nz.scalar("s")
c = nz.dense("c", n)
LEAST_SQUARES = nz.Problem(nz.sumsq(A * x - b) + s, wrt=x)


def least_squares(rng: np.random.Generator, backend: str) -> Case:
    """‖A x − b‖² + s: conditions to 10¹² of AᵀA, rank-deficient or not, residual zero or not."""
    size = int(rng.integers(2, 40))
    rows = size + int(rng.integers(0, 20))
    w = np.logspace(0, -0.5 * np.log10(condition(rng)), size)
    w[rng.random(size) < rng.choice([0.0, 0.3])] = 0.0
    matrix = orthogonal(rng, rows)[:, :size] * w @ orthogonal(rng, size)
    right = matrix @ rng.standard_normal(size)
    if rng.random() < 0.5:
        right += rng.standard_normal(rows)
    offset = float(rng.choice([0.0, 0.0, 1.0, -1e4, 1e7]))
    rest = right - matrix @ np.linalg.lstsq(matrix, right, rcond=1e-14)[0]
    model = LEAST_SQUARES.bind(A=matrix, b=right[:, None], s=offset, backend=backend)
    return Case("least squares", model, rng.standard_normal(size), float(rest @ rest) + offset)


G, X, Y = nz.sparse("G", n, m), nz.dense("X", k, m), nz.dense("Y", k, n)
COLUMNS = nz.Problem(nz.sumsq(X - Y * G), wrt=G)


def sparse_columns(rng: np.random.Generator, backend: str) -> Case:
    """‖X − Y G‖², G sparse: a least-squares problem for each column."""
    rows, cols, height = (int(size) for size in rng.integers(3, 15, 3))
    mask = rng.random((rows, cols)) < 0.5
    mask[0, 0] = True
    left, right = rng.standard_normal((height, rows)), rng.standard_normal((height, cols))
    least = 0.0
    for j in range(cols):
        part = left[:, mask[:, j]]
        rest = right[:, j] - part @ np.linalg.lstsq(part, right[:, j], rcond=None)[0]
        least += float(rest @ rest)
    pattern = nz.Pattern(np.nonzero(mask), mask.shape)
    model = COLUMNS.bind(X=right, Y=left, G=pattern, backend=backend)
    return Case("sparse columns", model, rng.standard_normal(model.size), least)


LOGS = nz.Problem(nz.inner(b, A * x) - nz.inner(c, nz.log(x)) + s, wrt=x)


def logarithms(rng: np.random.Generator, backend: str) -> Case:
    """⟨a, x⟩ − ⟨c, log x⟩ + s: x = c / a, in units over twelve decades."""
    size = int(rng.integers(1, 20))
    weight = 10.0 ** rng.uniform(-6, 6, size) if rng.random() < 0.5 else rng.uniform(0.5, 2, size)
    slope = 10.0 ** rng.uniform(-3, 3, size)
    offset = float(rng.choice([0.0, 1e3, -1e6]))
    model = LOGS.bind(
        A=np.eye(size), b=slope[:, None], c=weight[:, None], s=offset, backend=backend
    )
    best = weight / slope
    least = float(np.sum(weight - weight * np.log(best))) + offset
    return Case("logarithms", model, best * 10.0 ** rng.uniform(-2, 2, size), least)


BOX = nz.Problem(-nz.total(nz.log(b - A * x)), wrt=x)


def boxes(rng: np.random.Generator, backend: str) -> Case:
    """The analytic centre of a box whose sides span decades."""
    size = int(rng.integers(1, 15))
    width = 10.0 ** rng.uniform(-4, 4, size)
    sides = np.vstack([np.eye(size), -np.eye(size)])
    right = np.concatenate([2.0 * width, np.zeros(size)])[:, None]
    model = BOX.bind(A=sides, b=right, backend=backend)
    g0 = width * rng.uniform(0.02, 1.98, size)
    return Case("boxes", model, g0, -2.0 * float(np.log(width).sum()))


SOFT = nz.Problem(nz.total(nz.log(nz.ones(m, 1) + nz.exp(A * x))) - nz.inner(c, x) + s, wrt=x)


def logistic(rng: np.random.Generator, backend: str) -> Case:
    """Σ log(1 + exp(A x)) − ⟨c, x⟩ with its optimum at a given x*, in random units."""
    size = int(rng.integers(1, 12))
    matrix = rng.standard_normal((3 * size + 2, size)) * 10.0 ** rng.uniform(-2, 2, size)
    best = rng.standard_normal(size) / np.abs(matrix).max(axis=0)
    slopes = matrix.T @ (1.0 / (1.0 + np.exp(-matrix @ best)))
    offset = float(rng.choice([0.0, 1e4]))
    model = SOFT.bind(A=matrix, c=slopes[:, None], s=offset, backend=backend)
    least = float(np.logaddexp(0.0, matrix @ best).sum() - slopes @ best) + offset
    return Case("logistic", model, np.zeros(size), least)


def bounded_logistic(rng: np.random.Generator, backend: str) -> Case:
    """The same within bounds, some of which hold."""
    size = int(rng.integers(2, 12))
    matrix = rng.standard_normal((3 * size + 2, size))
    best = rng.standard_normal(size)
    held = rng.random(size) < 0.4
    slopes = matrix.T @ (1.0 / (1.0 + np.exp(-matrix @ best)))
    pushed = slopes - np.where(held, rng.uniform(0.01, 2.0, size), 0.0)
    model = SOFT.bind(A=matrix, c=pushed[:, None], s=0.0, backend=backend)
    lower = np.where(held, best, best - rng.uniform(0.1, 2.0, size))
    least = float(np.logaddexp(0.0, matrix @ best).sum() - pushed @ best)
    g0 = lower + rng.uniform(0.0, 3.0, size)
    return Case("bounded logistic", model, g0, least, bounds=(lower, np.inf))


S, P = nz.dense("S", n, n, symmetric=True), nz.sparse("P", n, n, symmetric=True)
SELECTION = nz.Problem(nz.trace(S * P) - nz.logdet(P, positive=True), wrt=P)


def covariance_selection(rng: np.random.Generator, backend: str) -> Case:
    """⟨S, P⟩ − log det P on the pattern of a given P*, with S = P*⁻¹."""
    size = int(rng.integers(2, 9))
    half = np.tril(rng.standard_normal((size, size)) * (rng.random((size, size)) < 0.4), -1)
    best = half + half.T
    best += np.diag(np.abs(best).sum(axis=1) + 10.0 ** rng.uniform(-2, 1, size))
    units = 10.0 ** rng.uniform(-2, 2, size)
    inverse = np.linalg.inv(best) / np.outer(units, units)
    best *= np.outer(units, units)
    pattern = nz.Pattern.from_scipy(sparse.csr_array(best)).symmetric()
    model = SELECTION.bind(S=0.5 * (inverse + inverse.T), P=pattern, backend=backend)
    least = size - float(np.linalg.slogdet(best)[1])
    start = pattern.pack(
        sparse.csr_array(np.diag(np.diag(best) * 10.0 ** rng.uniform(-1, 1, size)))
    )
    return Case("covariance selection", model, start, least)


U, V, R = nz.dense("U", n, k), nz.dense("V", m, k), nz.dense("R", n, m)
FACTORS = nz.Problem(nz.sumsq(U * V.T - R), wrt=(U, V))


def factorisation(rng: np.random.Generator, backend: str) -> Case:
    """‖U Vᵀ − R‖²: saddles, no local minima; started at a saddle, zero, or at random."""
    rows, cols = (int(size) for size in rng.integers(2, 9, 2))
    rank = int(rng.integers(1, min(rows, cols) + 1))
    target = rng.standard_normal((rows, cols))
    rest = np.linalg.svd(target, compute_uv=False)[rank:]
    model = FACTORS.bind(R=target, U=(rows, rank), V=(cols, rank), backend=backend)
    start = rng.standard_normal(model.size) * float(rng.choice([0.0, 1.0, 1.0]))
    return Case("factorisation", model, start, float(rest @ rest), convex=False)


M = nz.dense("M", n, n, symmetric=True)
RAYLEIGH = nz.Problem(-nz.trace(x.T * M * x) / nz.sumsq(x), wrt=x)


def rayleigh(rng: np.random.Generator, backend: str) -> Case:
    """−xᵀ M x / xᵀ x: every eigenvector is stationary, one is the minimum."""
    size = int(rng.integers(2, 12))
    matrix = rng.standard_normal((size, size))
    matrix += matrix.T
    w, Q = np.linalg.eigh(matrix)
    model = RAYLEIGH.bind(M=matrix, x=(size, 1), backend=backend)
    is_saddle = rng.random() < 0.5
    start = Q[:, int(rng.integers(size))] if is_saddle else rng.standard_normal(size)
    return Case("Rayleigh quotient", model, start, -float(w[-1]), convex=False)


p2 = nz.dense("q", n)
VALLEY = nz.Problem(100 * nz.sumsq(p2 - nz.hadamard(x, x)) + nz.sumsq(x - c), wrt=(x, p2))


def valley(rng: np.random.Generator, backend: str) -> Case:
    """Rosenbrock's valley in n copies: zero residual."""
    size = int(rng.integers(1, 8))
    model = VALLEY.bind(
        c=rng.uniform(0.5, 1.5, size)[:, None], x=(size, 1), q=(size, 1), backend=backend
    )
    return Case("valley", model, rng.uniform(-1.5, 1.5, 2 * size), 0.0, convex=False)


FOURTH = nz.Problem(nz.total(nz.entrywise(lambda t: t**4, A * x)) + s, wrt=x)


def quartic(rng: np.random.Generator, backend: str) -> Case:
    """Σ (A x)⁴ + s: convex, with a Hessian that vanishes at the optimum."""
    size = int(rng.integers(1, 8))
    offset = float(rng.choice([0.0, 5.0]))
    model = FOURTH.bind(A=rng.standard_normal((size + 2, size)), s=offset, backend=backend)
    return Case("quartic", model, rng.standard_normal(size), offset)


FAMILIES: tuple[Family, ...] = (
    least_squares,
    sparse_columns,
    logarithms,
    boxes,
    logistic,
    bounded_logistic,
    covariance_selection,
    factorisation,
    rayleigh,
    valley,
    quartic,
)
