"""Patterns whose index tables are large: spectral coarsening of bumpy tori, a 3-D SPAI.

Only patterns matter to a bind, so that X and B are random here; all else is the demo's pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.instances.coarsening import coarsening_problem
from nzdiff.demo.coarsening import assignment, clusters, coarsening_pattern
from nzdiff.demo.mesh import Mesh, laplacian_and_mass
from nzdiff.gallery.approximate_inverse import problem as approximate_inverse
from nzdiff.pattern import Pattern
from nzdiff.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Bindable:
    """A problem with what `problem.bind` takes."""

    sizes: str
    problem: Problem
    data: Mapping[str, Any]


def torus(u: int, v: int, coarse: int, modes: int) -> Bindable:
    """‖X − Y Gᵀ L G B‖² on a bumpy torus of u · v vertices, in `coarse` clusters.  Needs libigl."""
    L, mass = laplacian_and_mass(bumpy_torus(u, v).scaled_to_area(coarse))
    labels, _ = clusters(L, mass, coarse, rounds=20, seed=0)
    K = assignment(labels, coarse)
    pattern = Pattern(coarsening_pattern(L, K), (u * v, coarse))
    X, B = np.random.default_rng(0).standard_normal((2, coarse, modes))
    data = {"X": X, "Y": 1 / np.sqrt(K @ mass), "B": B, "L": L, "G": pattern}
    sizes = f"torus, n = {u * v:,}, m = {coarse}, k = {modes}, s = {pattern.size:,}"
    return Bindable(sizes, coarsening_problem(), data)


def bumpy_torus(u: int, v: int) -> Mesh:
    """A torus of u · v vertices with waves and a little noise, each quad in two triangles."""
    a, b = np.meshgrid(*(2 * np.pi * np.arange(n) / n for n in (u, v)), indexing="ij")
    noise = np.random.default_rng(0).standard_normal((u, v))
    r = 0.4 * (1 + 0.2 * np.sin(5 * a) * np.cos(3 * b) + 0.02 * noise)
    R = 1 + r * np.cos(b)
    vertices = np.stack([R * np.cos(a), R * np.sin(a), r * np.sin(b)], axis=-1).reshape(-1, 3)
    first = np.arange(u * v).reshape(u, v)
    down, right = np.roll(first, -1, axis=0), np.roll(first, -1, axis=1)
    across = np.roll(down, -1, axis=1)
    halves = [np.stack(x, axis=-1) for x in ((first, down, across), (first, across, right))]
    return Mesh(vertices, np.concatenate([half.reshape(-1, 3) for half in halves]))


def poisson(side: int) -> Bindable:
    """‖A M − I‖² with M on the pattern of A, seven points on a grid of side³."""
    line = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(side, side))
    eye = sparse.eye_array(side)
    plane = sparse.kron(line, eye) + sparse.kron(eye, line)
    A = sparse.csr_array(sparse.kron(plane, eye) + sparse.kron(sparse.kron(eye, eye), line))
    sizes = f"3-D SPAI, n = {side**3:,}, s = {A.nnz:,}"
    return Bindable(sizes, approximate_inverse, {"A": A, "M": Pattern.from_scipy(A)})


BINDABLE: dict[str, Callable[[], Bindable]] = {
    "torus-2916": partial(torus, 54, 54, 300, 100),
    "torus-25122": partial(torus, 159, 158, 600, 300),
    "torus-110224": partial(torus, 332, 332, 500, 100),
    "spai-140608": partial(poisson, 52),
}
