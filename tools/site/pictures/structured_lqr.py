"""The cost of feedback for ever fewer entries, and one of these feedback matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tools.site.pictures import DOTS_PER_INCH, entries, example


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("structured_lqr")
    data, costs, feedback = found["chain"](), {}, np.zeros(())
    for reach in (20, 6, 4, 3, 2, 1):
        model, result = found["solve"](data, found["near"](40, 4, reach))
        costs[model.size] = float(result.fun)
        feedback = model.unpack(result.x).toarray() if reach == 4 else feedback
    figure = Figure(figsize=(11.0, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
    left.plot(list(costs), list(costs.values()), "o-")
    left.set(xlabel="entries of K", ylabel="cost tr P(K)", title="fewer entries cost more")
    image = entries(right, feedback)
    right.set_aspect("auto")
    right.set(xlabel="state", ylabel="input", title="K, each input reads masses near its own")
    right.set_yticks(range(len(feedback)))
    figure.colorbar(image, ax=right)
    figure.savefig(path, dpi=DOTS_PER_INCH)
