"""Factors of the matrices of the problem convex_coarsening.

plan efc6add556b1

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines convex_coarsening
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, need, sddmm, sparse_product, transpose
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_pattern0, w.pairs_YY, w.Y, w.Y, w.YY)

def stage_1(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_SS, w.B, w.B, w.BBt)

def stage_2(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_pattern0, w.B, w.B, w.BBt_2)

def stage_3(w: Workspace) -> None:
    sparse_product(w.nnz_SS, w.pairs_YY_2, w.Y, w.Y, w.YY_2)

def stage_4(w: Workspace) -> None:
    transpose(w.k, w.m, 1.0, w.B, w.Bt)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 0, 1, 2, 3, 4)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 0, 1)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 0, 1)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 2, 3)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 0, 2)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 4)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 0, 1)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 0, 1)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 2, 3)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 0, 2)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, )
