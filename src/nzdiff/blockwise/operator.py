"""Hessian and Gauss-Newton matrix of a sum over blocks, by products."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator

from nzdiff.arrays import checked_vector
from nzdiff.blockwise.team import Team
from nzdiff.memory import ALTERNATIVE, check_fits

Floats = NDArray[np.float64]


class SummedOperator(LinearOperator):  # type: ignore[misc]
    """A symmetric operator on g, shape (size, size): a round of all blocks for each product."""

    shape: tuple[int, int]

    def __init__(self, team: Team, what: Literal["hessian", "gauss_newton"], g: Floats) -> None:
        self._team, self._g = team, g
        self._what: Literal["hessian", "gauss_newton"] = what
        LinearOperator.__init__(self, np.dtype(np.float64), (g.size, g.size))

    def _matvec(self, v: Floats) -> Floats:
        along = checked_vector("v", np.ravel(v), self.shape[0])
        return self._team.added(self._what, self._g, lambda share: share.of(along))

    def _adjoint(self) -> SummedOperator:
        return self

    _transpose = _adjoint

    def diagonal(self) -> Floats:
        """The diagonal, shape (size,); NotImplementedError where a block has no closed form."""
        return self._team.added(_named(self._what, "diagonal"), self._g)

    def toarray(self) -> Floats:
        """The matrix as a dense array; of each block, one of the entries of g that it has."""
        check_fits("the matrix", 8 * self.shape[0] ** 2, ALTERNATIVE)
        total, indices = np.zeros(self.shape), np.arange(self.shape[0])
        for share, part in self._team.each(_named(self._what, "array"), self._g):
            places = share.of(indices)
            total[np.ix_(places, places)] += part
        return total


def _named(what: str, form: str) -> Any:
    return f"{what} {form}"
