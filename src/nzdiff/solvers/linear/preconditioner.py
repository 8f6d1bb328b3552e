"""Preconditioners of a second-order matrix C: blocks of a row or a column of G, or the diagonal."""

from typing import Literal

import numpy as np

from nzdiff.solvers.linear.curvature import Curvature
from nzdiff.solvers.run.protocols import LinearMap, Vector

Preconditioner = Literal["auto", "row", "column", "diagonal", "none"]


def preconditioned(
    curvature: Curvature, kind: Preconditioner, *, weights: Vector, floor: float, shift: float
) -> LinearMap:
    """Return v ↦ M⁻¹ v with M ≈ C + shift I, symmetric positive definite.

    "row", "column": the blocks of unknowns that share a row or a column of G, shifted by
    floor + shift; NotImplementedError where there are none.  "diagonal": weights + shift.
    "auto": rows where there are such blocks, else the diagonal.  "none": the identity.
    """
    if kind == "none":
        return np.copy
    if kind != "diagonal":
        try:
            return curvature.block_inverse("column" if kind == "column" else "row", floor + shift)
        except NotImplementedError:
            if kind != "auto":
                raise
    inverse = 1.0 / (weights + shift)
    return lambda v: inverse * v
