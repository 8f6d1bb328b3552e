"""Kernels of the problem factorized_inverse.

E = tr(Lᵀ A L) − 2 (1ᵀ log.(diagonal(L)))

`bind(A=…, L=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines factorized_inverse
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "d3ac01dda2e66640ac461c1120d33d7f")
SPEC = __kernel.source.spec


def bind(
    *,
    A: Any,
    L: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    A: SciPy sparse matrix of shape (n, n).
    L: Pattern of shape (n, n); its values are the unknowns.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "A": A,
        "L": L,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
