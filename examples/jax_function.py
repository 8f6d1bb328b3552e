"""Pixels predicted by their neighbours, ‖X − G X‖² + w ‖G‖²: one compiled function of JAX solves.

The products with the Hessian that nzdiff derived stand inside JAX's own conjugate gradients.
"""

import numpy as np

import nzdiff as nz

SIDE = 8
m, k = nz.dims("m k")
X, G, w = nz.dense("X", m, k), nz.sparse("G", m, m), nz.scalar("w")
problem = nz.Problem(nz.sumsq(X - G @ X) + w * nz.sumsq(G), wrt=G)


def main() -> None:
    """Solve in JAX, and compare with the solver of nzdiff."""
    import jax  # pip install "nzdiff[jax,gallery]"
    import jax.numpy as jnp
    from sklearn.datasets import load_digits

    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    far = np.maximum(abs(row[:, None] - row), abs(col[:, None] - col))
    pattern = nz.Pattern(np.nonzero(far == 1), far.shape)
    pixels = load_digits().data.T / 16.0
    model = problem.bind(X=pixels, G=pattern, w=1.0, backend="jax")

    with jax.enable_x64(True):
        f = nz.layers.jax(model).functions

        @jax.jit
        def solve(g, data):
            slope = jax.grad(f.energy)(g, data)
            step, _ = jax.scipy.sparse.linalg.cg(
                lambda v: f.hvp(g, v, data=data), -slope, tol=1e-10, maxiter=2000
            )
            return g + step

        g = solve(jnp.zeros(model.size), f.data)
        energy = float(f.energy(g, f.data))
    result = nz.solve(problem.bind(X=pixels, G=pattern, w=1.0), np.zeros(model.size))
    print(f"{model.size} weights: energy {energy:.6f} in JAX, {result.fun:.6f} by nz.solve")
    assert np.isclose(energy, result.fun, rtol=1e-9)


if __name__ == "__main__":
    main()
