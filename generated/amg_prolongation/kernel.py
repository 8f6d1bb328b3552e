"""Kernels of the problem amg_prolongation.

E = tr(Pᵀ A P)

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines amg_prolongation
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, inner, linear_1, need, sparse_product
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_P, w.pairs_AP, w.A, w.P, w.AP)

def stage_1(w: Workspace) -> None:
    inner(w.nnz_P, w.P, w.AP, w.trace_2)
    w.energy[0] = w.trace_2[0]

def stage_2(w: Workspace) -> None:
    linear_1(w.nnz_P, 2.0, w.AP, w.gradient_P)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 0, 1)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 0, 2)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    sparse_product(w.nnz_P, w.pairs_AP, w.A, w.dP, w.AdP)
    linear_1(w.nnz_P, 2.0, w.AdP, w.hvp_P)

STAGES = (stage_0, stage_1, stage_2, )
