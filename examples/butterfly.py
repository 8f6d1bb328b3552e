"""The fast Hadamard transform, found: A = S₀ S₁ … S₄, each factor with two values in a row.

A is the Hadamard matrix of size 32, the factors have the patterns of butterflies: S_l joins i with
i ± 2^l.  The answer to compare with is 0, as A is such a product: A x by 320 multiplications
instead of 1024.  The starts are random numbers; nothing of the answer is in them.
"""

from time import perf_counter

import numpy as np
from scipy.linalg import hadamard

from nzdiff.generated import butterfly

LEVELS, STARTS = 5, 20


def patterns(levels: int) -> dict[str, butterfly.Pattern]:
    """Those of S0, S1, …: entry (i, j) is stored where i and j differ in bit l at most."""
    size, found = 2**levels, {}
    i = np.arange(size)
    for level in range(levels):
        rows, cols = np.concatenate([i, i]), np.concatenate([i, i ^ (1 << level)])
        found[f"S{level}"] = butterfly.Pattern((rows, cols), (size, size))
    return found


def model_of(A: np.ndarray) -> butterfly.Model:
    """‖A − S₀ S₁ … S₄‖², bound."""
    return butterfly.bind(A=A, **patterns(LEVELS))


def solve(model: butterfly.Model, seed: int):
    """What `solve` found from normal random numbers."""
    return butterfly.solve(model, np.random.default_rng(seed).standard_normal(model.size))


def main() -> None:
    A, began = hadamard(2**LEVELS).astype(float), perf_counter()
    model = model_of(A)
    results = [solve(model, seed) for seed in range(STARTS)]
    seconds, found = perf_counter() - began, [result.fun < 1e-12 for result in results]
    print(f"{sum(found)} of {STARTS} random starts end in a fast transform, within {seconds:.2f} s")
    best = min(results, key=lambda result: result.fun)
    product = np.linalg.multi_dot([S.toarray() for S in model.unpack(best.x)])
    gap = abs(product - A).max()
    print(f"the best: ‖A − S₀ … S₄‖² = {best.fun:.0e}, largest difference {gap:.0e}, {best.method}")
    assert sum(found) >= 0.9 * STARTS and best.success and gap < 1e-9


if __name__ == "__main__":
    main()
