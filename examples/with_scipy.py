"""A model in SciPy: `minimize` takes its gradient, `least_squares` its Jacobian."""

import numpy as np
from scipy.optimize import least_squares, minimize

import nzdiff as nz

n, m, k = nz.dims("n m k")
X, B, L, G = nz.dense("X", m, k), nz.dense("B", m, k), nz.sparse("L", n, n), nz.sparse("G", n, m)
problem = nz.Problem(nz.sumsq(X - G.T * L * G * B), wrt=G)


def main() -> None:
    """Recover X = GᵀLGB from a start near the true G, by two of SciPy's methods."""
    rng = np.random.default_rng(1)
    rows = np.repeat(np.arange(30), 2)
    cols = np.column_stack([np.arange(30) % 5, (np.arange(30) + 2) % 5]).ravel()
    pattern = nz.Pattern((rows, cols), (30, 5))
    laplacian = nz.Pattern((np.arange(30), (np.arange(30) + 1) % 30), (30, 30))
    path = laplacian.to_csr(rng.uniform(0.5, 1.5, 30))
    truth, basis = rng.standard_normal(pattern.size), rng.standard_normal((5, 4))
    matrix = pattern.to_csr(truth)
    target = matrix.T @ path @ matrix @ basis
    model = problem.bind(X=target, B=basis, L=path, G=pattern)
    start = truth + 0.1 * rng.standard_normal(pattern.size)

    first = minimize(model.energy, start, jac=model.gradient, method="L-BFGS-B")
    second = least_squares(model.residual, start, jac=model.jacobian, method="trf")
    print(f"energy {model.energy(start):.3f}: L-BFGS-B {first.fun:.1e}, trf {2 * second.cost:.1e}")
    assert max(first.fun, 2 * second.cost) < 1e-4 * model.energy(start)


if __name__ == "__main__":
    main()
