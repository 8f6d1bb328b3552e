"""Which entries of g each block has: whole unknowns, and its part of those that are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nzdiff.pattern import Pattern

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SomeRows:
    """The entries of some rows in the g of a dense unknown, which is vec(U)."""

    first: int
    shape: tuple[int, int]
    start: int
    stop: int

    @property
    def size(self) -> int:
        """How many there are."""
        return (self.stop - self.start) * self.shape[1]

    def view(self, g: NDArray[Any]) -> NDArray[Any]:
        """Them, a column of U in each row."""
        rows, cols = self.shape
        columns = g[self.first : self.first + rows * cols].reshape(cols, rows)
        return columns[:, self.start : self.stop]


Place = slice | SomeRows


@dataclass(frozen=True, slots=True)
class Share:
    """The entries of g that the g of a block, or of what counts once, is made of."""

    places: tuple[Place, ...]
    ends: tuple[int, ...]

    def of(self, g: NDArray[Any]) -> NDArray[Any]:
        """Their values."""
        parts = [_view(g, place).ravel() for place in self.places]
        return np.concatenate(parts) if parts else np.zeros(0)

    def add(self, total: Floats, part: Floats) -> None:
        """Add values to them; each entry is there once."""
        for place, values in zip(self.places, np.split(part, self.ends[:-1]), strict=True):
            view = _view(total, place)
            view += values.reshape(view.shape)


def share_of(names: Sequence[str], where: Mapping[str, Place]) -> Share:
    """The share of unknowns in this order, each at its place in g."""
    places = tuple(where[name] for name in names)
    sizes = [p.size if isinstance(p, SomeRows) else p.stop - p.start for p in places]
    return Share(places, tuple(int(end) for end in np.cumsum(sizes)))


def moved(place: Place, by: int) -> Place:
    """A place in a vector that begins that much later."""
    if isinstance(place, SomeRows):
        return replace(place, first=place.first + by)
    return slice(place.start + by, place.stop + by)


def _view(g: NDArray[Any], place: Place) -> NDArray[Any]:
    return place.view(g) if isinstance(place, SomeRows) else g[place]


def assembled(
    name: str, axis: int, parts: Sequence[Pattern], *, by_columns: bool
) -> tuple[Pattern, tuple[Place, ...]]:
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


def of_diagonal(parts: Sequence[Pattern]) -> tuple[Pattern, tuple[Place, ...]]:
    """`assembled` of a diagonal unknown."""
    ends = np.cumsum([0, *(part.size for part in parts)]).tolist()
    slices = tuple(slice(*pair) for pair in pairwise(ends))
    return Pattern.diagonal(ends[-1]), slices


def _of_full(shape: tuple[int, int], axis: int, start: int, stop: int) -> Place:
    """The entries of vec(U) in some rows, or columns."""
    if axis == 1:
        return slice(int(start) * shape[0], int(stop) * shape[0])
    return SomeRows(0, shape, int(start), int(stop))
