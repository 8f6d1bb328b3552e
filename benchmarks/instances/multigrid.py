"""Multigrid as a benchmark: the prolongation of least energy, and a two-grid cycle.

    prolongation   min tr(Pᵀ A P) with P B_c = B: a sparse system of Karush, Kuhn and Tucker
    two-grid       min ‖S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S‖², S = I − ω D⁻¹ A

Source: Mandel, Brezina, Vaněk, "Energy optimization of algebraic multigrid bases", 1999.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import Delaunay

from benchmarks.instances.approximate_inverse import column_blocks
from benchmarks.instances.instance import Floats, Instance, borrowed
from benchmarks.instances.reachable import grid_laplacian
from nzdiff.gallery import amg_prolongation, two_grid
from nzdiff.pattern import Pattern

DAMPING, BORDER = 2 / 3, 0.03
PUBLISHED_UNIT_SQUARE = 6.62634326
"""tr(Pᵀ A P) of pyamg's unit_square with its standard aggregates, pattern A T, P B_c = B."""


def prolongation(side: int) -> Instance:
    """The Laplacian plus I/100 on a grid, 3 × 3 aggregates, constants kept."""
    A = sparse.csr_array(grid_laplacian(side, side) + 0.01 * sparse.eye_array(side * side))
    T = aggregates(side)
    return prolongation_instance(f"prolongation-{side * side}", A, T, None)


def unit_square() -> Instance:
    """The mesh of pyamg with the aggregates and the near-null space of its own hierarchy."""
    pyamg = borrowed("pyamg", "pyamg")
    A = sparse.csr_matrix(pyamg.gallery.load_example("unit_square")["A"])
    hierarchy = pyamg.smoothed_aggregation_solver(A, max_levels=2, max_coarse=10, keep=True)
    fine, coarse = hierarchy.levels
    kept = (np.ravel(coarse.B), np.ravel(fine.B))
    A = sparse.csr_array(0.5 * (A + A.T))
    return prolongation_instance("prolongation-unit-square", A, sparse.csr_array(fine.T), kept)


def aggregates(side: int) -> Any:
    """The 3 × 3 blocks of a grid as a matrix of ones, CSR."""
    line = np.arange(side) // 3
    labels = (line[:, None] * (line[-1] + 1) + line).ravel()
    return sparse.csr_array((np.ones(side * side), (np.arange(side * side), labels)))


def prolongation_instance(
    name: str, A: Any, T: Any, kept: tuple[Floats, Floats] | None
) -> Instance:
    """P on the pattern of A T, with P B_c = B: kept = (B_c, B), ones where it is None."""
    stored = Pattern.from_scipy(sparse.csr_array(abs(A) @ abs(T)))
    weights, sums = (np.ones(T.shape[1]), np.ones(T.shape[0])) if kept is None else kept
    pattern = stored.with_row_sums(weights, sums)
    return Instance(
        name=name,
        sizes=f"n = {T.shape[0]:,}, m = {T.shape[1]}, s = {pattern.size:,}",
        problem=amg_prolongation.problem,
        data={"A": A, "P": pattern},
        g0=np.zeros(pattern.size),
        reference=least_energy(A, stored, weights, sums),
        reference_meaning="optimum: the sparse system of its conditions, P eliminated",
    )


