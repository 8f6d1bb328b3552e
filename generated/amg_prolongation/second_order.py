"""Factors of the matrices of the problem amg_prolongation.

plan a27157ee4f4b

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines amg_prolongation
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, embed, fill, need
)

def stage_0(w: Workspace) -> None:
    fill(w.nnz_pattern0, 1.0, w.eye)

def stage_1(w: Workspace) -> None:
    embed(w.nnz_pattern1, w.place_A_in_pattern1, 1.0, w.A, w.A_2)

def stage_2(w: Workspace) -> None:
    embed(w.nnz_PtP, w.place_pattern0_in_PtP, 1.0, w.eye, w.I_2)

def stage_3(w: Workspace) -> None:
    embed(w.nnz_PPt, w.place_A_in_PPt, 1.0, w.A, w.A_3)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 0, 1, 2, 3)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 0)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 0, 1, 2)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 0, 3)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 0, 1)

STAGES = (stage_0, stage_1, stage_2, stage_3, )
