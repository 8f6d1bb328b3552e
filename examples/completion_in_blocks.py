"""Matrix completion over blocks of rows: ‖mask ∘ (U Vᵀ − R)‖² + w (‖U‖² + ‖V‖²).

R is half of the pixels of scikit-learn's digits, a block for every 300 pictures; two threads
evaluate them.  The answer is that of one block after the other, to the last bit.  Any executor, or
a Dask client, may stand where the pool of threads is.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from scipy import sparse

import nzdiff as nz

RANK, ROWS, PIXELS = 10, 300, 64
n, m, r = nz.dims("n m r")
R, U, V, w = nz.sparse("R", n, m), nz.dense("U", n, r), nz.dense("V", m, r), nz.scalar("w")
energy = nz.sumsq(nz.mask(U * V.T - R, R)) + w * (nz.sumsq(U) + nz.sumsq(V))
problem = nz.Problem(energy, wrt=(U, V), name="completion")


def pictures(block: int) -> dict[str, sparse.csr_array]:
    """The known pixels of some pictures: called by whoever needs them."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise SystemExit('they come with scikit-learn: pip install "nzdiff[gallery]"') from error
    pixels = load_digits().data[block * ROWS : (block + 1) * ROWS] / 16.0
    known = np.nonzero(np.random.default_rng(block).random(pixels.shape) < 0.5)
    return {"R": sparse.csr_array((pixels[known], known), pixels.shape)}


def solve(through=None):
    """The result, with the blocks wherever `through` has them."""
    data = [partial(pictures, block) for block in range(6)]
    model = nz.blocks(problem, over="n", data=data, map=through, V=(PIXELS, RANK), w=1.0)
    return nz.solve(model, np.random.default_rng(1).random(model.size), "l-bfgs")


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        found = solve(pool)
    alone = solve()
    print(f"energy {found.fun:.4f} after {found.nit} iterations, {found.message}")
    print(f"the same as one block after the other: {np.array_equal(found.x, alone.x)}")
