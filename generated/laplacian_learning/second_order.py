"""Factors of the matrices of the problem laplacian_learning.

plan fe08aede95af

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines laplacian_learning
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_scattered, factor, fill, linear_1, need, sample, solve
)

def stage_0(w: Workspace) -> None:
    linear_1(w.n * w.n, 1.0, w.J, w.t_2)
    add_scattered(w.n, w.n, w.at_L, 1.0, w.L, w.t_2)
    factor(w.solvers, 0, w.t_2, w.factors)
    solve(w.solvers, 0, 0, w.n, w.I_2, w.t)

def stage_1(w: Workspace) -> None:
    sample(w.n, w.at_pattern1, w.n, w.t, w.t_3)

def stage_2(w: Workspace) -> None:
    sample(w.n, w.at_LL, w.n, w.t, w.t_4)

def stage_3(w: Workspace) -> None:
    fill(w.nnz_pattern1, 1.0, w.eye)
    fill(w.n * w.n, 0.0, w.I_2)
    add_scattered(w.n, w.n, w.at_pattern1, 1.0, w.eye, w.I_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 3)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 3, 0)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 3, 0, 1, 2)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 3, 0, 1, 2)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 3, 0, 1)

STAGES = (stage_0, stage_1, stage_2, stage_3, )
