"""Which method `solve` runs: the one asked for, or the default for the kind of problem."""

from typing import Any

from nzdiff.solvers.methods.barzilai_borwein import BarzilaiBorwein
from nzdiff.solvers.methods.composed import ComposedNewton
from nzdiff.solvers.methods.gauss_newton import GaussNewton
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.methods.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solvers.methods.nadam import NADAM
from nzdiff.solvers.methods.newton import Newton
from nzdiff.solvers.methods.nonlinear_cg import ConjugateGradient
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.protocols import HasComposition, HasHessian, ModelLike, Vector

FEW = 2_000
"""Unknowns up to which a dense factorisation takes less than a tenth of a second."""
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


def choose(
    method: str | Method, model: ModelLike, g: Vector, *, squares: bool, bounded: bool
) -> Method:
    """Return the method; TypeError or ValueError where the problem is none that it can solve."""
    is_auto = isinstance(method, str) and method == "auto"
    chosen = default(model, g, bounded=bounded) if is_auto else _named(method)
    if chosen.needs == "squares" and not squares:
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
        able = ", ".join(name for name, known in METHODS.items() if known.takes_bounds)
        raise ValueError(f"bounds: {chosen.name} takes none; expected a method of {able}")
    return chosen


def default(model: ModelLike, g: Vector, *, bounded: bool) -> Method:
    """Return Newton's method for few unknowns with a Hessian in closed form, else L-BFGS.

    Both go on where the composed Newton method, of a model that may be a composition, becomes
    slow.  L-BFGS takes energies of any kind; with blocks of rows as its preconditioner it was the
    fastest on the meshes, where no g attains the minimum of φ.
    """
    descent: Method = METHODS["newton" if _is_small(model, g) else "l-bfgs"]
    if isinstance(model, HasComposition) and not bounded:
        return ComposedNewton(then=descent)
    return descent


def _is_small(model: ModelLike, g: Vector) -> bool:
    """Whether a factorisation of the Hessian costs next to nothing."""
    if g.size > FEW or not isinstance(model, HasHessian):
        return False
    return getattr(model.hessian(g), "assembled_bytes", None) is not None


def _named(method: Any) -> Method:
    if isinstance(method, type) and hasattr(method, "run"):
        raise TypeError(f"method: expected an instance, {method.__name__}(…), got the class")
    if all(hasattr(method, name) for name in ("run", "name", "needs", "takes_bounds")):
        return method  # type: ignore[no-any-return]
    if not isinstance(method, str) or method not in METHODS:
        names = ", ".join(["auto", *METHODS])
        raise ValueError(f"method: expected one of {names}, got {method!r}")
    return METHODS[method]
