"""Factors of the matrices of the problem factorized_inverse.

plan 9f8dc92d28b3

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines factorized_inverse
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Floats, Workspace, embed, fill, linear_1, need, transpose
)

def map_0(count: int, a: Floats, out: Floats) -> None:
    """out[t] = t^(−2) of a[t]"""
    x = a
    out[:] = x ** (-2.0)

def stage_0(w: Workspace) -> None:
    embed(w.nnz_pattern0, w.place_L_in_pattern0, 1.0, w.L, w.L_2)
    linear_1(w.n * 1, 1.0, w.L_2, w.t)
    transpose(1, w.n, 1.0, w.t, w.t_2)
    map_0(1 * w.n, w.t_2, w.t_3)

def stage_1(w: Workspace) -> None:
    transpose(w.n, 1, 1.0, w.t_3, w.weight)

def stage_2(w: Workspace) -> None:
    transpose(w.n, 1, 1.0, w.t_3, w.weight_2)

def stage_3(w: Workspace) -> None:
    transpose(w.n, 1, 1.0, w.t_3, w.weight_3)

def stage_4(w: Workspace) -> None:
    transpose(w.n, 1, 1.0, w.t_3, w.weight_4)

def stage_5(w: Workspace) -> None:
    fill(w.nnz_pattern0, 1.0, w.eye)

def stage_6(w: Workspace) -> None:
    embed(w.nnz_pattern0, w.place_A_in_pattern0, 1.0, w.A, w.A_2)

def stage_7(w: Workspace) -> None:
    embed(w.nnz_LtL, w.place_pattern0_in_LtL, 1.0, w.eye, w.I_2)

def stage_8(w: Workspace) -> None:
    embed(w.nnz_LLt, w.place_A_in_LLt, 1.0, w.A, w.A_3)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 5, 6, 7, 8)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 5, 0, 1)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 5, 6, 7, 0, 2)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 5, 8, 0, 3)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 5, 6, 0, 4)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, stage_6, stage_7, stage_8, )
