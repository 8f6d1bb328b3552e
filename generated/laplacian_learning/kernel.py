"""Kernels of the problem laplacian_learning.

E = tr(K L) − log det(J + L)

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines laplacian_learning
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_scattered, factor, fill, inner, linear_1, linear_2, need, sample, sddmm, solve
)

def stage_0(w: Workspace) -> None:
    linear_1(w.n * w.n, 1.0, w.J, w.t)
    add_scattered(w.n, w.n, w.at_L, 1.0, w.L, w.t)
    factor(w.solvers, 0, w.t, w.factors)

def stage_1(w: Workspace) -> None:
    solve(w.solvers, 0, 0, w.n, w.I_2, w.t_2)

def stage_2(w: Workspace) -> None:
    w.logdet[0] = w.factors[0]
    inner(w.nnz_L, w.K_2, w.L, w.trace_2)
    w.energy[0] = -1.0 * w.logdet[0] + w.trace_2[0]

def stage_3(w: Workspace) -> None:
    sample(w.n, w.at_L, w.n, w.t_2, w.t_3)
    linear_2(w.nnz_L, -1.0, w.t_3, 1.0, w.K_2, w.gradient_L)

def stage_4(w: Workspace) -> None:
    sample(w.n, w.at_L, w.n, w.K, w.K_2)

def stage_5(w: Workspace) -> None:
    fill(w.nnz_pattern1, 1.0, w.eye)
    fill(w.n * w.n, 0.0, w.I_2)
    add_scattered(w.n, w.n, w.at_pattern1, 1.0, w.eye, w.I_2)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""
    need(w, STAGES, 4, 5)

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 4, 0, 2)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 4, 5, 0, 1, 3)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 5, 0, 1)
    fill(w.n * w.n, 0.0, w.dL_2)
    add_scattered(w.n, w.n, w.at_L, 1.0, w.dL, w.dL_2)
    solve(w.solvers, 0, 0, w.n, w.dL_2, w.t_4)
    sddmm(w.n, w.n, w.at_L, w.t_2, w.t_4, w.t_5)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, )
