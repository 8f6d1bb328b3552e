"""A sparse approximate inverse (SPAI): E(M) = ‖A M − I‖²_F over the stored values of M.

Source: M. J. Grote, T. Huckle, "Parallel Preconditioning with Sparse Approximate Inverses", SIAM
Journal on Scientific Computing 18(3), 1997.
"""

import nzdiff as nz

(n,) = nz.dims("n")
A, M = nz.sparse("A", n, n), nz.sparse("M", n, n)

problem = nz.Problem(nz.sumsq(A @ M - nz.identity(n)), wrt=M, name="approximate_inverse")

sizes = {"n": 4000}
