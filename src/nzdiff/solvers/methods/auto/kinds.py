"""Which methods a problem calls for, by its kind, and how each is prepared.

Preparing says what a method will take: seconds of the processor, as others may use it meanwhile.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from nzdiff.solvers.certificate.products import EXACT, hessian_products
from nzdiff.solvers.linear.curvature import Curvature, gauss_newton, hessian
from nzdiff.solvers.linear.linear_system import (
    FEW,
    MOST_BY_COLUMNS,
    MOST_DENSE,
    Linear,
    LinearSystems,
    fills_up,
    is_small,
)
from nzdiff.solvers.methods.auto.contenders import Contender, Guess, Ready
from nzdiff.solvers.methods.composed import ComposedNewton
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.methods.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solvers.methods.newton import Newton
from nzdiff.solvers.methods.quadratic import LinearConjugateGradient
from nzdiff.solvers.methods.trust_region import TrustRegion
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import is_quadratic
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import HasComposition, HasGaussNewton, HasHessian, HasNative

HANDFUL = 32
"""Unknowns whose matrix is best made by one product for each."""
PLAN = 0.012
"""Seconds that a second-order matrix is planned for, and its kernel loaded."""
STEPS = 8
"""Steps that a second-order method is expected to take."""
TRIED = 20
"""Steps of L-BFGS that show what a preconditioner is good for."""
PRODUCTS = 100
"""Products that a step by conjugate gradients is expected to take."""
BLOCKS = Guess(PLAN, 10.0)
"""What it takes to prepare the blocks of a preconditioner, or a composition."""
SOME = 5_000
"""Unknowns up to which products alone may do better than L-BFGS."""
EARLY = 0.25
"""What a run by conjugate gradients has to have left, in what preparing a direct step takes."""
FLOPS = 3e10
"""Operations n³ of a dense factorisation, of which n³/3 are done, in a second."""
VANISHING = 1e-2
"""The energy of a sum of squares, relative to the first, below which its residual may vanish."""
DAMPING = 1e-3
"""Of Levenberg-Marquardt where another method has come near an optimum."""


def first_method(objective: Objective, start: Point, plain: LBFGS) -> Method:
    """Return the method to begin with.

    Steps of L-BFGS in C cost next to nothing, and many of them are made while a first matrix is
    planned. Where they run in Python, few unknowns are Newton's at once.
    """
    size, is_bounded = start.g.size, objective.bounds is not None
    is_slow = size <= FEW and (is_bounded or not _is_native(objective))
    if is_slow and size <= HANDFUL and has_hessian(objective, start):
        return Newton(Linear("columns"))
    if not is_bounded and is_quadratic(objective, start):
        few = size <= HANDFUL and has_hessian(objective, start)
        return Newton(Linear("columns")) if few else LinearConjugateGradient()
    if is_slow and not is_bounded and _is_closed(objective, start):
        return LevenbergMarquardt() if objective.squares else Newton()
    return LBFGS() if is_bounded else plain


def has_hessian(objective: Objective, point: Point) -> bool:
    """Tell whether the model has exact products with its Hessian."""
    found = objective.within(lambda: hessian_products(objective, point))
    return bool(found.error == EXACT)


def _is_native(objective: Objective) -> bool:
    model = objective.model
    return isinstance(model, HasNative) and model.native() is not None


def _is_closed(objective: Objective, start: Point) -> bool:
    """Tell whether the matrix of Newton, or Levenberg-Marquardt, is assembled in closed form."""

    def is_closed() -> bool:
        curvature_at = gauss_newton if objective.squares else hessian
        return curvature_at(objective, start.g).assembled_bytes is not None

    known = HasGaussNewton if objective.squares else HasHessian
    return isinstance(objective.model, known) and objective.within(is_closed)


def contenders(
    objective: Objective, progress: Progress, start: Point, first: Method, plain: LBFGS
) -> list[Contender]:
    """Return what may be better than the first method, the most promising first."""
    size = start.g.size
    objective = replace(objective, max_seconds=math.inf)  # in a thread that may be left
    quadratic = isinstance(first, LinearConjugateGradient)
    if quadratic:  # one step ends the run: it may begin early
        return [_second_order(objective, progress, quadratic=True, likely=True)]
    kinds = [True, False] if objective.squares else [True]
    second = [_second_order(objective, progress, quadratic=False, likely=x) for x in kinds]
    if isinstance(first, (Newton, LevenbergMarquardt)):
        region = Contender(lambda: _by_products(objective, progress.latest))
        return [*second, region, Contender(lambda: Ready(plain, STEPS * PLAN, TRIED))]
    if objective.bounds is not None:
        return second
    others = _of_large(objective, start, plain)
    return [*others, *second] if size > MOST_DENSE else [*second, *others]


def _of_large(objective: Objective, start: Point, plain: LBFGS) -> list[Contender]:
    """Steps towards the minimum of the outer part of a composition, and a preconditioner."""
    found = []
    if isinstance(objective.model, HasComposition):
        composed = ComposedNewton(then=plain)
        found.append(Contender(lambda: _composed(objective, start, composed), BLOCKS))
    if isinstance(objective.model, HasGaussNewton if objective.squares else HasHessian):
        rows = LBFGS(preconditioner="row", kept=plain.kept)
        waits = start.g.size <= MOST_DENSE
        found.append(
            Contender(lambda: _preconditioned(objective, start, rows), BLOCKS, waits=waits)
        )
    return found


def _second_order(
    objective: Objective,
    progress: Progress,
    *,
    quadratic: bool,
    likely: bool,
) -> Contender:
    """Newton, or Levenberg-Marquardt for a sum of squares whose residual may vanish; or, not
    likely, the other one.
    """
    size = progress.best.g.size

    def prepare() -> Ready | None:
        point, first = progress.latest, progress.records[0].energy
        vanishes = objective.squares and not quadratic and point.energy <= VANISHING * first
        squares = vanishes if likely else not vanishes
        if not squares and hessian_products(objective, point).error != EXACT:
            return None
        curvature_at = gauss_newton if squares else hessian
        linear = _linear(curvature_at(objective, point.g), size)
        if linear is None:
            by_products = likely and not quadratic and size <= SOME
            return _by_products(objective, point) if by_products else None
        systems = LinearSystems(objective, curvature_at, linear)
        systems.at(point)  # planned and compiled
        if quadratic:
            return Ready(Newton(linear), 0.0)
        seconds = seconds_of(lambda: systems.at(point).step(DAMPING, rtol=linear.forcing))
        method = LevenbergMarquardt(DAMPING, linear) if squares else Newton(linear)
        return Ready(method, STEPS * seconds)

    if size <= HANDFUL:
        return Contender(prepare, Guess(0.0, 3.0 * size), Guess(0.0, STEPS * size))
    factorising = size**3 / (3.0 * FLOPS) if size <= MOST_DENSE else 0.0
    calls = min(size / 10.0, 100.0)
    if quadratic and size <= MOST_DENSE:
        return Contender(prepare, Guess(EARLY * (PLAN + factorising), EARLY * calls))
    running = Guess() if quadratic else Guess(STEPS * factorising, STEPS * calls)
    return Contender(prepare, Guess(PLAN + factorising, calls), running)


def _linear(curvature: Curvature, size: int) -> Linear | None:
    """Return how systems with a matrix are solved; None where they cannot be, but by products."""
    if size <= HANDFUL:
        return Linear("columns")
    if fills_up(curvature, size) or not is_small(curvature, size):
        return None
    is_known = size <= MOST_BY_COLUMNS or curvature.assembled_bytes is not None
    return Linear("direct") if is_known else None


def seconds_of(work: Callable[[], object]) -> float:
    """Return the seconds of the processor that this thread took for something."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _by_products(objective: Objective, point: Point) -> Ready | None:
    """A trust region, by conjugate gradients."""
    products = hessian_products(objective, point)
    if products.error != EXACT:
        return None
    products.product(point.gradient)
    seconds = seconds_of(partial(products.product, point.gradient))
    return Ready(TrustRegion(), STEPS * min(point.g.size, PRODUCTS) * seconds)


def _composed(objective: Objective, start: Point, method: ComposedNewton) -> Ready | None:
    """Steps towards the minimum of the outer part, if there are any.

    They are of least norm: from the start of the run, for what L-BFGS has done to it is not. Only
    the last of them shows what they are good for.
    """
    aim = method.aim_of(objective, start.g)
    if aim is None or not aim.can_step(objective, start.g):  # planned
        return None
    seconds = seconds_of(partial(aim.can_step, objective, start.g))
    return Ready(replace(method, aim=aim), STEPS * seconds, 2 * STEPS, start)


def _preconditioned(objective: Objective, start: Point, method: LBFGS) -> Ready:
    curvature = (gauss_newton if objective.squares else hessian)(objective, start.g)
    make = partial(curvature.block_inverse, "row", method.damping, relative=True)
    make()  # planned and compiled
    if method.kept is not None:
        method.kept.is_planned = True
    return Ready(method, math.sqrt(TRIED) * seconds_of(make), TRIED)
