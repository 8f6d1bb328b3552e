"""Kernels of the problem factorized_inverse.

E = tr(Lᵀ A L) − 2 (1ᵀ log.(diagonal(L)))

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines factorized_inverse
"""

# fmt: off

import numpy

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Floats, Workspace, embed, fill, inner, linear_1, linear_2, multiply, need, sparse_product,
    transpose
)

def map_0(count: int, a: Floats, out: Floats) -> None:
    """out[t] = log(t) of a[t]"""
    x = a
    out[:] = numpy.log(x)

def map_1(count: int, a: Floats, out: Floats) -> None:
    """out[t] = t^(−1) of a[t]"""
    x = a
    out[:] = x ** (-1.0)

def map_2(count: int, a: Floats, out: Floats) -> None:
    """out[t] = t^(−2) of a[t]"""
    x = a
    out[:] = x ** (-2.0)

def stage_0(w: Workspace) -> None:
    embed(w.nnz_pattern0, w.place_L_in_pattern0, 1.0, w.L, w.L_2)
    linear_1(w.n * 1, 1.0, w.L_2, w.t_2)

def stage_1(w: Workspace) -> None:
    sparse_product(w.nnz_L, w.pairs_AL, w.A, w.L, w.AL)

def stage_2(w: Workspace) -> None:
    transpose(1, w.n, 1.0, w.t_2, w.t_4)

def stage_3(w: Workspace) -> None:
    map_0(w.n * 1, w.t_2, w.t_3)
    inner(w.n * 1, w.t, w.t_3, w.trace_2)
    inner(w.nnz_L, w.L, w.AL, w.trace_3_2)
    w.energy[0] = -2.0 * w.trace_2[0] + w.trace_3_2[0]

def stage_4(w: Workspace) -> None:
    map_1(1 * w.n, w.t_4, w.t_5)
    transpose(w.n, 1, 1.0, w.t_5, w.t_6)
    linear_1(w.nnz_pattern0, 1.0, w.t_6, w.t_7)
    embed(w.nnz_L, w.place_pattern0_in_L, 1.0, w.t_7, w.t_8)
    linear_2(w.nnz_L, -2.0, w.t_8, 2.0, w.AL, w.gradient_L)

def stage_5(w: Workspace) -> None:
    map_2(1 * w.n, w.t_4, w.t_9)

def stage_6(w: Workspace) -> None:
    fill(w.n * 1, 1.0, w.t)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 6)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 6, 0, 1, 3)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 0, 1, 2, 4)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 0, 2, 5)
    embed(w.nnz_pattern0, w.place_L_in_pattern0, 1.0, w.dL, w.dL_2)
    linear_1(w.n * 1, 1.0, w.dL_2, w.t_10)
    transpose(1, w.n, 1.0, w.t_10, w.t_11)
    multiply(1 * w.n, w.t_9, w.t_11, w.t_12)
    transpose(w.n, 1, 1.0, w.t_12, w.t_13)
    linear_1(w.nnz_pattern0, 1.0, w.t_13, w.t_14)
    embed(w.nnz_L, w.place_pattern0_in_L, 1.0, w.t_14, w.t_15)
    sparse_product(w.nnz_L, w.pairs_AL, w.A, w.dL, w.AdL)
    linear_2(w.nnz_L, 2.0, w.t_15, 2.0, w.AdL, w.hvp_L)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, )
