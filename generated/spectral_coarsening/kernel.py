"""Kernels of the problem spectral_coarsening.

E = ‖X − Y Gᵀ L G B‖²
f = X − Y Gᵀ L G B
dE/dG = −2 (L G B fᵀ Y + Lᵀ G Y f Bᵀ)  at the stored positions
plan c3e874b48cf4
floating-point operations at the sizes it was planned for: energy 2.4e+05, direct_energy 7.29e+05, residual 6.69e+05, gradient 3.96e+05, jvp 7.73e+05, vjp 7.9e+05, gnvp 4.82e+05, hvp 8.43e+05
workspace: 8 (k·k + 2 m + 2 m·k + 12 nnz(G) + 9 nnz(Gᵀ·L·G) + 10 nnz(Gᵀ·Lᵀ·G) + nnz(Gᵀ·Lᵀ·G·Gᵀ·L·G) + 6 nnz(L·G) + 13) bytes

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

import numpy

from nzdiff.runtime.kernel.numpy_kernels import (
    Workspace,
    add,
    add_embedded,
    fill,
    gemm_tn,
    guard,
    inner,
    linear_2,
    sddmm,
    sparse_product,
    spmm,
    sum_squares,
)


def stage_0(w: Workspace) -> None:
    """shared by energy, direct_energy, residual, gradient, jvp, vjp, gnvp, hvp"""
    # LG = L G  at L·G
    sparse_product(
        w.threads, w.nnz_LG, w.pairs_LG_start, w.pairs_LG_left, w.pairs_LG_right, w.L, w.G, w.LG
    )


def stage_1(w: Workspace) -> None:
    """shared by energy, direct_energy, residual, gradient, hvp"""
    # GtLG = Gᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.G,
        w.LG,
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


def stage_2(w: Workspace) -> None:
    """shared by energy, gradient, hvp"""
    # GtLtGYY = Gᵀ Lᵀ G Y Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_GtLtGYY_start,
        w.pairs_GtLtGYY_left,
        w.pairs_GtLtGYY_right,
        w.YGtLG,
        w.Y,
        w.GtLtGYY,
    )
    # BBtGtLtGYY = B Bᵀ Gᵀ Lᵀ G Y Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BBtGtLtGYY_start,
        w.pairs_BBtGtLtGYY_left,
        w.pairs_BBtGtLtGYY_right,
        w.BBt,
        w.GtLtGYY,
        w.BBtGtLtGYY,
    )


def stage_3(w: Workspace) -> None:
    """shared by direct_energy, residual"""
    # f = (X − Y Gᵀ L G B)
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, -1.0, 1.0, w.YGtLG, w.B, w.X, w.f)


def stage_4(w: Workspace) -> None:
    """shared by gradient, hvp"""
    # t_3 = (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)  at Gᵀ·Lᵀ·G
    linear_2(w.threads, w.nnz_GtLtG, -2.0, w.BXtY, 2.0, w.BBtGtLtGYY, w.t_3)


def stage_5(w: Workspace) -> None:
    """shared by energy"""
    # t = (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)  at Gᵀ·Lᵀ·G
    linear_2(w.threads, w.nnz_GtLtG, 1.0, w.BXtY, -1.0, w.BBtGtLtGYY, w.t)
    # t_2 = (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at Gᵀ·L·G
    fill(w.threads, w.nnz_GtLG, 0.0, w.t_2)
    add_embedded(w.threads, w.nnz_GtLG, w.place_GtLtG_T_in_GtLG, 1.0, w.t, w.t_2)
    # trace_2 = tr(Gᵀ Lᵀ G (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ)
    inner(w.threads, w.nnz_GtLG, w.GtLG, w.t_2, w.trace_2)
    # trace_3_2 = tr(Gᵀ Lᵀ G Y X Bᵀ)
    inner(w.threads, w.nnz_GtLG, w.GtLG, w.YXBt, w.trace_3_2)
    # sum = −tr(Gᵀ Lᵀ G (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ)) − tr(Gᵀ Lᵀ G Y X Bᵀ) + ‖X‖²
    w.sum[0] = 0.0
    w.sum[0] += -1.0 * w.trace_2[0]
    w.sum[0] += -1.0 * w.trace_3_2[0]
    w.sum[0] += 1.0 * w.sumsq[0]
    # sumsq_3 = ‖Gᵀ L G‖²
    sum_squares(w.threads, w.nnz_GtLG, w.GtLG, w.sumsq_3)
    # scalar = (‖X‖ + ‖Y Y‖^(1/2) ‖Bᵀ B‖^(1/2) ‖Gᵀ L G‖)^2
    w.scalar[0] = (numpy.sqrt(w.sumsq[0]) + w.sumsq_2[0] ** (1 / 4) * numpy.sqrt(w.sumsq_3[0]) * w.sumsq_4[0] ** (1 / 4)) ** 2  # fmt: skip
    # gram_energy = E by Gram matrices
    w.gram_energy[0] = 0.0
    w.gram_energy[0] += 1.0 * w.sum[0]
    # gram_scale = what its error is relative to
    w.gram_scale[0] = 0.0
    w.gram_scale[0] += 1.0 * w.scalar[0]
    # guarded_energy = E
    guard(w, w.gram_energy, w.gram_scale, direct_energy, w.energy, w.guarded_energy)


def stage_6(w: Workspace) -> None:
    """shared by direct_energy"""
    # sumsq_f = ‖f‖²
    sum_squares(w.threads, w.m * w.k, w.f, w.sumsq_f)
    # energy = E
    w.energy[0] = 0.0
    w.energy[0] += 1.0 * w.sumsq_f[0]


def stage_7(w: Workspace) -> None:
    """shared by gradient"""
    # t_4 = L G (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_4_start,
        w.pairs_t_4_left,
        w.pairs_t_4_right,
        w.LG,
        w.t_3,
        w.t_4,
    )
    # t_5 = G (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at L·G
    sparse_product(
        w.threads,
        w.nnz_LG,
        w.pairs_t_5_start,
        w.pairs_t_5_left,
        w.pairs_t_5_right,
        w.G,
        w.t_3,
        w.t_5,
    )
    # t_6 = Lᵀ G (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_6_start,
        w.pairs_t_6_left,
        w.pairs_t_6_right,
        w.L,
        w.t_5,
        w.t_6,
    )
    # gradient_G = −2 (L G (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y) + Lᵀ G (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ))  at G
    linear_2(w.threads, w.nnz_G, 1.0, w.t_4, 1.0, w.t_6, w.gradient_G)


def stage_8(w: Workspace) -> None:
    """without g, shared by energy, gradient, gnvp, hvp"""
    # BBt = B Bᵀ  at Gᵀ·Lᵀ·G·Gᵀ·L·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtGGtLG_start, w.at_GtLtGGtLG_cols, w.B, w.B, w.BBt)


def stage_9(w: Workspace) -> None:
    """without g, shared by energy, gradient, hvp"""
    # BXt = B Xᵀ  at Gᵀ·Lᵀ·G
    sddmm(w.threads, w.m, w.k, w.at_GtLtG_start, w.at_GtLtG_cols, w.B, w.X, w.BXt)
    # BXtY = B Xᵀ Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BXtY_start,
        w.pairs_BXtY_left,
        w.pairs_BXtY_right,
        w.BXt,
        w.Y,
        w.BXtY,
    )


def stage_10(w: Workspace) -> None:
    """without g, shared by gnvp, hvp"""
    # YY_2 = Y Y  at I
    sparse_product(
        w.threads,
        w.nnz_pattern5,
        w.pairs_YY_2_start,
        w.pairs_YY_2_left,
        w.pairs_YY_2_right,
        w.Y,
        w.Y,
        w.YY_2,
    )


def stage_11(w: Workspace) -> None:
    """without g, shared by energy"""
    # YXBt = Y X Bᵀ  at Gᵀ·L·G
    fill(w.threads, w.nnz_GtLG, 0.0, w.YXBt)
    add_embedded(w.threads, w.nnz_GtLG, w.place_GtLtG_T_in_GtLG, 1.0, w.BXtY, w.YXBt)
    # sumsq = ‖X‖²
    sum_squares(w.threads, w.m * w.k, w.X, w.sumsq)
    # BtB = Bᵀ B
    gemm_tn(w.threads, w.k, w.k, w.m, 1.0, 0.0, w.B, w.B, w.BtB)
    # sumsq_2 = ‖Bᵀ B‖²
    sum_squares(w.threads, w.k * w.k, w.BtB, w.sumsq_2)
    # YY = Y Y  at I
    sparse_product(
        w.threads,
        w.nnz_pattern5,
        w.pairs_YY_2_start,
        w.pairs_YY_2_left,
        w.pairs_YY_2_right,
        w.Y,
        w.Y,
        w.YY,
    )
    # sumsq_4 = ‖Y Y‖²
    sum_squares(w.threads, w.nnz_pattern5, w.YY, w.sumsq_4)


def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[9]:
        stage_9(w)
        w.done[9] = 1
    if not w.done[10]:
        stage_10(w)
        w.done[10] = 1
    if not w.done[11]:
        stage_11(w)
        w.done[11] = 1


def energy(w: Workspace) -> None:
    """E"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[9]:
        stage_9(w)
        w.done[9] = 1
    if not w.done[11]:
        stage_11(w)
        w.done[11] = 1
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


