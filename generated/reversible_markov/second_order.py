"""Factors of the matrices of the problem reversible_markov.

plan b6680c302632

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines reversible_markov
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Floats, Workspace, embed, fill, linear_1, multiply, need, sddmm, spmm, transpose
)

def map_0(count: int, a: Floats, out: Floats) -> None:
    """out[t] = t^(−2) of a[t]"""
    x = a
    out[:] = x ** (-2.0)

def stage_0(w: Workspace) -> None:
    map_0(w.nnz_X, w.X, w.t)
    embed(w.nnz_C, w.place_X_in_C, 1.0, w.t, w.t_2)
    multiply(w.nnz_C, w.t_2, w.C, w.t_3)
    embed(w.nnz_X, w.place_C_in_X, 1.0, w.t_3, w.t_4)
    spmm(w.n, 1, w.at_X, 1.0, 0.0, w.X, w.t_5, w.t_6, w.t_6)
    transpose(1, w.n, 1.0, w.t_6, w.t_7)
    map_0(1 * w.n, w.t_7, w.t_8)
    multiply(1 * w.n, w.t_8, w.t_10, w.t_11)
    transpose(w.n, 1, 1.0, w.t_11, w.t_12)
    linear_1(w.nnz_pattern2, 1.0, w.t_12, w.t_13)

def stage_1(w: Workspace) -> None:
    embed(w.nnz_XX, w.place_pattern2_in_XX, 1.0, w.t_13, w.t_15)

def stage_2(w: Workspace) -> None:
    fill(w.n * 1, 1.0, w.t_5)

def stage_3(w: Workspace) -> None:
    spmm(w.n, 1, w.at_C, 1.0, 0.0, w.C, w.t_5, w.t_9, w.t_9)
    transpose(1, w.n, 1.0, w.t_9, w.t_10)

def stage_4(w: Workspace) -> None:
    sddmm(w.n, 1, w.at_XX, w.t_5, w.t_5, w.t_14)

def stage_5(w: Workspace) -> None:
    sddmm(w.n, 1, w.at_pattern2, w.t_5, w.t_5, w.t_16)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 2, 3, 4, 5)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 2, 3, 4, 0)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 2, 3, 4, 0)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 2, 3, 5, 0, 1)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 2, 3, 5, 0)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, )
