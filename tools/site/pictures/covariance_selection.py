"""Tumours: S, S⁻¹ and Θ; digits: partial correlations of neighbouring pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tools.site.pictures import DOTS_PER_INCH, entries, example


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("covariance_selection")
    S, graph = found["data"]("breast_cancer")
    panels = {
        "S, tumours": S,
        "S⁻¹, partial correlations": partial_correlations(np.linalg.inv(S)),
        "Θ, partial correlations": partial_correlations(solution(found, S, graph)),
    }
    figure = Figure(figsize=(12.0, 3.3), layout="constrained")
    *images, pixels = figure.subplots(1, 4)
    for axes, (title, matrix) in zip(images, panels.items(), strict=True):
        entries(axes, matrix)
        axes.set(title=title, xticks=[], yticks=[])
    draw_lattice(pixels, partial_correlations(solution(found, *found["data"]("digits"))))
    figure.savefig(path, dpi=DOTS_PER_INCH)


def solution(found: dict[str, Any], S: Any, graph: Any) -> Any:
    """Θ, dense."""
    model, result = found["solve"](S, graph)
    return model.unpack(result.x).toarray()


def partial_correlations(Theta: Any) -> Any:
    """−Θ_ij / √(Θ_ii Θ_jj), 1 on the diagonal."""
    scale = 1.0 / np.sqrt(np.diagonal(Theta))
    found = -scale[:, None] * Theta * scale
    np.fill_diagonal(found, 1.0)
    return found


def draw_lattice(axes: Any, matrix: Any) -> None:
    """Draw a line between each two of 8 × 8 pixels, as wide as what joins them is strong."""
    i, j = np.nonzero(np.triu(matrix, 1))
    ends = np.stack([np.stack(np.divmod(k, 8)[::-1], axis=1) for k in (i, j)], axis=1)
    values = matrix[i, j]
    lines = LineCollection(list(ends), linewidths=12.0 * abs(values), cmap="RdBu", clim=(-0.3, 0.3))
    lines.set_array(values)
    axes.add_collection(lines)
    axes.set(title="Θ, pixels of digits", xlim=(-0.5, 7.5), ylim=(7.5, -0.5), xticks=[], yticks=[])
    axes.set_aspect("equal")
