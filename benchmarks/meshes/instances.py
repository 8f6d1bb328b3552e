"""Closed surfaces of three sizes, coarsened as the demo does; their modes are kept in a folder.

The published method needs minutes for such meshes, of which eigenvectors are a part: those are
computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.binding.instances import bumpy_torus
from benchmarks.instances.icosphere import noisy_icosphere
from nzdiff.demo.coarsening import CoarseningData, coarsening_data, lowest_modes
from nzdiff.demo.mesh import Mesh, laplacian_and_mass, load_spot


@dataclass(frozen=True, slots=True)
class Coarsening:
    """A mesh to be coarsened to m = `coarse` vertices by k = `modes`."""

    make: Callable[[], Mesh]
    coarse: int
    modes: int


MESHES: dict[str, Coarsening] = {
    "spot": Coarsening(load_spot, 300, 100),
    "icosphere-2892": Coarsening(partial(noisy_icosphere, 17), 300, 100),
    "torus-25122": Coarsening(partial(bumpy_torus, 159, 158), 600, 300),
    "icosphere-25002": Coarsening(partial(noisy_icosphere, 50), 600, 300),
    "icosphere-110252": Coarsening(partial(noisy_icosphere, 105), 500, 100),
    "torus-110224": Coarsening(partial(bumpy_torus, 332, 332), 500, 100),
}
DEFAULT = ("icosphere-2892", "torus-25122", "icosphere-110252")


def coarsening_of(name: str, folder: Path) -> CoarseningData:
    """The data of a mesh; its modes are read from `folder`, or computed and written there."""
    found = MESHES[name]
    L, mass = laplacian_and_mass(found.make().scaled_to_area(found.coarse))
    path = folder / f"{name}-{found.modes}.npy"
    if path.exists():
        stacked = np.load(path, allow_pickle=False)
    else:
        stacked = np.vstack(lowest_modes(L, mass, found.modes))
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, stacked)
    modes = stacked[0], np.ascontiguousarray(stacked[1:])
    return coarsening_data(L, mass, modes, coarse=found.coarse, rounds=20, seed=0)
