"""Kernels of the problem structured_lqr.

E = tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))

`bind(A=…, B=…, K=…, Q=…, R=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines structured_lqr
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.kernel.linear_solvers import linear_solvers as __solvers
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "6f2e60bac565d2ff1e2a2d62e552d64e", solvers=__solvers)
SPEC = __kernel.source.spec


def bind(
    *,
    A: Any,
    B: Any,
    K: Any,
    Q: Any,
    R: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    A: array of shape (n, n).
    B: array of shape (n, m).
    K: Pattern of shape (m, n); its values are the unknowns.
    Q: array of shape (n, n).
    R: array of shape (m, m).
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "A": A,
        "B": B,
        "K": K,
        "Q": Q,
        "R": R,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
