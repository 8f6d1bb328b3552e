"""The diagonal of 2 JᵀJ: exact where the model knows it, else probed.

For a vector w of random signs, E[(Jᵀw)²] is the vector of the squared column norms of J, so

    diag(2 JᵀJ) ≈ (2/q) Σ_{l=1..q} (Jᵀ w_l)²,      relative error about sqrt(2/q) per entry.

Source: Bekas, Kokiopoulou, Saad, "An estimator for the diagonal of a matrix", 2007.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from nzdiff.solve.model import HasGaussNewton, Vector
from nzdiff.solve.objective import Objective


@dataclass(slots=True)
class DiagonalScale:
    """diag(2 JᵀJ), kept for `refresh` iterations and bounded below by `floor` × its mean.

    floor = 1 only slows down the stiff unknowns and favours none. With 10⁻³, Gauss-Newton on the
    spot mesh spent 1,071 instead of 23 evaluations and products on the first 97 % of the energy.
    """

    objective: Objective
    probes: int
    refresh: int
    floor: float
    seed: int = 0
    age: int = 0
    values: Vector | None = None

    def at(self, g: Vector) -> Vector:
        """Return the bounded diagonal for g, all entries positive."""
        if self.values is None or self.age >= self.refresh:
            self.values = self._bounded(self._diagonal(g))
            self.age = 0
        self.age += 1
        return self.values

    def _diagonal(self, g: Vector) -> Vector:
        model = self.objective.model
        if isinstance(model, HasGaussNewton):
            with suppress(NotImplementedError):
                return model.gauss_newton(g).diagonal()
        return probed_diagonal(self.objective, g, self.probes, self.seed)

    def _bounded(self, diagonal: Vector) -> Vector:
        """Empty columns of J get the floor, J = 0 gets ones."""
        mean = float(diagonal.mean())
        if not (np.isfinite(mean) and mean > 0.0):
            return np.ones_like(diagonal)
        return np.maximum(diagonal, self.floor * mean)


def probed_diagonal(objective: Objective, g: Vector, probes: int, seed: int) -> Vector:
    """Estimate diag(2 JᵀJ) from `probes` products with Jᵀ; the same seed, the same estimate."""
    signs = np.random.default_rng(seed)
    total = np.zeros(g.size)
    for _ in range(probes):
        w = signs.choice(np.array([-1.0, 1.0]), objective.model.residual_size)
        total += objective.vjp(g, w) ** 2
    return (2.0 / probes) * total
