"""P of Ruge and Stüben and as learnt, eigenvalues of the cycle, errors over the cycles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tools.site.pictures import DOTS_PER_INCH, example


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("two_grid")
    A, P = found["airfoil"]()
    model, result = found["solve"](A, P)
    S = found["jacobi"](A).toarray()
    figure = Figure(figsize=(11.0, 3.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    learnt = model.unpack(result.x)
    largest = abs(learnt).max(axis=0).toarray().ravel()
    left.hist(P.data, bins=30, range=(0.0, 1.2), alpha=0.6, label="Ruge and Stüben")
    scaled = (learnt / largest).data
    left.hist(scaled, bins=30, range=(0.0, 1.2), alpha=0.6, label="learnt, columns scaled")
    left.set(title="entries of P", ylim=(0, 130))
    left.legend(loc="upper center")
    for name, prolongation in (("Ruge and Stüben", P), ("learnt", learnt)):
        cycle = cycle_matrix(A.toarray(), S, prolongation.toarray())
        middle.semilogy(np.sort(np.abs(np.linalg.eigvals(cycle)))[:120:-1], label=name)
        right.semilogy(errors(cycle), label=name)
    middle.set(title="eigenvalues of the cycle", xlabel="number", ylim=(1e-2, 1.0))
    right.set(title="error over the cycles", xlabel="cycle")
    for axes in (middle, right):
        axes.legend(loc="upper right")
    figure.savefig(path, dpi=DOTS_PER_INCH)


def cycle_matrix(A: Any, S: Any, P: Any) -> Any:
    """S (I − P (Pᵀ A P)⁻¹ Pᵀ A) S."""
    return S @ (S - P @ np.linalg.solve(P.T @ A @ P, P.T @ A @ S))


def errors(cycle: Any, cycles: int = 25) -> list[float]:
    """‖error‖ from a random one, relative to the first."""
    error, sizes = np.random.default_rng(0).standard_normal(len(cycle)), list[float]()
    for _ in range(cycles):
        sizes.append(float(np.linalg.norm(error)))
        error = cycle @ error
    return [size / sizes[0] for size in sizes]
