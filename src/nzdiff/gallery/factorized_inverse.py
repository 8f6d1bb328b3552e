"""A factorized sparse approximate inverse (FSAI): L Lᵀ ≈ A⁻¹ with L lower triangular.

E(L) = tr(Lᵀ A L) − 2 Σ log L_ii for a symmetric positive definite A: up to constants Kaporin's
measure of how far Lᵀ A L is from the identity.

Source: L. Y. Kolotilina, A. Y. Yeremin, "Factorized Sparse Approximate Inverse Preconditionings",
SIAM Journal on Matrix Analysis and Applications 14(1), 1993.
"""

import nzdiff as nz

(n,) = nz.dims("n")
A, L = nz.sparse("A", n, n, symmetric=True), nz.sparse("L", n, n)

energy = nz.trace(L.T @ A @ L) - 2 * nz.total(nz.log(nz.diag_of(L)))
problem = nz.Problem(energy, wrt=L, name="factorized_inverse")

sizes = {"n": 4000}
