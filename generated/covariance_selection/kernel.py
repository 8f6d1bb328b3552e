"""Kernels of the problem covariance_selection.

E = tr(S Theta) − log det(Theta)

Written by nzdiff; do not edit.  Regenerate with: nzdiff generate FILE --out FOLDER, with the FILE that defines covariance_selection
"""

# fmt: off

from nzdiff.runtime.kernel.backends.numpy_kernels import (
    Workspace, add_embedded, embed, factor, inner, linear_1, need, select_entries
)

def stage_0(w: Workspace) -> None:
    factor(w.solvers, 0, w.Theta, w.factors)

def stage_1(w: Workspace) -> None:
    w.logdet[0] = w.factors[0]
    embed(w.nnz_S, w.place_Theta_in_S, 1.0, w.Theta, w.t)
    inner(w.nnz_S, w.S, w.t, w.trace_2)
    w.energy[0] = -1.0 * w.logdet[0] + w.trace_2[0]

def stage_2(w: Workspace) -> None:
    select_entries(w.solvers, 0, [], w.t_2)
    linear_1(w.nnz_Theta, -1.0, w.t_2, w.gradient_Theta)
    add_embedded(w.nnz_Theta, w.place_S_in_Theta, 1.0, w.S, w.gradient_Theta)

def prepare(w: Workspace) -> None:
    """what does not depend on g"""

def energy(w: Workspace) -> None:
    """E"""
    need(w, STAGES, 0, 1)

def gradient(w: Workspace) -> None:
    """the gradient at the stored positions"""
    need(w, STAGES, 0, 2)

def hvp(w: Workspace) -> None:
    """the Hessian applied to dG"""
    need(w, STAGES, 0)
    select_entries(w.solvers, 1, [w.dTheta], w.t_3)

STAGES = (stage_0, stage_1, stage_2, )
