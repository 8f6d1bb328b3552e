"""Kernels of the problem matrix_completion.

E = weight (‖U‖² + ‖V‖²) + ‖(U Vᵀ − R) ∘ [R ≠ 0]‖²

`bind(R=…, U=…, V=…, weight=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines matrix_completion
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "dd450ea72c0dc3cd72a3921863373cce")
SPEC = __kernel.source.spec


def bind(
    *,
    R: Any,
    U: Any = None,
    V: Any = None,
    weight: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    R: SciPy sparse matrix of shape (n, m).
    U: unknown of shape (n, r); left out, or a full Pattern.
    V: unknown of shape (m, r); left out, or a full Pattern.
    weight: a number.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "R": R,
        "U": U,
        "V": V,
        "weight": weight,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
