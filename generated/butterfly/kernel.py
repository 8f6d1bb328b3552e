"""Kernels of the problem butterfly.

E = ‖A − S0 S1 S2 S3 S4‖²

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines butterfly
"""

# fmt: off

import numpy

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add, add_scattered, choose, fill, inner, linear_1, linear_2, need, sample,
    sparse_product, sum_squares
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.S0, w.S1, w.S0S1)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.S3, w.S4, w.S3S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.S3S4, w.S2S3S4)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2S3S4, w.S0S1S2S3S4)

def stage_2(w: Workspace) -> None:
    linear_1(w.n * w.n, 1.0, w.A, w.f)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.S0S1S2S3S4, w.f)

def stage_3(w: Workspace) -> None:
    linear_2(w.nnz_S0S1S2S3S4, -2.0, w.A_2, 2.0, w.S0S1S2S3S4, w.t_2)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.t_2, w.S2S3S4, w.t_3)
    sparse_product(w.nnz_S2S3S4, w.pairs_t_6, w.S0S1, w.t_2, w.t_6)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.S2, w.t_6, w.t_8)

def stage_4(w: Workspace) -> None:
    linear_2(w.nnz_S0S1S2S3S4, 1.0, w.A_2, -1.0, w.S0S1S2S3S4, w.t)
    inner(w.nnz_S0S1S2S3S4, w.S0S1S2S3S4, w.t, w.trace_2)
    inner(w.nnz_S0S1S2S3S4, w.S0S1S2S3S4, w.A_2, w.trace_3_2)
    w.sum[0] = -1.0 * w.trace_2[0] + -1.0 * w.trace_3_2[0] + w.sumsq[0]
    sum_squares(w.nnz_S0S1S2S3S4, w.S0S1S2S3S4, w.sumsq_2)
    w.scalar[0] = (numpy.sqrt(w.sumsq[0]) + numpy.sqrt(w.sumsq_2[0])) ** 2
    w.gram_energy[0] = w.sum[0]
    w.gram_scale[0] = w.scalar[0]
    choose(w, w.gram_energy, w.gram_scale, (2.220446049250313e-06, 0.0011920928955078125),
        direct_energy, w.energy, w.guarded_energy)

def stage_5(w: Workspace) -> None:
    sum_squares(w.n * w.n, w.f, w.sumsq_f)
    w.energy[0] = w.sumsq_f[0]

def stage_6(w: Workspace) -> None:
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_3, w.S1, w.t_4)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.t_3, w.t_5)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_6, w.S3S4, w.t_7)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_8, w.S4, w.t_9)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.t_8, w.t_10)

def stage_7(w: Workspace) -> None:
    sample(w.n, w.at_S0S1S2S3S4, w.n, w.A, w.A_2)

def stage_8(w: Workspace) -> None:
    sum_squares(w.n * w.n, w.A, w.sumsq)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 7, 8)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 7, 8, 0, 1, 4)

def direct_energy(w: Workspace) -> None:
    """E without Gram matrices, where they are not accurate enough"""
    need(w, STAGES, 0, 1, 2, 5)

def residual(w: Workspace) -> None:
    """f"""
    need(w, STAGES, 0, 1, 2)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 7, 0, 1, 3, 6)

def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    need(w, STAGES, 0)
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.dS0, w.S1, w.dS0_S1)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.dS0_S1, w.S2S3S4, w.dS0_S1_S2_S3_S4)
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.S0, w.dS1, w.S0_dS1)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0_dS1, w.S2S3S4, w.S0_dS1_S2_S3_S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.dS2, w.S3S4, w.dS2_S3_S4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.dS2_S3_S4, w.S0_S1_dS2_S3_S4)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.dS3, w.S4, w.dS3_S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.dS3_S4, w.S2_dS3_S4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2_dS3_S4, w.S0_S1_S2_dS3_S4)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.S3, w.dS4, w.S3_dS4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.S3_dS4, w.S2_S3_dS4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2_S3_dS4, w.S0_S1_S2_S3_dS4)
    fill(w.n * w.n, 0.0, w.df)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.dS0_S1_S2_S3_S4, w.df)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.S0_dS1_S2_S3_S4, w.df)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.S0_S1_dS2_S3_S4, w.df)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.S0_S1_S2_dS3_S4, w.df)
    add_scattered(w.n, w.n, w.at_S0S1S2S3S4, -1.0, w.S0_S1_S2_S3_dS4, w.df)

