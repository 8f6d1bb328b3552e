"""Factors of the matrices of the problem spectral_coarsening.

plan f7b2832cabc6

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, embed, linear_2, need, sddmm, sparse_product, spmm, transpose
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_GtL, w.pairs_GtL, w.G, w.L, w.GtL)
    sparse_product(w.nnz_LG, w.pairs_LG, w.L, w.G, w.LG)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_GtL, w.pairs_YYGtL, w.YY, w.GtL, w.YYGtL)

def stage_2(w: Workspace) -> None:
    sparse_product(w.nnz_G, w.pairs_LGBBt_2, w.LG, w.BBt_2, w.LGBBt_2)
    sparse_product(w.nnz_Gt, w.pairs_YYGtL_2, w.YY, w.GtL, w.YYGtL_2)
    embed(w.nnz_G, w.place_Gt_T_in_G, 1.0, w.YYGtL_2, w.LtGYY_2)
    embed(w.nnz_Gt, w.place_G_T_in_Gt, 1.0, w.LGBBt_2, w.BBtGtLt_2)

def stage_3(w: Workspace) -> None:
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.GtL, w.G, w.GtLG)
    sparse_product(w.nnz_GtLG, w.pairs_YGtLG, w.Y, w.GtLG, w.YGtLG)
    spmm(w.m, w.k, w.at_GtLG, 1.0, 0.0, w.YGtLG, w.B, w.YGtLGB, w.YGtLGB)
    linear_2(w.m * w.k, 1.0, w.X, -1.0, w.YGtLGB, w.f)

def stage_4(w: Workspace) -> None:
    sparse_product(w.nnz_GGtLG, w.pairs_LGBBt, w.LG, w.BBt, w.LGBBt)
    sparse_product(w.nnz_GGt, w.pairs_LGBBtGtLt, w.LG, w.LGBBt, w.LGBBtGtLt)

def stage_5(w: Workspace) -> None:
    sparse_product(w.nnz_LG, w.pairs_LGBBt_3, w.LG, w.BBt_3, w.LGBBt_3)
    sparse_product(w.nnz_pattern7, w.pairs_LGBBtGtLt_2, w.LGBBt_3, w.LG, w.LGBBtGtLt_2)
    sparse_product(w.nnz_pattern7, w.pairs_LtGYYGtL_2, w.GtL, w.YYGtL, w.LtGYYGtL_2)

def stage_6(w: Workspace) -> None:
    sparse_product(w.nnz_LtGGtL, w.pairs_LtGYYGtL, w.GtL, w.YYGtL, w.LtGYYGtL)
    embed(w.nnz_LtG, w.place_GtL_T_in_LtG, 1.0, w.YYGtL, w.LtGYY)
    embed(w.nnz_GtLtGGt, w.place_GGtLG_T_in_GtLtGGt, 1.0, w.LGBBt, w.BBtGtLt)

def stage_7(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_pattern11, w.f, w.B, w.fBt_3)
    sparse_product(w.nnz_pattern11, w.pairs_YfBt_3, w.Y, w.fBt_3, w.YfBt_3)
    embed(w.nnz_pattern11, w.place_pattern11_T_in_pattern11, 1.0, w.YfBt_3, w.BftY_3)

def stage_8(w: Workspace) -> None:
    sparse_product(w.nnz_GGt, w.pairs_LtGYYGtL_3, w.GtL, w.YYGtL, w.LtGYYGtL_3)

def stage_9(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtLG, w.f, w.B, w.fBt)
    sparse_product(w.nnz_GtLG, w.pairs_YGtLG, w.Y, w.fBt, w.YfBt)
    embed(w.nnz_GtLtG, w.place_GtLG_T_in_GtLtG, 1.0, w.YfBt, w.BftY)

def stage_10(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtG, w.f, w.B, w.fBt_2)
    sparse_product(w.nnz_GtG, w.pairs_YfBt_2, w.Y, w.fBt_2, w.YfBt_2)
    embed(w.nnz_GtG, w.place_GtG_T_in_GtG, 1.0, w.YfBt_2, w.BftY_2)

def stage_11(w: Workspace) -> None:
    spmm(w.n, w.k, w.at_LG, 1.0, 0.0, w.LG, w.B, w.LGB, w.LGB)
    transpose(w.k, w.n, 1.0, w.LGB, w.BtGtLt)
    sparse_product(w.nnz_GtL, w.pairs_YYGtL, w.Y, w.GtL, w.YGtL)

def stage_12(w: Workspace) -> None:
    sparse_product(w.nnz_pattern11, w.pairs_YfBt_3, w.Y, w.Y, w.YY)

def stage_13(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtLtG, w.B, w.B, w.BBt_2)

def stage_14(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtLtGGtLG, w.B, w.B, w.BBt)

def stage_15(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtLtLG, w.B, w.B, w.BBt_3)

def stage_16(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_pattern11, w.B, w.B, w.BBt_5)

def stage_17(w: Workspace) -> None:
    embed(w.nnz_pattern7, w.place_L_in_pattern7, 1.0, w.L, w.L_2)
    embed(w.nnz_pattern7, w.place_pattern7_T_in_pattern7, 1.0, w.L_2, w.Lt_2)

def stage_18(w: Workspace) -> None:
    sparse_product(w.nnz_GtG, w.pairs_YY_2, w.Y, w.Y, w.YY_2)

def stage_19(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtG, w.B, w.B, w.BBt_4)

def stage_20(w: Workspace) -> None:
    embed(w.nnz_Lt, w.place_L_T_in_Lt, 1.0, w.L, w.Lt)

def stage_21(w: Workspace) -> None:
    embed(w.nnz_GGt, w.place_L_in_GGt, 1.0, w.L, w.L_3)
    embed(w.nnz_GGt, w.place_GGt_T_in_GGt, 1.0, w.L_3, w.Lt_3)

def stage_22(w: Workspace) -> None:
    transpose(w.k, w.m, 1.0, w.B, w.Bt)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 12, 14, 20, 0, 1, 3, 4, 6, 9)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 12, 13, 15, 17, 18, 19, 0, 1, 2, 3, 5, 10)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 12, 13, 14, 16, 21, 0, 1, 2, 3, 4, 7, 8)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 12, 13, 15, 16, 17, 0, 1, 2, 3, 5, 7)

def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    need(w, STAGES, 22, 0, 11)

def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    need(w, STAGES, 12, 14, 0, 1, 4, 6)

def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    need(w, STAGES, 12, 13, 15, 18, 19, 0, 1, 2, 5)

def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    need(w, STAGES, 12, 13, 14, 16, 0, 1, 2, 4, 8)

def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    need(w, STAGES, 12, 13, 15, 16, 0, 1, 2, 5)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, stage_12, stage_13, stage_14, stage_15, stage_16, stage_17, stage_18, stage_19, stage_20, stage_21, stage_22, )
