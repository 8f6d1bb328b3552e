"""Memory: how much there is, checked before it is asked for, and arrays that begin on a line."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

LINE = 64
"""Bytes of a cache line, and of the widest register."""
ALTERNATIVE = "products (operator @ v) need no such memory"
"""What to do where a matrix does not fit."""


def physical_bytes() -> int | None:
    """The memory that this process may have: of the machine, of its container, by its limits.

    None where nothing says.
    """
    found = [_machine_bytes(), _container_bytes(), _limit_bytes()]
    return min((size for size in found if size is not None), default=None)


@cache
def _machine_bytes() -> int | None:
    try:
        pages = os.sysconf("SC_PHYS_PAGES")  # -1 where the system does not know, as WebAssembly's
        return os.sysconf("SC_PAGE_SIZE") * pages if pages > 0 else None
    except (AttributeError, ValueError, OSError):
        return None


@cache
def _container_bytes() -> int | None:
    """The limit of the control group, of version 2 or 1; without one the file holds no number."""
    for file in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            return int(Path("/sys/fs/cgroup", file).read_text(encoding="ascii"))
    return None


def _limit_bytes() -> int | None:
    """What `ulimit -v` allows."""
    if resource is None:
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def check_fits(what: str, size: float, alternative: str) -> None:
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
