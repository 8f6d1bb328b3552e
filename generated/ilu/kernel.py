"""Kernels of the problem ilu.

E = ‖(L U − A) ∘ [A ≠ 0]‖²

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines ilu
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, fill, linear_1, linear_2, multiply, need, sparse_product, sum_squares
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_A, w.pairs_LU, w.L, w.U, w.LU)
    linear_2(w.nnz_A, -1.0, w.A, 1.0, w.LU, w.t)
    multiply(w.nnz_A, w.t, w.t_2, w.t_3)

def stage_1(w: Workspace) -> None:
    sum_squares(w.nnz_A, w.t_3, w.sumsq_t_3)
    w.energy[0] = w.sumsq_t_3[0]

def stage_2(w: Workspace) -> None:
    sparse_product(w.nnz_L, w.pairs_t_4, w.t_3, w.U, w.t_4)
    linear_1(w.nnz_L, 2.0, w.t_4, w.gradient_L)
    sparse_product(w.nnz_U, w.pairs_t_5, w.L, w.t_3, w.t_5)
    linear_1(w.nnz_U, 2.0, w.t_5, w.gradient_U)

def stage_3(w: Workspace) -> None:
    fill(w.nnz_A, 1.0, w.t_2)

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
    sparse_product(w.nnz_A, w.pairs_LU, w.L, w.dU, w.LdU)
    sparse_product(w.nnz_A, w.pairs_LU, w.dL, w.U, w.dLU)
    linear_2(w.nnz_A, 1.0, w.LdU, 1.0, w.dLU, w.t_6)
    multiply(w.nnz_A, w.t_6, w.t_2, w.t_7)

def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    need(w, STAGES, 3)
    multiply(w.nnz_A, w.W_f, w.t_2, w.t_8)
    sparse_product(w.nnz_L, w.pairs_t_4, w.t_8, w.U, w.t_9)
    sparse_product(w.nnz_U, w.pairs_t_5, w.L, w.t_8, w.t_10)

def gnvp(w: Workspace) -> None:
    """Gauss-Newton matrix applied to dG"""
    need(w, STAGES, 3)
    sparse_product(w.nnz_A, w.pairs_LU, w.L, w.dU, w.LdU)
    sparse_product(w.nnz_A, w.pairs_LU, w.dL, w.U, w.dLU)
    linear_2(w.nnz_A, 1.0, w.LdU, 1.0, w.dLU, w.t_6)
    multiply(w.nnz_A, w.t_6, w.t_2, w.t_7)
    sparse_product(w.nnz_L, w.pairs_t_4, w.t_7, w.U, w.t_11)
    linear_1(w.nnz_L, 2.0, w.t_11, w.gnvp_L)
    sparse_product(w.nnz_U, w.pairs_t_5, w.L, w.t_7, w.t_12)
    linear_1(w.nnz_U, 2.0, w.t_12, w.gnvp_U)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 3, 0)
    sparse_product(w.nnz_A, w.pairs_LU, w.L, w.dU, w.LdU)
    sparse_product(w.nnz_A, w.pairs_LU, w.dL, w.U, w.dLU)
    linear_2(w.nnz_A, 1.0, w.LdU, 1.0, w.dLU, w.t_6)
    multiply(w.nnz_A, w.t_6, w.t_2, w.t_7)
    sparse_product(w.nnz_L, w.pairs_t_4, w.t_7, w.U, w.t_11)
    sparse_product(w.nnz_U, w.pairs_t_5, w.L, w.t_7, w.t_12)
    sparse_product(w.nnz_L, w.pairs_t_4, w.t_3, w.dU, w.t_13)
    linear_2(w.nnz_L, 2.0, w.t_11, 2.0, w.t_13, w.hvp_L)
    sparse_product(w.nnz_U, w.pairs_t_5, w.dL, w.t_3, w.t_14)
    linear_2(w.nnz_U, 2.0, w.t_14, 2.0, w.t_12, w.hvp_U)

STAGES = (stage_0, stage_1, stage_2, stage_3, )
