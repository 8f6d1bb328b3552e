"""Eigenvalues of Spot, of clusters and of the S that was found; functional maps; S itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from nzdiff.demo.coarsening import seen
from tools.site.pictures import DOTS_PER_INCH, entries, example

COARSE, MODES = 100, 33


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("convex_coarsening")
    model, start, data = found["problem_of"](COARSE, MODES)
    S = model.unpack(found["solve"](model, start).x).toarray()
    before = (data.G0.T @ data.L @ data.G0).toarray()
    figure = Figure(figsize=(12.0, 3.4), layout="constrained")
    spectrum, *maps, pattern = figure.subplots(1, 4)
    spectrum.plot(data.eigenvalues, color="0.6", linewidth=4.0, label="Spot")
    for name, operator, axes in zip(("K L Kᵀ", "S"), (before, S), maps, strict=True):
        values, modes = lowest(operator, data.coarse_mass)
        spectrum.plot(values, label=name)
        entries(axes, seen(modes, data.coarse_mass, data.P @ data.Phi))
        axes.set(title=f"modes of {name} by modes of Spot", xticks=[], yticks=[])
    spectrum.set(title="lowest eigenvalues", xlabel="number")
    spectrum.legend(loc="upper left")
    sizes = np.sign(S) * np.abs(S) ** 0.5
    entries(pattern, sizes)
    pattern.set(title="S, roots of its entries", xticks=[], yticks=[])
    figure.savefig(path, dpi=DOTS_PER_INCH)


def lowest(operator: Any, mass: Any) -> tuple[Any, Any]:
    """The eigenvalues and modes of S φ = λ M φ, the lowest first."""
    scale = 1.0 / np.sqrt(mass)
    values, vectors = np.linalg.eigh(scale[:, None] * operator * scale)
    return values[:MODES], (scale[:, None] * vectors)[:, :MODES]