def least_energy(A: Any, stored: Pattern, weights: Floats, sums: Floats) -> float:
    """The least tr(Pᵀ A P) with P w = b; column j of that P is w_j A_ss⁻¹ μ_s, s its stored rows.

    M μ = b with M = Σ_j w_j² A_ss⁻¹, scattered; and tr(Pᵀ A P) = bᵀ μ.
    """
    rows, cols, values = [], [], []
    for j, s, blocks in column_blocks(sparse.csr_array(A), stored):
        first, second = np.broadcast_arrays(s[:, :, None], s[:, None, :])
        rows.append(first.ravel())
        cols.append(second.ravel())
        values.append((weights[j, None, None] ** 2 * np.linalg.inv(blocks)).ravel())
    places = np.concatenate(rows), np.concatenate(cols)
    M = sparse.csc_array((np.concatenate(values), places), shape=A.shape)
    factors = sparse.linalg.splu(M, "MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return float(sums @ factors.solve(sums))


def two_grid_cycle(side: int) -> Instance:
    """The cycle of the Laplacian plus I/100 on a grid, damped Jacobi, from the aggregates."""
    size = side * side
    A = sparse.csr_array(grid_laplacian(side, side) + 0.01 * sparse.eye_array(size))
    T = aggregates(side)
    pattern = Pattern.from_scipy(sparse.csr_array(A @ T))
    return Instance(
        name=f"two-grid-{size}",
        sizes=f"n = {size}, m = {T.shape[1]}, s = {pattern.size:,}",
        problem=two_grid.problem,
        data={"A": A.toarray(), "S": jacobi(A).toarray(), "P": pattern},
        g0=pattern.pack(T),
        reference=None,
        reference_meaning="none is known",
    )


def ruge_stuben(name: str, A: Any) -> Instance:
    """The cycle of A, damped Jacobi, from the P of Ruge and Stüben on its pattern.  Needs pyamg."""
    A = sparse.csr_matrix(A)
    hierarchy = borrowed("pyamg", "pyamg").ruge_stuben_solver(A, max_levels=2, keep=True)
    P = sparse.csr_array(hierarchy.levels[0].P)
    pattern, S = Pattern.from_scipy(P), jacobi(A)
    return Instance(
        name=name,
        sizes=f"n = {P.shape[0]:,}, m = {P.shape[1]:,}, s = {pattern.size:,}",
        problem=two_grid.problem,
        data={"A": A.toarray(), "S": S.toarray(), "P": pattern},
        g0=pattern.pack(P),
        reference=None,
        reference_meaning="beaten: the spectral radius with the P of Ruge and Stüben",
    )


def airfoil() -> Instance:
    """The mesh of pyamg."""
    A = borrowed("pyamg.gallery", "pyamg").load_example("airfoil")["A"]
    return ruge_stuben("two-grid-airfoil", A)


def scattered_cycle(points: int) -> Instance:
    """Linear elements on a mesh of so many random points, zero on its border.  Needs pyamg."""
    return ruge_stuben(f"two-grid-{points}", scattered(points))


def scattered(points: int) -> Any:
    """The stiffness matrix of Delaunay's mesh of random points of a square, without its border."""
    p = np.random.default_rng(0).random((points, 2))
    t = Delaunay(p).simplices
    edges = p[np.roll(t, 1, axis=1)] - p[np.roll(t, -1, axis=1)]
    areas = 0.5 * np.abs(np.linalg.det(edges[:, :2]))
    blocks = edges @ edges.swapaxes(1, 2) / (4.0 * areas[:, None, None])
    places = np.repeat(t, 3, axis=1).ravel(), np.tile(t, 3).ravel()
    A = sparse.csr_array(sparse.coo_array((blocks.ravel(), places), (points, points)))
    inside = np.flatnonzero(np.all((p > BORDER) & (p < 1.0 - BORDER), axis=1))
    return sparse.csr_array(A[inside][:, inside])


def jacobi(A: Any) -> Any:
    """I − ω D⁻¹ A, ω = 2/3, CSR."""
    step = sparse.diags_array(DAMPING / A.diagonal()) @ sparse.csr_array(A)
    return sparse.csr_array(sparse.eye_array(A.shape[0]) - step)


def cycle_radius(A: Any, S: Any, P: Any) -> float:
    """The spectral radius of S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S: what a cycle leaves of an error."""
    A, S, P = (sparse.csr_array(matrix) for matrix in (A, S, P))
    coarse = sparse.linalg.splu(sparse.csc_array(P.T @ A @ P))

    def cycle(error: Floats) -> Floats:
        smooth = S @ np.ravel(error)
        return np.asarray(S @ (smooth - P @ coarse.solve(P.T @ (A @ smooth))))

    n = A.shape[0]
    operator = sparse.linalg.LinearOperator((n, n), matvec=cycle, dtype=np.float64)
    (found,) = sparse.linalg.eigs(operator, 1, v0=np.ones(n), return_eigenvectors=False)
    return float(abs(found))
