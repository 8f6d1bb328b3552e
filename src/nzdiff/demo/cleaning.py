"""Polygons as they come → one connected triangle mesh on which the operators are defined.

The cotangent Laplacian and its mass need finite vertices, each in a triangle, triangles of positive
area, and, so that one constant spans the null space, one connected component.  Boundaries, edges of
more than two triangles and faces that are turned inside out change nothing of that: they stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from nzdiff.demo.formats.polygons import Floats, Integers, Polygons
from nzdiff.demo.mesh import Mesh
from nzdiff.demo.triangulation import counted, triangulated

FLAT = 1e-8
"""A triangle lower than this part of its longest edge has no area that could be relied on."""


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A mesh, what was done to get it, and what is worth knowing of it: a phrase for each."""

    mesh: Mesh
    changes: tuple[str, ...]
    remarks: tuple[str, ...]


def clean(found: Polygons, component: int = 1) -> Cleaned:
    """The triangles of one component, the `component`-th by area, of what a file holds.

    Its longest side becomes 1 and its middle the origin, which changes no shape.  Raises ValueError
    where no triangle of positive area is left, and where there is no such component.
    """
    changes: list[str] = []
    faces = triangulated(found, changes)
    finite = np.asarray(np.isfinite(found.vertices).all(axis=1))
    if not finite.all():
        changes.append(f"removed {counted(~finite, 'vertex', 'vertices')} of no finite coordinates")
    faces = _kept(faces, np.asarray(finite[faces].all(axis=1)), "at such vertices", changes)
    vertices, faces = _used(found.vertices, faces, finite, changes)
    vertices, faces = _joined(_centred(vertices), faces, changes)
    faces = _kept(faces, _height(vertices, faces) > FLAT, "without area", changes)
    faces = _kept(faces, _first(faces), "that repeat another", changes)
    if not faces.size:
        raise ValueError(
            "mesh: expected triangles of positive area, got none"
            + (f" ({'; '.join(changes)})" if changes else "")
        )
    faces = _component(vertices, faces, component, changes)
    vertices, faces = _used(vertices, faces, np.zeros(len(vertices), dtype=bool), [])
    return Cleaned(Mesh(_centred(vertices), faces), tuple(changes), _remarks(faces))


def _kept(faces: Integers, good: NDArray[np.bool_], what: str, changes: list[str]) -> Integers:
    """The good faces; how many others there were is told."""
    if not good.all():
        changes.append(f"removed {counted(~good, 'triangle')} {what}")
    return faces[good]


def _used(
    vertices: Floats, faces: Integers, told: NDArray[np.bool_], changes: list[str]
) -> tuple[Floats, Integers]:
    """Vertices of triangles alone, in their order; of the others, those `told` are told."""
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    unused = told & ~used
    if unused.any():
        changes.append(f"removed {counted(unused, 'vertex', 'vertices')} of no triangle")
    number = np.cumsum(used) - 1
    return vertices[used], number[faces]


def _centred(vertices: Floats) -> Floats:
    """The points about the origin, their longest extent 1, so that no square overflows."""
    if not vertices.size:
        return vertices
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    extent = float((high / 2 - low / 2).max())
    return (vertices / 2 - (low / 4 + high / 4)) / extent if extent > 0 else vertices * 0.0


def _joined(vertices: Floats, faces: Integers, changes: list[str]) -> tuple[Floats, Integers]:
    """Vertices at one place become one, the first of them."""
    _, first, place = np.unique(vertices + 0.0, axis=0, return_index=True, return_inverse=True)
    joined = first[place.reshape(-1)]  # + 0.0: −0 is 0
    moved = joined != np.arange(len(vertices))
    if not moved.any():
        return vertices, faces
    changes.append(f"joined {counted(moved, 'vertex', 'vertices')} with others at the same place")
    return _used(vertices, joined[faces], moved & False, [])


def _height(vertices: Floats, faces: Integers) -> Floats:
    """Height over the longest edge, divided by its length (f,); 0 where that is 0."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    longest = np.max([np.sum((p - q) ** 2, axis=1) for p, q in ((a, b), (b, c), (c, a))], axis=0)
    doubled = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    heights: Floats = np.divide(doubled, longest, out=np.zeros(len(faces)), where=longest > 0)
    return heights


def _first(faces: Integers) -> NDArray[np.bool_]:
    """Whether no earlier face has the same three vertices, in whatever order."""
    _, first = np.unique(np.sort(faces, axis=1), axis=0, return_index=True)
    is_first = np.zeros(len(faces), dtype=bool)
    is_first[first] = True
    return is_first


def _component(vertices: Floats, faces: Integers, which: int, changes: list[str]) -> Integers:
    """The faces of the component that is the `which`-th by area."""
    tail, head = faces.ravel(), np.roll(faces, 1, axis=1).ravel()
    edges = sparse.coo_array((np.ones(tail.size), (tail, head)), shape=2 * (len(vertices),))
    _, labels = csgraph.connected_components(edges.tocsr(), directed=False)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    _, of_face = np.unique(labels[faces[:, 0]], return_inverse=True)
    areas = np.bincount(of_face, np.linalg.norm(np.cross(b - a, c - a), axis=1))
    if not 1 <= which <= areas.size:
        raise ValueError(
            f"component: expected 1 to {areas.size}, the largest to the smallest of the mesh, "
            f"got {which}"
        )
    chosen = np.argsort(-areas, kind="stable")[which - 1]
    if areas.size > 1:
        changes.append(
            f"kept component {which} of {areas.size:,}, ordered by area: "
            f"{areas[chosen] / areas.sum():.1%} of all"
        )
    kept: Integers = faces[of_face == chosen]
    return kept


def _remarks(faces: Integers) -> tuple[str, ...]:
    """What the operators do not mind and a reader may want to know: boundaries, edges of many."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    found = []
    if (counts == 1).any():
        found.append(f"{counted(counts == 1, 'edge')} on the boundary")
    if (counts > 2).any():
        found.append(f"{counted(counts > 2, 'edge')} of more than two triangles")
    return tuple(found)
