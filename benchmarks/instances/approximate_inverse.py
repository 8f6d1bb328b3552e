"""A sparse approximate inverse as a benchmark: min ‖A M − I‖²_F over M on a pattern.

A (n × n): convection and diffusion on a square grid, five points, nonsymmetric.  The energy is
quadratic and splits into one small least squares problem per column, which is the oracle.
Source: Grote, Huckle, "Parallel preconditioning with sparse approximate inverses", 1997.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sympy import Identity

import nzdiff as nz
from benchmarks.instances.instance import Instance
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem

Floats = NDArray[np.float64]

DRIFT = 0.2


def approximate_inverse_problem() -> Problem:
    """‖A M − I‖²_F."""
    (n,) = nz.dims("n")
    A, M = nz.sparse("A", n, n), nz.sparse("M", n, n)
    return Problem(nz.sumsq(A * M - Identity(n)), wrt=M, name="approximate_inverse")


def spai(side: int = 60, power: int = 2) -> Instance:
    """The instance of n = side² on the pattern of A^power, from M = 0."""
    A = convection_diffusion(side)
    pattern = Pattern.from_scipy(sparse.csr_array(sparse.linalg.matrix_power(abs(A), power)))
    M = pattern.to_csr(columnwise_least_squares(A, pattern))
    return Instance(
        name=f"spai-{side * side}",
        sizes=f"n = {side * side:,}, pattern of A^{power}, s = {pattern.size:,}",
        problem=approximate_inverse_problem(),
        data={"A": A, "M": pattern},
        g0=np.zeros(pattern.size),
        reference=float(sparse.linalg.norm(A @ M - sparse.eye_array(side * side)) ** 2),
        reference_meaning="optimum: one least squares problem per column",
    )


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