def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    need(w, STAGES, 0)
    sample(w.n, w.at_S0S1S2S3S4, w.n, w.W_f, w.W_f_2)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.W_f_2, w.S2S3S4, w.W_f_S4t_S3t_S2t)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.W_f_S4t_S3t_S2t, w.S1, w.W_f_S4t_S3t_S2t_S1t)
    linear_1(w.nnz_S0, -1.0, w.W_f_S4t_S3t_S2t_S1t, w.vjp_S0)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.W_f_S4t_S3t_S2t, w.S0t_W_f_S4t_S3t_S2t)
    linear_1(w.nnz_S1, -1.0, w.S0t_W_f_S4t_S3t_S2t, w.vjp_S1)
    sparse_product(w.nnz_S2S3S4, w.pairs_t_6, w.S0S1, w.W_f_2, w.S1t_S0t_W_f)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.S1t_S0t_W_f, w.S3S4, w.S1t_S0t_W_f_S4t_S3t)
    linear_1(w.nnz_S2, -1.0, w.S1t_S0t_W_f_S4t_S3t, w.vjp_S2)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.S2, w.S1t_S0t_W_f, w.S2t_S1t_S0t_W_f)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.S2t_S1t_S0t_W_f, w.S4, w.S2t_S1t_S0t_W_f_S4t)
    linear_1(w.nnz_S3, -1.0, w.S2t_S1t_S0t_W_f_S4t, w.vjp_S3)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.S2t_S1t_S0t_W_f, w.S3t_S2t_S1t_S0t_W_f)
    linear_1(w.nnz_S4, -1.0, w.S3t_S2t_S1t_S0t_W_f, w.vjp_S4)

