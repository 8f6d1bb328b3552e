"""nzdiff: derivatives with respect to the nonzeros.

You write a matrix energy in which some matrices are sparse with a fixed pattern; nzdiff derives
its derivatives with respect to the stored values, proves them, prints them, emits NumPy and C
source, and solves with it.  Names are imported when first used, so that importing a generated
solver imports neither SymPy nor Jinja2; only `solve`, which shares its name with its package, is
bound at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nzdiff.solve import solve

if TYPE_CHECKING:
    from nzdiff.codegen.generate import generate as generate
    from nzdiff.derive.check import check as check
    from nzdiff.derive.problem import Problem as Problem
    from nzdiff.derive.symbols import commutation as commutation
    from nzdiff.derive.symbols import dense as dense
    from nzdiff.derive.symbols import diagonal as diagonal
    from nzdiff.derive.symbols import dims as dims
    from nzdiff.derive.symbols import kron as kron
    from nzdiff.derive.symbols import scalar as scalar
    from nzdiff.derive.symbols import sparse as sparse
    from nzdiff.derive.symbols import sumsq as sumsq
    from nzdiff.derive.symbols import vec as vec
    from nzdiff.pattern import Pattern as Pattern
    from nzdiff.runtime.model import Model as Model
    from nzdiff.verification import verify as verify

__version__ = "0.1.0"

_HOME = {
    "Model": "nzdiff.runtime.model",
    "Pattern": "nzdiff.pattern",
    "Problem": "nzdiff.derive.problem",
    "check": "nzdiff.derive.check",
    "commutation": "nzdiff.derive.symbols",
    "dense": "nzdiff.derive.symbols",
    "diagonal": "nzdiff.derive.symbols",
    "dims": "nzdiff.derive.symbols",
    "generate": "nzdiff.codegen.generate",
    "kron": "nzdiff.derive.symbols",
    "scalar": "nzdiff.derive.symbols",
    "sparse": "nzdiff.derive.symbols",
    "sumsq": "nzdiff.derive.symbols",
    "vec": "nzdiff.derive.symbols",
    "verify": "nzdiff.verification",
}

__all__ = [*sorted(_HOME), "__version__", "solve"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nzdiff' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
