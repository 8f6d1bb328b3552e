"""Kernels of the problem approximate_inverse.

E = ‖A M − I‖²

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines approximate_inverse
"""

# fmt: off

import numpy

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_embedded, choose, embed, fill, inner, linear_1, need, sparse_product, sum_squares
)

def stage_0(w: Workspace) -> None:
    sparse_product(w.nnz_M, w.pairs_AtAM, w.AtA, w.M, w.AtAM)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_pattern1, w.pairs_AM, w.A, w.M, w.AM)
    linear_1(w.nnz_pattern1, 1.0, w.AM, w.f)
    add_embedded(w.nnz_pattern1, w.place_pattern2_in_pattern1, -1.0, w.eye, w.f)

def stage_2(w: Workspace) -> None:
    linear_1(w.nnz_M, 1.0, w.AtAM, w.t_2)
    add_embedded(w.nnz_M, w.place_A_T_in_M, -1.0, w.A, w.t_2)
    inner(w.nnz_M, w.M, w.t_2, w.trace_2)
    inner(w.nnz_M, w.M, w.At, w.trace_3_2)
    w.trace_4[0] = -1.0 * w.trace_3_2[0]
    w.sum[0] = w.sumsq[0] + w.trace_2[0] + w.trace_4[0]
    sum_squares(w.nnz_M, w.M, w.sumsq_3)
    w.scalar[0] = (numpy.sqrt(w.sumsq[0]) + w.sumsq_2[0] ** (1 / 4) * numpy.sqrt(w.sumsq_3[0])) ** 2
    w.gram_energy[0] = w.sum[0]
    w.gram_scale[0] = w.scalar[0]
    choose(w, w.gram_energy, w.gram_scale, (2.220446049250313e-06, 0.0011920928955078125),
        direct_energy, w.energy, w.guarded_energy)

def stage_3(w: Workspace) -> None:
    sum_squares(w.nnz_pattern1, w.f, w.sumsq_f)
    w.energy[0] = w.sumsq_f[0]

def stage_4(w: Workspace) -> None:
    linear_1(w.nnz_M, 2.0, w.AtAM, w.gradient_M)
    add_embedded(w.nnz_M, w.place_A_T_in_M, -2.0, w.A, w.gradient_M)

def stage_5(w: Workspace) -> None:
    sparse_product(w.nnz_pattern4, w.pairs_AtA, w.A, w.A, w.AtA)

def stage_6(w: Workspace) -> None:
    fill(w.nnz_pattern2, 1.0, w.eye)

def stage_7(w: Workspace) -> None:
    linear_1(w.nnz_pattern2, -1.0, w.eye, w.t)
    sum_squares(w.nnz_pattern2, w.t, w.sumsq)

def stage_8(w: Workspace) -> None:
    embed(w.nnz_M, w.place_A_T_in_M, 1.0, w.A, w.At)
    embed(w.nnz_AtA, w.place_pattern4_in_AtA, 1.0, w.AtA, w.AtA_2)
    sum_squares(w.nnz_AtA, w.AtA_2, w.sumsq_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 5, 6, 7, 8)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 5, 6, 7, 8, 0, 2)

def direct_energy(w: Workspace) -> None:
    """E without Gram matrices, where they are not accurate enough"""
    need(w, STAGES, 6, 1, 3)

def residual(w: Workspace) -> None:
    """f"""
    need(w, STAGES, 6, 1)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 5, 0, 4)

def jvp(w: Workspace) -> None:
    """the directional derivative of f along dG"""
    sparse_product(w.nnz_pattern1, w.pairs_AM, w.A, w.dM, w.AdM)

def vjp(w: Workspace) -> None:
    """the adjoint of the Jacobian applied to W"""
    sparse_product(w.nnz_M, w.pairs_At_W_f, w.A, w.W_f, w.At_W_f)

def gnvp(w: Workspace) -> None:
    """Gauss-Newton matrix applied to dG"""
    need(w, STAGES, 5)
    sparse_product(w.nnz_M, w.pairs_AtAM, w.AtA, w.dM, w.AtAdM)
    linear_1(w.nnz_M, 2.0, w.AtAdM, w.gnvp_M)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 5)
    sparse_product(w.nnz_M, w.pairs_AtAM, w.AtA, w.dM, w.AtAdM)
    linear_1(w.nnz_M, 2.0, w.AtAdM, w.hvp_M)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, )
