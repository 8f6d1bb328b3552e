"""Factors of the matrices of the problem ilu.

plan 24ce2db28366

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines ilu
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, embed, fill, linear_2, multiply, need, sparse_product
)

def stage_0(w: Workspace) -> None:
    embed(w.nnz_Ut, w.place_U_T_in_Ut, 1.0, w.U, w.Ut)

def stage_1(w: Workspace) -> None:
    multiply(w.nnz_L, w.L, w.L, w.t_5)

def stage_2(w: Workspace) -> None:
    multiply(w.nnz_U, w.U, w.U, w.t_7)

def stage_3(w: Workspace) -> None:
    embed(w.nnz_Lt, w.place_L_T_in_Lt, 1.0, w.L, w.Lt)

def stage_4(w: Workspace) -> None:
    sparse_product(w.nnz_LtA, w.pairs_t_6, w.t_5, w.t, w.t_6)

def stage_5(w: Workspace) -> None:
    sparse_product(w.nnz_UAt, w.pairs_t_8, w.t_7, w.t, w.t_8)

def stage_6(w: Workspace) -> None:
    sparse_product(w.nnz_L, w.pairs_t_9, w.t, w.t_7, w.t_9)
    sparse_product(w.nnz_U, w.pairs_t_10, w.t_5, w.t, w.t_10)

def stage_7(w: Workspace) -> None:
    sparse_product(w.nnz_A, w.pairs_LU, w.L, w.U, w.LU)
    linear_2(w.nnz_A, -1.0, w.A, 1.0, w.LU, w.t_2)
    multiply(w.nnz_A, w.t_2, w.t, w.t_3)
    embed(w.nnz_At, w.place_A_T_in_At, 1.0, w.t_3, w.t_4)

def stage_8(w: Workspace) -> None:
    fill(w.nnz_A, 1.0, w.t)

def stage_9(w: Workspace) -> None:
    fill(w.nnz_pattern8, 1.0, w.eye)

def stage_10(w: Workspace) -> None:
    embed(w.nnz_At, w.place_A_T_in_At, 1.0, w.t, w.scale)

def stage_11(w: Workspace) -> None:
    embed(w.nnz_At, w.place_A_T_in_At, 1.0, w.t, w.scale_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 8, 9, 10, 11)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 8, 9, 0, 3, 7)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 8, 9, 0, 1, 4)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 8, 9, 10, 2, 5)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 8, 1, 2, 6)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 8, 9, 0)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 8, 9, 0, 3)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 8, 9, 0, 1, 4)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 8, 9, 11, 2, 5)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 8, 1, 2, 6)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, )
