"""Solvers: descent × search over a model's energy, gradient and Jacobian products.

`solve(model, g0, method)` is the entry; one method per file. NumPy and SciPy only.
"""

from nzdiff.solve.gauss_newton import GaussNewton
from nzdiff.solve.history import Callback, Record
from nzdiff.solve.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solve.model import Model
from nzdiff.solve.objective import Counts
from nzdiff.solve.scipy_gradient import LBFGS, ConjugateGradient
from nzdiff.solve.solver import METHODS, Method, solve
from nzdiff.solve.status import Status

__all__ = [
    "LBFGS",
    "METHODS",
    "Callback",
    "ConjugateGradient",
    "Counts",
    "GaussNewton",
    "LevenbergMarquardt",
    "Method",
    "Model",
    "Record",
    "Status",
    "solve",
]
