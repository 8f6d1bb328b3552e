"""Triangle meshes: the shipped one, its cotangent Laplacian and its lumped mass, by libigl.

A mesh is connected and has triangles of positive area; `cleaning` makes such a one of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, resources
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.demo.formats.obj import parse_obj
from nzdiff.demo.formats.polygons import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles in space: vertices (n, 3), and faces (f, 3) as indices of vertices."""

    vertices: Floats
    faces: Integers

    def __post_init__(self) -> None:
        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3:
            raise ValueError(f"vertices: expected shape (n, 3), got {self.vertices.shape}")
        if not np.isfinite(self.vertices).all():
            raise ValueError("vertices: expected finite coordinates, got NaN or infinity")
        if self.faces.ndim != 2 or self.faces.shape[1] != 3 or not self.faces.size:
            raise ValueError(f"faces: expected shape (f, 3) with f > 0, got {self.faces.shape}")
        count = len(self.vertices)
        if self.faces.min() < 0 or self.faces.max() >= count:
            raise ValueError(
                f"faces: expected indices 0 to {count - 1}, "
                f"got {self.faces.min()} to {self.faces.max()}"
            )

    @property
    def area(self) -> float:
        """Sum of the areas of the faces."""
        a, b, c = (self.vertices[self.faces[:, corner]] for corner in range(3))
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)

    def scaled_to_area(self, area: float) -> Mesh:
        """The same mesh with this total area."""
        if not (area > 0 and self.area > 0):
            raise ValueError(f"area: expected a positive one from a positive one, got {area}")
        return Mesh(self.vertices * np.sqrt(area / self.area), self.faces)


def load_spot() -> Mesh:
    """The shipped mesh: 2930 vertices, 5856 triangles (public domain, by Keenan Crane)."""
    found = parse_obj((resources.files("nzdiff.demo") / "spot.obj").read_bytes())
    return Mesh(found.vertices, found.corners.reshape(-1, 3))


def laplacian_and_mass(mesh: Mesh) -> tuple[Any, Floats]:
    """The cotangent Laplacian L, CSR (n, n), and the lumped Voronoi mass of the vertices (n,).

    L_ij = −(cot α_ij + cot β_ij) / 2 and L_ii = −Σ_j L_ij, so that vᵀ L v ≥ 0: libigl returns −L.
    The masses are the mixed Voronoi areas of Meyer et al. 2003; their sum is the mesh's area.
    """
    igl = _igl()
    L = -sparse.csr_array(igl.cotmatrix(mesh.vertices, mesh.faces))
    M = igl.massmatrix(mesh.vertices, mesh.faces, igl.MASSMATRIX_TYPE_VORONOI)
    L.sum_duplicates()
    return L, np.asarray(M.diagonal(), dtype=np.float64)


def _igl() -> Any:
    try:
        return import_module("igl")
    except ImportError as error:
        raise ImportError(
            "The mesh's operators come from libigl's Python package, which cannot be imported: "
            'pip install "nzdiff[demo]"'
        ) from error
