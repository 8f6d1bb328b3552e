"""Kernels of the problem reversible_markov.

E = 1ᵀ (log.(X 1) ∘ (C 1)) − (1ᵀ (C ∘ log.[X]) 1)

`bind(C=…, X=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines reversible_markov
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "17c6d7f6a00f7c7791d87a40e3740a16")
SPEC = __kernel.source.spec


def bind(
    *,
    C: Any,
    X: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    C: SciPy sparse matrix of shape (n, n).
    X: Pattern of shape (n, n); its values are the unknowns.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "C": C,
        "X": X,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
