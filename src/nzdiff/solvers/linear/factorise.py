"""Factorisations of C + shift I that say whether it is positive definite.

Dense: Cholesky.  Sparse: SuperLU without pivoting, whose U then has the pivots of LDLᵀ on its
diagonal. A pivot below 10 s ε of its own diagonal entry is rounding: the matrix counts as singular.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

from nzdiff.solvers.run.protocols import LinearMap, Vector

Matrix: TypeAlias = Vector | sparse.csc_array

LEAST_SHIFT, MOST_SHIFT, GROWTH = 1e-10, 1e12, 10.0
ROUNDING = 10.0 * np.finfo(np.float64).eps


def factorised(matrix: Matrix, shift: float) -> LinearMap | None:
    """Return b ↦ (C + shift I)⁻¹ b, or None where that is not positive definite."""
    if sparse.issparse(matrix):
        return _sparse(matrix, shift)
    return _dense(matrix, shift)


def positive_definite(
    matrix: Matrix, shift: float, *, scale: float, first: float
) -> tuple[LinearMap, float] | None:
    """Return the inverse of C + τ I and τ, the first of increasing shifts that makes it definite.

    τ = shift, then shift + first, growing tenfold; first is at least 10⁻¹⁰ scale. None where no
    shift up to 10¹² scale does: C is not finite. Source: Nocedal and Wright, algorithm 3.3.
    """
    for tau in _shifts(shift, scale, first):
        inverse = factorised(matrix, tau)
        if inverse is not None:
            return inverse, tau
    return None


def _shifts(shift: float, scale: float, first: float) -> Iterator[float]:
    yield shift
    added = max(first, LEAST_SHIFT * scale)
    while added <= MOST_SHIFT * scale:
        yield shift + added
        added *= GROWTH


def _dense(matrix: Vector, shift: float) -> LinearMap | None:
    shifted = matrix.copy()
    shifted.flat[:: len(shifted) + 1] += shift
    diagonal = shifted.diagonal().copy()
    try:
        # The transpose of a symmetric array in C order is itself in LAPACK's order: no copy.
        L, lower = linalg.cho_factor(shifted.T, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    if not (L.diagonal() ** 2 > ROUNDING * len(L) * diagonal).all():
        return None
    return lambda b: np.asarray(linalg.cho_solve((L, lower), b, check_finite=False))


def _sparse(matrix: sparse.csc_array, shift: float) -> LinearMap | None:
    size = matrix.shape[0]
    shifted = sparse.csc_array(matrix + shift * sparse.eye_array(size, format="csc"))
    try:
        factors = sparse_linalg.splu(
            shifted,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:  # exactly singular
        return None
    pivots = factors.U.diagonal()[factors.perm_c]
    unpivoted = np.array_equal(factors.perm_r, factors.perm_c)
    if not (unpivoted and (pivots > ROUNDING * size * np.abs(shifted.diagonal())).all()):
        return None
    return lambda b: np.asarray(factors.solve(b))
