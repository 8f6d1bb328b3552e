"""λ²/2 and negative curvature from products with H alone: conjugate gradients and Lanczos.

After k iterations CG has lowered the quadratic model by m_k ≤ λ²/2, and what is left is at most
½ ‖r‖² / θ in the norm of the preconditioner, θ the least eigenvalue of H in the space that b spans:
that of the tridiagonal matrix of CG tends to it from above.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from nzdiff.solvers.run.protocols import LinearMap, Vector

LANCZOS = 16
EVERY = 5
"""Iterations after which the eigenvalues of CG are looked at again."""
ENOUGH = 0.1
"""The residual, relative to b, above which the eigenvalues of CG say too little of H."""
HALF, DOUBT = 0.5, 1e3
"""The same where H may have an eigenvalue so many times less than those of CG."""
SHARE, MOST = 1e-4, 500
"""What an inverse may miss of what a step promises, and the products that it takes at most."""

Inverse = Callable[[Vector, float], Vector]
IsDone = Callable[[float, float, float], bool]
"""Whether bounds of λ²/2 from below and above, and the residual relative to b, suffice."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """λ²/2 from above, a step that promises about as much, a direction of negative curvature.

    firm: makes the step without directions of next to no curvature; None where not known.
    inverse: b, enough ↦ H⁺ b; with products alone a step that promises more than `enough` will do.
    flat: the projection on what has no curvature.  Both 0 where not known.
    weak: rows that are directions of next to none.  metric: m with H ≤ diag(m²), about.
    """

    decrement: float
    step: Vector
    bend: Vector | None
    inverse: Inverse = lambda b, _: np.zeros_like(b)
    flat: LinearMap = np.zeros_like
    weak: Vector | None = None
    metric: Vector | None = None
    firm: Callable[[], Vector] | None = None


def by_cg(
    product: LinearMap, b: Vector, diagonal: Vector, threshold: float, most: int, error: float
) -> Estimate:
    """Estimate λ²/2 by CG for H x = b until it is known to be at most `threshold`, or not.

    diagonal: |diag(H)| or what is known of it.
    """
    floor = 1e-14 * float(diagonal.mean())
    scale = 1.0 / np.sqrt(np.where(diagonal > floor, diagonal, max(floor, 1.0)))

    def scaled(v: Vector) -> Vector:
        return np.asarray(scale * product(scale * v))

    def is_decided(least: float, most: float, left: float) -> bool:
        if left > ENOUGH:
            return left <= HALF and least + DOUBT * (most - least) <= threshold
        return most <= threshold or least > threshold

    found = _conjugate_gradients(scaled, scale * b, most, error, is_decided)
    bend = found.bend
    if bend is None and found.decrement <= threshold:
        bend = lowest(scaled, b.size, error)

    def inverse(b: Vector, enough: float) -> Vector:
        def is_done(least: float, most: float, left: float) -> bool:
            return least > enough or (left <= ENOUGH and most - least <= SHARE * least)

        return scale * _conjugate_gradients(scaled, scale * b, MOST, error, is_done).step

    widened = None if bend is None else scale * bend
    return Estimate(found.decrement, scale * found.step, widened, inverse)


def _conjugate_gradients(
    product: LinearMap, b: Vector, most: int, error: float, is_done: IsDone
) -> Estimate:
    x, r, p = np.zeros_like(b), b.copy(), b.copy()
    rho = first = float(b @ b)
    gained, upper, largest = 0.0, math.inf, 0.0
    alphas: list[float] = []
    betas: list[float] = []
    for k in range(most):
        if rho == 0.0:
            return Estimate(gained, x, None)
        q = product(p)
        curvature, length = float(p @ q), float(p @ p)
        largest = max(largest, float(np.linalg.norm(q)) / math.sqrt(length))
        if not abs(curvature) > error * largest * length:  # flat up to rounding, or not a number
            return Estimate(math.inf, x if k else b, None)
        if curvature < 0.0:
            return Estimate(math.inf, x if k else b, p)
        alpha = rho / curvature
        x, r = x + alpha * p, r - alpha * q
        gained += 0.5 * alpha * rho
        rho, before = float(r @ r), rho
        beta = rho / before
        alphas.append(alpha)
        betas.append(beta)
        p = r + beta * p
        if k % EVERY == 0 or rho == 0.0:
            upper = gained + 0.5 * rho / _least(alphas, betas)
            if is_done(gained, upper, math.sqrt(rho / first)):
                return Estimate(upper, x, None)
    return Estimate(math.inf, x, None)


def _least(alphas: list[float], betas: list[float]) -> float:
    """Return the least eigenvalue of the tridiagonal matrix of CG."""
    a, c = np.array(alphas), np.array(betas)
    diagonal = 1.0 / a
    diagonal[1:] += c[:-1] / a[:-1]
    beside = np.sqrt(c[:-1]) / a[:-1]
    least = linalg.eigvalsh_tridiagonal(diagonal, beside, select="i", select_range=(0, 0))[0]
    return max(float(least), np.finfo(np.float64).tiny)


def lowest(product: LinearMap, size: int, error: float) -> Vector | None:
    """Return a direction of negative curvature that Lanczos finds from a random start, or None."""
    steps = min(LANCZOS, size)
    Q = np.zeros((steps, size))
    q = np.random.default_rng(0).standard_normal(size)
    T = np.zeros((steps, steps))
    for k in range(steps):
        Q[k] = q / np.linalg.norm(q)
        q = product(Q[k])
        T[k, : k + 1] = T[: k + 1, k] = Q[: k + 1] @ q
        for _ in range(2):
            q = q - Q[: k + 1].T @ (Q[: k + 1] @ q)
        if not np.linalg.norm(q) > 10.0 * error * np.abs(T).max():
            steps = k + 1
            break
    if not np.isfinite(T).all():
        return None
    w, V = np.linalg.eigh(T[:steps, :steps])
    return Q[:steps].T @ V[:, 0] if w[0] < -100.0 * error * np.abs(w).max() else None
