"""A factorized sparse approximate inverse (FSAI): L Lᵀ ≈ A⁻¹, L on the lower triangle of A.

A is the matrix of an airfoil's mesh that comes with pyamg.  The answer to compare with: column j
of L is Θ⁻¹ e₁ / √(e₁ᵀ Θ⁻¹ e₁), Θ the rows and columns of A that it stores.
"""

from time import perf_counter

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg

from nzdiff.generated import factorized_inverse


def airfoil() -> sparse.csr_array:
    """The matrix, 260 × 260, symmetric positive definite."""
    try:
        from pyamg.gallery import load_example
    except ImportError as error:
        raise SystemExit('the matrix comes with pyamg: pip install "nzdiff[gallery]"') from error
    A = load_example("airfoil")["A"]
    return sparse.csr_array(0.5 * (A + A.T))


def solve(A: sparse.csr_array):
    """The model, and what `solve` found from L = I."""
    pattern = factorized_inverse.Pattern.from_scipy(sparse.csr_array(sparse.tril(A)))
    model = factorized_inverse.bind(A=A, L=pattern)
    return model, factorized_inverse.solve(model, model.pack(sparse.eye_array(A.shape[0])))


def closed_form(A: sparse.csr_array, pattern: factorized_inverse.Pattern) -> float:
    """Σ_j 1 − log(e₁ᵀ Θ⁻¹ e₁), the energy of that L."""
    stored = (pattern.rows[pattern.cols == j] for j in range(A.shape[0]))  # ascending
    return sum(1.0 - np.log(np.linalg.inv(A[s][:, s].toarray())[0, 0]) for s in stored)


def iterations(A: sparse.csr_array, L: sparse.csr_array) -> int:
    """How many conjugate gradients, preconditioned by L Lᵀ, take to a residual of 1e-8."""
    seen, b = [], np.random.default_rng(0).standard_normal(A.shape[0])
    inverse = LinearOperator(A.shape, lambda v: L @ (L.T @ v))
    cg(A, b, M=inverse, rtol=1e-8, callback=seen.append)
    return len(seen)


def main() -> None:
    A, began = airfoil(), perf_counter()
    model, result = solve(A)
    seconds, answer = perf_counter() - began, closed_form(A, model.patterns[0])
    gap = abs(result.fun - answer) / abs(answer)
    print(f"E = {result.fun:.9f}, in closed form {answer:.9f}, relative difference {gap:.0e}")
    steps = iterations(A, sparse.eye_array(A.shape[0])), iterations(A, model.unpack(result.x))
    print(f"conjugate gradients: {steps[0]} iterations without L, {steps[1]} with it; ", end="")
    print(f"{model.size} unknowns, {seconds:.2f} s, {result.method}")
    assert result.success and gap < 1e-10 and steps[1] < 0.6 * steps[0]


if __name__ == "__main__":
    main()
