"""Kernels of the problem covariance_selection.

E = tr(S Theta) − log det(Theta)

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_scattered, factor, fill, inner, linear_2, need, sample, sddmm, solve
)

def stage_0(w: Workspace) -> None:
    factor(w.solvers, 0, w.Theta, w.factors)

def stage_1(w: Workspace) -> None:
    solve(w.solvers, 0, 0, w.p, w.I_2, w.t)

def stage_2(w: Workspace) -> None:
    w.logdet[0] = w.factors[0]
    inner(w.nnz_Theta, w.S_2, w.Theta, w.trace_2)
    w.energy[0] = -1.0 * w.logdet[0] + w.trace_2[0]

def stage_3(w: Workspace) -> None:
    sample(w.p, w.at_Theta, w.p, w.t, w.t_2)
    linear_2(w.nnz_Theta, -1.0, w.t_2, 1.0, w.S_2, w.gradient_Theta)

def stage_4(w: Workspace) -> None:
    sample(w.p, w.at_Theta, w.p, w.S, w.S_2)

def stage_5(w: Workspace) -> None:
    fill(w.nnz_pattern1, 1.0, w.eye)
    fill(w.p * w.p, 0.0, w.I_2)
    add_scattered(w.p, w.p, w.at_pattern1, 1.0, w.eye, w.I_2)

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
    fill(w.p * w.p, 0.0, w.t_3)
    add_scattered(w.p, w.p, w.at_Theta, 1.0, w.dTheta, w.t_3)
    solve(w.solvers, 0, 0, w.p, w.t_3, w.t_4)
    sddmm(w.p, w.p, w.at_Theta, w.t, w.t_4, w.t_5)

STAGES = (stage_0, stage_1, stage_2, stage_3, stage_4, stage_5, )
