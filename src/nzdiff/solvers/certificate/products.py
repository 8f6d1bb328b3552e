"""Products with ∂²E/∂g² at a point, whatever the model offers: its own, or differences of ∂E/∂g."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import HasHessian, LinearMap, Vector

EXACT = 100.0 * np.finfo(np.float64).eps
DIFFERENCE = 1e-6
"""Length of a difference, relative to ‖g‖; the relative error of such a product is about 1e-7."""


@dataclass(frozen=True, slots=True)
class Products:
    """product: v ↦ ∂²E v.  error: of a product, relative to ‖∂²E‖ ‖v‖."""

    product: LinearMap
    error: float

    def matrix(self, size: int) -> Vector:
        """Return ∂²E of shape (size, size) from one product for each column."""
        columns = np.array([self.product(unit) for unit in np.eye(size)]).reshape(size, size)
        return np.asarray(0.5 * (columns + columns.T))


def hessian_products(objective: Objective, point: Point) -> Products:
    """Return the products of the model, or differences of gradients where it has none."""
    model = objective.model
    if isinstance(model, HasHessian):
        with suppress(NotImplementedError, TypeError):  # a package without this output
            operator = model.hessian(point.g)
            objective.product(operator, np.zeros_like(point.g))
            return Products(lambda v: np.asarray(objective.product(operator, v)), EXACT)
    return Products(lambda v: _difference(objective, point, v), 1e-6)


def _difference(objective: Objective, point: Point, v: Vector) -> Vector:
    """Return (∂E(g + h v) − ∂E(g − h v)) / 2h, one-sided where one of them is undefined."""
    length = float(np.linalg.norm(v))
    if length == 0.0:
        return np.zeros_like(v)
    h = DIFFERENCE * (float(np.linalg.norm(point.g)) or 1.0) / length
    after, before = (objective.gradient(point.g + t * v) for t in (h, -h))
    if not np.isfinite(after).all():
        return (point.gradient - before) / h
    if not np.isfinite(before).all():
        return (after - point.gradient) / h
    return (after - before) / (2.0 * h)
