"""A noisy icosphere: an icosahedron, each triangle split in f², on the sphere, radii uneven."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from nzdiff.demo.formats.polygons import Integers
from nzdiff.demo.mesh import Mesh

Floats = NDArray[np.float64]

GOLDEN = (1 + np.sqrt(5)) / 2
SMOOTH, ROUGH, WAVES = 0.25, 2e-3, 6
DIGITS = 9
"""To which two faces put a vertex of both in the same place."""


def noisy_icosphere(frequency: int, *, seed: int = 0) -> Mesh:
    """The icosphere of 10 · frequency² + 2 vertices with the radii of `radii`."""
    if frequency < 1:
        raise ValueError(f"frequency: expected at least 1, got {frequency}")
    mesh = divided(icosahedron(), frequency)
    return Mesh(mesh.vertices * radii(mesh.vertices, seed)[:, None], mesh.faces)


def icosahedron() -> Mesh:
    """12 vertices on the unit sphere, 20 faces turned outward.

    >>> icosahedron().faces.shape
    (20, 3)
    """
    signs = product((-1.0, 1.0), repeat=2)
    corners = np.array([(0.0, a, b * GOLDEN) for a, b in signs])
    vertices = np.vstack([np.roll(corners, turn, axis=1) for turn in range(3)])
    vertices /= np.linalg.norm(vertices, axis=1, keepdims=True)
    faces = ConvexHull(vertices).simplices.astype(np.int64)
    inward = np.linalg.det(vertices[faces]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return Mesh(vertices, faces)


def divided(mesh: Mesh, frequency: int) -> Mesh:
    """Each edge in `frequency` parts, each triangle in frequency², moved to the unit sphere.

    Source: the geodesic domes of class I.
    """
    weights, triangles = _lattice(frequency)
    points = (weights @ mesh.vertices[mesh.faces]).reshape(-1, 3)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    _, first, which = np.unique(
        points.round(DIGITS) + 0.0, axis=0, return_index=True, return_inverse=True
    )
    of_face = which.reshape(len(mesh.faces), -1)
    return Mesh(points[first], of_face[:, triangles].reshape(-1, 3))


def _lattice(frequency: int) -> tuple[Floats, Integers]:
    """Barycentric coordinates of the points of one triangle, and its small triangles."""
    down, right = (x.ravel() for x in np.indices((frequency + 1, frequency + 1)))
    inside = down + right <= frequency
    a, b = down[inside], right[inside]
    number = np.full((frequency + 2, frequency + 2), -1)
    number[a, b] = np.arange(a.size)
    upright = np.stack([number[a, b], number[a + 1, b], number[a, b + 1]], axis=1)
    turned = np.stack([number[a + 1, b], number[a + 1, b + 1], number[a, b + 1]], axis=1)
    triangles = np.concatenate([x[(x >= 0).all(axis=1)] for x in (upright, turned)])
    weights = np.stack([frequency - a - b, a, b], axis=1) / frequency
    return weights, triangles


def radii(points: Floats, seed: int) -> Floats:
    """1 + a few long waves of amplitude SMOOTH in all + ROUGH · normal noise, shape (n,)."""
    rng = np.random.default_rng(seed)
    directions = rng.uniform(1.0, 4.0, (WAVES, 1)) * _unit(rng.standard_normal((WAVES, 3)))
    phases = rng.uniform(0.0, 2 * np.pi, WAVES)
    smooth = np.sin(points @ directions.T + phases).mean(axis=1)
    return np.asarray(1.0 + SMOOTH * smooth + ROUGH * rng.standard_normal(len(points)))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
