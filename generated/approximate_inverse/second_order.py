"""Factors of the matrices of the problem approximate_inverse.

plan 5630943e64d8

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines approximate_inverse
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, embed, fill, need, sparse_product
)

def stage_0(w: Workspace) -> None:
    fill(w.nnz_pattern0, 1.0, w.eye)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_pattern0, w.pairs_AtA_2, w.A, w.A, w.AtA_2)

def stage_2(w: Workspace) -> None:
    sparse_product(w.nnz_AtA, w.pairs_AtA, w.A, w.A, w.AtA)

def stage_3(w: Workspace) -> None:
    embed(w.nnz_MtM, w.place_pattern0_in_MtM, 1.0, w.eye, w.I_2)

def stage_4(w: Workspace) -> None:
    sparse_product(w.nnz_MMt, w.pairs_AtA_3, w.A, w.A, w.AtA_3)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 0, 1, 2, 3, 4)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 0, 2)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 0, 1, 3)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 0, 4)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 0, 1)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 0)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 0, 2)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 0, 1, 3)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 0, 4)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 0, 1)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, )
