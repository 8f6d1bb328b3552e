"""A noisy icosphere: an icosahedron, each triangle split in four again and again, radii uneven."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from nzdiff.demo.mesh import Integers, Mesh

Floats = NDArray[np.float64]

GOLDEN = (1 + np.sqrt(5)) / 2
SMOOTH, ROUGH, WAVES = 0.25, 2e-3, 6


def noisy_icosphere(subdivisions: int, *, seed: int = 0) -> Mesh:
    """The icosphere of 10 · 4^subdivisions + 2 vertices with the radii of `radii`."""
    if subdivisions < 0:
        raise ValueError(f"subdivisions: expected at least 0, got {subdivisions}")
    mesh = icosahedron()
    for _ in range(subdivisions):
        mesh = subdivided(mesh)
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


def subdivided(mesh: Mesh) -> Mesh:
    """Each triangle as four, the new vertices, one per edge, moved out to the unit sphere."""
    count = len(mesh.vertices)
    sides = np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]], axis=2).reshape(-1, 2)
    edges, which = np.unique(sides, axis=0, return_inverse=True)
    middles = mesh.vertices[edges].sum(axis=1)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    vertices = np.vstack([mesh.vertices, middles])
    return Mesh(vertices, _four_each(mesh.faces, count + which.reshape(-1, 3)))


def radii(points: Floats, seed: int) -> Floats:
    """1 + a few long waves of amplitude SMOOTH in all + ROUGH · normal noise, shape (n,)."""
    rng = np.random.default_rng(seed)
    directions = rng.uniform(1.0, 4.0, (WAVES, 1)) * _unit(rng.standard_normal((WAVES, 3)))
    phases = rng.uniform(0.0, 2 * np.pi, WAVES)
    smooth = np.sin(points @ directions.T + phases).mean(axis=1)
    return np.asarray(1.0 + SMOOTH * smooth + ROUGH * rng.standard_normal(len(points)))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _four_each(faces: Integers, middles: Integers) -> Integers:
    """The faces (a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca) of every face (a, b, c)."""
    (a, b, c), (ab, bc, ca) = faces.T, middles.T
    four = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    return np.stack([np.stack(face, axis=1) for face in four], axis=1).reshape(-1, 3)
