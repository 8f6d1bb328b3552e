"""Which backend a model gets: C where it works, and NumPy with a warning where it does not."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from nzdiff.runtime.kernel.backends import BACKENDS
from nzdiff.runtime.kernel.compiler import CompilerError, compiler_or_error, embedded_compiler

T = TypeVar("T")


class NoCompilerWarning(UserWarning):
    """No C compiler of the system works: the embedded one, or the slower NumPy backend, is used."""


def with_backend(backend: str, make: Callable[[str], T]) -> T:
    """make("c") or make("numpy"): of "auto", NumPy where C raises CompilerError."""
    if backend not in ("auto", *BACKENDS):
        names = ", ".join(f'"{name}"' for name in list(BACKENDS)[:-1])
        raise ValueError(
            f'backend: expected "auto", {names} or "{list(BACKENDS)[-1]}", got {backend!r}'
        )
    if backend not in ("auto", "c"):
        return make(backend)
    try:
        if compiler_or_error() == embedded_compiler() and not os.environ.get("CC"):
            _name_embedded()
        return make("c")
    except CompilerError as error:
        if backend == "c":
            raise CompilerError(
                f'backend "c": {error}; backend="numpy" works without a compiler'
            ) from error
        warnings.warn(f"{error}: using the NumPy backend", NoCompilerWarning, stacklevel=4)
    return make("numpy")


@cache
def _name_embedded() -> None:
    warnings.warn(
        "no C compiler is installed: using that of the Python package ziglang "
        "(python -m ziglang cc), which knows no OpenMP: one thread",
        NoCompilerWarning,
        stacklevel=5,
    )
