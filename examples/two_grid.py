"""A better prolongation for a two-grid cycle: min ‖S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S‖²_F.

A is the matrix of pyamg's airfoil, S damped Jacobi.  P starts as that of Ruge and Stüben.
The answer to compare with is theirs: the spectral radius, what a cycle leaves of an error.
"""

from time import perf_counter

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, eigs, splu

from nzdiff.generated import two_grid


def airfoil() -> tuple[sparse.csr_array, sparse.csr_array]:
    """A, 260 × 260, and Ruge's and Stüben's P, 260 × 77."""
    try:
        import pyamg
    except ImportError as error:
        raise SystemExit('the matrix comes with pyamg: pip install "nzdiff[gallery]"') from error
    A = sparse.csr_matrix(pyamg.gallery.load_example("airfoil")["A"])
    P = pyamg.ruge_stuben_solver(A, max_levels=2).levels[0].P
    return sparse.csr_array(A), sparse.csr_array(P)


def jacobi(A: sparse.csr_array, damping: float = 2 / 3) -> sparse.csr_array:
    """S = I − ω D⁻¹ A."""
    return sparse.eye_array(A.shape[0]) - sparse.diags_array(damping / A.diagonal()) @ A


def solve(A: sparse.csr_array, P: sparse.csr_array):
    """The model, and what `solve` found from P."""
    pattern = two_grid.Pattern.from_scipy(P)
    model = two_grid.bind(A=A.toarray(), S=jacobi(A).toarray(), P=pattern)
    return model, two_grid.solve(model, model.pack(P))


def radius(A: sparse.csr_array, P: sparse.csr_array) -> float:
    """The spectral radius of the cycle, by ARPACK."""
    S, coarse = jacobi(A), splu(sparse.csc_array(P.T @ A @ P))
    corrected = LinearOperator(A.shape, lambda v: v - P @ coarse.solve(P.T @ (A @ v)), dtype=float)
    smooth = LinearOperator(A.shape, lambda v: S @ v, dtype=float)
    cycle = smooth @ corrected @ smooth
    return abs(eigs(cycle, 1, v0=np.ones(A.shape[0]), return_eigenvectors=False)[0])


def main() -> None:
    (A, P), began = airfoil(), perf_counter()
    model, result = solve(A, P)
    seconds, before, after = perf_counter() - began, radius(A, P), radius(A, model.unpack(result.x))
    print(f"‖…‖² = {result.fun:.6f}, of Ruge and Stüben {result.history[0].energy:.6f}")
    print(f"spectral radius {after:.4f}, of Ruge and Stüben {before:.4f}; ", end="")
    print(f"{model.size} unknowns, {seconds:.2f} s, {result.method}")
    assert result.success and after < 0.95 * before


if __name__ == "__main__":
    main()
