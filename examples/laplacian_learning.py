"""A graph learnt from signals on its nodes: tr(K L(w)) − log det(L(w) + J), weights w ≥ 0.

Nodes are the pixels of scikit-learn's digits, edges the pairs less than 2.5 apart, K covariance.
The answers to compare with: an interior point in NumPy; Σ k w = n − 1 at the minimum.
"""

from time import perf_counter

import numpy as np

from nzdiff.generated import laplacian_learning


def covariance() -> np.ndarray:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise SystemExit('they come with scikit-learn: pip install "nzdiff[gallery]"') from error
    return np.cov(load_digits().data.T, ddof=0) + 0.1 * np.eye(64)


def near(side: int = 8, reach: float = 2.5) -> np.ndarray:
    """The pairs i < j of pixels less than `reach` apart, (2, edges)."""
    place = np.indices((side, side)).reshape(2, -1).T
    return np.array(np.nonzero(np.triu(np.linalg.norm(place[:, None] - place, axis=2) < reach, 1)))


def solve(K: np.ndarray, i: np.ndarray, j: np.ndarray):
    """The model, and what `solve` found from equal w with Σ k w = n − 1; g holds L_ij = −w ≤ 0."""
    d, J = np.arange(len(K)), np.full(K.shape, 1.0 / len(K))
    pattern = laplacian_learning.Pattern((np.r_[i, j, d], np.r_[j, i, d]), K.shape).laplacian()
    model, upper = laplacian_learning.bind(K=K, J=J, L=pattern), np.diag(np.full(d.size, np.inf))
    start = np.full(model.size, (1 - d.size) / np.sum(K[i, i] + K[j, j] - 2.0 * K[i, j]))
    return model, laplacian_learning.solve(model, start, bounds=(None, upper))


def barrier(K: np.ndarray, i: np.ndarray, j: np.ndarray) -> float:
    """E by Newton's method for E(w) − μ Σ log w, μ falling: μ m above the minimum of m weights."""
    D, J = np.eye(len(K))[:, i] - np.eye(len(K))[:, j], 1.0 / len(K)
    w, mu, k = np.ones(i.size), 1.0, np.diag(D.T @ K @ D)
    while mu > 1e-13:
        Z = D.T @ np.linalg.inv(D * w @ D.T + J) @ D
        step = np.linalg.solve(Z**2 + np.diag(mu / w**2), np.diag(Z) + mu / w - k)
        t = 0.95 / max(-(step / w).min(), 0.95)
        w, mu = w + t * step, 0.1 * mu if t == 1.0 else mu
    return k @ w - np.linalg.slogdet(D * w @ D.T + J)[1]


def main() -> None:
    K, pairs, began = covariance(), near(), perf_counter()
    model, result = solve(K, *pairs)
    seconds, answer = perf_counter() - began, barrier(K, *pairs)
    gap, total = result.fun / answer - 1.0, np.sum(model.unpack(result.x) * K)
    print(f"E = {result.fun:.7f}, by an interior point {answer:.7f}, relative difference {gap:.0e}")
    print(f"Σ k w = {total:.3f}; {model.size} weights, {seconds:.2f} s, {result.method}")
    assert result.success and abs(gap) < 1e-9 and abs(total - 63.0) < 1e-3


if __name__ == "__main__":
    main()
