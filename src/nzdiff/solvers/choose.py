"""Which method `solve` runs, and whether it can."""

from typing import Any

from nzdiff.solvers.methods.auto.solver import Auto
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
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.protocols import HasHessian

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Newton(),
        TrustRegion(),
        GaussNewton(),
        LevenbergMarquardt(),
        ComposedNewton(),
        LBFGS(),
        ConjugateGradient(),
        BarzilaiBorwein(),
        NADAM(),
    )
}

NAMED: dict[str, Method] = METHODS | {InteriorPoint.name: InteriorPoint()}
"""Those that take any problem, and the one that needs constraints."""


def wants_inside(method: Any) -> bool:
    """Tell whether a method takes bounds as constraints that it stays strictly inside of."""
    is_named = isinstance(method, str) and method == InteriorPoint.name
    return is_named or isinstance(method, InteriorPoint)


def choose(method: str | Method, objective: Objective) -> Method:
    """Return the method; TypeError or ValueError where the problem is none that it can solve."""
    model, bounded = objective.model, objective.bounds is not None
    is_auto = isinstance(method, str) and method == "auto"
    chosen: Method = Auto() if is_auto else _named(method)
    if chosen.needs == "squares" and not objective.squares:
        raise TypeError(
            f"method: {chosen.name} needs an energy that is a sum of squares, "
            f"and model.residual raises TypeError; use method='l-bfgs' or 'newton'"
        )
    if chosen.needs == "hessian" and not isinstance(model, HasHessian):
        raise TypeError(
            f"method: {chosen.name} needs model.hessian(g), an operator with `@`; "
            f"use method='l-bfgs', or 'gauss-newton' for a sum of squares"
        )
    if bounded and not chosen.takes_bounds:
        takes = [name for name, known in METHODS.items() if known.takes_bounds]
        able = ", ".join([*takes, InteriorPoint.name])
        raise ValueError(f"bounds: {chosen.name} takes none; expected a method of {able}")
    if objective.cone is not None and not isinstance(chosen, Auto | InteriorPoint):
        raise ValueError(
            f"method: {chosen.name} takes neither semidefinite unknowns nor bounds on entries that "
            'constraints of the pattern join; expected method="auto" or "interior-point"'
        )
    return chosen


def _named(method: Any) -> Method:
    if isinstance(method, type) and hasattr(method, "run"):
        raise TypeError(f"method: expected an instance, {method.__name__}(…), got the class")
    if all(hasattr(method, name) for name in ("run", "name", "needs", "takes_bounds")):
        return method  # type: ignore[no-any-return]
    if not isinstance(method, str) or method not in NAMED:
        names = ", ".join(["auto", *NAMED])
        raise ValueError(f"method: expected one of {names}, got {method!r}")
    return NAMED[method]
