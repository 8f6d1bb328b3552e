"""The most likely reversible Markov chain: −Σ C_ij log(X_ij / Σ_j X_ij), X symmetric and ≥ 0.

C counts jumps between 66 bins of a double well, data of deeptime.  The answers to compare with:
deeptime's estimator; the fixed point of X_ij ← (C_ij + C_ji) / (c_i/x_i + c_j/x_j), c, x row sums.
"""

from time import perf_counter

import numpy as np
from scipy import sparse

from nzdiff.generated import reversible_markov


def counts(lag: int = 1) -> sparse.csr_array:
    """Jumps from bin to bin after `lag` steps, of the bins that are visited."""
    try:
        from deeptime.data import double_well_discrete
    except ImportError as error:
        raise SystemExit('the data comes with deeptime: pip install "nzdiff[gallery]"') from error
    _, bins = np.unique(double_well_discrete().dtraj, return_inverse=True)
    return sparse.csr_array((np.ones(bins.size - lag), (bins[:-lag], bins[lag:])))


def solve(C: sparse.csr_array):
    """The model, and what `solve` found from X = C + Cᵀ."""
    both = sparse.csr_array(C + C.T)
    model = reversible_markov.bind(C=C, X=reversible_markov.Pattern.from_scipy(both).symmetric())
    return model, reversible_markov.solve(model, model.pack(both / both.sum()), bounds=(0.0, None))


def fixed_point(C: sparse.csr_array, sweeps: int = 10_000) -> np.ndarray:
    """The transition matrix X_ij / x_i after so many sweeps."""
    both = X = (C + C.T).toarray()
    for _ in range(sweeps):
        rate = C.sum(axis=1) / X.sum(axis=1)
        X = both / (rate[:, None] + rate)
    return X / X.sum(axis=1)[:, None]


def of_deeptime(C: sparse.csr_array) -> np.ndarray:
    """The transition matrix that deeptime finds."""
    from deeptime.markov.msm import MaximumLikelihoodMSM as Estimator

    return Estimator(maxiter=10**6, maxerr=1e-12).fit(C.toarray()).fetch_model().transition_matrix


def main() -> None:
    C, began = counts(), perf_counter()
    model, result = solve(C)
    (i, j), seconds = C.nonzero(), perf_counter() - began
    print(f"E = {result.fun:.9f}; {model.size} unknowns, {seconds:.2f} s, {result.method}")
    for name, T in (("fixed point", fixed_point(C)), ("deeptime", of_deeptime(C))):
        answer = -np.sum(C[i, j] * np.log(T[i, j]))
        print(f"{name}: {answer:.9f}, relative difference {result.fun / answer - 1:.0e}")
        assert result.success and abs(result.fun / answer - 1) < 1e-10


if __name__ == "__main__":
    main()
