"""Factors of the matrices of the problem two_grid.

plan edd9da600afa

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines two_grid
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_scattered, add_transposed, embed, factor, fill, gemm_nn, gemm_nt, gemm_tn, need,
    sample, sddmm, solve, spmm, spmm_transposed, transpose
)

def stage_0(w: Workspace) -> None:
    spmm_transposed(w.m, w.n, w.at_P_T, 1.0, 0.0, w.P, w.A, w.PtA, w.PtA)
    transpose(w.n, w.m, 1.0, w.PtA, w.AP)
    spmm_transposed(w.m, w.m, w.at_P_T, 1.0, 0.0, w.P, w.AP, w.PtAP, w.PtAP)
    factor(w.solvers, 0, w.PtAP, w.factors)
    solve(w.solvers, 0, 0, w.n, w.PtA, w.t)

def stage_1(w: Workspace) -> None:
    transpose(w.n, w.m, 1.0, w.t, w.t_9)
    spmm_transposed(w.m, w.n, w.at_P_T, 1.0, 0.0, w.P, w.ASStA, w.PtASStA, w.PtASStA)
    spmm_transposed(w.m, w.n, w.at_P_T, 1.0, 0.0, w.P, w.StS, w.PtStS, w.PtStS)
    transpose(w.n, w.m, 1.0, w.PtStS, w.StSP)
    spmm_transposed(w.m, w.m, w.at_P_T, 1.0, 0.0, w.P, w.StSP, w.PtStSP, w.PtStSP)
    solve(w.solvers, 0, 0, w.m, w.PtStSP, w.t_21)
    transpose(w.n, w.m, 1.0, w.PtASStA, w.ASStAP)
    spmm_transposed(w.m, w.m, w.at_P_T, 1.0, 0.0, w.P, w.ASStAP, w.PtASStAP, w.PtASStAP)
    solve(w.solvers, 0, 0, w.m, w.PtASStAP, w.t_24)
    gemm_nt(w.n, w.m, w.m, 1.0, 0.0, w.t_9, w.t_24, w.t_25)
    solve(w.solvers, 0, 0, w.n, w.PtStS, w.t_26)
    gemm_nn(w.m, w.n, w.m, 1.0, 0.0, w.t_21, w.t, w.t_27)
    transpose(w.n, w.m, 1.0, w.t_27, w.t_34)
    solve(w.solvers, 0, 0, w.n, w.PtASStA, w.t_35)
    transpose(w.m, w.m, 1.0, w.t_24, w.t_37)
    solve(w.solvers, 0, 0, w.m, w.t_37, w.t_38)
    transpose(w.n, w.m, 1.0, w.t_26, w.t_41)
    transpose(w.n, w.m, 1.0, w.t_35, w.t_45)

def stage_2(w: Workspace) -> None:
    solve(w.solvers, 0, 0, w.m, w.I_2, w.t_8)

def stage_3(w: Workspace) -> None:
    sddmm(w.n, w.m, w.at_P, w.AP, w.t_38, w.t_60)
    sddmm(w.m, w.m, w.at_Pt, w.t_8, w.StSP, w.t_61)
    sddmm(w.m, w.m, w.at_Pt, w.t_21, w.t_9, w.t_62)
    embed(w.nnz_P, w.place_Pt_T_in_P, 1.0, w.t_62, w.t_70)
    sddmm(w.m, w.m, w.at_Pt, w.t_8, w.ASStAP, w.t_71)
    embed(w.nnz_Pt, w.place_P_T_in_Pt, 1.0, w.t_60, w.t_75)
    embed(w.nnz_P, w.place_Pt_T_in_P, 1.0, w.t_61, w.t_78)
    embed(w.nnz_P, w.place_Pt_T_in_P, 1.0, w.t_71, w.t_82)

def stage_4(w: Workspace) -> None:
    spmm_transposed(w.m, w.n, w.at_P_T, 1.0, 0.0, w.P, w.AS, w.PtAS, w.PtAS)
    spmm_transposed(w.m, w.n, w.at_P_T, 1.0, 0.0, w.P, w.St, w.PtSt, w.PtSt)

def stage_5(w: Workspace) -> None:
    spmm(w.n, w.n, w.at_P, 1.0, 0.0, w.P, w.t, w.t_2, w.t_2)
    fill(w.n * w.n, 0.0, w.t_3)
    add_scattered(w.n, w.n, w.at_pattern2, 1.0, w.eye, w.t_3)
    add_transposed(w.n, w.n, -1.0, w.t_2, w.t_3)
    gemm_tn(w.n, w.n, w.n, 1.0, 0.0, w.t_3, w.S, w.t_4)
    gemm_nn(w.n, w.n, w.n, 1.0, 0.0, w.S, w.t_4, w.t_5)
    gemm_nt(w.m, w.n, w.n, 1.0, 0.0, w.PtAS, w.t_5, w.PtASft)
    gemm_nn(w.m, w.n, w.n, 1.0, 0.0, w.PtASft, w.S, w.PtASftS)
    solve(w.solvers, 0, 0, w.n, w.PtASftS, w.t_6)
    gemm_nn(w.m, w.n, w.n, 1.0, 0.0, w.PtSt, w.t_5, w.PtStf)
    gemm_nt(w.m, w.n, w.n, 1.0, 0.0, w.PtStf, w.AS, w.PtStfStA)
    solve(w.solvers, 0, 0, w.n, w.PtStfStA, w.t_10)
    transpose(w.n, w.m, 1.0, w.t_6, w.t_11)
    spmm_transposed(w.m, w.m, w.at_P_T, 1.0, 0.0, w.P, w.t_11, w.t_12, w.t_12)
    solve(w.solvers, 0, 0, w.m, w.t_12, w.t_13)
    gemm_tn(w.m, w.n, w.m, 1.0, 0.0, w.t_12, w.t, w.t_31)
    transpose(w.n, w.m, 1.0, w.t_31, w.t_33)
    gemm_nt(w.n, w.n, w.n, 1.0, 0.0, w.t_5, w.AS, w.fStA)
    transpose(w.n, w.m, 1.0, w.t_10, w.t_44)

def stage_6(w: Workspace) -> None:
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_45, w.t_58)
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_25, w.t_63)
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_41, w.t_72)
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_34, w.t_74)
    embed(w.nnz_pattern2, w.place_pattern2_T_in_pattern2, 1.0, w.t_72, w.t_79)
    embed(w.nnz_pattern2, w.place_pattern2_T_in_pattern2, 1.0, w.t_58, w.t_83)

def stage_7(w: Workspace) -> None:
    sddmm(w.m, w.m, w.at_pattern3, w.t_8, w.t_21, w.t_90)
    sddmm(w.m, w.m, w.at_pattern3, w.t_8, w.t_24, w.t_96)

def stage_8(w: Workspace) -> None:
    sddmm(w.n, w.m, w.at_P, w.AP, w.t_8, w.t_49)
    transpose(w.n, w.m, 1.0, w.PtStfStA, w.ASftSP)
    sddmm(w.m, w.m, w.at_Pt, w.t_8, w.ASftSP, w.t_50)
    transpose(w.m, w.m, 1.0, w.t_12, w.t_51)
    sddmm(w.n, w.m, w.at_P, w.AP, w.t_13, w.t_54)
    embed(w.nnz_Pt, w.place_P_T_in_Pt, 1.0, w.t_49, w.t_55)
    embed(w.nnz_Pt, w.place_P_T_in_Pt, 1.0, w.t_54, w.t_57)
    transpose(w.n, w.m, 1.0, w.PtASftS, w.StfStAP)
    sddmm(w.m, w.m, w.at_Pt, w.t_8, w.StfStAP, w.t_65)
    sddmm(w.m, w.m, w.at_Pt, w.t_51, w.t_9, w.t_67)
    embed(w.nnz_P, w.place_Pt_T_in_P, 1.0, w.t_67, w.t_69)
    transpose(w.n, w.n, 1.0, w.fStA, w.ASft)
    embed(w.nnz_P, w.place_Pt_T_in_P, 1.0, w.t_65, w.t_77)
    embed(w.nnz_P, w.place_Pt_T_in_P, 1.0, w.t_50, w.t_81)

def stage_9(w: Workspace) -> None:
    gemm_nn(w.n, w.n, w.m, 1.0, 0.0, w.t_9, w.PtASStA, w.t_20)
    transpose(w.m, w.m, 1.0, w.t_21, w.t_22)
    solve(w.solvers, 0, 0, w.m, w.t_22, w.t_23)
    gemm_nt(w.n, w.n, w.m, 1.0, 0.0, w.AP, w.t_25, w.t_28)
    gemm_nn(w.n, w.n, w.m, 1.0, 0.0, w.AP, w.t_26, w.t_36)
    gemm_nn(w.n, w.n, w.m, 1.0, 0.0, w.AP, w.t_27, w.t_39)
    transpose(w.m, w.n, 1.0, w.t_25, w.t_40)
    transpose(w.n, w.n, 1.0, w.t_36, w.t_42)
    transpose(w.n, w.n, 1.0, w.t_20, w.t_46)

def stage_10(w: Workspace) -> None:
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_11, w.t_47)
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_33, w.t_53)
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_9, w.t_56)
    sddmm(w.n, w.m, w.at_pattern2, w.AP, w.t_44, w.t_64)
    embed(w.nnz_pattern2, w.place_pattern2_T_in_pattern2, 1.0, w.t_53, w.t_68)
    sddmm(w.n, w.n, w.at_pattern2, w.St, w.ASft, w.StfStA_2)
    embed(w.nnz_pattern2, w.place_pattern2_T_in_pattern2, 1.0, w.t_47, w.t_76)
    embed(w.nnz_pattern2, w.place_pattern2_T_in_pattern2, 1.0, w.StfStA_2, w.ASftS_2)
    embed(w.nnz_pattern2, w.place_pattern2_T_in_pattern2, 1.0, w.t_64, w.t_80)

def stage_11(w: Workspace) -> None:
    sddmm(w.m, w.m, w.at_PtP, w.t_8, w.t_21, w.t_59)
    sddmm(w.m, w.m, w.at_PtP, w.t_8, w.t_24, w.t_73)

def stage_12(w: Workspace) -> None:
    sample(w.m, w.at_pattern3, w.m, w.t_8, w.t_85)
    sddmm(w.m, w.m, w.at_pattern3, w.t_8, w.t_51, w.t_86)
    embed(w.nnz_pattern3, w.place_pattern3_T_in_pattern3, 1.0, w.t_86, w.t_93)

def stage_13(w: Workspace) -> None:
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_45, w.t_89)
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_25, w.t_91)
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_41, w.t_95)
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_34, w.t_97)
    embed(w.nnz_PPt, w.place_PPt_T_in_PPt, 1.0, w.t_95, w.t_99)
    embed(w.nnz_PPt, w.place_PPt_T_in_PPt, 1.0, w.t_89, w.t_101)

def stage_14(w: Workspace) -> None:
    gemm_tn(w.n, w.n, w.m, 1.0, 0.0, w.PtA, w.t_6, w.t_7)
    transpose(w.n, w.n, 1.0, w.t_7, w.t_14)
    spmm_transposed(w.m, w.n, w.at_P_T, 1.0, 0.0, w.P, w.t_14, w.t_15, w.t_15)
    gemm_tn(w.n, w.n, w.m, 1.0, 0.0, w.t_15, w.t, w.t_16)
    gemm_nt(w.n, w.m, w.m, 1.0, 0.0, w.AP, w.t_13, w.t_17)
    gemm_nn(w.n, w.n, w.m, 1.0, 0.0, w.AP, w.t, w.t_18)
    transpose(w.m, w.n, 1.0, w.t_17, w.t_19)
    gemm_nn(w.n, w.n, w.m, 1.0, 0.0, w.AP, w.t_10, w.t_29)
    transpose(w.m, w.m, 1.0, w.t_13, w.t_30)
    transpose(w.n, w.n, 1.0, w.t_16, w.t_32)
    gemm_tn(w.n, w.n, w.n, 1.0, 0.0, w.S, w.fStA, w.StfStA)
    transpose(w.n, w.n, 1.0, w.StfStA, w.ASftS)
    transpose(w.n, w.n, 1.0, w.t_29, w.t_43)

def stage_15(w: Workspace) -> None:
    sample(w.m, w.at_PtP, w.m, w.t_8, w.t_48)
    sddmm(w.m, w.m, w.at_PtP, w.t_8, w.t_51, w.t_52)
    embed(w.nnz_PtP, w.place_PtP_T_in_PtP, 1.0, w.t_52, w.t_66)

def stage_16(w: Workspace) -> None:
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_11, w.t_84)
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_33, w.t_87)
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_9, w.t_88)
    sddmm(w.n, w.m, w.at_PPt, w.AP, w.t_44, w.t_92)
    embed(w.nnz_PPt, w.place_PPt_T_in_PPt, 1.0, w.t_87, w.t_94)
    sddmm(w.n, w.n, w.at_PPt, w.St, w.ASft, w.StfStA_3)
    embed(w.nnz_PPt, w.place_PPt_T_in_PPt, 1.0, w.t_84, w.t_98)
    embed(w.nnz_PPt, w.place_PPt_T_in_PPt, 1.0, w.StfStA_3, w.ASftS_3)
    embed(w.nnz_PPt, w.place_PPt_T_in_PPt, 1.0, w.t_92, w.t_100)

def stage_17(w: Workspace) -> None:
    solve(w.solvers, 0, 0, w.n, w.PtAS, w.t_102)
    transpose(w.n, w.m, 1.0, w.t_102, w.t_103)
    solve(w.solvers, 0, 0, w.n, w.PtSt, w.t_104)
    transpose(w.n, w.m, 1.0, w.t_104, w.t_105)
    gemm_tn(w.n, w.n, w.m, 1.0, 0.0, w.PtAS, w.t, w.t_106)
    gemm_tn(w.n, w.n, w.m, 1.0, 0.0, w.PtSt, w.t, w.t_107)

def stage_18(w: Workspace) -> None:
    gemm_nn(w.n, w.n, w.n, 1.0, 0.0, w.A, w.S, w.AS)

def stage_19(w: Workspace) -> None:
    transpose(w.n, w.n, 1.0, w.S, w.St)

def stage_20(w: Workspace) -> None:
    gemm_tn(w.n, w.n, w.n, 1.0, 0.0, w.S, w.S, w.StS)

def stage_21(w: Workspace) -> None:
    gemm_nt(w.n, w.n, w.n, 1.0, 0.0, w.AS, w.AS, w.ASStA)

def stage_22(w: Workspace) -> None:
    fill(w.nnz_pattern3, 1.0, w.eye_2)
    fill(w.m * w.m, 0.0, w.I_2)
    add_scattered(w.m, w.m, w.at_pattern3, 1.0, w.eye_2, w.I_2)

def stage_23(w: Workspace) -> None:
    fill(w.nnz_pattern2, 1.0, w.eye)

def stage_24(w: Workspace) -> None:
    sddmm(w.n, w.n, w.at_pattern2, w.St, w.St, w.StS_2)

def stage_25(w: Workspace) -> None:
    sddmm(w.n, w.n, w.at_pattern2, w.AS, w.AS, w.ASStA_2)

def stage_26(w: Workspace) -> None:
    sample(w.n, w.at_pattern2, w.n, w.A, w.A_2)

def stage_27(w: Workspace) -> None:
    sddmm(w.n, w.n, w.at_PPt, w.St, w.St, w.StS_3)

def stage_28(w: Workspace) -> None:
    sddmm(w.n, w.n, w.at_PPt, w.AS, w.AS, w.ASStA_3)

def stage_29(w: Workspace) -> None:
    sample(w.n, w.at_PPt, w.n, w.A, w.A_3)

def stage_30(w: Workspace) -> None:
    transpose(w.n, w.n, 1.0, w.AS, w.StA)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 18, 19, 20, 21, 22, 23, 0, 1, 2, 4, 5, 9, 14)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 15)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 18, 19, 20, 21, 22, 23, 27, 28, 29, 0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 16)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 18, 19, 30, 0, 4, 17)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 18, 20, 21, 0, 1, 9)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 18, 19, 20, 21, 22, 24, 25, 0, 1, 2, 3, 6, 11)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 18, 19, 20, 21, 22, 27, 28, 0, 1, 2, 3, 7, 13)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 18, 19, 20, 21, 22, 24, 25, 0, 1, 2, 3, 6, 7)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, stage_12, stage_13, stage_14, stage_15, stage_16, stage_17, stage_18, stage_19, stage_20, stage_21, stage_22, stage_23, stage_24, stage_25, stage_26, stage_27, stage_28, stage_29, stage_30, )
