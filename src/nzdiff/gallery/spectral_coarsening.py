"""Spectral coarsening of geometric operators: the energy that `nzdiff demo` minimises for a mesh.

E(G) = ‖X − Y Gᵀ L G B‖²_F compares L on the lowest eigenvectors Φ with the coarse operator
M̃⁻¹ Gᵀ L G on their restriction: X = M̃^½ P M⁻¹ L Φ, Y = M̃^-½ (diagonal), B = P Φ.

Source: H.-T. D. Liu, A. Jacobson, M. Ovsjanikov, "Spectral Coarsening of Geometric Operators",
ACM Transactions on Graphics 38(4), 2019.
"""

import nzdiff as nz

n, m, k = nz.dims("n m k")
X, B = nz.dense("X", m, k), nz.dense("B", m, k)
Y = nz.diagonal("Y", m)
L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)

problem = nz.Problem(nz.sumsq(X - Y @ G.T @ L @ G @ B), wrt=G, name="spectral_coarsening")

sizes = {"n": 2930, "m": 300, "k": 100}
"""What the plan is made for: the sizes of the demo."""
