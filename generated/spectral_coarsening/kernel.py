"""Kernels of the problem spectral_coarsening.

E = ‖X − Y Gᵀ L G B‖²
f = X − Y Gᵀ L G B
dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
plan e3bcf66df193
floating-point operations at the sizes it was planned for: energy 8.47e+05, residual 7.87e+05, gradient 1.54e+06, jvp 7.68e+05, vjp 7.85e+05, gnvp 1.52e+06, hvp 3.02e+06, gn_diagonal 5.37e+05, hessian_diagonal 1.39e+06
workspace: 8 (5 m + 3 m·k + 4 n + 16 nnz(G) + 3 nnz(Gᵀ·L) + 6 nnz(Gᵀ·L·G) + nnz(Gᵀ·Lᵀ) + 7 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·L) + nnz(Gᵀ·Lᵀ·L·G) + nnz(Lᵀ) + 5 nnz(Lᵀ·G) + 2) bytes

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

from nzdiff.runtime.numpy_kernels import (
    Workspace,
    add,
    add_embedded,
    add_hadamard,
    add_outer,
    fill,
    linear_2,
    sddmm,
    sparse_product,
    spmm,
    sum_squares,
)


def stage_0(w: Workspace) -> None:
    """shared by energy, residual, gradient, jvp, vjp, gnvp, hvp, gn_diagonal, hessian_diagonal"""
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


def stage_1(w: Workspace) -> None:
    """shared by energy, residual, gradient, hvp, hessian_diagonal"""
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
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, w.YGtLG, w.B, w.YGtLGB)
    # f = (X − Y Gᵀ L G B)
    linear_2(w.threads, w.m * w.k, 1.0, w.X, -1.0, w.YGtLGB, w.f)


def stage_2(w: Workspace) -> None:
    """shared by gradient, hvp"""
    # Bft = B fᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.f, w.Bft)
    # BftY = B fᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.Bft,
        w.Y,
        w.BftY,
    )


def stage_3(w: Workspace) -> None:
    """shared by gn_diagonal, hessian_diagonal"""
    # GBBt = G B Bᵀ  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBBt_start,
        w.pairs_GBBt_left,
        w.pairs_GBBt_right,
        w.G,
        w.BBt,
        w.GBBt,
    )
    # LGBBt = L G B Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.L,
        w.GBBt,
        w.LGBBt,
    )
    # LtGYY = Lᵀ G Y Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYY_start,
        w.pairs_LtGYY_left,
        w.pairs_LtGYY_right,
        w.GtL,
        w.YY,
        w.LtGYY,
    )
    # BBtGt = B Bᵀ Gᵀ  at Gᵀ·Lᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtLtL,
        w.pairs_BBtGt_start,
        w.pairs_BBtGt_left,
        w.pairs_BBtGt_right,
        w.BBt_2,
        w.G,
        w.BBtGt,
    )
    # BBtGtLt = B Bᵀ Gᵀ Lᵀ  at Gᵀ·Lᵀ
    sparse_product(
        w.threads,
        w.nnz_GtLt,
        w.pairs_BBtGtLt_start,
        w.pairs_BBtGtLt_left,
        w.pairs_BBtGtLt_right,
        w.BBtGt,
        w.L,
        w.BBtGtLt,
    )
    # GBBtGtLt = G B Bᵀ Gᵀ Lᵀ  at Lᵀ
    sparse_product(
        w.threads,
        w.nnz_Lt,
        w.pairs_GBBtGtLt_start,
        w.pairs_GBBtGtLt_left,
        w.pairs_GBBtGtLt_right,
        w.G,
        w.BBtGtLt,
        w.GBBtGtLt,
    )
    # LGBBtGtLt = L G B Bᵀ Gᵀ Lᵀ  at I
    sparse_product(
        w.threads,
        w.nnz_pattern8,
        w.pairs_LGBBtGtLt_start,
        w.pairs_LGBBtGtLt_left,
        w.pairs_LGBBtGtLt_right,
        w.L,
        w.GBBtGtLt,
        w.LGBBtGtLt,
    )
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
    # LtGYYGtL = Lᵀ G Y Y Gᵀ L  at I
    sparse_product(
        w.threads,
        w.nnz_pattern8,
        w.pairs_LtGYYGtL_start,
        w.pairs_LtGYYGtL_left,
        w.pairs_LtGYYGtL_right,
        w.GtL,
        w.YYGtL,
        w.LtGYYGtL,
    )


def stage_4(w: Workspace) -> None:
    """shared by energy"""
    # sumsq_f = ‖f‖²
    sum_squares(w.threads, w.m * w.k, w.f, w.sumsq_f)
    # energy = E
    w.energy[0] = 0.0
    w.energy[0] += 1.0 * w.sumsq_f[0]


def stage_5(w: Workspace) -> None:
    """shared by gradient"""
    # GBftY = G B fᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBBt_start,
        w.pairs_GBBt_left,
        w.pairs_GBBt_right,
        w.G,
        w.BftY,
        w.GBftY,
    )
    # LGBftY = L G B fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.L,
        w.GBftY,
        w.LGBftY,
    )
    # LtGYfBt = Lᵀ G Y f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.BftY,
        w.LtGYfBt,
    )
    # gradient_G = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -2.0, w.LGBftY, -2.0, w.LtGYfBt, w.gradient_G)


def stage_6(w: Workspace) -> None:
    """shared by gn_diagonal"""
    # gn_diagonal_G = diagonal: gn_diagonal_G  at G
    fill(w.threads, w.nnz_G, 0.0, w.gn_diagonal_G)
    add_hadamard(w.threads, w.nnz_G, 2.0, w.LGBBt, w.LtGYY, w.gn_diagonal_G)
    add_outer(w.threads, w.n, w.at_G_start, w.at_G_cols, 2.0, w.LGBBtGtLt, w.YY, w.gn_diagonal_G)
    add_outer(w.threads, w.n, w.at_G_start, w.at_G_cols, 2.0, w.LtGYYGtL, w.BBt_3, w.gn_diagonal_G)
    add_hadamard(w.threads, w.nnz_G, 2.0, w.LtGYY, w.LGBBt, w.gn_diagonal_G)


def stage_7(w: Workspace) -> None:
    """shared by hessian_diagonal"""
    # Bft_2 = B fᵀ  at I
    sddmm(w.threads, w.m, w.k, w.at_pattern9_start, w.at_pattern9_cols, w.B, w.f, w.Bft_2)
    # BftY_2 = B fᵀ Y  at I
    sparse_product(
        w.threads,
        w.nnz_pattern9,
        w.pairs_BftY_2_start,
        w.pairs_BftY_2_left,
        w.pairs_BftY_2_right,
        w.Bft_2,
        w.Y,
        w.BftY_2,
    )
    # YfBt = Y f Bᵀ  at I
    fill(w.threads, w.nnz_pattern9, 0.0, w.YfBt)
    add_embedded(w.threads, w.nnz_pattern9, w.place_pattern9_T_in_pattern9, 1.0, w.BftY_2, w.YfBt)
    # hessian_diagonal_G = diagonal: hessian_diagonal_G  at G
    fill(w.threads, w.nnz_G, 0.0, w.hessian_diagonal_G)
    add_outer(
        w.threads, w.n, w.at_G_start, w.at_G_cols, -2.0, w.L_2, w.BftY_2, w.hessian_diagonal_G
    )
    add_hadamard(w.threads, w.nnz_G, 2.0, w.LGBBt, w.LtGYY, w.hessian_diagonal_G)
    add_outer(
        w.threads, w.n, w.at_G_start, w.at_G_cols, 2.0, w.LGBBtGtLt, w.YY, w.hessian_diagonal_G
    )
    add_outer(w.threads, w.n, w.at_G_start, w.at_G_cols, -2.0, w.Lt, w.YfBt, w.hessian_diagonal_G)
    add_outer(
        w.threads, w.n, w.at_G_start, w.at_G_cols, 2.0, w.LtGYYGtL, w.BBt_3, w.hessian_diagonal_G
    )
    add_hadamard(w.threads, w.nnz_G, 2.0, w.LtGYY, w.LGBBt, w.hessian_diagonal_G)


def stage_8(w: Workspace) -> None:
    """without g, shared by gn_diagonal, hessian_diagonal"""
    # BBt = B Bᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.B, w.BBt)
    # YY = Y Y  at I
    sparse_product(
        w.threads,
        w.nnz_pattern9,
        w.pairs_BftY_2_start,
        w.pairs_BftY_2_left,
        w.pairs_BftY_2_right,
        w.Y,
        w.Y,
        w.YY,
    )
    # BBt_2 = B Bᵀ  at Gᵀ·Lᵀ·L·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtLG_start, w.at_GtLtLG_cols, w.B, w.B, w.BBt_2)
    # BBt_3 = B Bᵀ  at I
    sddmm(w.threads, w.m, w.k, w.at_pattern9_start, w.at_pattern9_cols, w.B, w.B, w.BBt_3)


def stage_9(w: Workspace) -> None:
    """without g, shared by hessian_diagonal"""
    # L_2 = L  at I
    fill(w.threads, w.nnz_pattern8, 0.0, w.L_2)
    add_embedded(w.threads, w.nnz_pattern8, w.place_L_in_pattern8, 1.0, w.L, w.L_2)
    # Lt = Lᵀ  at I
    fill(w.threads, w.nnz_pattern8, 0.0, w.Lt)
    add_embedded(w.threads, w.nnz_pattern8, w.place_pattern8_T_in_pattern8, 1.0, w.L_2, w.Lt)


def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[9]:
        stage_9(w)
        w.done[9] = 1


def energy(w: Workspace) -> None:
    """E"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1


