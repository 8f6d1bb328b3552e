"""Solvers: descent × search over a model's energy, gradient and second-order products.

`solve(model, g0, method)` is the entry; one method per file. SymPy is never loaded.
"""

from nzdiff.solvers.choose import METHODS
from nzdiff.solvers.linear.linear_system import Linear
from nzdiff.solvers.methods.barzilai_borwein import BarzilaiBorwein
from nzdiff.solvers.methods.composed import ComposedNewton
from nzdiff.solvers.methods.gauss_newton import GaussNewton
from nzdiff.solvers.methods.interior_point import InteriorPoint
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.methods.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solvers.methods.nadam import NADAM
from nzdiff.solvers.methods.newton import Newton
from nzdiff.solvers.methods.nonlinear_cg import ConjugateGradient
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.report.compare import Comparison, compare
from nzdiff.solvers.run.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Counts
from nzdiff.solvers.run.protocols import ModelLike
from nzdiff.solvers.run.record import Callback, Record
from nzdiff.solvers.run.status import Status
from nzdiff.solvers.solver import solve

__all__ = [
    "LBFGS",
    "METHODS",
    "NADAM",
    "BarzilaiBorwein",
    "Callback",
    "Checkpoint",
    "Comparison",
    "ComposedNewton",
    "ConjugateGradient",
    "Counts",
    "GaussNewton",
    "InteriorPoint",
    "LevenbergMarquardt",
    "Linear",
    "Method",
    "ModelLike",
    "Newton",
    "Record",
    "Status",
    "TrustRegion",
    "compare",
    "load_checkpoint",
    "save_checkpoint",
    "solve",
]
