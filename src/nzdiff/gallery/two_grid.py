"""The prolongation P of the fastest two-grid cycle: E(P) = ‖S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S‖²_F.

S = I − ω D⁻¹ A smooths before and after the correction on the coarse grid; the norm of the whole
bounds the spectral radius, which is the factor by which a cycle reduces the error.  `twice` has
the norm of two cycles, whose root is nearer to the radius.

Source: A. Katrutsa, T. Daulbaev, I. Oseledets, "Black-box learning of multigrid parameters",
Journal of Computational and Applied Mathematics 368, 2020.
"""

import nzdiff as nz

n, m = nz.dims("n m")
A, S = nz.dense("A", n, n, symmetric=True), nz.dense("S", n, n)
P = nz.sparse("P", n, m)

correction = nz.identity(n) - P @ (P.T @ A @ P).inv() @ P.T @ A
cycle = S @ correction @ S
problem = nz.Problem(nz.sumsq(cycle), wrt=P, name="two_grid")
twice = nz.Problem(nz.sumsq(cycle @ cycle), wrt=P, name="two_grid_twice")

sizes = {"n": 400, "m": 50}
