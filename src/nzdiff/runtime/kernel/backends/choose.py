"""Which backend a model gets."""

from __future__ import annotations

import warnings

from nzdiff.runtime.kernel.backends import BACKENDS
from nzdiff.runtime.kernel.compiler import find_compiler


class NoCompilerWarning(UserWarning):
    """No C compiler that works was found, so that the slower NumPy backend is used."""


def choose(backend: str) -> str:
    """The backend of a name; "auto" is C where a compiler is found, and warns where none is."""
    if backend not in ("auto", *BACKENDS):
        names = ", ".join(f'"{name}"' for name in list(BACKENDS)[:-1])
        raise ValueError(
            f'backend: expected "auto", {names} or "{list(BACKENDS)[-1]}", got {backend!r}'
        )
    if backend not in ("auto", "c"):
        return backend
    if find_compiler() is not None:
        return "c"
    message = "no C compiler found (set CC, or install cc, gcc or clang)"
    if backend == "c":
        raise RuntimeError(f'backend "c": {message}; backend="numpy" works without one')
    warnings.warn(f"{message}: using the NumPy backend", NoCompilerWarning, stacklevel=3)
    return "numpy"
