"""Incomplete LU factors by minimisation: ‖mask ∘ (L U − A)‖²_F, the mask is the pattern of A.

A is convection and diffusion on a grid, L and U have its pattern.  The answer to compare with:
ILU(0), the textbook's elimination that keeps to the pattern, whose factors make the energy zero.
"""

from time import perf_counter

import numpy as np
from scipy import sparse

from nzdiff.generated import ilu
from nzdiff.generated.ilu import Pattern


def grid(side: int = 40, wind: float = 0.4) -> sparse.csr_array:
    """−Δu + wind · ∇u on side² points, five entries in a row."""
    bands = [-1.0 - wind, 2.0, -1.0 + wind]
    line = sparse.diags_array(bands, offsets=[-1, 0, 1], shape=(side, side))
    return sparse.csr_array(sparse.kronsum(line, line))


def ilu0(A: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array]:
    """L with ones on its diagonal, and U: Gauss's elimination, of stored entries alone."""
    F, stored = A.toarray(), A.toarray() != 0.0
    for i in range(len(F)):
        for k in np.flatnonzero(stored[i, :i]):
            F[i, k] /= F[k, k]
            j = k + 1 + np.flatnonzero(stored[i, k + 1 :])
            F[i, j] -= F[i, k] * F[k, j]
    return sparse.csr_array(np.tril(F, -1) + np.eye(len(F))), sparse.csr_array(np.triu(F))


def solve(A: sparse.csr_array, bind=ilu.bind):
    """The model, and what `solve` found from L = I and the upper triangle of A."""
    lower, eye = Pattern.from_scipy(sparse.tril(A, format="csr")), sparse.eye_array(A.shape[0])
    ones = np.flatnonzero(lower.rows == lower.cols).tolist()
    upper = sparse.triu(A, format="csr")
    model = bind(A=A, L=lower.fixed(dict.fromkeys(ones, 1.0)), U=Pattern.from_scipy(upper))
    return model, ilu.solve(model, model.pack(eye, upper))


def main() -> None:
    A, began = grid(), perf_counter()
    model, result = solve(A)
    seconds, answer = perf_counter() - began, ilu0(A)
    found = zip(model.unpack(result.x), answer, strict=True)
    gap = max(abs(mine - theirs).max() / abs(theirs).max() for mine, theirs in found)
    print(f"E = {result.fun:.1e} from {result.history[0].energy:.1e}, ", end="")
    print(f"of ILU(0) {model.energy(model.pack(*answer)):.1e}; factors differ by {gap:.0e}")
    print(f"{model.size} unknowns, {seconds:.2f} s, {result.method}")
    assert result.success and gap < 1e-6


if __name__ == "__main__":
    main()
