"""A weighted graph from signals on its nodes: the Laplacian L(w) of most likelihood, w ≥ 0.

E(w) = tr(K L(w)) − log det(L(w) + J), J = 1 1ᵀ / n, on the edges of a given graph
(`Pattern.laplacian`).  At the minimum Σ_e k_e w_e = n − 1 with k_e = K_ii + K_jj − 2 K_ij.

Source: H. E. Egilmez, E. Pavez, A. Ortega, "Graph Learning From Data Under Laplacian and Structural
Constraints", IEEE Journal of Selected Topics in Signal Processing 11(6), 2017.
"""

import nzdiff as nz

(n,) = nz.dims("n")
K, J = nz.dense("K", n, n, symmetric=True), nz.dense("J", n, n, symmetric=True)
L = nz.sparse("L", n, n, symmetric=True)

energy = nz.trace(K @ L) - nz.logdet(L + J, positive=True)
problem = nz.Problem(energy, wrt=L, name="laplacian_learning")

sizes = {"n": 100}
