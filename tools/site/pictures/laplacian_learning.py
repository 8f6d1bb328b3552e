"""The graph that was learnt, over the variance of pixels; weights beside slopes of the energy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tools.site.pictures import DOTS_PER_INCH, example

LEAST = 1e-7
"""Weights and slopes below are drawn there: they are 0."""


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("laplacian_learning")
    K, (i, j) = found["covariance"](), found["near"]()
    model, result = found["solve"](K, i, j)
    L = model.unpack(result.x).toarray()
    w, Z = -L[i, j], np.linalg.inv(L + 1.0 / len(L))
    slope = (K - Z)[i, i] + (K - Z)[j, j] - 2.0 * (K - Z)[i, j]
    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    places = np.stack([np.arange(64) % 8, np.arange(64) // 8], axis=1).astype(float)
    left.imshow(np.diagonal(K).reshape(8, 8), cmap="Blues")
    ends = np.stack([places[i], places[j]], axis=1)
    left.add_collection(
        LineCollection(list(ends), linewidths=6.0 * np.sqrt(w / w.max()), colors="C1")
    )
    left.plot(*places.T, ".", color="black", markersize=3)
    left.set(title="weights; variance of pixels", xticks=[], yticks=[])
    right.loglog(np.maximum(w, LEAST), np.maximum(np.abs(slope), LEAST), ".")
    right.set(title="of each edge one is 0", xlabel="weight", ylabel="slope of the energy")
    figure.savefig(path, dpi=DOTS_PER_INCH)
