"""Eigenvalues and residuals of conjugate gradients: without, with the diagonal, with FSAI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg

from tools.site.pictures import DOTS_PER_INCH, example


def draw(path: Path) -> None:
    """Draw it into a PNG file."""
    found = example("factorized_inverse")
    A = found["airfoil"]()
    model, result = found["solve"](A)
    factors = {
        "A": sparse.eye_array(A.shape[0]),
        "A scaled by its diagonal": sparse.diags_array(1.0 / np.sqrt(A.diagonal())),
        "Lᵀ A L": model.unpack(result.x),
    }
    figure = Figure(figsize=(11.0, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for title, L in factors.items():
        left.semilogy(np.linalg.eigvalsh((L.T @ A @ L).toarray()), label=title)
        right.semilogy(residuals(A, L), label=title)
    left.set(title="eigenvalues", xlabel="number")
    right.set(title="residual of conjugate gradients", xlabel="iteration")
    left.legend(loc="lower right")
    right.legend(loc="upper right")
    figure.savefig(path, dpi=DOTS_PER_INCH)


def residuals(A: Any, L: Any) -> list[float]:
    """Residuals of A x = b relative to ‖b‖, b at random, preconditioned by L Lᵀ."""
    b = np.random.default_rng(0).standard_normal(A.shape[0])
    iterates: list[Any] = []
    inverse = LinearOperator(A.shape, lambda v: L @ (L.T @ v), dtype=np.float64)
    cg(A, b, M=inverse, rtol=1e-8, callback=lambda x: iterates.append(x.copy()))
    return [float(np.linalg.norm(b - A @ x) / np.linalg.norm(b)) for x in iterates]
