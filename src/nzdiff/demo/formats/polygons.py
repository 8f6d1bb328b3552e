"""What a mesh file holds before it is cleaned: points, and faces of any number of corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class MeshFileError(ValueError):
    """A mesh file that cannot be read; the message says where and what was expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Polygons:
    """Points (n, 3), perhaps NaN, and f faces; face c has the next `sizes[c]` of `corners`."""

    vertices: Floats
    sizes: Integers
    """Corners of each face (f,)."""
    corners: Integers
    """Vertices of all faces, one face after the other (Σ sizes,)."""

    def __post_init__(self) -> None:
        """Refuse faces that name vertices that are not there: the file was cut or is mixed up."""
        count = len(self.vertices)
        absent = np.flatnonzero((self.corners < 0) | (self.corners >= count))
        if absent.size:
            face = int(np.searchsorted(np.cumsum(self.sizes), absent[0], side="right"))
            raise MeshFileError(
                f"face {face + 1} of {len(self.sizes)}: expected vertices among the {count} of the "
                f"file, got number {self.corners[absent[0]] + 1} (counted from 1); the file is "
                "incomplete or damaged: export it again"
            )


def polygons(vertices: object, faces: list[list[int]]) -> Polygons:
    """Those of points (n, 3) and a list of faces."""
    sizes = np.array([len(face) for face in faces], dtype=np.int64)
    try:
        corners = np.array([corner for face in faces for corner in face], dtype=np.int64)
    except OverflowError as error:
        raise MeshFileError("faces: expected numbers of vertices, got one above 2⁶³") from error
    return Polygons(np.array(vertices, dtype=np.float64).reshape(-1, 3), sizes, corners)


def floats(words: list[str], line: int) -> list[float]:
    """Three coordinates; MeshFileError with the line where they are none."""
    try:
        x, y, z = map(float, words[:3])
    except ValueError as error:
        raise MeshFileError(
            f"line {line}: expected three coordinates of a vertex, got {' '.join(words)[:60]!r}"
        ) from error
    return [x, y, z]


def integers(words: list[str], line: int) -> list[int]:
    """Whole numbers; MeshFileError with the line where one is none."""
    try:
        return list(map(int, words))
    except ValueError as error:
        raise MeshFileError(
            f"line {line}: expected whole numbers, got {' '.join(words)[:60]!r}"
        ) from error
