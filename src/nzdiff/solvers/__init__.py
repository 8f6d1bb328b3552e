"""Solvers: descent × search over a model's energy, gradient and second-order products.

`solve(model, g0, method)` is the entry; one method per file. NumPy and SciPy only.
"""

from nzdiff.solve.barzilai_borwein import BarzilaiBorwein
from nzdiff.solve.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from nzdiff.solve.choose import METHODS, Method
from nzdiff.solve.gauss_newton import GaussNewton
from nzdiff.solve.lbfgs import LBFGS
from nzdiff.solve.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solve.model import Model
from nzdiff.solve.nadam import NADAM
from nzdiff.solve.newton import Newton
from nzdiff.solve.nonlinear_cg import ConjugateGradient
from nzdiff.solve.objective import Counts
from nzdiff.solve.record import Callback, Record
from nzdiff.solve.solver import solve
from nzdiff.solve.status import Status
from nzdiff.solve.trust_region import TrustRegion

__all__ = [
    "LBFGS",
    "METHODS",
    "NADAM",
    "BarzilaiBorwein",
    "Callback",
    "Checkpoint",
    "ConjugateGradient",
    "Counts",
    "GaussNewton",
    "LevenbergMarquardt",
    "Method",
    "Model",
    "Newton",
    "Record",
    "Status",
    "TrustRegion",
    "load_checkpoint",
    "save_checkpoint",
    "solve",
]
