"""Arrays as they are given, checked: an error names the argument, what it expected and got."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError
from operator import index
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.indices import INDEX_LIMIT

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


Kind = TypeVar("Kind", bound=type)


def sealed(array: NDArray[Any]) -> NDArray[Any]:
    """The same array; what would write to it raises."""
    array.flags.writeable = False
    return array


def fixed(advice: str) -> Callable[[Kind], Kind]:
    """Decorate a frozen dataclass with slots, whose own refusal is an error about `super`.

    Setting or deleting an attribute, a field or not, says that it cannot be, and `advice`.
    """

    def decorate(kind: Kind) -> Kind:
        def refuse(self: Any, name: str, *_: Any) -> NoReturn:
            what = type(self).__name__
            raise FrozenInstanceError(f"{name}: cannot be set on a {what} or deleted; {advice}")

        changed: Any = kind
        changed.__setattr__ = changed.__delattr__ = refuse
        return kind

    return decorate


def real_numbers(name: str, value: Any, kinds: str = "fiu") -> NDArray[Any]:
    """An array of real numbers, of whatever type; a masked one would lose its mask."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name}: expected an array without a mask, got a masked one; pass .filled(number)"
        )
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:  # the last is PyTorch's
        raise TypeError(
            f"{name}: expected real numbers (float64), got {type(value).__name__}: {error}"
        ) from None
    if array.dtype.kind not in kinds:
        advice = f"; {COMPLEX}" if array.dtype.kind == "c" else ""
        raise TypeError(f"{name}: expected real numbers (float64), got dtype {array.dtype}{advice}")
    return array


COMPLEX = (
    "of Z = X + iY take X and Y as two unknowns, ‖A Z − B‖² is that of real and imaginary parts "
    "(docs/reference/language.md, Complex numbers)"
)
"""What to do with complex data."""


def to_doubles(name: str, array: NDArray[Any]) -> Floats:
    """Real numbers as doubles; ValueError where one is beyond them, or a whole one between them."""
    if array.dtype.kind == "f" and array.itemsize <= 8:
        return array.astype(np.float64, copy=False)
    with np.errstate(all="ignore"):
        found = array.astype(np.float64)
        if array.dtype.kind == "f":
            lost = (np.isinf(found) & np.isfinite(array)) | ((found == 0.0) & (array != 0.0))
        else:
            lost = (array > 2**53) | (array < -(2**53))
    if array.dtype.kind != "f" and lost.any():
        lost[lost] = [int(f) != int(n) for f, n in zip(found[lost], array[lost], strict=True)]
    if lost.any():
        where = np.unravel_index(int(lost.argmax()), array.shape)
        place = ", ".join(str(int(k)) for k in where)
        raise ValueError(f"{name}: a double cannot hold {array[where]!s} at ({place})")
    return found


def check_finite(name: str, array: NDArray[Any]) -> None:
    """ValueError with the first place where a number is NaN or infinite, and how many are."""
    finite = np.isfinite(array)
    if not finite.all():
        where = np.unravel_index(int(finite.argmin()), array.shape)
        place = ", ".join(str(int(k)) for k in where)
        more = int(array.size - finite.sum()) - 1
        raise ValueError(
            f"{name}: expected finite numbers, got {array[where]} at "
            f"{f'position {place}' if array.ndim == 1 else f'({place})'}"
            + (f" and {more} more that are NaN or infinite" if more else "")
        )


DOUBLE = np.dtype(np.float64)


def checked_vector(name: str, value: ArrayLike, size: int) -> Floats:
    """`value` as a contiguous float64 vector of length `size`; errors name the argument."""
    vector = real_vector(name, value, size)
    check_finite(name, vector)
    return vector


def real_vector(name: str, value: ArrayLike, size: int) -> Floats:
    """`checked_vector` without a look at its numbers."""
    if type(value) is np.ndarray and value.dtype is DOUBLE and value.shape == (size,):
        return np.ascontiguousarray(value)
    array = real_numbers(name, value)
    if array.shape != (size,):
        raise ValueError(f"{name}: expected shape ({size},), got {array.shape}")
    return np.ascontiguousarray(to_doubles(name, array))


