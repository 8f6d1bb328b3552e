"""Pixels predicted by their neighbours: ‖X − G X‖² + w ‖G‖², the pattern of G is the grid.

X has a column for each picture: scikit-learn's digits under small shifts and noise, as many as one
likes.  They arrive in blocks, are reduced to 64 columns in one pass, and never together in memory.
"""

from collections.abc import Iterator

import numpy as np

import nzdiff as nz

SIDE, WEIGHT = 8, 1.0
m, k = nz.dims("m k")
X, G, w = nz.dense("X", m, k), nz.sparse("G", m, m), nz.scalar("w")
problem = nz.Problem(nz.sumsq(X - G * X) + w * nz.sumsq(G), wrt=G, name="pixel_prediction")


def pictures(copies: int) -> Iterator[dict[str, np.ndarray]]:
    """A block for each shift and draw of noise: 64 × 1797."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise SystemExit('they come with scikit-learn: pip install "nzdiff[gallery]"') from error
    images = load_digits().images / 16.0
    for copy in range(copies):
        rng = np.random.default_rng(copy)
        shifted = np.roll(images, rng.integers(-1, 2, size=2), axis=(1, 2))
        noisy = shifted + 0.05 * rng.standard_normal(shifted.shape)
        yield {"X": noisy.reshape(-1, SIDE * SIDE).T}


def neighbours() -> nz.Pattern:
    """Each pixel is predicted by the eight around it."""
    row, col = np.divmod(np.arange(SIDE * SIDE), SIDE)
    far = np.maximum(abs(row[:, None] - row), abs(col[:, None] - col))
    return nz.Pattern(np.nonzero(far == 1), far.shape)


def fit(copies: int) -> tuple[nz.Model, np.ndarray]:
    """The model on the reduced pictures, and the best G."""
    small = nz.reduce_dimension(problem, over="k", data=pictures(copies))
    model = problem.bind(**small, G=neighbours(), w=WEIGHT)
    return model, nz.solve(model, np.zeros(model.size)).x


if __name__ == "__main__":
    model, g = fit(copies=50)
    left = model.energy(g) / model.energy(np.zeros(model.size))
    print(f"{50 * 1797:,} pictures, {model.size} weights: {left:.1%} of the energy is left")
