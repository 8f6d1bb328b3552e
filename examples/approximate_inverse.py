"""A sparse approximate inverse: minimise ‖A M − I‖²_F over the stored values of M (SPAI).

The energy is quadratic, so one Gauss-Newton step solves it; the columns are independent least
squares problems, which is the check at the end.  `nzdiff derive` and `nzdiff generate` take this
file as it is, because it defines `problem`.
"""

import numpy as np
from scipy import sparse
from sympy import Identity

import nzdiff as nz

(n,) = nz.dims("n")
A, M = nz.sparse("A", n, n), nz.sparse("M", n, n)
problem = nz.Problem(nz.sumsq(A * M - Identity(n)), wrt=M)
sizes = {"n": 400}


def laplacian(side: int) -> sparse.csr_array:
    """The shifted five-point Laplacian on a square grid, made nonsymmetric by a drift."""
    line = sparse.diags_array([-1.2, 2.1, -0.8], offsets=[-1, 0, 1], shape=(side, side))
    eye = sparse.eye_array(side)
    return sparse.csr_array(sparse.kron(line, eye) + sparse.kron(eye, line))


def columnwise(matrix: sparse.csr_array, pattern: nz.Pattern) -> np.ndarray:
    """The same minimum by one small dense least squares problem per column."""
    dense, found = matrix.toarray(), np.zeros(pattern.size)
    for j in range(pattern.shape[1]):
        mine = np.flatnonzero(pattern.cols == j)
        unit = np.eye(pattern.shape[0])[:, j]
        found[mine] = np.linalg.lstsq(dense[:, pattern.rows[mine]], unit, rcond=None)[0]
    return found


def main() -> None:
    """Solve, compare with the columnwise solution, show what the preconditioner gains."""
    matrix = laplacian(20)
    pattern = nz.Pattern.from_scipy(matrix)
    model = problem.bind(A=matrix, M=pattern)
    result = nz.solve(model, np.zeros(model.size), method="gauss-newton", rtol=1e-12)
    reference = columnwise(matrix, pattern)
    gap = np.linalg.norm(result.x - reference) / np.linalg.norm(reference)
    before = np.linalg.cond(matrix.toarray())
    after = np.linalg.cond((matrix @ model.unpack(result.x)).toarray())
    print(f"energy {result.history[0].energy:.1f} → {result.fun:.4f} in {result.nit} steps")
    print(f"relative distance to the columnwise solution {gap:.1e}")
    print(f"condition number {before:.0f} → {after:.0f}")
    assert gap < 1e-5


if __name__ == "__main__":
    main()
