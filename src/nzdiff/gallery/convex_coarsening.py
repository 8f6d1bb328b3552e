"""Convex spectral coarsening: the coarse operator S itself is unknown, in the cone S ⪰ 0, S 1 = 0.

E(S) = ½ ‖X − Y S B‖²_F with X = M̃^½ P M⁻¹ L Φ Λ⁻¹, Y = M̃^-½ (diagonal), B = P Φ Λ⁻¹.

Source: H. Chen, H.-T. D. Liu, D. I. W. Levin, A. Jacobson, "Chordal Decomposition for Spectral
Coarsening", ACM Transactions on Graphics 39(6), 2020.
"""

import nzdiff as nz

m, k = nz.dims("m k")
X, B = nz.dense("X", m, k), nz.dense("B", m, k)
Y, S = nz.diagonal("Y", m), nz.sparse("S", m, m, symmetric=True)

problem = nz.Problem(nz.sumsq(X - Y @ S @ B) / 2, wrt=S, name="convex_coarsening")

sizes = {"m": 300, "k": 99}
