"""The prolongation of least energy of algebraic multigrid: min tr(Pᵀ A P) with P B_c = B.

A is the matrix of a triangulated square that comes with pyamg, P has the pattern of A T, T the
aggregates that pyamg forms; B and B_c are what is constant, on both levels.  The answer to compare
with: the conditions of the minimum, [2 K, Cᵀ; C, 0] [p; λ] = [0; b], by a sparse factorisation.
"""

from time import perf_counter

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve

from nzdiff.generated import amg_prolongation

STATED = 6.62634326  # found elsewhere


def square():
    """A (191, 191), T (191, m), and the vectors B_c (m,) and B (191,)."""
    try:
        from pyamg import gallery, smoothed_aggregation_solver
    except ImportError as error:
        raise SystemExit('the matrix comes with pyamg: pip install "nzdiff[gallery]"') from error
    A = sparse.csr_matrix(gallery.load_example("unit_square")["A"])
    hierarchy = smoothed_aggregation_solver(A, max_levels=2, max_coarse=10, keep=True)
    fine, coarse = hierarchy.levels
    return sparse.csr_array(0.5 * (A + A.T)), fine.T, np.ravel(coarse.B), np.ravel(fine.B)


def solve(A: sparse.csr_array, stored: amg_prolongation.Pattern, coarse, fine):
    """The model, and what `solve` found from the P nearest to 0 that keeps the vectors."""
    model = amg_prolongation.bind(A=A, P=stored.with_row_sums(coarse, fine))
    return model, amg_prolongation.solve(model, np.zeros(model.size))


def by_conditions(A: sparse.csr_array, stored: amg_prolongation.Pattern, coarse, fine) -> float:
    """The same minimum from its conditions: K = A on the stored places of each column."""
    i, j, same = stored.rows, stored.cols, np.equal.outer(stored.cols, stored.cols)
    K = sparse.csr_array(A.toarray()[np.ix_(i, i)] * same)
    C = sparse.csr_array((coarse[j], (i, np.arange(i.size))), (A.shape[0], i.size))
    system = sparse.block_array([[2 * K, C.T], [C, None]], format="csc")
    p = spsolve(system, np.concatenate([np.zeros(i.size), fine]))[: i.size]
    return p @ (K @ p)


def main() -> None:
    A, T, *kept = square()
    stored = amg_prolongation.Pattern.from_scipy(sparse.csr_array(abs(A) @ abs(T)))
    began = perf_counter()
    model, result = solve(A, stored, *kept)
    seconds, answer = perf_counter() - began, by_conditions(A, stored, *kept)
    print(f"tr(Pᵀ A P) = {result.fun:.8f}, by its conditions {answer:.8f}, stated {STATED}")
    gap = abs(result.fun / answer - 1)
    print(f"relative {gap:.0e}; {model.size} unknowns, {seconds:.2f} s, {result.method}")
    assert result.success and gap < 1e-9 and abs(answer - STATED) < 1e-7


if __name__ == "__main__":
    main()
