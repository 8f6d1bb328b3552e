"""An instance on the mesh of the demo as MatrixMarket files, and what Python finds there.

    python examples/cpp/write_instance.py FOLDER [CLUSTERS MODES]

The other programs of this folder read it.  G, gradient, direction and product are sparse matrices
of one pattern: no program needs to know in which order another one holds g.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.io import mmwrite

import nzdiff as nz
from nzdiff.demo.coarsening import spectral_coarsening
from nzdiff.demo.mesh import load_spot
from nzdiff.generated.spectral_coarsening import bind


def write_instance(folder: Path, clusters: int, modes: int) -> None:
    """Write the files: mesh, data, a point G, and E, dE, v and H v there."""
    mesh = load_spot().scaled_to_area(clusters)
    data = spectral_coarsening(mesh, coarse=clusters, modes=modes)
    pattern = nz.Pattern((data.i, data.j), data.shape)
    model = bind(X=data.X, Y=data.Y, B=data.B, L=data.L, G=pattern)
    g = pattern.pack(data.G0) + 0.1 * np.cos(np.arange(pattern.size))
    v = np.sin(np.arange(pattern.size))
    E, dE = model.energy_and_gradient(g)
    dense = {"V": mesh.vertices, "X": data.X, "Y": data.Y[:, None], "B": data.B, "E": [[E]]}
    stored = {"G": g, "gradient": dE, "direction": v, "product": model.hessian(g) @ v}
    folder.mkdir(parents=True, exist_ok=True)
    matrices = {**dense, "L": data.L, **{n: pattern.to_csr(x) for n, x in stored.items()}}
    for name, matrix in matrices.items():
        mmwrite(folder / f"{name}.mtx", matrix, precision=17, symmetry="general")
    mmwrite(folder / "F.mtx", mesh.faces, symmetry="general")


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[2:4]] or [300, 100]
    write_instance(Path(sys.argv[1]), *sizes)
