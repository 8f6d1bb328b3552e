"""1,797 digits, of each of which a fifth of the pixels is lost: each image is completed alone.

What differs from the mean image is a matrix of rank 2 for each: patterns differ, the code is one.
"""

import numpy as np
from scipy import sparse

import nzdiff as nz

n, m, r = nz.dims("n m r")
U, V, R = nz.dense("U", n, r), nz.dense("V", m, r), nz.sparse("R", n, m)
weight = nz.scalar("weight")
energy = nz.sumsq(nz.mask(U @ V.T - R, R)) + weight * (nz.sumsq(U) + nz.sumsq(V))
problem = nz.Problem(energy, wrt=(U, V))
RANK = 2


def main() -> None:
    """Complete them by damped Newton steps of all images along a path of weights."""
    from sklearn.datasets import load_digits

    rng, images = np.random.default_rng(0), load_digits().images / 16.0
    known = rng.random(images.shape) < 0.8
    mean = (images * known).sum(0) / known.sum(0)  # of each pixel, over all images
    given = []
    for image, where in zip(images - mean, known, strict=True):
        rows, cols = np.nonzero(where)
        given.append(sparse.csr_array((image[where], (rows, cols)), shape=image.shape))
    shapes = {"U": (8, RANK), "V": (8, RANK)}
    batch = problem.bind_batch(R=given, weight=1.0, **shapes)

    g = 0.3 * rng.standard_normal((len(images), batch.size))
    damping, identity = np.ones(len(g)), np.eye(batch.size)
    for value in (0.8, 0.6):
        batch.update(weight=value)
        for _ in range(20):
            now, slope = batch.energy_and_gradient(g)
            H = batch.hessian(g)
            least = np.maximum(-np.linalg.eigvalsh(H)[:, 0], 0.0)  # where it is not convex
            shifted = H + (least + damping)[:, None, None] * identity
            trial = g - np.linalg.solve(shifted, slope[..., None])[..., 0]
            better = batch.energy(trial) < now
            g[better] = trial[better]
            damping = np.where(better, damping / 4, damping * 4)
        print(f"weight {value}: mean energy {batch.energy(g).mean():.4f}")

    found = mean + np.stack([left @ right.T for left, right in batch.unpack(g)])
    error = np.sqrt(np.mean((found - images)[~known] ** 2))
    alone = np.sqrt(np.mean((mean - images)[~known] ** 2))
    print(f"lost pixels: error {error:.3f}, by the mean of all images {alone:.3f}")
    assert error < 0.95 * alone


if __name__ == "__main__":
    main()
