"""The most likely reversible Markov chain of transition counts C.

E(X) = −Σ C_ij log(X_ij / Σ_j X_ij) with X symmetric and ≥ 0; the chain is T = diag(X 1)⁻¹ X.
X is determined up to a factor.

Source: G. R. Bowman, K. A. Beauchamp, G. Boxer, V. S. Pande, "Progress and challenges in the
automated construction of Markov state models for full protein systems", Journal of Chemical
Physics 131, 2009.
"""

import nzdiff as nz

(n,) = nz.dims("n")
C, X = nz.sparse("C", n, n), nz.sparse("X", n, n, symmetric=True)
one = nz.ones(n)

rows = nz.total(nz.hadamard(C @ one, nz.log(X @ one)))
energy = rows - nz.total(nz.hadamard(C, nz.map_nonzeros(nz.log, X)))
problem = nz.Problem(energy, wrt=X, name="reversible_markov")

sizes = {"n": 1000}
