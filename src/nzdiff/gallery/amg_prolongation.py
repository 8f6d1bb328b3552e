"""The prolongation of least energy of algebraic multigrid: E(P) = tr(Pᵀ A P) with P B_c = B.

The columns of B span what the coarse grid must hold exactly; P B_c = B is a constraint of the
pattern of P (`Pattern.with_row_sums`).

Source: J. Mandel, M. Brezina, P. Vaněk, "Energy Optimization of Algebraic Multigrid Bases",
Computing 62, 1999.
"""

import nzdiff as nz

n, m = nz.dims("n m")
A, P = nz.sparse("A", n, n, symmetric=True), nz.sparse("P", n, m)

problem = nz.Problem(nz.trace(P.T @ A @ P), wrt=P, name="amg_prolongation")

sizes = {"n": 4000, "m": 400}
