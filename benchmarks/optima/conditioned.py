"""Convex problems that are ill-conditioned by other things than units: up to 10¹².

As in `families`, a linear term puts the optimum at a given x*.
"""

from __future__ import annotations

import numpy as np

from benchmarks.optima.families import (
    BOX,
    LEAST_SQUARES,
    SELECTION,
    SOFT,
    Case,
    condition,
    orthogonal,
)
from nzdiff.pattern import Pattern


def mixed_logistic(rng: np.random.Generator, backend: str) -> Case:
    """Σ log(1 + exp(A x)) − ⟨c, x⟩: the Hessian's condition to 10¹², its axes at random."""
    size = int(rng.integers(2, 10))
    rows = 3 * size + 2
    w = np.logspace(0, -0.5 * np.log10(condition(rng)), size)
    matrix = orthogonal(rng, rows)[:, :size] * w @ orthogonal(rng, size)
    best = rng.standard_normal(size)
    slopes = matrix.T @ (1.0 / (1.0 + np.exp(-matrix @ best)))
    model = SOFT.bind(A=matrix, c=slopes[:, None], s=0.0, backend=backend)
    least = float(np.logaddexp(0.0, matrix @ best).sum() - slopes @ best)
    return Case("mixed logistic", model, best + rng.standard_normal(size), least)


def beams(rng: np.random.Generator, backend: str) -> Case:
    """‖D x − D x*‖², D the second differences of a clamped beam: condition of order n⁴ and n⁸."""
    size = int(rng.integers(10, 41))
    second = 2.0 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    matrix = second if rng.random() < 0.5 else second @ second
    best = rng.standard_normal(size)
    model = LEAST_SQUARES.bind(A=matrix, b=(matrix @ best)[:, None], s=0.0, backend=backend)
    return Case("beams", model, rng.standard_normal(size), 0.0)


def corners(rng: np.random.Generator, backend: str) -> Case:
    """−Σ log(b − A x), the sides of a box turned at random, its widths over six decades."""
    size = int(rng.integers(2, 8))
    width = 10.0 ** rng.uniform(-3, 3, size)
    turned = orthogonal(rng, size)
    sides = np.vstack([turned, -turned])
    right = np.concatenate([2.0 * width, np.zeros(size)])[:, None]
    model = BOX.bind(A=sides, b=right, backend=backend)
    start = turned.T @ (width * rng.uniform(0.1, 1.9, size))
    return Case("corners", model, start, -2.0 * float(np.log(width).sum()))


def near_singular_covariance(rng: np.random.Generator, backend: str) -> Case:
    """⟨S, P⟩ − log det P, all entries of P free: P* = S⁻¹, its eigenvalues over four decades."""
    size = int(rng.integers(2, 7))
    Q = orthogonal(rng, size)
    S = Q * np.logspace(0, -4, size) @ Q.T
    pattern = Pattern.full((size, size)).symmetric()
    model = SELECTION.bind(S=0.5 * (S + S.T), P=pattern, backend=backend)
    least = size - 4.0 * np.log(10.0) * 0.5 * size
    return Case("near-singular covariance", model, pattern.pack(np.eye(size)), least)


CONDITIONED = (mixed_logistic, beams, corners, near_singular_covariance)
