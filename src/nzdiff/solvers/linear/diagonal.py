"""Diagonals of second-order matrices from products with vectors w of random signs.

    diag(C) ≈ (1/q) Σ_{l=1..q} w_l ∘ (C w_l)
    diag(2 JᵀJ) ≈ (2/q) Σ_{l=1..q} (Jᵀ w_l)²,     relative error about sqrt(2/q) per entry.

Source: Bekas, Kokiopoulou, Saad, "An estimator for the diagonal of a matrix", 2007.
"""

import numpy as np

from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.protocols import LinearMap, Vector

SIGNS = np.array([-1.0, 1.0])


def probed_diagonal(product: LinearMap, size: int, probes: int, seed: int) -> Vector:
    """Estimate diag(C) from `probes` products with C; the same seed, the same estimate."""
    signs = np.random.default_rng(seed)
    total = np.zeros(size)
    for _ in range(probes):
        w = signs.choice(SIGNS, size)
        total += w * product(w)
    return total / probes


def probed_gauss_newton(objective: Objective, g: Vector, probes: int, seed: int) -> Vector:
    """Estimate diag(2 JᵀJ) from `probes` products with Jᵀ; never negative."""
    signs = np.random.default_rng(seed)
    total = np.zeros(g.size)
    for _ in range(probes):
        w = signs.choice(SIGNS, objective.model.residual_size)
        total += objective.vjp(g, w) ** 2
    return (2.0 / probes) * total


def bounded_below(diagonal: Vector, floor: float) -> Vector:
    """Return max(|diagonal|, floor × its mean), all entries positive; ones where it is zero.

    floor = 1 only slows down the stiff unknowns and favours none. With 10⁻³, Gauss-Newton on the
    spot mesh spent 1,071 instead of 23 evaluations and products on the first 97 % of the energy.
    """
    sizes = np.abs(diagonal)
    mean = float(sizes.mean())
    if not (np.isfinite(mean) and mean > 0.0):
        return np.ones_like(diagonal)
    return np.maximum(sizes, floor * mean)