def direct_energy(w: Workspace) -> None:
    """E without Gram matrices, where they are not accurate enough"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1
    if not w.done[6]:
        stage_6(w)
        w.done[6] = 1


def residual(w: Workspace) -> None:
    """f"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    if not w.done[1]:
        stage_1(w)
        w.done[1] = 1
    if not w.done[3]:
        stage_3(w)
        w.done[3] = 1


def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
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
    if not w.done[2]:
        stage_2(w)
        w.done[2] = 1
    if not w.done[4]:
        stage_4(w)
        w.done[4] = 1
    if not w.done[7]:
        stage_7(w)
        w.done[7] = 1


def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # LdG = L dG  at L·G
    sparse_product(
        w.threads, w.nnz_LG, w.pairs_LG_start, w.pairs_LG_left, w.pairs_LG_right, w.L, w.dG, w.LdG
    )
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.G,
        w.LdG,
        w.GtLdG,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dG,
        w.LG,
        w.dGt_L_G,
    )
    # t_8 = (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_8)
    # t_7 = Y (−Gᵀ L dG − dGᵀ L G)  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_YGtLG_start,
        w.pairs_YGtLG_left,
        w.pairs_YGtLG_right,
        w.Y,
        w.t_8,
        w.t_7,
    )
    # t_9 = Y (−Gᵀ L dG − dGᵀ L G) B
    spmm(w.threads, w.m, w.k, w.at_GtLG_start, w.at_GtLG_cols, 1.0, 0.0, w.t_7, w.B, w.t_9, w.t_9)


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
        w.pairs_BXtY_start,
        w.pairs_BXtY_left,
        w.pairs_BXtY_right,
        w.B_W_ft,
        w.Y,
        w.B_W_ft_Y,
    )
    # L_G_B_W_ft_Y = L G B W_fᵀ Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_4_start,
        w.pairs_t_4_left,
        w.pairs_t_4_right,
        w.LG,
        w.B_W_ft_Y,
        w.L_G_B_W_ft_Y,
    )
    # G_Y_W_f_Bt = G Y W_f Bᵀ  at L·G
    sparse_product(
        w.threads,
        w.nnz_LG,
        w.pairs_t_5_start,
        w.pairs_t_5_left,
        w.pairs_t_5_right,
        w.G,
        w.B_W_ft_Y,
        w.G_Y_W_f_Bt,
    )
    # Lt_G_Y_W_f_Bt = Lᵀ G Y W_f Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_6_start,
        w.pairs_t_6_left,
        w.pairs_t_6_right,
        w.L,
        w.G_Y_W_f_Bt,
        w.Lt_G_Y_W_f_Bt,
    )
    # vjp_G = −(L G B W_fᵀ Y + Lᵀ G Y W_f Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, -1.0, w.L_G_B_W_ft_Y, -1.0, w.Lt_G_Y_W_f_Bt, w.vjp_G)


