"""Kernels of the problem spectral_coarsening.

E = ‖X − Y Gᵀ L G B‖²

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines spectral_coarsening
"""

# fmt: off

import numpy

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add, choose, embed, gemm_tn, inner, linear_2, need, sddmm, sparse_product, spmm,
    sum_squares
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_LG, w.pairs_LG, w.L, w.G, w.LG)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.G, w.LG, w.GtLG)
    sparse_product(w.nnz_GtLG, w.pairs_YGtLG, w.Y, w.GtLG, w.YGtLG)

def stage_2(w: Workspace) -> None:
    sparse_product(w.nnz_GtLtG, w.pairs_GtLtGYY, w.YGtLG, w.Y, w.GtLtGYY)
    sparse_product(w.nnz_GtLtG, w.pairs_BBtGtLtGYY, w.BBt, w.GtLtGYY, w.BBtGtLtGYY)

def stage_3(w: Workspace) -> None:
    spmm(w.m, w.k, w.at_GtLG, -1.0, 1.0, w.YGtLG, w.B, w.X, w.f)

def stage_4(w: Workspace) -> None:
    linear_2(w.nnz_GtLtG, -2.0, w.BXtY, 2.0, w.BBtGtLtGYY, w.t_3)

def stage_5(w: Workspace) -> None:
    linear_2(w.nnz_GtLtG, 1.0, w.BXtY, -1.0, w.BBtGtLtGYY, w.t)
    embed(w.nnz_GtLG, w.place_GtLtG_T_in_GtLG, 1.0, w.t, w.t_2)
    inner(w.nnz_GtLG, w.GtLG, w.t_2, w.trace_2)
    inner(w.nnz_GtLG, w.GtLG, w.YXBt, w.trace_3_2)
    w.sum[0] = -1.0 * w.trace_2[0] + -1.0 * w.trace_3_2[0] + w.sumsq[0]
    sum_squares(w.nnz_GtLG, w.GtLG, w.sumsq_3)
    w.scalar[0] = (numpy.sqrt(w.sumsq[0]) + w.sumsq_2[0] ** (1 / 4) * numpy.sqrt(w.sumsq_3[0]) * w.sumsq_4[0] ** (1 / 4)) ** 2
    w.gram_energy[0] = w.sum[0]
    w.gram_scale[0] = w.scalar[0]
    choose(w, w.gram_energy, w.gram_scale, (2.220446049250313e-06, 0.0011920928955078125),
        direct_energy, w.energy, w.guarded_energy)

def stage_6(w: Workspace) -> None:
    sum_squares(w.m * w.k, w.f, w.sumsq_f)
    w.energy[0] = w.sumsq_f[0]

def stage_7(w: Workspace) -> None:
    sparse_product(w.nnz_G, w.pairs_t_4, w.LG, w.t_3, w.t_4)
    sparse_product(w.nnz_LG, w.pairs_t_5, w.G, w.t_3, w.t_5)
    sparse_product(w.nnz_G, w.pairs_t_6, w.L, w.t_5, w.t_6)
    linear_2(w.nnz_G, 1.0, w.t_4, 1.0, w.t_6, w.gradient_G)

def stage_8(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtLtGGtLG, w.B, w.B, w.BBt)

def stage_9(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_GtLtG, w.B, w.X, w.BXt)

def stage_10(w: Workspace) -> None:
    sparse_product(w.nnz_GtLtG, w.pairs_BXtY, w.BXt, w.Y, w.BXtY)

def stage_11(w: Workspace) -> None:
    sparse_product(w.nnz_pattern5, w.pairs_YY_2, w.Y, w.Y, w.YY_2)

def stage_12(w: Workspace) -> None:
    sum_squares(w.m * w.k, w.X, w.sumsq)

def stage_13(w: Workspace) -> None:
    gemm_tn(w.k, w.k, w.m, 1.0, 0.0, w.B, w.B, w.BtB)
    sum_squares(w.k * w.k, w.BtB, w.sumsq_2)

def stage_14(w: Workspace) -> None:
    sparse_product(w.nnz_pattern5, w.pairs_YY_2, w.Y, w.Y, w.YY)
    sum_squares(w.nnz_pattern5, w.YY, w.sumsq_4)

def stage_15(w: Workspace) -> None:
    embed(w.nnz_GtLG, w.place_GtLtG_T_in_GtLG, 1.0, w.BXtY, w.YXBt)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 8, 9, 10, 11, 12, 13, 14, 15)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 8, 9, 10, 12, 13, 14, 15, 0, 1, 2, 5)

def direct_energy(w: Workspace) -> None:
    """E without Gram matrices, where they are not accurate enough"""
    need(w, STAGES, 0, 1, 3, 6)

