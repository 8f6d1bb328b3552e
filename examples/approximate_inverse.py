"""A sparse approximate inverse (SPAI): min ‖A M − I‖²_F over the values of M on a pattern.

A is the matrix of an airfoil's mesh that comes with pyamg, M has its pattern.  The answer to
compare with: the energy falls apart into one small least squares problem for each column of M,
which LAPACK solves.
"""

from time import perf_counter

import numpy as np
from scipy import sparse

from nzdiff.generated import approximate_inverse

STATED = 13.0026961516
"""The least energy of the airfoil on the pattern of A, as it was found outside of this project."""


def airfoil() -> sparse.csr_array:
    """The matrix, 260 × 260."""
    try:
        from pyamg.gallery import load_example
    except ImportError as error:
        raise SystemExit('the matrix comes with pyamg: pip install "nzdiff[gallery]"') from error
    return sparse.csr_array(load_example("airfoil")["A"])


def solve(A: sparse.csr_array, pattern: approximate_inverse.Pattern):
    """The model, and what `solve` found from M = 0."""
    model = approximate_inverse.bind(A=A, M=pattern)
    return model, approximate_inverse.solve(model, np.zeros(model.size))


def columnwise(A: sparse.csr_array, pattern: approximate_inverse.Pattern) -> float:
    """Σ_j min ‖A m_j − e_j‖², m_j with the stored rows of column j alone."""
    dense, total = A.toarray(), 0.0
    for j in range(pattern.shape[1]):
        block, unit = dense[:, pattern.rows[pattern.cols == j]], np.eye(len(dense))[:, j]
        found = np.linalg.lstsq(block, unit, rcond=None)[0]
        total += np.sum((block @ found - unit) ** 2)
    return total


def main() -> None:
    A = airfoil()
    pattern = approximate_inverse.Pattern.from_scipy(A)
    began = perf_counter()
    model, result = solve(A, pattern)
    seconds, answer = perf_counter() - began, columnwise(A, pattern)
    gap = abs(result.fun - answer) / answer
    print(f"‖A M − I‖² = {result.fun:.10f}, by columns {answer:.10f}, stated {STATED}")
    print(f"relative difference {gap:.0e}; {model.size} unknowns, {seconds:.2f} s, {result.method}")
    assert result.success and gap < 1e-10 and abs(answer - STATED) < 1e-9


if __name__ == "__main__":
    main()