def residual(w: Workspace) -> None:
    """f"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1


def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
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


def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.dG,
        w.GtLdG,
    )
    # dGt_L = dGᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.dG,
        w.L,
        w.dGt_L,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dGt_L,
        w.G,
        w.dGt_L_G,
    )
    # t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_2)
    # t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_2,
        w.t,
    )
    # t_3 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, w.t, w.B, w.t_3)


def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # B_W_ft = B W_fᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.W_f, w.B_W_ft)
    # B_W_ft_Y = B W_fᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.B_W_ft,
        w.Y,
        w.B_W_ft_Y,
    )
    # G_B_W_ft_Y = G B W_fᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBBt_start,
        w.pairs_GBBt_left,
        w.pairs_GBBt_right,
        w.G,
        w.B_W_ft_Y,
        w.G_B_W_ft_Y,
    )
    # L_G_B_W_ft_Y = L G B W_fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.L,
        w.G_B_W_ft_Y,
        w.L_G_B_W_ft_Y,
    )
    # Lt_G_Y_W_f_Bt = Lᵀ G Y W_f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.B_W_ft_Y,
        w.Lt_G_Y_W_f_Bt,
    )
    # vjp_G = −(L G B W_fᵀ Y + Lᵀ G Y W_f Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -1.0, w.L_G_B_W_ft_Y, -1.0, w.Lt_G_Y_W_f_Bt, w.vjp_G)


def gnvp(w: Workspace) -> None:
    """2 JᵀJ applied to dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.dG,
        w.GtLdG,
    )
    # dGt_L = dGᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.dG,
        w.L,
        w.dGt_L,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dGt_L,
        w.G,
        w.dGt_L_G,
    )
    # t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_2)
    # t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_2,
        w.t,
    )
    # t_3 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, w.t, w.B, w.t_3)
    # B_dft = B dfᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.t_3, w.B_dft)
    # B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.B_dft,
        w.Y,
        w.B_dft_Y,
    )
    # G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBBt_start,
        w.pairs_GBBt_left,
        w.pairs_GBBt_right,
        w.G,
        w.B_dft_Y,
        w.G_B_dft_Y,
    )
    # L_G_B_dft_Y = L G B dfᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.L,
        w.G_B_dft_Y,
        w.L_G_B_dft_Y,
    )
    # LtGYdfBt = Lᵀ G Y df Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.B_dft_Y,
        w.LtGYdfBt,
    )
    # gnvp_G = −2 (L G B dfᵀ Y + Lᵀ G Y df Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -2.0, w.L_G_B_dft_Y, -2.0, w.LtGYdfBt, w.gnvp_G)


