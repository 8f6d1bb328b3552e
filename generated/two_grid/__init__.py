"""Kernels of the problem two_grid.

E = ‖S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S‖²

`bind(A=…, P=…, S=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines two_grid
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.kernel.linear_solvers import linear_solvers as __solvers
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "1ae01d18ac2fe2d6bf1aab7a6d4cbf8e", solvers=__solvers)
SPEC = __kernel.source.spec


def bind(
    *,
    A: Any,
    P: Any,
    S: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    A: array of shape (n, n).
    P: Pattern of shape (n, m); its values are the unknowns.
    S: array of shape (n, n).
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "A": A,
        "P": P,
        "S": S,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
