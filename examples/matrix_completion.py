"""Matrix completion: ‖mask ∘ (U Vᵀ − R)‖² + λ (‖U‖² + ‖V‖²), the mask is where R is known.

R is half of scikit-learn's digits.  The answer to compare with: alternating least squares.
"""

from time import perf_counter

import numpy as np
from scipy import sparse

from nzdiff.generated import matrix_completion

RANK, WEIGHT = 10, 1.0


def digits() -> tuple[np.ndarray, sparse.csr_array]:
    """All pixels, 1797 × 64, and those that are known."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise SystemExit('they come with scikit-learn: pip install "nzdiff[gallery]"') from error
    pixels = load_digits().data / 16.0
    known = np.nonzero(np.random.default_rng(0).random(pixels.shape) < 0.5)
    return pixels, sparse.csr_array((pixels[known], known), pixels.shape)


def solve(R: sparse.csr_array, seed: int = 1):
    """The model, and what `solve` found from factors at random."""
    U, V = ((size, RANK) for size in R.shape)
    model = matrix_completion.bind(R=R, U=U, V=V, weight=WEIGHT)
    return model, matrix_completion.solve(model, np.random.default_rng(seed).random(model.size))


def ridge(R: sparse.csr_array, V: np.ndarray) -> np.ndarray:
    """The U of least energy for this V: a small linear system for each row."""
    mask = sparse.csr_array((np.ones(R.nnz), R.indices, R.indptr), R.shape)
    squares = (mask @ np.einsum("ia,ib->iab", V, V).reshape(len(V), -1)).reshape(-1, RANK, RANK)
    return np.linalg.solve(squares + WEIGHT * np.eye(RANK), (R @ V)[:, :, None])[:, :, 0]


def alternating(R: sparse.csr_array, V: np.ndarray, sweeps: int = 300) -> float:
    """The energy after so many sweeps from V."""
    for _ in range(sweeps):
        V = ridge(sparse.csr_array(R.T), ridge(R, V))
    U, (i, j) = ridge(R, V), R.tocoo().coords
    return np.sum((np.sum(U[i] * V[j], 1) - R.data) ** 2) + WEIGHT * (np.sum(U**2) + np.sum(V**2))


def main() -> None:
    R, began = digits()[1], perf_counter()
    model, result = solve(R)
    print(f"E = {result.fun:.7f}, {result.method}, {perf_counter() - began:.2f} s")
    for start in (np.random.default_rng(0).random((64, RANK)), model.unpack(result.x)[1]):
        gap = result.fun / alternating(R, start) - 1.0
        print(f"relative difference to alternating least squares {gap:.0e}")
        assert result.success and abs(gap) < 1e-9


if __name__ == "__main__":
    main()
