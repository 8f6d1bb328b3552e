"""Kernels of the problem structured_lqr.

E = tr(lyap(Aᵀ − Kᵀ Bᵀ, Q + Kᵀ R K))

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines structured_lqr
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add, add_scattered, add_transposed, external, fill, gemm_nn, gemm_tn, gemm_tt,
    linear_1, linear_2, need, sample, sddmm, spmm, spmm_transposed, total, transpose
)

def stage_0(w: Workspace) -> None:
    spmm_transposed(w.n, w.n, w.at_K_T, 1.0, 0.0, w.K, w.Bt, w.KtBt, w.KtBt)
    linear_1(w.n * w.n, 1.0, w.A, w.t)
    add_transposed(w.n, w.n, -1.0, w.KtBt, w.t)
    external(w.solvers, 0, [w.t], w.schur)
    spmm_transposed(w.n, w.m, w.at_K_T, 1.0, 0.0, w.K, w.R, w.KtR, w.KtR)
    transpose(w.m, w.n, 1.0, w.KtR, w.RK)
    spmm_transposed(w.n, w.n, w.at_K_T, 1.0, 1.0, w.K, w.RK, w.Q, w.t_2)
    external(w.solvers, 1, [w.schur, w.t_2], w.t_3)
    external(w.solvers, 2, [w.schur], w.domain)

def stage_1(w: Workspace) -> None:
    gemm_nn(w.n, w.m, w.n, 1.0, 0.0, w.t_3, w.B, w.t_5)
    external(w.solvers, 3, [w.schur, w.I_2], w.t_8)

def stage_2(w: Workspace) -> None:
    sample(w.n, w.at_pattern1, w.n, w.t_3, w.t_4)
    total(w.nnz_pattern1, w.t_4, w.trace_2)
    w.energy[0] = w.trace_2[0]

def stage_3(w: Workspace) -> None:
    linear_2(w.n * w.m, 2.0, w.KtR, -2.0, w.t_5, w.t_6)
    transpose(w.m, w.n, 1.0, w.t_6, w.t_7)
    sddmm(w.m, w.n, w.at_K, w.t_7, w.t_8, w.t_9)

def stage_4(w: Workspace) -> None:
    transpose(w.m, w.n, 1.0, w.t_5, w.t_23)

def stage_5(w: Workspace) -> None:
    transpose(w.m, w.n, 1.0, w.B, w.Bt)

def stage_6(w: Workspace) -> None:
    fill(w.nnz_pattern1, 1.0, w.eye)
    fill(w.n * w.n, 0.0, w.I_2)
    add_scattered(w.n, w.n, w.at_pattern1, 1.0, w.eye, w.I_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 5, 6)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 5, 0, 2)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 5, 6, 0, 1, 3)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 5, 6, 0, 1, 4)
    spmm(w.m, w.n, w.at_K, 1.0, 0.0, w.dK, w.t_8, w.t_10, w.t_10)
    transpose(w.n, w.m, 1.0, w.t_10, w.t_11)
    sddmm(w.m, w.m, w.at_K, w.R, w.t_11, w.t_12)
    gemm_nn(w.n, w.n, w.m, 1.0, 0.0, w.B, w.t_10, w.t_13)
    external(w.solvers, 4, [w.schur, w.t_13], w.t_14)
    transpose(w.n, w.n, 1.0, w.t_14, w.t_15)
    sddmm(w.m, w.n, w.at_K, w.RK, w.t_15, w.t_16)
    sddmm(w.m, w.n, w.at_K, w.RK, w.t_14, w.t_17)
    spmm_transposed(w.n, w.n, w.at_K_T, 1.0, 0.0, w.dK, w.RK, w.dKt_R_K, w.dKt_R_K)
    transpose(w.n, w.n, 1.0, w.dKt_R_K, w.KtRdK)
    external(w.solvers, 5, [w.schur, w.KtRdK], w.t_18)
    gemm_tt(w.m, w.n, w.n, 1.0, 0.0, w.B, w.t_18, w.t_19)
    sddmm(w.m, w.n, w.at_K, w.t_19, w.t_8, w.t_20)
    gemm_tn(w.m, w.n, w.n, 1.0, 0.0, w.B, w.t_18, w.t_21)
    sddmm(w.m, w.n, w.at_K, w.t_21, w.t_8, w.t_22)
    spmm_transposed(w.n, w.n, w.at_K_T, 1.0, 0.0, w.dK, w.t_23, w.t_24, w.t_24)
    external(w.solvers, 6, [w.schur, w.t_24], w.t_25)
    gemm_tn(w.m, w.n, w.n, 1.0, 0.0, w.B, w.t_25, w.t_26)
    sddmm(w.m, w.n, w.at_K, w.t_26, w.t_8, w.t_27)
    gemm_tt(w.m, w.n, w.n, 1.0, 0.0, w.B, w.t_25, w.t_28)
    sddmm(w.m, w.n, w.at_K, w.t_28, w.t_8, w.t_29)
    sddmm(w.m, w.n, w.at_K, w.t_23, w.t_15, w.t_30)
    sddmm(w.m, w.n, w.at_K, w.t_23, w.t_14, w.t_31)
    linear_2(w.nnz_K, 2.0, w.t_12, -2.0, w.t_16, w.hvp_K)
    add(w.nnz_K, -2.0, w.t_17, w.hvp_K)
    add(w.nnz_K, -2.0, w.t_20, w.hvp_K)
    add(w.nnz_K, -2.0, w.t_22, w.hvp_K)
    add(w.nnz_K, 2.0, w.t_27, w.hvp_K)
    add(w.nnz_K, 2.0, w.t_29, w.hvp_K)
    add(w.nnz_K, 2.0, w.t_30, w.hvp_K)
    add(w.nnz_K, 2.0, w.t_31, w.hvp_K)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, )
