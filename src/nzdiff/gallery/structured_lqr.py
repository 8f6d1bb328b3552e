"""Linear quadratic control with a sparse feedback u = −K x: E(K) = tr P(K).

(A − B K)ᵀ P + P (A − B K) + Q + Kᵀ R K = 0.  The energy is infinite where A − B K is not stable.
With all of K free the minimum is the solution of the Riccati equation.

Source: F. Lin, M. Fardad, M. R. Jovanović, "Augmented Lagrangian Approach to Design of Structured
Optimal State Feedback Gains", IEEE Transactions on Automatic Control 56(12), 2011.
"""

import nzdiff as nz

n, m = nz.dims("n m")
A, B = nz.dense("A", n, n), nz.dense("B", n, m)
Q, R = nz.dense("Q", n, n, symmetric=True), nz.dense("R", m, m, symmetric=True)
K = nz.sparse("K", m, n)

energy = nz.trace(nz.lyap((A - B @ K).T, Q + K.T @ R @ K))
problem = nz.Problem(energy, wrt=K, name="structured_lqr")

sizes = {"n": 40, "m": 4}
