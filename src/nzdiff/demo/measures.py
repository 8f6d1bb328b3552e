"""How good a coarsening is, beside its energy: what the papers of spectral coarsening report.

With the functional map C = Φ̃ᵀ M̃ P Φ (k, k), Λ and Λ̃ the eigenvalues of fine and coarse mesh,

    commutativity    ‖C‖²_L = ‖C Λ − Λ̃ C‖²_F / ‖C‖²_F    0 where C commutes with the Laplacians
    orthonormality   ‖C‖²_D = ‖Cᵀ C − I‖²_F               0 where C keeps lengths and angles
    diagonal mass    Σ_c C_cc² / ‖C‖²_F                   1 where each mode is seen as itself
    eigenvalue error mean over c of |λ̃_c − λ_c| / λ_c, where λ_c > 0

Of G = I, where nothing is coarsened, they are 0, 0, 1 and 0.
Source: Liu, Jacobson, Ovsjanikov, "Spectral coarsening of geometric operators", 2019; Chen, Liu,
Jacobson, Levin, "Chordal decomposition for spectral coarsening", 2020.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nzdiff.demo.coarsening import CoarseningData, coarse_modes, seen
from nzdiff.demo.formats.polygons import Floats


@dataclass(frozen=True, slots=True)
class Measures:
    """See the module."""

    commutativity: float
    orthonormality: float
    diagonal_mass: float
    eigenvalue_error: float


def measures(data: CoarseningData, G: Any) -> Measures:
    """Those of the operator Gᵀ L G against the fine one."""
    values, modes = coarse_modes(data.L, G, data.coarse_mass, data.Phi.shape[1])
    C = seen(modes, data.coarse_mass, data.P @ data.Phi)
    return of_map(C, values, data.eigenvalues)


def of_map(C: Floats, coarse: Floats, fine: Floats) -> Measures:
    """Those of a functional map C (k, k) with the eigenvalues Λ̃ (k,) and Λ (k,)."""
    whole = float(np.sum(C**2))
    positive = fine > 0
    error = np.abs(coarse - fine)[positive] / fine[positive]
    return Measures(
        commutativity=float(np.sum((C * fine - coarse[:, None] * C) ** 2)) / whole,
        orthonormality=float(np.sum((C.T @ C - np.eye(len(C))) ** 2)),
        diagonal_mass=float(np.sum(np.diag(C) ** 2)) / whole,
        eigenvalue_error=float(error.mean()) if error.size else 0.0,
    )
