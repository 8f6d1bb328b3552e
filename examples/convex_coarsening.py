"""A coarse Laplacian S ⪰ 0 with the low modes of a fine one: a convex problem over a cone.

min ½‖M̃^½ (P M⁻¹ L Φ − M̃⁻¹ S P Φ) Λ⁻¹‖²_F,  S ⪰ 0,  S 1 = 0 on the pattern of the coarse graph.
Without the cone one Newton step gives a lower bound.  Here on a graph, with M = I.
Source: Chen, Liu, Levin, Jacobson, "Chordal decomposition for spectral coarsening", 2020.
"""

import numpy as np
from scipy import sparse

import nzdiff as nz
from nzdiff.demo.coarsening import assignment, clusters, lowest_modes, restriction

m, k = nz.dims("m k")
X, B = nz.dense("X", m, k), nz.dense("B", m, k)
Y, S = nz.diagonal("Y", m), nz.sparse("S", m, m, symmetric=True)
problem = nz.Problem(nz.sumsq(X - Y * S * B) / 2, wrt=S)
sizes = {"m": 300, "k": 99}


def grid_laplacian(side: int) -> sparse.csr_array:
    """The Laplacian of a square grid whose edges have random weights."""
    path, eye = sparse.csr_array(np.diff(np.eye(side), axis=0)), sparse.eye_array(side)
    edges = sparse.vstack([sparse.kron(path, eye), sparse.kron(eye, path)])
    weights = np.random.default_rng(0).uniform(0.2, 5.0, edges.shape[0])
    return sparse.csr_array(edges.T @ sparse.diags_array(weights) @ edges)


def main() -> None:
    """Coarsen, without the cone and with it, and compare what they are worth."""
    L, coarse, modes = grid_laplacian(24), 48, 12
    mass = np.ones(L.shape[0])
    values, Phi = lowest_modes(L, mass, modes)
    labels, roots = clusters(L, mass, coarse, rounds=20, seed=0)
    K, P = assignment(labels, coarse), restriction(roots, len(mass))
    root = np.sqrt(K @ mass)
    low = (P @ Phi[:, 1:]) / values[1:]  # the constant is in both null spaces
    two_rings = (K @ abs(L) @ K.T) @ (K @ abs(L) @ K.T)
    pattern = nz.Pattern.from_scipy(sparse.csr_array(two_rings)).laplacian()
    model = problem.bind(X=root[:, None] * (P @ Phi[:, 1:]), Y=1 / root, B=low, S=pattern)

    bound = nz.solve(model, np.zeros(model.size))
    result = nz.solve(model, pattern.project(K @ L @ K.T), semidefinite=True)
    for name, run in (("without the cone", bound), ("with it", result)):
        least = np.linalg.eigvalsh(model.unpack(run.x).toarray())[0]
        print(f"{name}: {run.fun:.6f}, least eigenvalue {least:.1e}, {run.nit} steps")
    print(f"at most {result.promised:.0e} above the minimum; K L Kᵀ {result.history[0].energy:.2f}")
    assert result.success and bound.fun <= result.fun + 1e-9


if __name__ == "__main__":
    main()
