"""Checks of what a caller gives: errors with its name, with what was expected and what came.

A number is any real one of Python's or NumPy's, but no truth value.
"""

import math
from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.arrays import real_numbers, to_doubles

Vector = NDArray[np.float64]


def number(
    name: str, value: Any, *, least: float = 0.0, most: float = math.inf, above: bool = False
) -> float:
    """Return a finite number in [least, most], or in (least, most] where `above`."""
    low = f" {'>' if above else '≥'} {least:g}" if math.isfinite(least) else " that is finite"
    text = f"a number{low}" + (f" and ≤ {most:g}" if math.isfinite(most) else "")
    if not isinstance(value, Real) or isinstance(value, bool):
        raise ValueError(f"{name}: expected {text}, got {value!r}")
    try:
        found = float(value)
    except OverflowError:  # an integer beyond doubles
        found = math.inf
    fits = least < found <= most if above else least <= found <= most
    if not (fits and math.isfinite(found)):
        raise ValueError(f"{name}: expected {text}, got {value!r}")
    return found


def whole(name: str, value: Any, *, least: int) -> int:
    """Return an integer that is not less than `least`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < least:
        raise ValueError(f"{name}: expected an integer ≥ {least}, got {value!r}")
    return int(value)


def choice(name: str, value: Any, options: Collection[str]) -> None:
    """Refuse what is none of some names."""
    if not isinstance(value, str) or value not in options:
        names = ", ".join(f'"{option}"' for option in options)
        raise ValueError(f"{name}: expected one of {names}, got {value!r}")


def real_array(name: str, value: Any) -> Vector:
    """Return a copy of real numbers of any shape; what is masked or lost in doubles is refused."""
    return np.array(to_doubles(name, real_numbers(name, value)))


def vector(name: str, value: Any, size: int, source: str = "") -> Vector:
    """Return a copy of finite numbers of shape (size,)."""
    found = real_array(name, value)
    if found.shape != (size,):
        raise ValueError(f"{name}: expected shape ({size},), got {found.shape}{source}")
    if not np.isfinite(found).all():
        first = int(np.flatnonzero(~np.isfinite(found))[0])
        raise ValueError(
            f"{name}: expected finite values, got {found[first]} at index {first}{source}"
        )
    return found
