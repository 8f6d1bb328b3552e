"""Aggregates of a square, and one column of the prolongation before and after."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation
from scipy import sparse

import nzdiff as nz
from tools.site.pictures import DOTS_PER_INCH, example

LEVELS = np.linspace(0.0, 1.0, 17)


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("amg_prolongation")
    mesh = import_module("pyamg.gallery").load_example("unit_square")
    x, y = mesh["vertices"].T[:2]
    A, T, coarse, fine = found["square"]()
    stored = nz.Pattern.from_scipy(sparse.csr_array(abs(A) @ abs(T)))
    model, result = found["solve"](A, stored, coarse, fine)
    triangles = Triangulation(x, y, mesh["elements"])
    before, after = abs(T.toarray()), abs(model.unpack(result.x).toarray())
    panels = {"column of T": before, "column of P": after}
    middle = int(np.argmin(np.hypot(x - 0.5, y - 0.5) @ before / before.sum(axis=0)))
    figure = Figure(figsize=(11.0, 3.5), layout="constrained")
    left, *columns = figure.subplots(1, 3)
    left.triplot(triangles, color="0.8", linewidth=0.5)
    left.scatter(x, y, c=before.argmax(axis=1) % 10, cmap="tab10", s=16)
    left.set(title="mesh and aggregates")
    for axes, (title, P) in zip(columns, panels.items(), strict=True):
        function = P[:, middle] / before[:, middle].max()
        axes.tricontourf(triangles, function, levels=LEVELS, cmap="viridis", extend="both")
        axes.triplot(triangles, color="1.0", linewidth=0.2)
        axes.set(title=title)
    figure.colorbar(columns[0].collections[0], ax=columns, shrink=0.8)
    for axes in (left, *columns):
        axes.set(xticks=[], yticks=[])
        axes.set_aspect("equal")
    figure.savefig(path, dpi=DOTS_PER_INCH)
