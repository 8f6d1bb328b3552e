"""Kernels of the problem convex_coarsening.

E = 1/2 ‖X − Y S B‖²

`bind(B=…, S=…, X=…, Y=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines convex_coarsening
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "43e70378b4a6d281bbafeb7f1570562d")
SPEC = __kernel.source.spec


def bind(
    *,
    B: Any,
    S: Any,
    X: Any,
    Y: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    B: array of shape (m, k).
    S: Pattern of shape (m, m); its values are the unknowns.
    X: array of shape (m, k).
    Y: the diagonal of a matrix of shape (m, m), as a vector.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "B": B,
        "S": S,
        "X": X,
        "Y": Y,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
