"""Convex problems, valleys and quotients as benchmarks, whose optimum is known or made.

A convex φ gets its optimum at any x* by a linear term: φ(x) − ⟨∇φ(x*) − m, x⟩, m ≥ 0 where a bound
holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

import nzdiff as nz
from benchmarks.instances.instance import Instance
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem

Floats = NDArray[np.float64]

n, m = nz.dims("n m")
A, x, b, c = nz.dense("A", m, n), nz.dense("x", n), nz.dense("b", m), nz.dense("c", n)


def logistic(size: int, *, bounded: bool = False) -> Instance:
    """Σ log(1 + exp(A x)) − ⟨c, x⟩; bounded: x ≥ l, which holds for a third of the unknowns."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((3 * size, size)) / np.sqrt(size)
    matrix *= 10.0 ** rng.uniform(-1, 1, size)
    best = rng.standard_normal(size)
    held = rng.random(size) < (1 / 3 if bounded else 0.0)
    slopes = matrix.T @ special.expit(matrix @ best)
    slopes -= np.where(held, rng.uniform(0.01, 2.0, size), 0.0)
    energy = nz.total(nz.log(nz.ones(m, 1) + nz.exp(A * x))) - nz.inner(c, x)
    return Instance(
        name=("bounded-" if bounded else "") + f"logistic-{size}",
        sizes=f"{3 * size} × {size}",
        problem=Problem(energy, wrt=x, name="logistic"),
        data={"A": matrix, "c": slopes[:, None], "x": (size, 1)},
        g0=best + 0.5 if bounded else np.zeros(size),
        reference=float(np.logaddexp(0.0, matrix @ best).sum() - slopes @ best),
        reference_meaning="optimum: the linear term was made for it",
        bounds=(np.where(held, best, best - 1.0), None) if bounded else None,
    )


def least_squares(size: int, *, condition: float) -> Instance:
    """‖A x − b‖² with AᵀA of this condition."""
    rng = np.random.default_rng(0)
    left, right = _orthogonal(rng, 2 * size, size), _orthogonal(rng, size, size)
    matrix = left * np.logspace(0, -0.5 * np.log10(condition), size) @ right
    target = matrix @ rng.standard_normal(size) + 0.01 * rng.standard_normal(2 * size)
    rest = target - left @ (left.T @ target)
    return Instance(
        name=f"least-squares-{size}",
        sizes=f"{2 * size} × {size}, condition {condition:.0e}",
        problem=Problem(nz.sumsq(A * x - b), wrt=x, name="least_squares"),
        data={"A": matrix, "b": target[:, None], "x": (size, 1)},
        g0=np.zeros(size),
        reference=float(rest @ rest),
        reference_meaning="optimum: the residual beside the range of A",
    )


def nonnegative_least_squares(size: int) -> Instance:
    """‖A x − b‖², x ≥ 0, half of which are 0."""
    rng = np.random.default_rng(0)
    matrix, target = rng.standard_normal((2 * size, size)), rng.standard_normal(2 * size)
    found, rest = optimize.nnls(matrix, target)
    return Instance(
        name=f"nonnegative-least-squares-{size}",
        sizes=f"{2 * size} × {size}, {np.count_nonzero(found == 0.0)} unknowns are 0",
        problem=Problem(nz.sumsq(A * x - b), wrt=x, name="least_squares"),
        data={"A": matrix, "b": target[:, None], "x": (size, 1)},
        g0=np.ones(size),
        reference=float(rest**2),
        reference_meaning="optimum: the active sets of Lawson and Hanson",
        bounds=(0.0, None),
    )


def box(size: int) -> Instance:
    """The analytic centre of a box whose sides span four decades."""
    width = np.logspace(-2, 2, size)
    sides = np.vstack([np.eye(size), -np.eye(size)])
    right = np.concatenate([2.0 * width, np.zeros(size)])[:, None]
    return Instance(
        name=f"box-{size}",
        sizes=f"{size} unknowns, sides from 0.02 to 200",
        problem=Problem(-nz.total(nz.log(b - A * x)), wrt=x, name="box"),
        data={"A": sides, "b": right, "x": (size, 1)},
        g0=0.05 * width,
        reference=-2.0 * float(np.log(width).sum()),
        reference_meaning="optimum: the centre",
    )


def valley(size: int) -> Instance:
    """Rosenbrock's valley in `size` copies: zero residual."""
    q = nz.dense("q", n)
    energy = 100 * nz.sumsq(q - nz.hadamard(x, x)) + nz.sumsq(x - c)
    rng = np.random.default_rng(0)
    return Instance(
        name=f"valley-{2 * size}",
        sizes=f"{2 * size} unknowns",
        problem=Problem(energy, wrt=(x, q), name="valley"),
        data={"c": rng.uniform(0.5, 1.5, size)[:, None], "x": (size, 1), "q": (size, 1)},
        g0=rng.uniform(-1.5, 1.5, 2 * size),
        reference=0.0,
        reference_meaning="optimum: q = x ∘ x, x = c",
    )


def rayleigh(size: int) -> Instance:
    """−xᵀ M x / xᵀ x of a random symmetric M: every eigenvector is stationary."""
    M = nz.dense("M", n, n, symmetric=True)
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((size, size))
    matrix += matrix.T
    return Instance(
        name=f"rayleigh-{size}",
        sizes=f"{size} unknowns",
        problem=Problem(-nz.trace(x.T * M * x) / nz.sumsq(x), wrt=x, name="rayleigh"),
        data={"M": matrix, "x": (size, 1)},
        g0=rng.standard_normal(size),
        reference=-float(np.linalg.eigvalsh(matrix)[-1]),
        reference_meaning="optimum: the largest eigenvalue",
    )


def simplex_rows(size: int) -> Instance:
    """‖X − A‖² with the rows of X on the simplex: bounds beside linear constraints."""
    (d,) = nz.dims("d")
    R, X = nz.dense("R", d, d), nz.sparse("X", d, d)
    given = np.random.default_rng(0).standard_normal((size, size))
    pattern = Pattern.full((size, size)).with_row_sums(np.ones(size), np.ones(size))
    nearest = np.array([onto_simplex(row) for row in given])
    return Instance(
        name=f"simplex-{size}",
        sizes=f"{size} × {size}, s = {pattern.size:,}",
        problem=Problem(nz.sumsq(X - R), wrt=X, name="simplex"),
        data={"R": given, "X": pattern},
        g0=np.zeros(pattern.size),
        reference=float(np.sum((nearest - given) ** 2)),
        reference_meaning="optimum: the projection of each row",
        bounds=(0.0, None),
    )


def onto_simplex(v: Floats) -> Floats:
    """The nearest point with entries ≥ 0 and sum 1.  Source: Held, Wolfe, Crowder 1974."""
    u = np.sort(v)[::-1]
    t = (np.cumsum(u) - 1.0) / np.arange(1, v.size + 1)
    return np.asarray(np.maximum(v - t[np.nonzero(u > t)[0][-1]], 0.0))


def _orthogonal(rng: np.random.Generator, rows: int, cols: int) -> Floats:
    """Orthonormal columns: products of reflections along random vectors."""
    Q = np.eye(rows, cols)
    for _ in range(30):
        v = rng.standard_normal((rows, 1))
        Q -= v @ (2.0 / (v.T @ v) * (v.T @ Q))
    return Q
