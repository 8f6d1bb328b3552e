"""How fast memory can be written: the bound of every assembly of an s × s matrix."""

from __future__ import annotations

import ctypes
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.runtime.kernel.compiler import CompilerError
from nzdiff.runtime.kernel.library import compile_cached

Floats = NDArray[np.float64]


def fill(out: Floats) -> None:
    """Write `out` through the caches, by NumPy."""
    out.fill(1.0)


def stream(out: Floats) -> None:
    """Write `out` past the caches, by non-temporal stores; `can_stream` says whether C is there."""
    if not out.flags.c_contiguous or out.dtype != np.float64:
        raise ValueError(
            f"out: expected contiguous doubles, got {out.dtype} of strides {out.strides}"
        )
    _stream()(ctypes.c_int64(out.size), ctypes.c_double(2.0), ctypes.c_void_p(out.ctypes.data))


def can_stream() -> bool:
    """Whether there is a C compiler for `stream`."""
    try:
        _stream()
    except CompilerError:
        return False
    return True


@cache
def _stream() -> Any:
    source = (resources.files("benchmarks.assembly") / "stream.c").read_text(encoding="utf-8")
    function = ctypes.CDLL(str(compile_cached(source))).stream
    function.restype = None
    return function
