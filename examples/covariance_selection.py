"""Covariance selection: the inverse covariance Θ of most likelihood with the zeros of a graph.

The answer to compare with: each variable in turn is regressed on its neighbours, until nothing
moves (Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", algorithm 17.1).
"""

from time import perf_counter

import numpy as np
from scipy import sparse

from nzdiff.generated import covariance_selection

STATED = {"breast_cancer": -19.7669435886, "digits": 158.3570443274}  # found elsewhere


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """S (p, p), and which entries of Θ are stored: correlations of tumours, pixels of digits."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise SystemExit('the data are of scikit-learn: pip install "nzdiff[gallery]"') from error
    X = getattr(datasets, f"load_{name}")().data
    if name == "breast_cancer":
        return np.corrcoef(X.T), abs(np.corrcoef(X.T)) > 0.75
    near = np.tri(8, k=1) * np.tri(8, k=1).T  # on a line; in a square, corners too:
    return np.cov(X.T, ddof=0) + 0.1 * np.eye(64), np.kron(near, near) > 0


def solve(S: np.ndarray, graph: np.ndarray):
    """The model, and what `solve` found from Θ = diag(S)⁻¹."""
    pattern = covariance_selection.Pattern(np.nonzero(graph), S.shape).symmetric()
    model = covariance_selection.bind(S=sparse.csr_array(S * graph), Theta=pattern)
    return model, covariance_selection.solve(model, model.pack(np.diag(1 / np.diag(S))))


def fitted(S: np.ndarray, graph: np.ndarray) -> float:
    """p + log det Σ, where Σ = S on the graph and Σ⁻¹ = 0 off it: row by row, until none moves."""
    Sigma, before = S.copy(), 0.0 * S
    while abs(Sigma - before).max() > 1e-13 * S.max():
        before = Sigma.copy()
        for j, rest in enumerate(~np.eye(len(S), dtype=bool)):
            near = rest & graph[j]
            weights = np.linalg.solve(Sigma[near][:, near], S[near, j])
            Sigma[rest, j] = Sigma[j, rest] = Sigma[rest][:, near] @ weights
    return len(S) + np.linalg.slogdet(Sigma)[1]


def main() -> None:
    for name, stated in STATED.items():
        (S, graph), began = data(name), perf_counter()
        _, result = solve(S, graph)
        seconds, answer = perf_counter() - began, fitted(S, graph)
        print(f"{name}: E = {result.fun:.10f}, by regression {answer:.10f}, stated {stated}")
        print(f"  {result.method}, {seconds:.2f} s, relative {result.fun / answer - 1:.0e}")
        assert result.success and max(abs(result.fun - answer), abs(answer - stated)) < 1e-9


if __name__ == "__main__":
    main()