def gnvp(w: Workspace) -> None:
    """Gauss-Newton matrix applied to dG"""
    need(w, STAGES, 0)
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.dS0, w.S1, w.dS0_S1)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.dS0_S1, w.S2S3S4, w.dS0_S1_S2_S3_S4)
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.S0, w.dS1, w.S0_dS1)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0_dS1, w.S2S3S4, w.S0_dS1_S2_S3_S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.dS2, w.S3S4, w.dS2_S3_S4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.dS2_S3_S4, w.S0_S1_dS2_S3_S4)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.dS3, w.S4, w.dS3_S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.dS3_S4, w.S2_dS3_S4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2_dS3_S4, w.S0_S1_S2_dS3_S4)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.S3, w.dS4, w.S3_dS4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.S3_dS4, w.S2_S3_dS4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2_S3_dS4, w.S0_S1_S2_S3_dS4)
    linear_2(w.nnz_S0S1S2S3S4, 2.0, w.S0_S1_S2_S3_dS4, 2.0, w.S0_S1_S2_dS3_S4, w.t_11)
    add(w.nnz_S0S1S2S3S4, 2.0, w.S0_S1_dS2_S3_S4, w.t_11)
    add(w.nnz_S0S1S2S3S4, 2.0, w.S0_dS1_S2_S3_S4, w.t_11)
    add(w.nnz_S0S1S2S3S4, 2.0, w.dS0_S1_S2_S3_S4, w.t_11)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.t_11, w.S2S3S4, w.t_12)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_12, w.S1, w.t_13)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.t_12, w.t_14)
    sparse_product(w.nnz_S2S3S4, w.pairs_t_6, w.S0S1, w.t_11, w.t_15)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_15, w.S3S4, w.t_16)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.S2, w.t_15, w.t_17)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_17, w.S4, w.t_18)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.t_17, w.t_19)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 7, 0, 1, 3)
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.dS0, w.S1, w.dS0_S1)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.dS0_S1, w.S2S3S4, w.dS0_S1_S2_S3_S4)
    sparse_product(w.nnz_S0S1, w.pairs_S0S1, w.S0, w.dS1, w.S0_dS1)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0_dS1, w.S2S3S4, w.S0_dS1_S2_S3_S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.dS2, w.S3S4, w.dS2_S3_S4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.dS2_S3_S4, w.S0_S1_dS2_S3_S4)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.dS3, w.S4, w.dS3_S4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.dS3_S4, w.S2_dS3_S4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2_dS3_S4, w.S0_S1_S2_dS3_S4)
    sparse_product(w.nnz_S3S4, w.pairs_S3S4, w.S3, w.dS4, w.S3_dS4)
    sparse_product(w.nnz_S2S3S4, w.pairs_S2S3S4, w.S2, w.S3_dS4, w.S2_S3_dS4)
    sparse_product(w.nnz_S0S1S2S3S4, w.pairs_S0S1S2S3S4, w.S0S1, w.S2_S3_dS4, w.S0_S1_S2_S3_dS4)
    linear_2(w.nnz_S0S1S2S3S4, 2.0, w.S0_S1_S2_S3_dS4, 2.0, w.S0_S1_S2_dS3_S4, w.t_11)
    add(w.nnz_S0S1S2S3S4, 2.0, w.S0_S1_dS2_S3_S4, w.t_11)
    add(w.nnz_S0S1S2S3S4, 2.0, w.S0_dS1_S2_S3_S4, w.t_11)
    add(w.nnz_S0S1S2S3S4, 2.0, w.dS0_S1_S2_S3_S4, w.t_11)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.t_11, w.S2S3S4, w.t_12)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_12, w.S1, w.t_13)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.t_12, w.t_14)
    sparse_product(w.nnz_S2S3S4, w.pairs_t_6, w.S0S1, w.t_11, w.t_15)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_15, w.S3S4, w.t_16)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.S2, w.t_15, w.t_17)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_17, w.S4, w.t_18)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.t_17, w.t_19)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.t_2, w.S2_S3_dS4, w.t_20)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_20, w.S1, w.t_21)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.t_2, w.S2_dS3_S4, w.t_22)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_22, w.S1, w.t_23)
    sparse_product(w.nnz_S0S1, w.pairs_t_3, w.t_2, w.dS2_S3_S4, w.t_24)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_24, w.S1, w.t_25)
    sparse_product(w.nnz_S0, w.pairs_t_4, w.t_3, w.dS1, w.t_26)
    linear_2(w.nnz_S0, 1.0, w.t_13, 1.0, w.t_21, w.hvp_S0)
    add(w.nnz_S0, 1.0, w.t_23, w.hvp_S0)
    add(w.nnz_S0, 1.0, w.t_25, w.hvp_S0)
    add(w.nnz_S0, 1.0, w.t_26, w.hvp_S0)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.dS0, w.t_3, w.t_27)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.t_20, w.t_28)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.t_22, w.t_29)
    sparse_product(w.nnz_S1, w.pairs_t_5, w.S0, w.t_24, w.t_30)
    linear_2(w.nnz_S1, 1.0, w.t_27, 1.0, w.t_14, w.hvp_S1)
    add(w.nnz_S1, 1.0, w.t_28, w.hvp_S1)
    add(w.nnz_S1, 1.0, w.t_29, w.hvp_S1)
    add(w.nnz_S1, 1.0, w.t_30, w.hvp_S1)
    sparse_product(w.nnz_S2S3S4, w.pairs_t_6, w.S0_dS1, w.t_2, w.t_31)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_31, w.S3S4, w.t_32)
    sparse_product(w.nnz_S2S3S4, w.pairs_t_6, w.dS0_S1, w.t_2, w.t_33)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_33, w.S3S4, w.t_34)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_6, w.S3_dS4, w.t_35)
    sparse_product(w.nnz_S2, w.pairs_t_7, w.t_6, w.dS3_S4, w.t_36)
    linear_2(w.nnz_S2, 1.0, w.t_32, 1.0, w.t_34, w.hvp_S2)
    add(w.nnz_S2, 1.0, w.t_16, w.hvp_S2)
    add(w.nnz_S2, 1.0, w.t_35, w.hvp_S2)
    add(w.nnz_S2, 1.0, w.t_36, w.hvp_S2)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.dS2, w.t_6, w.t_37)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_37, w.S4, w.t_38)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.S2, w.t_31, w.t_39)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_39, w.S4, w.t_40)
    sparse_product(w.nnz_S3S4, w.pairs_t_8, w.S2, w.t_33, w.t_41)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_41, w.S4, w.t_42)
    sparse_product(w.nnz_S3, w.pairs_t_9, w.t_8, w.dS4, w.t_43)
    linear_2(w.nnz_S3, 1.0, w.t_38, 1.0, w.t_40, w.hvp_S3)
    add(w.nnz_S3, 1.0, w.t_42, w.hvp_S3)
    add(w.nnz_S3, 1.0, w.t_18, w.hvp_S3)
    add(w.nnz_S3, 1.0, w.t_43, w.hvp_S3)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.dS3, w.t_8, w.t_44)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.t_37, w.t_45)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.t_39, w.t_46)
    sparse_product(w.nnz_S4, w.pairs_t_10, w.S3, w.t_41, w.t_47)
    linear_2(w.nnz_S4, 1.0, w.t_44, 1.0, w.t_45, w.hvp_S4)
    add(w.nnz_S4, 1.0, w.t_46, w.hvp_S4)
    add(w.nnz_S4, 1.0, w.t_47, w.hvp_S4)
    add(w.nnz_S4, 1.0, w.t_19, w.hvp_S4)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, )
