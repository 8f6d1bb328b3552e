"""Digits, what is known of them, what the factors make of it, and the energy over the steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tools.site.pictures import DOTS_PER_INCH, example

SHOWN = (0, 3, 5, 8)


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("matrix_completion")
    pixels, R = found["digits"]()
    model, result = found["solve"](R)
    U, V = model.unpack(result.x)
    known = np.full(pixels.shape, np.nan)
    known[R.tocoo().coords] = R.data
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    halves: Any = figure.subfigures(1, 2)
    left, right = halves
    panels = left.subplots(3, len(SHOWN))
    rows = {"digits": pixels, "known": known, "completed": U @ V.T}
    for line, (title, matrix) in zip(panels, rows.items(), strict=True):
        line[0].set_ylabel(title)
        for axes, row in zip(line, SHOWN, strict=True):
            axes.set_facecolor("tab:orange")
            axes.imshow(matrix[row].reshape(8, 8), cmap="gray_r", vmin=0.0, vmax=1.0)
            axes.set(xticks=[], yticks=[])
    curve = right.subplots()
    for seed in (1, 2, 3):
        run = result if seed == 1 else found["solve"](R, seed)[1]
        curve.semilogy([record.energy - result.fun + 1e-8 for record in run.history])
    curve.set(title="E − least E, from three starts", xlabel="step")
    figure.savefig(path, dpi=DOTS_PER_INCH)
