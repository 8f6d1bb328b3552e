"""A double well: its free energy, its slowest mode, and eigenvalues with detailed balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tools.site.pictures import DOTS_PER_INCH, example


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("reversible_markov")
    C = found["counts"]()
    model, result = found["solve"](C)
    X, counts = model.unpack(result.x).toarray(), C.toarray()
    weights = X.sum(axis=1)
    root = np.sqrt(weights)
    values, modes = np.linalg.eigh(X / np.outer(root, root))
    free = np.linalg.eigvals(counts / counts.sum(axis=1)[:, None])
    figure = Figure(figsize=(11.0, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    left.plot(-np.log(weights / weights.sum()), ".-")
    left.set(title="free energy −log π", xlabel="bin")
    slow = modes[:, -2] / root
    middle.plot(slow / np.abs(slow).max(), ".-", color="C1")
    middle.set(title=f"slowest mode, {-1 / np.log(values[-2]):.0f} steps", xlabel="bin")
    right.plot(free.real, free.imag, "x", color="C3", label="of the counts")
    right.plot(values, np.zeros_like(values), ".", color="C0", label="with detailed balance")
    right.set(title="eigenvalues", xlabel="real part", ylabel="imaginary part")
    right.legend(loc="upper center")
    figure.savefig(path, dpi=DOTS_PER_INCH)
