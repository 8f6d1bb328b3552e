"""Factors of the matrices of the problem covariance_selection.

plan 657619d76ddf

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_scattered, factor, fill, need, select_entries, solve
)

def stage_0(w: Workspace) -> None:
    factor(w.solvers, 0, w.Theta, w.factors)

def stage_1(w: Workspace) -> None:
    select_entries(w.solvers, 0, [], w.t_2)

def stage_2(w: Workspace) -> None:
    select_entries(w.solvers, 1, [], w.t_3)

def stage_3(w: Workspace) -> None:
    solve(w.solvers, 0, 0, w.p, w.I_2, w.t)

def stage_4(w: Workspace) -> None:
    fill(w.nnz_pattern0, 1.0, w.eye)
    fill(w.p * w.p, 0.0, w.I_2)
    add_scattered(w.p, w.p, w.at_pattern0, 1.0, w.eye, w.I_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 4)

def hessian_matrix(w: Workspace) -> None:
    """the factors of hessian_matrix"""
    need(w, STAGES, 4, 0, 3)

def hessian_row(w: Workspace) -> None:
    """the factors of hessian_row"""
    need(w, STAGES, 0, 1, 2)

def hessian_column(w: Workspace) -> None:
    """the factors of hessian_column"""
    need(w, STAGES, 0, 1, 2)

def hessian_diagonal(w: Workspace) -> None:
    """the factors of hessian_diagonal"""
    need(w, STAGES, 0, 1)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, )
