"""Which method `solve` runs: the one asked for, or the default for the kind of problem."""

from typing import Protocol

from nzdiff.solve.barzilai_borwein import BarzilaiBorwein
from nzdiff.solve.composed import ComposedNewton, HasComposition
from nzdiff.solve.gauss_newton import GaussNewton
from nzdiff.solve.lbfgs import LBFGS
from nzdiff.solve.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solve.model import HasHessian, Model, Needs
from nzdiff.solve.nadam import NADAM
from nzdiff.solve.newton import Newton
from nzdiff.solve.nonlinear_cg import ConjugateGradient
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.progress import Progress
from nzdiff.solve.status import Status
from nzdiff.solve.trust_region import TrustRegion


class Method(Protocol):
    """A method with its parameters: one frozen dataclass per file."""

    @property
    def name(self) -> str:
        """Return the name that `solve` knows the method by."""
        ...

    @property
    def needs(self) -> Needs:
        """Return what the model must offer: a gradient, a sum of squares, or a Hessian."""
        ...

    @property
    def takes_bounds(self) -> bool:
        """Return whether the method can keep g within bounds."""
        ...

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Record accepted iterates in `progress` (which stops the run) from `start` on."""
        ...


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


def choose(method: str | Method, model: Model, *, squares: bool, bounded: bool) -> Method:
    """Return the method; TypeError or ValueError where the problem is none that it can solve."""
    chosen = default(model, bounded=bounded) if method == "auto" else _named(method)
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


def default(model: Model, *, bounded: bool) -> Method:
    """Return the composed Newton method for a model that may be a composition, else L-BFGS.

    L-BFGS takes energies of any kind, and with blocks of rows as its preconditioner was the
    fastest on the meshes where no g attains the minimum of φ; the composed Newton method goes
    over to it there.
    """
    if isinstance(model, HasComposition) and not bounded:
        return METHODS["composed-newton"]
    return METHODS["l-bfgs"]


def _named(method: str | Method) -> Method:
    if not isinstance(method, str):
        return method
    if method not in METHODS:
        names = ", ".join(["auto", *METHODS])
        raise ValueError(f"method: expected one of {names}, got {method!r}")
    return METHODS[method]
