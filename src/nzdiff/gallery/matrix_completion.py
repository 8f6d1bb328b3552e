"""Matrix completion: low-rank factors of a matrix of which some entries R are known.

E(U, V) = ‖mask ∘ (U Vᵀ − R)‖²_F + λ (‖U‖²_F + ‖V‖²_F), the mask is where R is known.

Source: Y. Koren, R. Bell, C. Volinsky, "Matrix Factorization Techniques for Recommender Systems",
Computer 42(8), 2009.
"""

import nzdiff as nz

n, m, r = nz.dims("n m r")
U, V, R = nz.dense("U", n, r), nz.dense("V", m, r), nz.sparse("R", n, m)
weight = nz.scalar("weight")

energy = nz.sumsq(nz.mask(U @ V.T - R, R)) + weight * (nz.sumsq(U) + nz.sumsq(V))
problem = nz.Problem(energy, wrt=(U, V), name="matrix_completion")

sizes = {"n": 2000, "m": 1000, "r": 10}