def residual(w: Workspace) -> None:
    """f"""
    need(w, STAGES, 0, 1, 3)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 8, 9, 10, 0, 1, 2, 4, 7)

def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    need(w, STAGES, 0)
    sparse_product(w.nnz_LG, w.pairs_LG, w.L, w.dG, w.LdG)
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.G, w.LdG, w.GtLdG)
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.dG, w.LG, w.dGt_L_G)
    linear_2(w.nnz_GtLG, -1.0, w.GtLdG, -1.0, w.dGt_L_G, w.t_8)
    sparse_product(w.nnz_GtLG, w.pairs_YGtLG, w.Y, w.t_8, w.t_7)
    spmm(w.m, w.k, w.at_GtLG, 1.0, 0.0, w.t_7, w.B, w.t_9, w.t_9)

def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    need(w, STAGES, 0)
    sddmm(w.m, w.k, w.at_GtLtG, w.B, w.W_f, w.B_W_ft)
    sparse_product(w.nnz_GtLtG, w.pairs_BXtY, w.B_W_ft, w.Y, w.B_W_ft_Y)
    sparse_product(w.nnz_G, w.pairs_t_4, w.LG, w.B_W_ft_Y, w.L_G_B_W_ft_Y)
    sparse_product(w.nnz_LG, w.pairs_t_5, w.G, w.B_W_ft_Y, w.G_Y_W_f_Bt)
    sparse_product(w.nnz_G, w.pairs_t_6, w.L, w.G_Y_W_f_Bt, w.Lt_G_Y_W_f_Bt)
    linear_2(w.nnz_G, -1.0, w.L_G_B_W_ft_Y, -1.0, w.Lt_G_Y_W_f_Bt, w.vjp_G)

def gnvp(w: Workspace) -> None:
    """Gauss-Newton matrix applied to dG"""
    need(w, STAGES, 8, 11, 0)
    sparse_product(w.nnz_LG, w.pairs_LG, w.L, w.dG, w.LdG)
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.G, w.LdG, w.GtLdG)
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.dG, w.LG, w.dGt_L_G)
    linear_2(w.nnz_GtLG, 2.0, w.GtLdG, 2.0, w.dGt_L_G, w.t_11)
    sparse_product(w.nnz_GtLtG, w.pairs_GtLtGYY, w.t_11, w.YY_2, w.t_10)
    sparse_product(w.nnz_GtLtG, w.pairs_BBtGtLtGYY, w.BBt, w.t_10, w.t_12)
    sparse_product(w.nnz_G, w.pairs_t_4, w.LG, w.t_12, w.t_13)
    sparse_product(w.nnz_LG, w.pairs_t_5, w.G, w.t_12, w.t_14)
    sparse_product(w.nnz_G, w.pairs_t_6, w.L, w.t_14, w.t_15)
    linear_2(w.nnz_G, 1.0, w.t_13, 1.0, w.t_15, w.gnvp_G)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 8, 9, 10, 11, 0, 1, 2, 4)
    sparse_product(w.nnz_LG, w.pairs_LG, w.L, w.dG, w.LdG)
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.G, w.LdG, w.GtLdG)
    sparse_product(w.nnz_GtLG, w.pairs_GtLG, w.dG, w.LG, w.dGt_L_G)
    linear_2(w.nnz_GtLG, 2.0, w.GtLdG, 2.0, w.dGt_L_G, w.t_11)
    sparse_product(w.nnz_GtLtG, w.pairs_GtLtGYY, w.t_11, w.YY_2, w.t_10)
    sparse_product(w.nnz_GtLtG, w.pairs_BBtGtLtGYY, w.BBt, w.t_10, w.t_12)
    sparse_product(w.nnz_G, w.pairs_t_4, w.LG, w.t_12, w.t_13)
    sparse_product(w.nnz_LG, w.pairs_t_5, w.G, w.t_12, w.t_14)
    sparse_product(w.nnz_G, w.pairs_t_6, w.L, w.t_14, w.t_15)
    sparse_product(w.nnz_G, w.pairs_t_4, w.LdG, w.t_3, w.t_16)
    sparse_product(w.nnz_LG, w.pairs_t_5, w.dG, w.t_3, w.t_17)
    sparse_product(w.nnz_G, w.pairs_t_6, w.L, w.t_17, w.t_18)
    linear_2(w.nnz_G, 1.0, w.t_16, 1.0, w.t_13, w.hvp_G)
    add(w.nnz_G, 1.0, w.t_18, w.hvp_G)
    add(w.nnz_G, 1.0, w.t_15, w.hvp_G)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, stage_12, stage_13, stage_14, stage_15, )
