"""Memory: how much there is, checked before it is asked for, and arrays that begin on a line."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LINE = 64
"""Bytes of a cache line, and of the widest register."""
ALTERNATIVE = "products (operator @ v) need no such memory"
"""What to do where a matrix does not fit."""


def physical_bytes() -> int | None:
    """The memory of this machine; None where it does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def check_fits(what: str, size: int, alternative: str) -> None:
    """MemoryError before more is asked for than the machine has."""
    most = physical_bytes()
    if most is not None and size > most:
        raise MemoryError(
            f"{what}: needs {1e-9 * size:.3g} GB, this machine has {1e-9 * most:.3g} GB; "
            f"{alternative}"
        )


def on_a_line(count: int, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Zeros that begin on a cache line."""
    size = np.dtype(dtype).itemsize
    room = np.zeros(count + LINE // size, dtype=dtype)
    first = -room.ctypes.data % LINE // size
    return room[first : first + count]
