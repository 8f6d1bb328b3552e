"""A model in Ipopt, by cyipopt: sparse Hessians, bounds, and a matrix function as a constraint.

A sparse approximate inverse M ≥ 0 of a discrete Laplacian whose rows have a bounded norm: minimise
‖A M − I‖²_F subject to (M ∘ M) 1 ≤ c.  Needs cyipopt (the extra `nzdiff[ipopt]`).
"""

from importlib import import_module
from importlib.util import find_spec

import numpy as np
from scipy import sparse

import nzdiff as nz

(n,) = nz.dims("n")
A, M = nz.sparse("A", n, n), nz.sparse("M", n, n)
problem = nz.Problem(nz.sumsq(A * M - nz.identity(n)), wrt=M)
row_norms = nz.Problem(nz.hadamard(M, M) * nz.ones(n, 1), wrt=M)
SHARE = 0.8
"""Of the largest row of the solution without limits, how much is allowed."""


class Program:
    """What Ipopt asks for: E, c(g) = (M ∘ M) 1, first derivatives, the Hessian of σ E + ⟨w, c⟩.

    The Hessian of c is a diagonal, so that of E has the structure of their sum.
    """

    def __init__(self, energy: nz.Model, limits: nz.Model) -> None:
        self.objective, self.gradient = energy.energy, energy.gradient
        self.constraints, self.energy, self.limits = limits.residual, energy, limits
        at = np.ones(energy.size)
        self.rows, self.cols = sparse.tril(energy.hessian(at).tocsc()).nonzero()

    def hessianstructure(self) -> tuple[np.ndarray, np.ndarray]:
        return self.rows, self.cols

    def hessian(self, g: np.ndarray, w: np.ndarray, scale: float) -> np.ndarray:
        whole = scale * self.energy.hessian(g).tocsr() + self.limits.hessian(g, w).tocsr()
        return np.asarray(sparse.csr_matrix(whole)[self.rows, self.cols]).ravel()

    def jacobianstructure(self) -> tuple[np.ndarray, np.ndarray]:
        return self.limits.patterns[0].rows, np.arange(self.limits.size)

    def jacobian(self, g: np.ndarray) -> np.ndarray:
        """Each column of ∂c/∂g has one entry, so 1ᵀ ∂c/∂g holds them all."""
        return self.limits.vjp(g, np.ones(self.limits.residual_size))


def main() -> None:
    """Solve within bounds, and check what has to hold at the solution."""
    if find_spec("cyipopt") is None:
        print("cyipopt is not installed: pip install 'nzdiff[ipopt]'")
        return
    line = sparse.diags_array([-1.0, 2.5, -1.0], offsets=[-1, 0, 1], shape=(20, 20))
    matrix = sparse.csr_array(sparse.kronsum(line, line))
    pattern = nz.Pattern.from_scipy(matrix)
    model, limits = problem.bind(A=matrix, M=pattern), row_norms.bind(M=pattern)
    start = np.full(model.size, 0.01)
    free = nz.solve(model, start, bounds=(0.0, None))
    largest = SHARE * limits.residual(free.x).max()
    ipopt = import_module("cyipopt").Problem(
        n=model.size,
        m=limits.residual_size,
        problem_obj=Program(model, limits),
        lb=np.zeros(model.size),
        ub=np.full(model.size, np.inf),
        cl=np.full(limits.residual_size, -np.inf),
        cu=np.full(limits.residual_size, largest),
    )
    ipopt.add_option("print_level", 0)
    ipopt.add_option("sb", "yes")  # no banner
    g, told = ipopt.solve(start)
    print(f"energy {told['obj_val']:.6f}, without limits of rows {free.fun:.6f}")
    assert told["status"] == 0 and told["obj_val"] >= free.fun
    assert g.min() >= -1e-7 and limits.residual(g).max() <= largest * (1.0 + 1e-6)


if __name__ == "__main__":
    main()
