"""A, the M on its pattern with the least ‖A M − I‖, and how near A M is to I."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import nzdiff as nz
from tools.site.pictures import DOTS_PER_INCH, EXAMPLES, entries


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    example = runpy.run_path(str(EXAMPLES / "approximate_inverse.py"))
    matrix = example["laplacian"](6)
    model = example["problem"].bind(A=matrix, M=nz.Pattern.from_scipy(matrix))
    inverse = model.unpack(nz.solve(model, np.zeros(model.size)).x)
    figure = Figure(figsize=(11.0, 3.8), layout="constrained")
    panels = {"A": matrix, "M": inverse, "A M": matrix @ inverse}
    for axes, (title, shown) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        figure.colorbar(entries(axes, shown.toarray()), ax=axes, shrink=0.8)
        axes.set(title=title, xticks=[], yticks=[])
    figure.savefig(path, dpi=DOTS_PER_INCH)
