"""Kernels of the problem reversible_markov.

E = 1ᵀ (log.(X 1) ∘ (C 1)) − (1ᵀ (C ∘ log.[X]) 1)

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines reversible_markov
"""

# fmt: off

import numpy

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Floats, Workspace, embed, fill, inner, linear_2, multiply, need, sddmm, spmm, transpose
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
    spmm(w.n, 1, w.at_X, 1.0, 0.0, w.X, w.t, w.t_6, w.t_6)
    transpose(1, w.n, 1.0, w.t_6, w.t_7)

def stage_1(w: Workspace) -> None:
    map_0(w.nnz_X, w.X, w.t_2)
    embed(w.nnz_C, w.place_X_in_C, 1.0, w.t_2, w.t_3)
    multiply(w.nnz_C, w.C, w.t_3, w.t_4)
    spmm(w.n, 1, w.at_C, 1.0, 0.0, w.t_4, w.t, w.t_5, w.t_5)
    inner(w.n * 1, w.t, w.t_5, w.trace_2)
    map_0(1 * w.n, w.t_7, w.t_8)
    multiply(1 * w.n, w.t_8, w.t_10, w.t_11)
    transpose(w.n, 1, 1.0, w.t_11, w.t_12)
    inner(w.n * 1, w.t, w.t_12, w.trace_3_2)
    w.energy[0] = -1.0 * w.trace_2[0] + w.trace_3_2[0]

def stage_2(w: Workspace) -> None:
    map_1(w.nnz_X, w.X, w.t_13)
    embed(w.nnz_C, w.place_X_in_C, 1.0, w.t_13, w.t_14)
    multiply(w.nnz_C, w.t_14, w.C, w.t_15)
    embed(w.nnz_X, w.place_C_in_X, 1.0, w.t_15, w.t_16)
    map_1(1 * w.n, w.t_7, w.t_17)
    multiply(1 * w.n, w.t_17, w.t_10, w.t_18)
    transpose(w.n, 1, 1.0, w.t_18, w.t_19)
    sddmm(w.n, 1, w.at_X, w.t_19, w.t, w.t_20)
    linear_2(w.nnz_X, -1.0, w.t_16, 1.0, w.t_20, w.gradient_X)

def stage_3(w: Workspace) -> None:
    map_2(w.nnz_X, w.X, w.t_21)
    embed(w.nnz_C, w.place_X_in_C, 1.0, w.t_21, w.t_22)
    multiply(w.nnz_C, w.t_22, w.C, w.t_23)
    map_2(1 * w.n, w.t_7, w.t_26)
    multiply(1 * w.n, w.t_26, w.t_10, w.t_29)

def stage_4(w: Workspace) -> None:
    fill(w.n * 1, 1.0, w.t)

def stage_5(w: Workspace) -> None:
    spmm(w.n, 1, w.at_C, 1.0, 0.0, w.C, w.t, w.t_9, w.t_9)
    transpose(1, w.n, 1.0, w.t_9, w.t_10)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 4, 5)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 4, 5, 0, 1)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 4, 5, 0, 2)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 4, 5, 0, 3)
    embed(w.nnz_C, w.place_X_in_C, 1.0, w.dX, w.dX_2)
    multiply(w.nnz_C, w.t_23, w.dX_2, w.t_24)
    embed(w.nnz_X, w.place_C_in_X, 1.0, w.t_24, w.t_25)
    spmm(w.n, 1, w.at_X, 1.0, 0.0, w.dX, w.t, w.t_27, w.t_27)
    transpose(1, w.n, 1.0, w.t_27, w.t_28)
    multiply(1 * w.n, w.t_29, w.t_28, w.t_30)
    transpose(w.n, 1, 1.0, w.t_30, w.t_31)
    sddmm(w.n, 1, w.at_X, w.t_31, w.t, w.t_32)
    linear_2(w.nnz_X, 1.0, w.t_25, -1.0, w.t_32, w.hvp_X)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, )
