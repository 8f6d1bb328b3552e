"""Which entries of g each block has: whole unknowns, and its part of those that are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.pattern import Pattern

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """The entries of g that the g of a block, or of what counts once, is made of."""

    places: tuple[slice | NDArray[np.int64], ...]
    ends: tuple[int, ...]

    def of(self, g: Floats) -> Floats:
        """Their values."""
        parts = [g[place] for place in self.places]
        return np.concatenate(parts) if parts else np.zeros(0)

    def add(self, total: Floats, part: Floats) -> None:
        """Add values to them; each entry is there once."""
        for place, values in zip(self.places, np.split(part, self.ends[:-1]), strict=True):
            total[place] += values

    @property
    def indices(self) -> NDArray[np.int64]:
        """The entries as one array."""
        parts = [
            np.arange(place.start, place.stop) if isinstance(place, slice) else place
            for place in self.places
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def share_of(names: Sequence[str], where: Mapping[str, Any]) -> Share:
    """The share of unknowns in this order, each at its place in g."""
    places = tuple(where[name] for name in names)
    sizes = [p.stop - p.start if isinstance(p, slice) else p.size for p in places]
    return Share(places, tuple(int(end) for end in np.cumsum(sizes)))


def assembled(
    name: str, axis: int, parts: Sequence[Pattern], *, by_columns: bool
) -> tuple[Pattern, tuple[Any, ...]]:
    """The pattern of an unknown that is cut, and the entries of its g that each block has.

    by_columns: a dense one, whose g is vec(U); others have their blocks one after the other.
    """
    starts = np.cumsum([0, *(part.shape[axis] for part in parts)])
    other = parts[0].shape[1 - axis]
    for number, part in enumerate(parts):
        if not part.is_selection:
            raise ValueError(
                f"block {number}: {name}: a pattern with duplicates, ties or constraints is not "
                "cut into blocks"
            )
        if part.shape[1 - axis] != other:
            raise ValueError(
                f"block {number}: {name}: expected shape {(parts[0].shape)} but for its "
                f"{('rows', 'columns')[axis]}, as in block 0, got {part.shape}"
            )
    size = int(starts[-1])
    shape = (size, other) if axis == 0 else (other, size)
    if by_columns:
        entries = [_of_full(shape, axis, *pair) for pair in pairwise(starts)]
        return Pattern.full(shape), tuple(entries)
    rows = [p.rows + (start if axis == 0 else 0) for p, start in zip(parts, starts, strict=False)]
    cols = [p.cols + (start if axis == 1 else 0) for p, start in zip(parts, starts, strict=False)]
    ends = np.cumsum([0, *(part.size for part in parts)]).tolist()
    slices = tuple(slice(*pair) for pair in pairwise(ends))
    return Pattern((np.concatenate(rows), np.concatenate(cols)), shape), slices


def whole(name: str, parts: Mapping[int, Pattern]) -> Pattern:
    """The pattern of an unknown that all blocks share; ValueError where one has another."""
    numbers = iter(parts)
    first = next(numbers)
    for number in numbers:
        if parts[number].shape != parts[first].shape or parts[number].size != parts[first].size:
            raise ValueError(
                f"block {number}: {name}: expected shape {parts[first].shape}, as in block "
                f"{first}, got {parts[number].shape}"
            )
    return parts[first]


def of_diagonal(parts: Sequence[Pattern]) -> tuple[Pattern, tuple[slice, ...]]:
    """`assembled` of a diagonal unknown."""
    ends = np.cumsum([0, *(part.size for part in parts)]).tolist()
    slices = tuple(slice(*pair) for pair in pairwise(ends))
    return Pattern.diagonal(ends[-1]), slices


def _of_full(shape: tuple[int, int], axis: int, start: int, stop: int) -> Any:
    """The entries of vec(U) in some rows, or columns."""
    rows, cols = shape
    if axis == 1:
        return slice(int(start) * rows, int(stop) * rows)
    along = np.arange(cols, dtype=np.int64)[:, None] * rows
    return (along + np.arange(int(start), int(stop))).ravel()
