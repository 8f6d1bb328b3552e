"""Kernels of the problem spectral_coarsening.

E = ‖X − Y Gᵀ L G B‖²
f = X − Y Gᵀ L G B
dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
plan c3e874b48cf4
floating-point operations at the sizes it was planned for: energy 2.4e+05, direct_energy 7.29e+05, residual 6.69e+05, gradient 3.96e+05, jvp 7.73e+05, vjp 7.9e+05, gnvp 4.82e+05, hvp 8.43e+05
workspace: 8 (k·k + 2 m + 2 m·k + 12 nnz(G) + 9 nnz(Gᵀ·L·G) + 10 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + 6 nnz(L·G) + 13) bytes

`bind(B=…, G=…, L=…, X=…, Y=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

from typing import Any

from nzdiff.runtime.bind import bind as bind_kernel
from nzdiff.runtime.bind import packaged
from nzdiff.runtime.model import Model
from nzdiff.solvers import solve

from . import kernel, second_order
from .spec import SECOND_ORDER, SPEC

__all__ = ["SECOND_ORDER", "SPEC", "bind", "solve"]


def bind(
    *,
    B: Any,
    G: Any,
    L: Any,
    X: Any,
    Y: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    B: array of shape (m, k).
    G: Pattern of shape (n, m); its values are the unknowns.
    L: SciPy sparse matrix of shape (n, n).
    X: array of shape (m, k).
    Y: the diagonal of a matrix of shape (m, m), as a vector.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "B": B,
        "G": G,
        "L": L,
        "X": X,
        "Y": Y,
    }
    return bind_kernel(_KERNEL, given, backend=backend, threads=threads, dtype=dtype)


_KERNEL = packaged(__package__, (SPEC, kernel), (SECOND_ORDER, second_order))
