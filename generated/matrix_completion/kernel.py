"""Kernels of the problem matrix_completion.

E = weight (‖U‖² + ‖V‖²) + ‖(U Vᵀ − R) ∘ [R ≠ 0]‖²

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines matrix_completion
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add, fill, linear_2, multiply, need, sddmm, spmm, spmm_transposed, sum_squares
)

def stage_0(w: Workspace) -> None:
    sddmm(w.n, w.r, w.at_R, w.U, w.V, w.UVt)
    linear_2(w.nnz_R, -1.0, w.R, 1.0, w.UVt, w.t)
    multiply(w.nnz_R, w.t, w.t_2, w.t_3)

def stage_1(w: Workspace) -> None:
    sum_squares(w.n * w.r, w.U, w.sumsq_U)
    sum_squares(w.m * w.r, w.V, w.sumsq_V)
    sum_squares(w.nnz_R, w.t_3, w.sumsq_t_3)
    w.energy[0] = w.c * w.sumsq_U[0] + w.c * w.sumsq_V[0] + w.sumsq_t_3[0]

def stage_2(w: Workspace) -> None:
    spmm(w.n, w.r, w.at_R, 2.0, w.c_2, w.t_3, w.V, w.U, w.gradient_U)
    spmm_transposed(w.m, w.r, w.at_R_T, 2.0, w.c_2, w.t_3, w.U, w.V, w.gradient_V)

def stage_3(w: Workspace) -> None:
    fill(w.nnz_R, 1.0, w.t_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 3)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 3, 0, 1)

def residual(w: Workspace) -> None:
    """f"""
    need(w, STAGES, 3, 0)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 3, 0, 2)

def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    need(w, STAGES, 3)
    sddmm(w.n, w.r, w.at_R, w.U, w.dV, w.U_dVt)
    sddmm(w.n, w.r, w.at_R, w.dU, w.V, w.dUVt)
    linear_2(w.nnz_R, 1.0, w.U_dVt, 1.0, w.dUVt, w.t_6)
    multiply(w.nnz_R, w.t_6, w.t_2, w.t_7)

def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    need(w, STAGES, 3)
    multiply(w.nnz_R, w.W_f_3, w.t_2, w.t_8)
    spmm(w.n, w.r, w.at_R, 1.0, 0.0, w.t_8, w.V, w.t_9, w.t_9)
    linear_2(w.n * w.r, 1.0, w.W_f_1, 1.0, w.t_9, w.vjp_U)
    spmm_transposed(w.m, w.r, w.at_R_T, 1.0, 0.0, w.t_8, w.U, w.t_10, w.t_10)
    linear_2(w.m * w.r, 1.0, w.W_f_2, 1.0, w.t_10, w.vjp_V)

def gnvp(w: Workspace) -> None:
    """Gauss-Newton matrix applied to dG"""
    need(w, STAGES, 3)
    sddmm(w.n, w.r, w.at_R, w.U, w.dV, w.U_dVt)
    sddmm(w.n, w.r, w.at_R, w.dU, w.V, w.dUVt)
    linear_2(w.nnz_R, 1.0, w.U_dVt, 1.0, w.dUVt, w.t_6)
    multiply(w.nnz_R, w.t_6, w.t_2, w.t_7)
    spmm(w.n, w.r, w.at_R, 1.0, 0.0, w.t_7, w.V, w.t_11, w.t_11)
    linear_2(w.n * w.r, w.c_2, w.dU, 2.0, w.t_11, w.gnvp_U)
    spmm_transposed(w.m, w.r, w.at_R_T, 1.0, 0.0, w.t_7, w.U, w.t_12, w.t_12)
    linear_2(w.m * w.r, w.c_2, w.dV, 2.0, w.t_12, w.gnvp_V)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 3, 0)
    sddmm(w.n, w.r, w.at_R, w.U, w.dV, w.U_dVt)
    sddmm(w.n, w.r, w.at_R, w.dU, w.V, w.dUVt)
    linear_2(w.nnz_R, 1.0, w.U_dVt, 1.0, w.dUVt, w.t_6)
    multiply(w.nnz_R, w.t_6, w.t_2, w.t_7)
    spmm(w.n, w.r, w.at_R, 1.0, 0.0, w.t_7, w.V, w.t_11, w.t_11)
    spmm_transposed(w.m, w.r, w.at_R_T, 1.0, 0.0, w.t_7, w.U, w.t_12, w.t_12)
    spmm(w.n, w.r, w.at_R, 1.0, 0.0, w.t_3, w.dV, w.t_13, w.t_13)
    linear_2(w.n * w.r, w.c_2, w.dU, 2.0, w.t_11, w.hvp_U)
    add(w.n * w.r, 2.0, w.t_13, w.hvp_U)
    spmm_transposed(w.m, w.r, w.at_R_T, 1.0, 0.0, w.t_3, w.dU, w.t_14, w.t_14)
    linear_2(w.m * w.r, w.c_2, w.dV, 2.0, w.t_12, w.hvp_V)
    add(w.m * w.r, 2.0, w.t_14, w.hvp_V)

STAGES = (stage_0, stage_1, stage_2, stage_3, )
