"""Kernels of the problem covariance_selection.

E = tr(S Theta) − log det(Theta)

`bind(S=…, Theta=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
"""

from typing import Any

from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import bind as __bind
from nzdiff.runtime.kernel.linear_solvers import linear_solvers as __solvers
from nzdiff.runtime.model import Model
from nzdiff.runtime.package import packaged
from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__kernel = packaged(__package__, "c022b2423f0ad055c00f92868b744b5e", solvers=__solvers)
SPEC = __kernel.source.spec


def bind(
    *,
    S: Any,
    Theta: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    S: SciPy sparse matrix of shape (p, p).
    Theta: Pattern of shape (p, p); its values are the unknowns.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "S": S,
        "Theta": Theta,
    }
    return __bind(__kernel, given, backend=backend, threads=threads, dtype=dtype)
