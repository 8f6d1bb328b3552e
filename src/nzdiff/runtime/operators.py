"""Jacobian, Gauss-Newton matrix and Hessian of a model at one g, as SciPy LinearOperators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

Floats = NDArray[np.float64]


class Jacobian(LinearOperator):  # type: ignore[misc]
    """J = ∂r/∂g, shape (residual_size, size): products by JVP and VJP, `toarray` to look at it."""

    def __init__(self, model: Any, g: Floats) -> None:
        self._model, self._g = model, g
        super().__init__(dtype=np.dtype(np.float64), shape=(model.residual_size, model.size))

    def _matvec(self, v: Floats) -> Floats:
        return self._model.jvp(self._g, np.ravel(v))  # type: ignore[no-any-return]

    def _rmatvec(self, w: Floats) -> Floats:
        return self._model.vjp(self._g, np.ravel(w))  # type: ignore[no-any-return]

    def toarray(self) -> Floats:
        """J as a dense array, by one JVP per column or one VJP per row, whichever are fewer."""
        rows, cols = self.shape
        if rows < cols:
            return np.array([self._rmatvec(unit) for unit in np.eye(rows)]).reshape(rows, cols)
        columns = np.array([self._matvec(unit) for unit in np.eye(cols)])
        return columns.reshape(cols, rows).T.copy()


class SecondOrder(LinearOperator):  # type: ignore[misc]
    """A symmetric operator on g, shape (size, size), by its product with a vector."""

    def __init__(
        self,
        product: Callable[[Floats], Floats],
        diagonal: Callable[[], Floats],
        size: int,
    ) -> None:
        self._product, self._diagonal = product, diagonal
        super().__init__(dtype=np.dtype(np.float64), shape=(size, size))

    def _matvec(self, v: Floats) -> Floats:
        return self._product(np.ravel(v))

    def _adjoint(self) -> SecondOrder:
        return self

    def diagonal(self) -> Floats:
        """The diagonal, shape (size,), in closed form; NotImplementedError under constraints."""
        return self._diagonal()

    def toarray(self) -> Floats:
        """The matrix, by one product per column, symmetrised against rounding."""
        size = self.shape[0]
        matrix = np.array([self._matvec(unit) for unit in np.eye(size)]).reshape(size, size)
        return np.asarray(0.5 * (matrix + matrix.T))
