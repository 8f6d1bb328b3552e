"""Sparse approximate factors as benchmarks: FSAI, incomplete LU, and a SPAI of real data.

    FSAI    min tr(Lᵀ A L) − 2 Σ log L_ii, L lower triangular: each column in closed form,
            l_s = A_ss⁻¹ e₁ / √(e₁ᵀ A_ss⁻¹ e₁) on its stored rows s.
    ILU     min ‖mask ∘ (L U − A)‖²: ILU(0) makes it zero.

Sources: Kolotilina, Yeremin, "Factorized sparse approximate inverse preconditionings", 1993;
Chow, Patel, "Fine-grained parallel incomplete LU factorization", 2015.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.instances.approximate_inverse import (
    column_blocks,
    columnwise_least_squares,
    convection_diffusion,
    cube,
)
from benchmarks.instances.instance import Instance, borrowed
from benchmarks.instances.reachable import grid_laplacian
from nzdiff.gallery import approximate_inverse, factorized_inverse, ilu
from nzdiff.pattern import Pattern

PUBLISHED_AIRFOIL = 13.0026961516
"""‖A M − I‖² of pyamg's airfoil, M on the pattern of A."""


def fsai(side: int) -> Instance:
    """FSAI of a Laplacian plus I on a side × side grid, on the pattern of its lower triangle."""
    size = side * side
    return fsai_instance(sparse.csr_array(grid_laplacian(side, side) + sparse.eye_array(size)), "")


def fsai_cube(side: int = 63) -> Instance:
    """FSAI of Poisson's equation on a cube of side³ points: 63 makes 988,281 unknowns."""
    return fsai_instance(cube(side), "cube-")


def fsai_airfoil() -> Instance:
    """FSAI of pyamg's airfoil."""
    return fsai_instance(symmetric_airfoil(), "airfoil-")


def fsai_instance(A: Any, where: str) -> Instance:
    """FSAI of A on the pattern of its lower triangle, from L = I."""
    pattern = Pattern.from_scipy(sparse.csr_array(sparse.tril(A)))
    size = A.shape[0]
    return Instance(
        name=f"fsai-{where}{size}",
        sizes=f"n = {size:,}, s = {pattern.size:,}",
        problem=factorized_inverse.problem,
        data={"A": A, "L": pattern},
        g0=pattern.pack(sparse.eye_array(size)),
        reference=fsai_optimum(A, pattern),
        reference_meaning="optimum: one linear system for each column",
    )


def fsai_optimum(A: Any, pattern: Pattern) -> float:
    """Σ_j 1 − log e₁ᵀ A_ss⁻¹ e₁, s the stored rows of column j, the diagonal first."""
    blocks = column_blocks(sparse.csr_array(A), pattern)
    return float(sum(np.sum(1.0 - np.log(np.linalg.inv(b)[:, 0, 0])) for _, _, b in blocks))


def incomplete_lu(side: int, *, noise: float = 0.0) -> Instance:
    """Incomplete LU of convection and diffusion on a side × side grid; A plus noise on request."""
    A = convection_diffusion(side)
    A.data += noise * np.random.default_rng(0).standard_normal(A.nnz)
    upper = Pattern.from_scipy(sparse.csr_array(sparse.triu(A)))
    lower = Pattern.from_scipy(sparse.csr_array(sparse.tril(A)))
    diagonal = np.flatnonzero(lower.rows == lower.cols)
    lower = lower.fixed({int(i): 1.0 for i in diagonal})
    start = upper.pack(sparse.csr_array(sparse.triu(A)))
    return Instance(
        name=f"ilu-{side * side}",
        sizes=f"n = {side * side:,}, s = {lower.size + upper.size:,}",
        problem=ilu.problem,
        data={"A": A, "L": lower, "U": upper},
        g0=np.concatenate([np.zeros(lower.size), start]),
        reference=0.0,
        reference_meaning="optimum: ILU(0)",
    )


def airfoil() -> Instance:
    """The SPAI of pyamg's airfoil on the pattern of A; its optimum is published."""
    A = airfoil_matrix()
    pattern = Pattern.from_scipy(A)
    M = pattern.to_csr(columnwise_least_squares(A, pattern))
    return Instance(
        name="spai-airfoil",
        sizes=f"n = {A.shape[0]}, s = {pattern.size:,}",
        problem=approximate_inverse.problem,
        data={"A": A, "M": pattern},
        g0=np.zeros(pattern.size),
        reference=float(sparse.linalg.norm(A @ M - sparse.eye_array(A.shape[0])) ** 2),
        reference_meaning=f"optimum: one least squares problem per column, {PUBLISHED_AIRFOIL}",
    )


def airfoil_matrix() -> Any:
    """The matrix of pyamg's airfoil, CSR (260, 260), symmetric but for rounding."""
    return sparse.csr_array(borrowed("pyamg.gallery", "pyamg").load_example("airfoil")["A"])


def symmetric_airfoil() -> Any:
    """The same, symmetric."""
    A = airfoil_matrix()
    return sparse.csr_array(0.5 * (A + A.T))
