"""The factors found of a Hadamard matrix, their product, and energies from random starts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.linalg import hadamard

from tools.site.pictures import DOTS_PER_INCH, entries, example

Floats = NDArray[np.float64]
LEAST = 1e-16


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("butterfly")
    model = found["model_of"](hadamard(32).astype(float))
    results = [found["solve"](model, seed) for seed in range(found["STARTS"])]
    best = min(results, key=lambda result: result.fun)
    factors = balanced([S.toarray() for S in model.unpack(best.x)])
    panels = {f"S{level}": S for level, S in enumerate(factors)}
    panels["their product"] = np.linalg.multi_dot(factors)
    figure = Figure(figsize=(11.0, 4.2), layout="constrained")
    grid = figure.add_gridspec(2, 5)
    places = [grid[k // 3, k % 3] for k in range(6)]
    for place, (title, matrix) in zip(places, panels.items(), strict=True):
        axes = figure.add_subplot(place)
        entries(axes, matrix)
        axes.set(title=title, xticks=[], yticks=[])
    curves = figure.add_subplot(grid[:, 3:])
    for result in results:
        energies = [max(record.energy, LEAST) for record in result.history]
        curves.semilogy(energies, color="C0", linewidth=0.8, alpha=0.6)
    curves.set(title="energy from twenty random starts", xlabel="step")
    figure.savefig(path, dpi=DOTS_PER_INCH)


def balanced(factors: list[Floats]) -> list[Floats]:
    """The same product, with rows of length 1 in all factors but the first."""
    found = [factor.copy() for factor in factors]
    for k in reversed(range(1, len(found))):
        lengths = np.linalg.norm(found[k], axis=1)
        found[k], found[k - 1] = found[k] / lengths[:, None], found[k - 1] * lengths
    return found