def gnvp(w: Workspace) -> None:
    """2 JᵀJ applied to dG"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[10]:
        stage_10(w)
        w.done[10] = 1
    if not w.done[0]:
        stage_0(w)
        w.done[0] = 1
    # LdG = L dG  at L·G
    sparse_product(
        w.threads, w.nnz_LG, w.pairs_LG_start, w.pairs_LG_left, w.pairs_LG_right, w.L, w.dG, w.LdG
    )
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.G,
        w.LdG,
        w.GtLdG,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dG,
        w.LG,
        w.dGt_L_G,
    )
    # t_11 = (2 Gᵀ L dG + 2 dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, 2.0, w.GtLdG, 2.0, w.dGt_L_G, w.t_11)
    # t_10 = (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_GtLtGYY_start,
        w.pairs_GtLtGYY_left,
        w.pairs_GtLtGYY_right,
        w.t_11,
        w.YY_2,
        w.t_10,
    )
    # t_12 = B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BBtGtLtGYY_start,
        w.pairs_BBtGtLtGYY_left,
        w.pairs_BBtGtLtGYY_right,
        w.BBt,
        w.t_10,
        w.t_12,
    )
    # t_13 = L G B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_4_start,
        w.pairs_t_4_left,
        w.pairs_t_4_right,
        w.LG,
        w.t_12,
        w.t_13,
    )
    # t_14 = G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at L·G
    sparse_product(
        w.threads,
        w.nnz_LG,
        w.pairs_t_5_start,
        w.pairs_t_5_left,
        w.pairs_t_5_right,
        w.G,
        w.t_12,
        w.t_14,
    )
    # t_15 = Lᵀ G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_6_start,
        w.pairs_t_6_left,
        w.pairs_t_6_right,
        w.L,
        w.t_14,
        w.t_15,
    )
    # gnvp_G = −2 (−L G B Bᵀ (Gᵀ Lᵀ dG + dGᵀ Lᵀ G) Y Y − Lᵀ G Y Y (dGᵀ L G + Gᵀ L dG) B Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, 1.0, w.t_13, 1.0, w.t_15, w.gnvp_G)


def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    if not w.done[8]:
        stage_8(w)
        w.done[8] = 1
    if not w.done[9]:
        stage_9(w)
        w.done[9] = 1
    if not w.done[10]:
        stage_10(w)
        w.done[10] = 1
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
    # LdG = L dG  at L·G
    sparse_product(
        w.threads, w.nnz_LG, w.pairs_LG_start, w.pairs_LG_left, w.pairs_LG_right, w.L, w.dG, w.LdG
    )
    # GtLdG = Gᵀ L dG  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.G,
        w.LdG,
        w.GtLdG,
    )
    # dGt_L_G = dGᵀ L G  at Gᵀ·L·G
    sparse_product(
        w.threads,
        w.nnz_GtLG,
        w.pairs_GtLG_start,
        w.pairs_GtLG_left,
        w.pairs_GtLG_right,
        w.dG,
        w.LG,
        w.dGt_L_G,
    )
    # t_11 = (2 Gᵀ L dG + 2 dGᵀ L G)  at Gᵀ·L·G
    linear_2(w.threads, w.nnz_GtLG, 2.0, w.GtLdG, 2.0, w.dGt_L_G, w.t_11)
    # t_10 = (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_GtLtGYY_start,
        w.pairs_GtLtGYY_left,
        w.pairs_GtLtGYY_right,
        w.t_11,
        w.YY_2,
        w.t_10,
    )
    # t_12 = B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at Gᵀ·Lᵀ·G
    sparse_product(
        w.threads,
        w.nnz_GtLtG,
        w.pairs_BBtGtLtGYY_start,
        w.pairs_BBtGtLtGYY_left,
        w.pairs_BBtGtLtGYY_right,
        w.BBt,
        w.t_10,
        w.t_12,
    )
    # t_13 = L G B Bᵀ (2 Gᵀ L dG + 2 dGᵀ L G)ᵀ Y Y  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_4_start,
        w.pairs_t_4_left,
        w.pairs_t_4_right,
        w.LG,
        w.t_12,
        w.t_13,
    )
    # t_14 = G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at L·G
    sparse_product(
        w.threads,
        w.nnz_LG,
        w.pairs_t_5_start,
        w.pairs_t_5_left,
        w.pairs_t_5_right,
        w.G,
        w.t_12,
        w.t_14,
    )
    # t_15 = Lᵀ G Y Y (2 Gᵀ L dG + 2 dGᵀ L G) B Bᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_6_start,
        w.pairs_t_6_left,
        w.pairs_t_6_right,
        w.L,
        w.t_14,
        w.t_15,
    )
    # t_16 = L dG (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_4_start,
        w.pairs_t_4_left,
        w.pairs_t_4_right,
        w.LdG,
        w.t_3,
        w.t_16,
    )
    # t_17 = dG (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at L·G
    sparse_product(
        w.threads,
        w.nnz_LG,
        w.pairs_t_5_start,
        w.pairs_t_5_left,
        w.pairs_t_5_right,
        w.dG,
        w.t_3,
        w.t_17,
    )
    # t_18 = Lᵀ dG (−2 B Xᵀ Y + 2 B Bᵀ Gᵀ Lᵀ G Y Y)ᵀ  at G
    sparse_product(
        w.threads,
        w.nnz_G,
        w.pairs_t_6_start,
        w.pairs_t_6_left,
        w.pairs_t_6_right,
        w.L,
        w.t_17,
        w.t_18,
    )
    # hvp_G = −2 (L dG (B Xᵀ Y − B Bᵀ Gᵀ Lᵀ G Y Y) − L G B Bᵀ (Gᵀ Lᵀ dG + dGᵀ Lᵀ G) Y Y + Lᵀ dG (Y X Bᵀ − Y Y Gᵀ L G B Bᵀ) − Lᵀ G Y Y (dGᵀ L G + Gᵀ L dG) B Bᵀ)  at G
    linear_2(w.threads, w.nnz_G, 1.0, w.t_16, 1.0, w.t_13, w.hvp_G)
    add(w.threads, w.nnz_G, 1.0, w.t_18, w.hvp_G)
    add(w.threads, w.nnz_G, 1.0, w.t_15, w.hvp_G)
