"""A and A M by the size of their entries, and the singular values of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

import nzdiff as nz
from tools.site.pictures import DOTS_PER_INCH, example

SMALLEST = 1e-3


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("approximate_inverse")
    A = found["airfoil"]()
    model, result = found["solve"](A, nz.Pattern.from_scipy(A))
    panels = {"A": A.toarray(), "A M": (A @ model.unpack(result.x)).toarray()}
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    *images, curves = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
    for axes, (title, matrix) in zip(images, panels.items(), strict=True):
        sizes = np.ma.masked_less(abs(matrix), SMALLEST)
        axes.imshow(sizes, cmap="viridis_r", norm=LogNorm(SMALLEST, 10.0))
        axes.set(title=f"{title}: sizes of entries", xticks=[], yticks=[])
    figure.colorbar(images[0].images[0], ax=images, shrink=0.8)
    for title, matrix in panels.items():
        curves.semilogy(np.linalg.svd(matrix, compute_uv=False), label=title)
    curves.set(title="singular values", xlabel="number")
    curves.legend(loc="lower left")
    figure.savefig(path, dpi=DOTS_PER_INCH)
