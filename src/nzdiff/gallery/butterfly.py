"""A matrix as a product of sparse factors: E(S₀, …, S_J₋₁) = ‖A − S₀ S₁ … S_J₋₁‖²_F.

With butterfly supports (two values in each row) and N = 2^J the fast Hadamard and Fourier
transforms are such products.  The file has J = 5; `product_of(J)` gives another.

Source: T. Dao, A. Gu, M. Eichhorn, A. Rudra, C. Ré, "Learning Fast Algorithms for Linear Transforms
Using Butterfly Factorizations", ICML 2019.
"""

from functools import reduce
from operator import matmul

import nzdiff as nz


def product_of(levels: int, name: str = "butterfly") -> nz.Problem:
    """The energy of `levels` ≥ 1 sparse factors S0, S1, … of A, all n × n."""
    (n,) = nz.dims("n")
    A, S = nz.dense("A", n, n), tuple(nz.sparse(f"S{level}", n, n) for level in range(levels))
    return nz.Problem(nz.sumsq(A - reduce(matmul, S)), wrt=S, name=name)


problem = product_of(5)

sizes = {"n": 32}