def checked_dense(name: str, value: Any, kinds: str = "fiu") -> Floats:
    """An array of finite real numbers as doubles, in rows."""
    array = to_doubles(name, real_numbers(name, value, kinds))
    check_finite(name, array)
    return np.array(array, dtype=np.float64, order="C", subok=False)


def checked_shape(shape: tuple[int, int]) -> tuple[int, int]:
    """(rows, columns) as two sizes ≥ 0 that fit 32 bits."""
    if not isinstance(shape, tuple | list):
        raise TypeError(f"pattern: expected a shape (rows, columns), got {shape!r}")
    try:
        sizes = [index(size) for size in shape]
        if any(isinstance(size, bool | np.bool_) for size in shape):
            raise TypeError
    except TypeError:
        raise ValueError(
            f"pattern: expected a shape of two sizes, whole numbers ≥ 0, got {shape!r}"
        ) from None
    if len(sizes) != 2 or min(sizes) < 0:
        raise ValueError(f"pattern: expected a shape of two sizes ≥ 0, got {shape}")
    if max(sizes) > INDEX_LIMIT:
        raise OverflowError(
            f"pattern: sizes must fit 32-bit indices (≤ {INDEX_LIMIT}), got {shape}"
        )
    return sizes[0], sizes[1]


def checked_indices(name: str, value: Any, size: int) -> Indices:
    """A vector of row or column numbers below a size, as 32-bit integers of our own."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"pattern: {name}: expected an array without a mask, got a masked one")
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"pattern: {name}: expected whole numbers, got none: {error}") from None
    if array.ndim != 1:
        raise ValueError(f"pattern: {name}: expected one dimension, got shape {array.shape}")
    if array.size == 0:
        return np.zeros(0, dtype=np.int32)
    if array.dtype.kind not in "iu":
        raise TypeError(f"pattern: {name}: expected integers, got dtype {array.dtype}")
    if not 0 <= array.min() <= array.max() < size:
        place = int(np.flatnonzero((array < 0) | (array >= size))[0])
        raise ValueError(
            f"pattern: {name}: expected indices in 0..{size - 1}, got {array[place]} at "
            f"{name}[{place}]"
        )
    if array.size > INDEX_LIMIT:
        raise OverflowError(f"pattern: {name}: at most {INDEX_LIMIT} entries, got {array.size}")
    return np.array(array, dtype=np.int32, order="C", subok=False)


def checked_labels(groups: ArrayLike, size: int) -> NDArray[Any]:
    """A label ≥ 0 for each of `size` entries."""
    labels = real_numbers("groups", groups)
    if labels.dtype.kind not in "iu" and labels.size:
        raise TypeError(f"groups: expected integers, got dtype {labels.dtype}")
    if labels.shape != (size,):
        raise ValueError(
            f"groups: expected a label for each entry of g, shape ({size},), got {labels.shape}"
        )
    if labels.size and labels.min() < 0:
        raise ValueError(
            f"groups: expected labels ≥ 0, got {labels.min()}; "
            "an entry that is tied to no other needs a label of its own"
        )
    return labels


def checked_places(values: Mapping[int, float], size: int) -> Floats:
    """The vector of a mapping from places in g to values, NaN where g stays free."""
    try:
        places = [index(place) for place in values]
    except TypeError:
        raise TypeError(
            f"values: expected places in g as whole numbers, got {list(values)}"
        ) from None
    numbers = checked_vector("values", list(values.values()), len(places))
    if places and not 0 <= min(places) <= max(places) < size:
        raise ValueError(
            f"values: expected places in 0..{size - 1}, got {min(places)}..{max(places)}"
        )
    known = np.full(size, np.nan)
    known[places] = numbers
    return known
