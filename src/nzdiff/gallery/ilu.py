"""Incomplete LU factors: E(L, U) = ‖mask ∘ (L U − A)‖²_F, the mask is the pattern of A.

ILU(0) makes it zero.  `everywhere` has the residual of all entries, ‖L U − A‖²_F, which ILU(0)
does not minimise.

Source: E. Chow, A. Patel, "Fine-Grained Parallel Incomplete LU Factorization", SIAM Journal on
Scientific Computing 37(2), 2015.
"""

import nzdiff as nz

(n,) = nz.dims("n")
A, L, U = nz.sparse("A", n, n), nz.sparse("L", n, n), nz.sparse("U", n, n)

problem = nz.Problem(nz.sumsq(nz.mask(L @ U - A, A)), wrt=(L, U), name="ilu")
everywhere = nz.Problem(nz.sumsq(L @ U - A), wrt=(L, U), name="ilu_everywhere")

sizes = {"n": 4000}