def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.GtL,
        w.dG,
        w.GtLdG,
    )
    # dGt_L = dGᵀ L  at Gᵀ·L
    sparse_product(
        w.threads,
        w.nnz_GtL,
        w.pairs_GtL_start,
        w.pairs_GtL_left,
        w.pairs_GtL_right,
        w.dG,
        w.L,
        w.dGt_L,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dGt_L,
        w.G,
        w.dGt_L_G,
    )
    # t_2 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_2)
    # t = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_2,
        w.t,
    )
    # t_3 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, w.t, w.B, w.t_3)
    # B_dft = B dfᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.t_3, w.B_dft)
    # B_dft_Y = B dfᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BftY_start,
        w.pairs_BftY_left,
        w.pairs_BftY_right,
        w.B_dft,
        w.Y,
        w.B_dft_Y,
    )
    # G_B_dft_Y = G B dfᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBBt_start,
        w.pairs_GBBt_left,
        w.pairs_GBBt_right,
        w.G,
        w.B_dft_Y,
        w.G_B_dft_Y,
    )
    # L_G_B_dft_Y = L G B dfᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.L,
        w.G_B_dft_Y,
        w.L_G_B_dft_Y,
    )
    # LtGYdfBt = Lᵀ G Y df Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.GtL,
        w.B_dft_Y,
        w.LtGYdfBt,
    )
    # dGBftY = dG B fᵀ Y  at Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_LtG,
        w.pairs_GBBt_start,
        w.pairs_GBBt_left,
        w.pairs_GBBt_right,
        w.dG,
        w.BftY,
        w.dGBftY,
    )
    # LdGBftY = L dG B fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LGBBt_start,
        w.pairs_LGBBt_left,
        w.pairs_LGBBt_right,
        w.L,
        w.dGBftY,
        w.LdGBftY,
    )
    # LtdGYfBt = Lᵀ dG Y f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_LtGYfBt_start,
        w.pairs_LtGYfBt_left,
        w.pairs_LtGYfBt_right,
        w.dGt_L,
        w.BftY,
        w.LtdGYfBt,
    )
    # hvp_G = −2 (L dG B fᵀ Y + L G B dfᵀ Y + Lᵀ dG Y f Bᵀ + Lᵀ G Y df Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -2.0, w.LdGBftY, -2.0, w.L_G_B_dft_Y, w.hvp_G)
    add(w.threads, w.nnz_G, -2.0, w.LtdGYfBt, w.hvp_G)
    add(w.threads, w.nnz_G, -2.0, w.LtGYdfBt, w.hvp_G)


def gn_diagonal(w: Workspace) -> None:
    """the diagonal of 2 JᵀJ"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[6]:
        stage_6(w)
        w.done[6] = 1


def hessian_diagonal(w: Workspace) -> None:
    """the diagonal of the Hessian"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[9]:
        stage_9(w)
        w.done[9] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[7]:
        stage_7(w)
        w.done[7] = 1
