"""Kernels of the problem amg_prolongation.

E = tr(Pᵀ A P)

`bind(A=…, P=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines amg_prolongation
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nzdiff.runtime.package import packaged

if TYPE_CHECKING:
    from nzdiff.pattern import Pattern
    from nzdiff.runtime.model import Model
    from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__package = packaged(__package__, "3208b16cb15d615c0f21e705ef15d859")
SPEC = __package.spec


def bind(
    *,
    A: Any,
    P: Any,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
) -> Model:
    """Check the data and return a model: energy, gradient and what follows from them.

    A: SciPy sparse matrix of shape (n, n).
    P: Pattern of shape (n, m); its values are the unknowns.
    backend: "c", "numpy", or "auto" (C where a compiler is found).  threads: of the C backend.
    dtype: what is computed in, "float64" or "float32"; numbers in and out are doubles.
    """
    given = {
        "A": A,
        "P": P,
    }
    return __package.bind(given, backend=backend, threads=threads, dtype=dtype)


def __getattr__(name: str) -> Any:
    """Import a name when it is used: NumPy and SciPy take longer than this package."""
    if name == "Model":
        from nzdiff.runtime.model import Model

        return Model
    if name == "Pattern":
        from nzdiff.pattern import Pattern

        return Pattern
    if name == "solve":
        from nzdiff.solvers import solve

        return solve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
