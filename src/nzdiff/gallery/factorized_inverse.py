"""A factorized sparse approximate inverse (FSAI): L Lᵀ ≈ A⁻¹ with L lower triangular.

E(L) = tr(Lᵀ A L) − 2 Σ log L_ii for a symmetric positive definite A: up to constants Kaporin's
measure of how far Lᵀ A L is from the identity.  Two spectral energies on the same pattern:

balanced   tr(Lᵀ A L) + tr((Lᵀ A L)⁻¹): each eigenvalue λ of Lᵀ A L costs λ + 1/λ;
modal      E(L) + ‖Φ − L Lᵀ A Φ‖²_F: modes Φ of A are to be kept by L Lᵀ A.

Source: L. Y. Kolotilina, A. Y. Yeremin, "Factorized Sparse Approximate Inverse Preconditionings",
SIAM Journal on Matrix Analysis and Applications 14(1), 1993.
"""

import nzdiff as nz

n, k = nz.dims("n k")
A, L = nz.sparse("A", n, n, symmetric=True), nz.sparse("L", n, n)

energy = nz.trace(L.T @ A @ L) - 2 * nz.total(nz.log(nz.diag_of(L)))
problem = nz.Problem(energy, wrt=L, name="factorized_inverse")

product = L.T @ A @ L
balanced = nz.Problem(nz.trace(product) + nz.trace(product.inv()), wrt=L, name="balanced_inverse")
Phi = nz.dense("Phi", n, k)
modal = nz.Problem(energy + nz.sumsq(Phi - L @ L.T @ A @ Phi), wrt=L, name="modal_inverse")

sizes = {"n": 4000}
