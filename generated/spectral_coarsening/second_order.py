"""Kernels of the problem spectral_coarsening.

E = ‖X − Y Gᵀ L G B‖²
f = X − Y Gᵀ L G B
dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
plan f7b2832cabc6
floating-point operations at the sizes it was planned for: hessian_matrix 3.77e+06, hessian_row 1.62e+06, hessian_column 3.25e+06, hessian_diagonal 1.15e+06, jacobian_matrix 3.02e+06, gauss_newton_matrix 2.43e+06, gauss_newton_row 3.36e+05, gauss_newton_column 2.44e+06, gauss_newton_diagonal 3.36e+05
workspace: 8 (k·m + k·n + 5 m + 2 m·k + 4 n + 2 nnz(G) + 4 nnz(G·Gᵀ) + nnz(G·Gᵀ·L·G) + 2 nnz(Gᵀ) + 5 nnz(Gᵀ·G) + 3 nnz(Gᵀ·L) + 4 nnz(Gᵀ·L·G) + 2 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + nnz(Gᵀ·Lᵀ·L·G) + 2 nnz(L·G) + nnz(Lᵀ) + nnz(Lᵀ·G) + nnz(Lᵀ·G·Gᵀ·L) + n·k) bytes

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

from nzdiff.runtime.kernel.numpy_kernels import (
    Workspace,
    add_embedded,
    add_transposed,
    fill,
    linear_2,
    sddmm,
    sparse_product,
    spmm,
)


def stage_0(w: Workspace) -> None:
    """shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, jacobian_matrix, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal"""
    # GtL = Gᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.G,
        w.L,
        w.GtL,
    )
    # LG = L G  at L·G
    sparse_product(
        w.threads, w.nnz_LG, w.pairs_LG_start, w.pairs_LG_left, w.pairs_LG_right, w.L, w.G, w.LG
    )


def stage_1(w: Workspace) -> None:
    """shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal"""
    # YYGtL = Y Y Gᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_YYGtL_start,
        w.pairs_YYGtL_left,
        w.pairs_YYGtL_right,
        w.YY,
        w.GtL,
        w.YYGtL,
    )


def stage_2(w: Workspace) -> None:
    """shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal"""
    # LGBBt_2 = L G B Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_2_start,
        w.pairs_LGBBt_2_left,
        w.pairs_LGBBt_2_right,
        w.LG,
        w.BBt_2,
        w.LGBBt_2,
    )
    # YYGtL_2 = Y Y Gᵀ L  at Gᵀ
    sparse_product(
        w.threads,
        w.nnz_Gt,
        w.pairs_YYGtL_2_start,
        w.pairs_YYGtL_2_left,
        w.pairs_YYGtL_2_right,
        w.YY,
        w.GtL,
        w.YYGtL_2,
    )
    # LtGYY_2 = Lᵀ G Y Y  at G
    fill(w.threads, w.nnz_G, 0.0, w.LtGYY_2)
    add_embedded(w.threads, w.nnz_G, w.place_Gt_T_in_G, 1.0, w.YYGtL_2, w.LtGYY_2)
    # BBtGtLt_2 = B Bᵀ Gᵀ Lᵀ  at Gᵀ
    fill(w.threads, w.nnz_Gt, 0.0, w.BBtGtLt_2)
    add_embedded(w.threads, w.nnz_Gt, w.place_G_T_in_Gt, 1.0, w.LGBBt_2, w.BBtGtLt_2)


def stage_3(w: Workspace) -> None:
    """shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal"""
    # GtLG = Gᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.G,
        w.GtLG,
    )
    # YGtLG = Y Gᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.GtLG,
        w.YGtLG,
    )
    # YGtLGB = Y Gᵀ L G B
    spmm(
        w.threads,
        w.m,
        w.k,
        w.at_GtLG_start,
        w.at_GtLG_cols,
        1.0,
        0.0,
        w.YGtLG,
        w.B,
        w.YGtLGB,
        w.YGtLGB,
    )
    # f = (X − Y Gᵀ L G B)
    linear_2(w.threads, w.m * w.k, 1.0, w.X, -1.0, w.YGtLGB, w.f)


def stage_4(w: Workspace) -> None:
    """shared by hessian_matrix, hessian_column, gauss_newton_matrix, gauss_newton_column"""
    # LGBBt = L G B Bᵀ  at G·Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GGtLG,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.LG,
        w.BBt,
        w.LGBBt,
    )
    # LGBBtGtLt = L G B Bᵀ Gᵀ Lᵀ  at G·Gᵀ
    sparse_product(
        w.threads,
        w.nnz_GGt,
        w.pairs_LGBBtGtLt_start,
        w.pairs_LGBBtGtLt_left,
        w.pairs_LGBBtGtLt_right,
        w.LG,
        w.LGBBt,
        w.LGBBtGtLt,
    )


def stage_5(w: Workspace) -> None:
    """shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal"""
    # LGBBt_3 = L G B Bᵀ  at L·G
    sparse_product(
        w.threads,
        w.nnz_LG,
        w.pairs_LGBBt_3_start,
        w.pairs_LGBBt_3_left,
        w.pairs_LGBBt_3_right,
        w.LG,
        w.BBt_3,
        w.LGBBt_3,
    )
    # LGBBtGtLt_2 = L G B Bᵀ Gᵀ Lᵀ  at I
    sparse_product(
        w.threads,
        w.nnz_pattern7,
        w.pairs_LGBBtGtLt_2_start,
        w.pairs_LGBBtGtLt_2_left,
        w.pairs_LGBBtGtLt_2_right,
        w.LGBBt_3,
        w.LG,
        w.LGBBtGtLt_2,
    )
    # LtGYYGtL_2 = Lᵀ G Y Y Gᵀ L  at I
    sparse_product(
        w.threads,
        w.nnz_pattern7,
        w.pairs_LtGYYGtL_2_start,
        w.pairs_LtGYYGtL_2_left,
        w.pairs_LtGYYGtL_2_right,
        w.GtL,
        w.YYGtL,
        w.LtGYYGtL_2,
    )


def stage_6(w: Workspace) -> None:
    """shared by hessian_matrix, gauss_newton_matrix"""
    # LtGYYGtL = Lᵀ G Y Y Gᵀ L  at Lᵀ·G·Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_LtGGtL,
        w.pairs_LtGYYGtL_start,
        w.pairs_LtGYYGtL_left,
        w.pairs_LtGYYGtL_right,
        w.GtL,
        w.YYGtL,
        w.LtGYYGtL,
    )
    # LtGYY = Lᵀ G Y Y  at Lᵀ·G
    fill(w.threads, w.nnz_LtG, 0.0, w.LtGYY)
    add_embedded(w.threads, w.nnz_LtG, w.place_GtL_T_in_LtG, 1.0, w.YYGtL, w.LtGYY)
    # BBtGtLt = B Bᵀ Gᵀ Lᵀ  at Gᵀ·Lᵀ·G·Gᵀ
    fill(w.threads, w.nnz_GtLtGGt, 0.0, w.BBtGtLt)
    add_embedded(w.threads, w.nnz_GtLtGGt, w.place_GGtLG_T_in_GtLtGGt, 1.0, w.LGBBt, w.BBtGtLt)


def stage_7(w: Workspace) -> None:
    """shared by hessian_column, hessian_diagonal"""
    # fBt_3 = f Bᵀ  at I
    sddmm(w.threads, w.m, w.k, w.at_pattern11_start, w.at_pattern11_cols, w.f, w.B, w.fBt_3)
    # YfBt_3 = Y f Bᵀ  at I
    sparse_product(
        w.threads,
        w.nnz_pattern11,
        w.pairs_YfBt_3_start,
        w.pairs_YfBt_3_left,
        w.pairs_YfBt_3_right,
        w.Y,
        w.fBt_3,
        w.YfBt_3,
    )
    # BftY_3 = B fᵀ Y  at I
    fill(w.threads, w.nnz_pattern11, 0.0, w.BftY_3)
    add_embedded(
        w.threads, w.nnz_pattern11, w.place_pattern11_T_in_pattern11, 1.0, w.YfBt_3, w.BftY_3
    )


def stage_8(w: Workspace) -> None:
    """shared by hessian_column, gauss_newton_column"""
    # LtGYYGtL_3 = Lᵀ G Y Y Gᵀ L  at G·Gᵀ
    sparse_product(
        w.threads,
        w.nnz_GGt,
        w.pairs_LtGYYGtL_3_start,
        w.pairs_LtGYYGtL_3_left,
        w.pairs_LtGYYGtL_3_right,
        w.GtL,
        w.YYGtL,
        w.LtGYYGtL_3,
    )


def stage_9(w: Workspace) -> None:
    """shared by hessian_matrix"""
    # fBt = f Bᵀ  at Gᵀ·L·G
    sddmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, w.f, w.B, w.fBt)
    # YfBt = Y f Bᵀ  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.fBt,
        w.YfBt,
    )
    # BftY = B fᵀ Y  at Gᵀ·Lᵀ·G
    fill(w.threads, w.nnz_GtLtG, 0.0, w.BftY)
    add_embedded(w.threads, w.nnz_GtLtG, w.place_GtLG_T_in_GtLtG, 1.0, w.YfBt, w.BftY)


def stage_10(w: Workspace) -> None:
    """shared by hessian_row"""
    # fBt_2 = f Bᵀ  at Gᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtG_start, w.at_GtG_cols, w.f, w.B, w.fBt_2)
    # YfBt_2 = Y f Bᵀ  at Gᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtG,
        w.pairs_YfBt_2_start,
        w.pairs_YfBt_2_left,
        w.pairs_YfBt_2_right,
        w.Y,
        w.fBt_2,
        w.YfBt_2,
    )
    # BftY_2 = B fᵀ Y  at Gᵀ·G
    fill(w.threads, w.nnz_GtG, 0.0, w.BftY_2)
    add_embedded(w.threads, w.nnz_GtG, w.place_GtG_T_in_GtG, 1.0, w.YfBt_2, w.BftY_2)


def stage_11(w: Workspace) -> None:
    """shared by jacobian_matrix"""
    # LGB = L G B
    spmm(w.threads, w.n, w.k, w.at_LG_start, w.at_LG_cols, 1.0, 0.0, w.LG, w.B, w.LGB, w.LGB)
    # BtGtLt = Bᵀ Gᵀ Lᵀ
    fill(w.threads, w.k * w.n, 0.0, w.BtGtLt)
    add_transposed(w.threads, w.k, w.n, 1.0, w.LGB, w.BtGtLt)
    # YGtL = Y Gᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_YYGtL_start,
        w.pairs_YYGtL_left,
        w.pairs_YYGtL_right,
        w.Y,
        w.GtL,
        w.YGtL,
    )


def stage_12(w: Workspace) -> None:
    """without g, shared by hessian_matrix, hessian_row, hessian_column, hessian_diagonal, gauss_newton_matrix, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal"""
    # YY = Y Y  at I
    sparse_product(
        w.threads,
        w.nnz_pattern11,
        w.pairs_YfBt_3_start,
        w.pairs_YfBt_3_left,
        w.pairs_YfBt_3_right,
        w.Y,
        w.Y,
        w.YY,
    )


def stage_13(w: Workspace) -> None:
    """without g, shared by hessian_row, hessian_column, hessian_diagonal, gauss_newton_row, gauss_newton_column, gauss_newton_diagonal"""
    # BBt_2 = B Bᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.B, w.BBt_2)


def stage_14(w: Workspace) -> None:
    """without g, shared by hessian_matrix, hessian_column, gauss_newton_matrix, gauss_newton_column"""
    # BBt = B Bᵀ  at Gᵀ·Lᵀ·G·Gᵀ·L·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtGGtLG_start, w.at_GtLtGGtLG_cols, w.B, w.B, w.BBt)


def stage_15(w: Workspace) -> None:
    """without g, shared by hessian_row, hessian_diagonal, gauss_newton_row, gauss_newton_diagonal"""
    # BBt_3 = B Bᵀ  at Gᵀ·Lᵀ·L·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtLG_start, w.at_GtLtLG_cols, w.B, w.B, w.BBt_3)


def stage_16(w: Workspace) -> None:
    """without g, shared by hessian_column, hessian_diagonal, gauss_newton_column, gauss_newton_diagonal"""
    # BBt_5 = B Bᵀ  at I
    sddmm(w.threads, w.m, w.k, w.at_pattern11_start, w.at_pattern11_cols, w.B, w.B, w.BBt_5)


def stage_17(w: Workspace) -> None:
    """without g, shared by hessian_row, hessian_diagonal"""
    # L_2 = L  at I
    fill(w.threads, w.nnz_pattern7, 0.0, w.L_2)
    add_embedded(w.threads, w.nnz_pattern7, w.place_L_in_pattern7, 1.0, w.L, w.L_2)
    # Lt_2 = Lᵀ  at I
    fill(w.threads, w.nnz_pattern7, 0.0, w.Lt_2)
    add_embedded(w.threads, w.nnz_pattern7, w.place_pattern7_T_in_pattern7, 1.0, w.L_2, w.Lt_2)


def stage_18(w: Workspace) -> None:
    """without g, shared by hessian_row, gauss_newton_row"""
    # YY_2 = Y Y  at Gᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtG,
        w.pairs_YY_2_start,
        w.pairs_YY_2_left,
        w.pairs_YY_2_right,
        w.Y,
        w.Y,
        w.YY_2,
    )
    # BBt_4 = B Bᵀ  at Gᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtG_start, w.at_GtG_cols, w.B, w.B, w.BBt_4)


def stage_19(w: Workspace) -> None:
    """without g, shared by hessian_matrix"""
    # Lt = Lᵀ  at Lᵀ
    fill(w.threads, w.nnz_Lt, 0.0, w.Lt)
    add_embedded(w.threads, w.nnz_Lt, w.place_L_T_in_Lt, 1.0, w.L, w.Lt)


def stage_20(w: Workspace) -> None:
    """without g, shared by hessian_column"""
    # L_3 = L  at G·Gᵀ
    fill(w.threads, w.nnz_GGt, 0.0, w.L_3)
    add_embedded(w.threads, w.nnz_GGt, w.place_L_in_GGt, 1.0, w.L, w.L_3)
    # Lt_3 = Lᵀ  at G·Gᵀ
    fill(w.threads, w.nnz_GGt, 0.0, w.Lt_3)
    add_embedded(w.threads, w.nnz_GGt, w.place_GGt_T_in_GGt, 1.0, w.L_3, w.Lt_3)


def stage_21(w: Workspace) -> None:
    """without g, shared by jacobian_matrix"""
    # Bt = Bᵀ
    fill(w.threads, w.k * w.m, 0.0, w.Bt)
    add_transposed(w.threads, w.k, w.m, 1.0, w.B, w.Bt)


def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[14]:
        stage_14(w)
        w.done[14] = 1
    if not w.done[15]:
        stage_15(w)
        w.done[15] = 1
    if not w.done[16]:
        stage_16(w)
        w.done[16] = 1
    if not w.done[17]:
        stage_17(w)
        w.done[17] = 1
    if not w.done[18]:
        stage_18(w)
        w.done[18] = 1
    if not w.done[19]:
        stage_19(w)
        w.done[19] = 1
    if not w.done[20]:
        stage_20(w)
        w.done[20] = 1
    if not w.done[21]:
        stage_21(w)
        w.done[21] = 1


def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[14]:
        stage_14(w)
        w.done[14] = 1
    if not w.done[19]:
        stage_19(w)
        w.done[19] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1
    if not w.done[6]:
        stage_6(w)
        w.done[6] = 1
    if not w.done[9]:
        stage_9(w)
        w.done[9] = 1


def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[15]:
        stage_15(w)
        w.done[15] = 1
    if not w.done[17]:
        stage_17(w)
        w.done[17] = 1
    if not w.done[18]:
        stage_18(w)
        w.done[18] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[5]:
        stage_5(w)
        w.done[5] = 1
    if not w.done[10]:
        stage_10(w)
        w.done[10] = 1


def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[14]:
        stage_14(w)
        w.done[14] = 1
    if not w.done[16]:
        stage_16(w)
        w.done[16] = 1
    if not w.done[20]:
        stage_20(w)
        w.done[20] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1
    if not w.done[7]:
        stage_7(w)
        w.done[7] = 1
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1


def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[15]:
        stage_15(w)
        w.done[15] = 1
    if not w.done[16]:
        stage_16(w)
        w.done[16] = 1
    if not w.done[17]:
        stage_17(w)
        w.done[17] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[5]:
        stage_5(w)
        w.done[5] = 1
    if not w.done[7]:
        stage_7(w)
        w.done[7] = 1


def jacobian_matrix(w: Workspace) -> None:
    """the factors of jacobian_matrix"""
    if not w.done[21]:
        stage_21(w)
        w.done[21] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[11]:
        stage_11(w)
        w.done[11] = 1


def gauss_newton_matrix(w: Workspace) -> None:
    """the factors of gauss_newton_matrix"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[14]:
        stage_14(w)
        w.done[14] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1
    if not w.done[6]:
        stage_6(w)
        w.done[6] = 1


def gauss_newton_row(w: Workspace) -> None:
    """the factors of gauss_newton_row"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[15]:
        stage_15(w)
        w.done[15] = 1
    if not w.done[18]:
        stage_18(w)
        w.done[18] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[5]:
        stage_5(w)
        w.done[5] = 1


def gauss_newton_column(w: Workspace) -> None:
    """the factors of gauss_newton_column"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[14]:
        stage_14(w)
        w.done[14] = 1
    if not w.done[16]:
        stage_16(w)
        w.done[16] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1


def gauss_newton_diagonal(w: Workspace) -> None:
    """the factors of gauss_newton_diagonal"""
    if not w.done[12]:
        stage_12(w)
        w.done[12] = 1
    if not w.done[13]:
        stage_13(w)
        w.done[13] = 1
    if not w.done[15]:
        stage_15(w)
        w.done[15] = 1
    if not w.done[16]:
        stage_16(w)
        w.done[16] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[5]:
        stage_5(w)
        w.done[5] = 1
