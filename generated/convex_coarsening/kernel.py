"""Kernels of the problem convex_coarsening.

E = 1/2 ‖X − Y S B‖²

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines convex_coarsening
"""

# fmt: off

import numpy

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_embedded, choose, embed, gemm_tn, inner, linear_1, linear_2, need, sddmm,
    sparse_product, spmm, sum_squares
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.S, w.YS)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_S, w.pairs_SYY, w.YS, w.Y, w.SYY)
    sparse_product(w.nnz_S, w.pairs_BBtSYY, w.BBt, w.SYY, w.BBtSYY)

def stage_2(w: Workspace) -> None:
    spmm(w.m, w.k, w.at_S, -1.0, 1.0, w.YS, w.B, w.X, w.f)

def stage_3(w: Workspace) -> None:
    linear_2(w.nnz_S, 1.0, w.BXtY, -1.0, w.BBtSYY, w.t)
    embed(w.nnz_S, w.place_S_T_in_S, 1.0, w.t, w.t_2)
    inner(w.nnz_S, w.S, w.t_2, w.trace_2)
    inner(w.nnz_S, w.S, w.YXBt, w.trace_3_2)
    w.sum[0] = -1.0 * w.trace_2[0] + -1.0 * w.trace_3_2[0] + w.sumsq[0]
    sum_squares(w.nnz_S, w.S, w.sumsq_3)
    w.scalar[0] = (numpy.sqrt(w.sumsq[0]) + w.sumsq_2[0] ** (1 / 4) * numpy.sqrt(w.sumsq_3[0]) * w.sumsq_4[0] ** (1 / 4)) ** 2
    w.gram_energy[0] = 0.5 * w.sum[0]
    w.gram_scale[0] = 0.5 * w.scalar[0]
    choose(w, w.gram_energy, w.gram_scale, (2.220446049250313e-06, 0.0011920928955078125),
        direct_energy, w.energy, w.guarded_energy)

def stage_4(w: Workspace) -> None:
    sum_squares(w.m * w.k, w.f, w.sumsq_f)
    w.energy[0] = 0.5 * w.sumsq_f[0]

def stage_5(w: Workspace) -> None:
    linear_1(w.nnz_S, -1.0, w.YXBt, w.gradient_S)
    add_embedded(w.nnz_S, w.place_S_T_in_S, 1.0, w.BBtSYY, w.gradient_S)

def stage_6(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_SS, w.B, w.B, w.BBt)

def stage_7(w: Workspace) -> None:
    sddmm(w.m, w.k, w.at_S, w.B, w.X, w.BXt)

def stage_8(w: Workspace) -> None:
    sparse_product(w.nnz_S, w.pairs_BXtY, w.BXt, w.Y, w.BXtY)
    embed(w.nnz_S, w.place_S_T_in_S, 1.0, w.BXtY, w.YXBt)

def stage_9(w: Workspace) -> None:
    sum_squares(w.m * w.k, w.X, w.sumsq)

def stage_10(w: Workspace) -> None:
    gemm_tn(w.k, w.k, w.m, 1.0, 0.0, w.B, w.B, w.BtB)
    sum_squares(w.k * w.k, w.BtB, w.sumsq_2)

def stage_11(w: Workspace) -> None:
    sparse_product(w.nnz_pattern2, w.pairs_YY, w.Y, w.Y, w.YY)
    sum_squares(w.nnz_pattern2, w.YY, w.sumsq_4)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 6, 7, 8, 9, 10, 11)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 6, 7, 8, 9, 10, 11, 0, 1, 3)

def direct_energy(w: Workspace) -> None:
    """E without Gram matrices, where they are not accurate enough"""
    need(w, STAGES, 0, 2, 4)

def residual(w: Workspace) -> None:
    """f"""
    need(w, STAGES, 0, 2)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 6, 7, 8, 0, 1, 5)

def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.dS, w.YdS)
    spmm(w.m, w.k, w.at_S, 1.0, 0.0, w.YdS, w.B, w.YdSB, w.YdSB)
    linear_1(w.m * w.k, -1.0, w.YdSB, w.df)

def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    sddmm(w.m, w.k, w.at_S, w.W_f, w.B, w.W_f_Bt)
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.W_f_Bt, w.Y_W_f_Bt)
    linear_1(w.nnz_S, -1.0, w.Y_W_f_Bt, w.vjp_S)

def gnvp(w: Workspace) -> None:
    """Gauss-Newton matrix applied to dG"""
    need(w, STAGES, 6)
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.dS, w.YdS)
    sparse_product(w.nnz_S, w.pairs_YdSBBt, w.YdS, w.BBt, w.YdSBBt)
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.YdSBBt, w.YYdSBBt)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 6)
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.dS, w.YdS)
    sparse_product(w.nnz_S, w.pairs_YdSBBt, w.YdS, w.BBt, w.YdSBBt)
    sparse_product(w.nnz_S, w.pairs_YS, w.Y, w.YdSBBt, w.YYdSBBt)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, stage_9, stage_10, stage_11, )
