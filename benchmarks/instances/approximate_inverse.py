"""A sparse approximate inverse as a benchmark: min ‖A M − I‖²_F over M on a pattern.

A (n × n): convection and diffusion on a square grid, five points, nonsymmetric; or Poisson's
equation on a cube.  The energy is quadratic and splits into one small least squares problem per
column, which is the oracle.
Source: Grote, Huckle, "Parallel preconditioning with sparse approximate inverses", 1997.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.instances.instance import Instance
from nzdiff.gallery.approximate_inverse import problem
from nzdiff.pattern import Pattern

Floats = NDArray[np.float64]

DRIFT = 0.2


def spai(side: int = 60, power: int = 2) -> Instance:
    """The instance of n = side² on the pattern of A^power, from M = 0."""
    A = convection_diffusion(side)
    pattern = Pattern.from_scipy(sparse.csr_array(sparse.linalg.matrix_power(abs(A), power)))
    M = pattern.to_csr(columnwise_least_squares(A, pattern))
    return Instance(
        name=f"spai-{side * side}",
        sizes=f"n = {side * side:,}, pattern of A^{power}, s = {pattern.size:,}",
        problem=problem,
        data={"A": A, "M": pattern},
        g0=np.zeros(pattern.size),
        reference=float(sparse.linalg.norm(A @ M - sparse.eye_array(side * side)) ** 2),
        reference_meaning="optimum: one least squares problem per column",
    )


def poisson(side: int = 52) -> Instance:
    """A of a cube of side³ points on its own pattern, from M = 0: 52 makes 968,032 unknowns."""
    A = cube(side)
    pattern = Pattern.from_scipy(A)
    return Instance(
        name=f"spai-cube-{side**3}",
        sizes=f"n = {side**3:,}, pattern of A, s = {pattern.size:,}",
        problem=problem,
        data={"A": A, "M": pattern},
        g0=np.zeros(pattern.size),
        reference=columnwise_energy(A, pattern),
        reference_meaning="optimum: the normal equations of each column",
    )


def cube(side: int) -> Any:
    """−Δu on side × side × side points, seven points, u = 0 outside, CSR (side³, side³)."""
    line = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(side, side))
    return sparse.csr_array(sparse.kronsum(line, sparse.kronsum(line, line)))


def convection_diffusion(side: int) -> Any:
    """−Δu + drift · ∇u on a side × side grid, five points, CSR (side², side²)."""
    bands = [-1.0 - DRIFT, 2.0, -1.0 + DRIFT]
    line = sparse.diags_array(bands, offsets=[-1, 0, 1], shape=(side, side))
    eye = sparse.eye_array(side)
    return sparse.csr_array(sparse.kron(line, eye) + sparse.kron(eye, line))


def columnwise_least_squares(A: Any, pattern: Pattern) -> Floats:
    """The g of the minimum, in the pattern's order: min ‖A m_j − e_j‖ over the stored rows of m_j.

    Only the rows of A that meet those columns take part: a small dense problem each.
    """
    columns, found = sparse.csc_array(A), np.zeros(pattern.size)
    order = np.argsort(pattern.cols, kind="stable")
    ends = np.searchsorted(pattern.cols[order], np.arange(pattern.shape[1] + 1))
    for j, (start, end) in enumerate(pairwise(ends)):
        mine = order[start:end]
        block = columns[:, pattern.rows[mine]]
        met = np.union1d(block.indices, j)
        unit = (met == j).astype(np.float64)
        found[mine] = np.linalg.lstsq(block.tocsr()[met].toarray(), unit, rcond=None)[0]
    return found


def columnwise_energy(A: Any, pattern: Pattern) -> float:
    """The least ‖A M − I‖² = Σ_j 1 − bᵀ (AᵀA)_ss⁻¹ b, b = (A_js)ᵀ, s the stored rows of column j.

    For well-conditioned A: the conditions of the AᵀA are squared.
    """
    own, total = sparse.csr_array(A), 0.0
    for j, s, blocks in column_blocks(sparse.csr_array(A.T @ A), pattern):
        b = own[np.repeat(j, s.shape[1]), s.ravel()].reshape(s.shape)
        total += float(np.sum(1.0 - np.sum(b * np.linalg.solve(blocks, b[..., None])[..., 0], 1)))
    return total


def column_blocks(K: Any, pattern: Pattern) -> Iterator[tuple[Any, Any, Floats]]:
    """(j, s, K_ss) of all columns j with the same number of stored rows s, by that number.

    K: CSR.  j (c,), s (c, k) ascending, K_ss (c, k, k).
    """
    order = np.lexsort((pattern.rows, pattern.cols))
    rows, counts = pattern.rows[order], np.bincount(pattern.cols, minlength=pattern.shape[1])
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts[counts > 0]):
        j = np.flatnonzero(counts == count)
        s = rows[starts[j][:, None] + np.arange(count)]
        first, second = np.broadcast_arrays(s[:, :, None], s[:, None, :])
        yield j, s, np.asarray(K[first.ravel(), second.ravel()]).reshape(first.shape)
