"""Kernels of the problem matrix_completion.

E = weight (‖U‖² + ‖V‖²) + ‖(U Vᵀ − R) ∘ [R ≠ 0]‖²

`bind(R=…, U=…, V=…, weight=…)` checks data and returns a model; `solve(model, g0)` minimises
its energy.  The derivation with all steps is in DERIVATION.md.

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines matrix_completion
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nzdiff.runtime.package import packaged

if TYPE_CHECKING:
    from nzdiff.pattern import Pattern
    from nzdiff.runtime.model import Model
    from nzdiff.solvers import solve

__all__ = ["SPEC", "Model", "Pattern", "bind", "solve"]

__package = packaged(__package__, "647fb87992da47de1ac9ac374899398c")
SPEC = __package.spec


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
