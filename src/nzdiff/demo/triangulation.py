"""Polygons → triangles: fans, each from the corner that gives triangles turned as the polygon is.

A convex polygon is cut well from any corner, a concave one where some corner sees all others; those
that no fan covers are cut all the same, and told.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nzdiff.demo.formats.polygons import Floats, Integers, Polygons

GOOD = 0.1
"""The first corner is taken where its least triangle has this part of what another could reach."""
LARGE = 100
"""Polygons of more corners are cut from the first one, without a look at the others."""


def triangulated(found: Polygons, changes: list[str]) -> Integers:
    """The triangles (f, 3) in the order of the faces; what was cut or left out is told."""
    begins = np.cumsum(found.sizes) - found.sizes
    pieces, places, overlapping = [np.empty((0, 3), dtype=np.int64)], [np.empty(0, np.int64)], 0
    for size in np.unique(found.sizes[found.sizes >= 3]).tolist():
        which = np.flatnonzero(found.sizes == size)
        corners = found.corners[begins[which, None] + np.arange(size)]
        if size > 3:
            corners, overlaps = _turned(found.vertices, corners)
            overlapping += overlaps
        fans = np.stack(
            [
                np.broadcast_to(corners[:, :1], corners[:, 2:].shape),
                corners[:, 1:-1],
                corners[:, 2:],
            ],
            axis=2,
        )
        pieces.append(fans.reshape(-1, 3))
        places.append(np.repeat(which, size - 2))
    if (found.sizes < 3).any():
        changes.append(f"removed {counted(found.sizes < 3, 'face')} of fewer than three corners")
    if (found.sizes > 3).any():
        changes.append(f"cut {counted(found.sizes > 3, 'polygon')} into triangles")
    if overlapping:
        changes.append(f"{overlapping:,} of them, concave, overlap: cut those in a mesh program")
    order = np.argsort(np.concatenate(places), kind="stable")
    return np.concatenate(pieces)[order]


def counted(which: NDArray[np.bool_], one: str, several: str = "") -> str:
    """How many they are, in words: "1 face", "2,000 faces"."""
    count = int(np.count_nonzero(which))
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def _turned(vertices: Floats, corners: Integers) -> tuple[Integers, int]:
    """Polygons (f, s) that begin where their fan is best, and how many of those fans overlap."""
    with np.errstate(invalid="ignore", over="ignore"):
        points = vertices[corners]
        points = points - points[:, :1]
        normal = np.cross(points, np.roll(points, -1, axis=1)).sum(axis=1)
        size = corners.shape[1]
        starts = range(size if size <= LARGE else 1)
        worst = np.stack([_worst(np.roll(points, -k, axis=1), normal) for k in starts], axis=1)
        worst = np.nan_to_num(worst, nan=0.0)
        most = worst.max(axis=1)
        best = np.where(worst[:, 0] > GOOD * most, 0, worst.argmax(axis=1))
        overlapping = most < 0
    turned = np.take_along_axis(corners, (best[:, None] + np.arange(size)) % size, axis=1)
    return turned, int(overlapping.sum())


def _worst(points: Floats, normal: Floats) -> Floats:
    """The least area of a triangle of each fan, as the polygon sees it: below 0 where it turns."""
    a, b, c = points[:, :1], points[:, 1:-1], points[:, 2:]
    return np.asarray((np.cross(b - a, c - a) * normal[:, None]).sum(axis=2).min(axis=1))
