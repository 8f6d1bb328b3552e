"""Factors of the matrices of the problem matrix_completion.

plan 6ecfe2309d9d

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines matrix_completion
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, embed, fill, linear_2, multiply, need, sddmm, spmm, spmm_transposed, transpose
)

def stage_0(w: Workspace) -> None:
    multiply(w.m * w.r, w.V, w.V, w.t_5)
    spmm(w.n, w.r, w.at_R, 1.0, 0.0, w.t, w.t_5, w.t_6, w.t_6)
    multiply(w.n * w.r, w.U, w.U, w.t_7)
    spmm_transposed(w.m, w.r, w.at_R_T, 1.0, 0.0, w.t, w.t_7, w.t_8, w.t_8)

def stage_1(w: Workspace) -> None:
    transpose(w.r, w.m, 1.0, w.V, w.Vt)
    transpose(w.r, w.n, 1.0, w.U, w.Ut)

def stage_2(w: Workspace) -> None:
    sddmm(w.n, w.r, w.at_R, w.U, w.V, w.UVt)
    linear_2(w.nnz_R, -1.0, w.R, 1.0, w.UVt, w.t_2)
    multiply(w.nnz_R, w.t_2, w.t, w.t_3)
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t_3, w.t_4)

def stage_3(w: Workspace) -> None:
    transpose(w.r, w.n, 1.0, w.t_6, w.scale_2)
    transpose(w.r, w.m, 1.0, w.t_8, w.scale_3)

def stage_4(w: Workspace) -> None:
    transpose(w.r, w.n, 1.0, w.t_6, w.scale_5)
    transpose(w.r, w.m, 1.0, w.t_8, w.scale_6)

def stage_5(w: Workspace) -> None:
    fill(w.nnz_pattern2, 1.0, w.eye)
    fill(w.nnz_R, 1.0, w.t)
    fill(w.nnz_pattern3, 1.0, w.eye_2)
    fill(w.nnz_pattern4, 1.0, w.eye_3)

def stage_6(w: Workspace) -> None:
    embed(w.nnz_UtU, w.place_pattern3_in_UtU, 1.0, w.eye_2, w.I_2)
    embed(w.nnz_VtV, w.place_pattern3_in_VtV, 1.0, w.eye_2, w.I_3)

def stage_7(w: Workspace) -> None:
    embed(w.nnz_UUt, w.place_pattern2_in_UUt, 1.0, w.eye, w.I_4)
    embed(w.nnz_VVt, w.place_pattern4_in_VVt, 1.0, w.eye_3, w.I_5)

def stage_8(w: Workspace) -> None:
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t, w.weight)
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t, w.weight_2)

def stage_9(w: Workspace) -> None:
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t, w.scale)

def stage_10(w: Workspace) -> None:
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t, w.weight_3)
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t, w.weight_4)

def stage_11(w: Workspace) -> None:
    embed(w.nnz_Rt, w.place_R_T_in_Rt, 1.0, w.t, w.scale_4)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 5, 6, 7, 8, 9, 10, 11)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 5, 8, 1, 2)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 5, 6, 9)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 5, 7, 0, 3)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 5, 0)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 5)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 5, 10, 1)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 5, 6, 11)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 5, 7, 0, 4)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 5, 0)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, )
