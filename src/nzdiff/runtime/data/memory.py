"""Memory is checked before it is asked for: a clear error instead of a machine that swaps."""

from __future__ import annotations

import os

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
