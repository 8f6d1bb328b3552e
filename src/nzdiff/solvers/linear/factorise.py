"""Factorisations of C + shift I that say whether it is positive definite.

Dense: Cholesky.  Sparse: SuperLU without pivoting, whose U then has the pivots of LDLᵀ on its
diagonal. A pivot below 10 s ε of its own diagonal entry is rounding: the matrix counts as singular.
"""

from typing import TypeAlias

import numpy as np
from scipy import linalg, sparse
from scipy.sparse import linalg as sparse_linalg

from nzdiff.solvers.linear.cholesky import factorise
from nzdiff.solvers.run.protocols import LinearMap, Vector

Matrix: TypeAlias = Vector | sparse.csc_array

LEAST_SHIFT, MOST_SHIFT, GROWTH = 1e-10, 1e12, 10.0
SWEEPS = 3
ALIKE = 1e-4
"""The least W, relative to the mean, of unknowns in like units."""
ROUNDING = 10.0 * np.finfo(np.float64).eps


def factorised(matrix: Matrix, shift: float | Vector) -> LinearMap | None:
    """Return b ↦ (C + shift)⁻¹ b, or None where that is not positive definite.

    shift: of all of the diagonal, or of each of its entries.
    """
    if sparse.issparse(matrix):
        return _sparse(matrix, shift)
    return _dense(matrix, shift)


def positive_definite(
    matrix: Matrix, shift: float, *, first: float
) -> tuple[LinearMap, float] | None:
    """Return the inverse of C + shift I + τ W and τ, the first that makes it definite.

    τ = 0, then first, growing tenfold; first is at least 10⁻¹⁰. W: the mean of `sizes`, so that
    steps are of least norm where C is singular; where they span decades, the sizes, so that other
    units of the unknowns change nothing. None where no τ up to 10¹² does: C is not finite.
    Source: Nocedal and Wright, algorithm 3.3.
    """
    inverse = factorised(matrix, shift)
    if inverse is not None:
        return inverse, 0.0
    weights, tau = sizes(matrix), max(first, LEAST_SHIFT)
    if float(weights.min()) > ALIKE * float(weights.mean()):
        weights = np.full_like(weights, weights.mean())
    while tau <= MOST_SHIFT and np.isfinite(weights).all():
        inverse = factorised(matrix, shift + tau * weights)
        if inverse is not None:
            return inverse, tau
        tau *= GROWTH
    return None


def sizes(matrix: Matrix) -> Vector:
    """Return W with |C_ij| ≤ about (W_i W_j)^½: near |diag(C)| where C is definite.

    By SWEEPS of equilibration of rows and columns together. Source: Ruiz 2001.
    """
    C = abs(matrix)
    diagonal = C.diagonal()
    rows = _row_maxima(C)
    s = np.sqrt(np.where(diagonal > 0.0, diagonal, rows))
    s[s == 0.0] = 1.0
    for _ in range(SWEEPS):
        largest = _row_maxima(_scaled(C, 1.0 / s))
        s *= np.sqrt(np.where(largest > 0.0, largest, 1.0))
    return np.asarray(s * s)


def _scaled(C: Matrix, by: Vector) -> Matrix:
    if sparse.issparse(C):
        return sparse.diags_array(by) @ C @ sparse.diags_array(by)
    return np.asarray(by[:, None] * C * by)


def _row_maxima(C: Matrix) -> Vector:
    found = C.max(axis=1)
    return np.asarray(found.toarray() if sparse.issparse(found) else found).ravel()


def _dense(matrix: Vector, shift: float | Vector) -> LinearMap | None:
    shifted = np.array(matrix, order="C")
    shifted.flat[:: len(shifted) + 1] += shift
    diagonal = shifted.diagonal().copy()
    L = shifted.T  # of a symmetric array in C's order itself, in LAPACK's order: no copy
    if not factorise(L) or not (L.diagonal() ** 2 > ROUNDING * len(L) * diagonal).all():
        return None
    return lambda b: np.asarray(linalg.cho_solve((L, True), b, check_finite=False))


def _sparse(matrix: sparse.csc_array, shift: float | Vector) -> LinearMap | None:
    size = matrix.shape[0]
    shifted = sparse.csc_array(
        matrix + sparse.diags_array(np.broadcast_to(shift, size), format="csc")
    )
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
