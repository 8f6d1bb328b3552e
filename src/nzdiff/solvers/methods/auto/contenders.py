"""Methods that may be better than the one that runs: how to prepare them, what they will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from nzdiff.beside import Beside
from nzdiff.solvers.certificate.products import EXACT, hessian_products
from nzdiff.solvers.linear.curvature import Curvature, gauss_newton, hessian
from nzdiff.solvers.linear.linear_system import (
    MOST_BY_COLUMNS,
    MOST_DENSE,
    Linear,
    LinearSystems,
    fills_up,
    is_small,
)
from nzdiff.solvers.methods.composed import ComposedNewton
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.methods.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solvers.methods.newton import Newton
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import HasComposition, HasGaussNewton, HasHessian

WORTH = 0.005
"""Seconds that have to be left for others to be prepared beside the run, or waited for."""
STEPS = 8
"""Steps that a second-order method is expected to take."""
PRODUCTS = 100
"""Products that a step by conjugate gradients is expected to take."""
SOME = 5_000
"""Unknowns up to which products alone may do better than L-BFGS."""
HEARD = 0.1
"""Seconds that tell how good a method is whose steps are cheap."""
FLOPS = 3e10
"""Operations n³ of a dense factorisation, of which n³/3 are done, in a second."""
VANISHING = 1e-2
"""The energy of a sum of squares, relative to the first, below which its residual may vanish."""
DAMPING = 1e-3
"""Of Levenberg-Marquardt where another method has come near an optimum."""
PLAIN = LBFGS(preconditioner="none")


@dataclass(frozen=True, slots=True)
class Ready:
    """A method that can run, and the seconds it is expected to take.

    start: where it is to start, if not from the latest iterate.
    """

    method: Method
    seconds: float
    start: Point | None = None


@dataclass(slots=True)
class Contender:
    """A method that is prepared, in a thread unless that takes next to no time.

    prepare: returns it ready, or None where it cannot run.  after: the seconds of the run before
    which it is not heard.
    """

    prepare: Callable[[], Ready | None]
    at_once: bool = False
    after: float = 0.0
    ready: Ready | None = None
    job: Beside[Ready | None] | None = None

    def is_preparing(self) -> bool:
        """Tell whether its thread is at work."""
        return self.job is not None and not self.job.is_done()

    def begin(self) -> None:
        """Begin to prepare it."""
        self.job = Beside(self.prepare)
        if self.at_once:
            self.job.wait(WORTH)

    def is_due(self, left: float) -> bool:
        """Tell whether it is ready, and will take less than is left to the one that runs."""
        if self.ready is None and self.job is not None and self.job.is_done():
            with suppress(Exception):  # one that cannot be prepared is not heard
                self.ready = self.job.result()
        return self.ready is not None and self.ready.seconds < left


def first_due(others: Sequence[Contender], seconds: float, left: float) -> Contender | None:
    """Return who is to be heard, if anybody is; one at a time is prepared beside the run."""
    if left == 0.0:
        return None
    is_idle = not any(other.is_preparing() for other in others)
    for other in others:
        if seconds < other.after:
            continue
        is_new = other.ready is None and other.job is None
        if is_new and left > WORTH and (other.at_once or is_idle):
            other.begin()
            is_idle = is_idle and not other.is_preparing()
        if other.is_due(left):
            return other
    return None


def contenders(
    objective: Objective, progress: Progress, start: Point, *, quadratic: bool
) -> list[Contender]:
    """Return what may be better than a first-order method, the most promising first."""
    size, model = start.g.size, objective.model
    second = partial(_second_order, objective, progress, quadratic=quadratic)
    if quadratic:
        by_columns = size <= MOST_BY_COLUMNS
        return [Contender(partial(second, likely=True, by_columns=by_columns), by_columns)]
    kinds = [True, False] if objective.squares else [True]
    at_once, plans, direct, products = [], [], [], []
    if size <= MOST_BY_COLUMNS:
        at_once = [Contender(partial(second, likely=x, by_columns=True), True) for x in kinds]
    elif size <= SOME:
        products = [Contender(lambda: _by_products(objective, progress.latest))]
    if size <= MOST_DENSE or objective.within(lambda: _is_sparse(objective, start)):
        direct = [Contender(partial(second, likely=x, by_columns=False)) for x in kinds]
    if objective.bounds is not None:
        return [*at_once, *products, *direct]
    if isinstance(model, HasGaussNewton if objective.squares else HasHessian):
        plans.append(Contender(lambda: _preconditioned(objective, start)))
    if isinstance(model, HasComposition):
        plans.append(Contender(lambda: _composed(objective, start)))
    is_large = size > MOST_DENSE  # where few matrices can be factorised
    return [*at_once, *(plans + direct if is_large else direct + plans), *products]


def _is_sparse(objective: Objective, start: Point) -> bool:
    """Tell whether the Hessian of many unknowns may be factorised, by some of its columns.

    Before the first step: beside it each product would wait for L-BFGS.
    """
    try:
        return not fills_up(hessian(objective, start.g), start.g.size)
    except (TypeError, NotImplementedError):  # there is none
        return objective.squares


def _second_order(
    objective: Objective, progress: Progress, *, quadratic: bool, likely: bool, by_columns: bool
) -> Ready | None:
    """Newton, or Levenberg-Marquardt for a sum of squares whose residual may vanish; or, not
    likely, the other one.

    by_columns: the matrix by one product for each column, which takes no plan; else assembled,
    where it can be.
    """
    point, first = progress.latest, progress.records[0].energy
    vanishes = objective.squares and not quadratic and point.energy <= VANISHING * first
    squares = vanishes if likely else not vanishes
    if not squares and hessian_products(objective, point).error != EXACT:
        return None
    curvature_at = gauss_newton if squares else hessian
    curvature = curvature_at(objective, point.g)
    if by_columns:
        seconds, linear = _seconds_by_columns(curvature, point), Linear("columns")
    elif curvature.assembled_bytes is None or not is_small(curvature, point.g.size):
        return None
    else:
        linear = Linear("direct")
        seconds = _seconds_direct(LinearSystems(objective, curvature_at, linear), point)
    method = LevenbergMarquardt(DAMPING, linear) if squares else Newton(linear)
    return Ready(method, seconds if quadratic else STEPS * seconds)


def _seconds_by_columns(curvature: Curvature, point: Point) -> float:
    size = point.g.size
    curvature.product(point.gradient)
    began = time.perf_counter()
    curvature.product(point.gradient)
    return size * (time.perf_counter() - began) + size**3 / FLOPS


def _seconds_direct(systems: LinearSystems, point: Point) -> float:
    systems.prepare(point)
    began = time.perf_counter()
    systems.at(point).step(DAMPING, rtol=systems.linear.forcing)
    return time.perf_counter() - began


def _by_products(objective: Objective, point: Point) -> Ready | None:
    """A trust region, by conjugate gradients."""
    products = hessian_products(objective, point)
    if products.error != EXACT:
        return None
    products.product(point.gradient)
    began = time.perf_counter()
    products.product(point.gradient)
    return Ready(TrustRegion(), STEPS * PRODUCTS * (time.perf_counter() - began))


def _composed(objective: Objective, start: Point) -> Ready | None:
    """Steps towards the minimum of the outer part, if there are any.

    They are of least norm: from the start of the run, for what L-BFGS has done to it is not.
    """
    method = ComposedNewton(then=PLAIN)
    seconds = method.expected_seconds(objective, start.g, 2 * STEPS)
    return None if seconds is None else Ready(method, seconds, start)


def _preconditioned(objective: Objective, start: Point) -> Ready:
    curvature = (gauss_newton if objective.squares else hessian)(objective, start.g)
    curvature.block_inverse("row", 0.1, relative=True)
    return Ready(LBFGS(preconditioner="row"), HEARD)
