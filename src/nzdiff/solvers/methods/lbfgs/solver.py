"""Limited-memory BFGS: descent along −H ∂E/∂g, then a search for the strong Wolfe conditions.

H comes from the last correction pairs (steps, and changes of the gradient), on top of γ M⁻¹ with
M = I or a preconditioner. The first pair is a difference of gradients along −M⁻¹ ∂E/∂g, so that the
first step has the right length whatever the units. Where the search fails, they are dropped once.
The loop is one of C where the model is compiled (`loop.py`), and else the same one here, which
also takes the first steps where that of C has to be compiled.
Within bounds SciPy's L-BFGS-B runs instead, without preconditioner.
Source: Nocedal and Wright, algorithm 7.5.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import numpy as np

from nzdiff.beside import Beside
from nzdiff.solvers.linear.curvature import gauss_newton, hessian
from nzdiff.solvers.linear.linear_system import MOST_DENSE, mean_size
from nzdiff.solvers.linear.preconditioner import Preconditioner
from nzdiff.solvers.methods.lbfgs.bounded import lbfgsb
from nzdiff.solvers.methods.lbfgs.loop import (
    FOREVER,
    Loop,
    begin,
    is_compiled,
    is_there,
    native_of,
)
from nzdiff.solvers.methods.lbfgs.pairs import CorrectionPairs
from nzdiff.solvers.methods.lbfgs.scale import Diagonal, sampled_scale
from nzdiff.solvers.run.check import choice, number, whole
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.probe import BLIND_STEP, of_size, probe
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import (
    CompiledMap,
    HasGaussNewton,
    HasHessian,
    LinearMap,
    Needs,
    Vector,
)
from nzdiff.solvers.run.search import failure
from nzdiff.solvers.run.status import Status
from nzdiff.solvers.run.wolfe import wolfe

WAIT = 0.03
"""Seconds for which a run waits for the loop in C: it is there, unless it was never compiled."""
FIRST_REFRESH = 10
"""Steps after which the first preconditioner is made anew: it was made far from the optimum."""


@dataclass(slots=True)
class Kept:
    """What L-BFGS has from earlier runs on one model: pairs, or the loop in C that holds them.

    points: the last iterates of the loop in Python, whose pairs the one in C takes over.
    is_planned: whether M⁻¹ was made before, so that it is there at once.  scales: the sampled
    diagonal, or None, once it is known.
    """

    loop: Loop | None = None
    pairs: CorrectionPairs | None = None
    points: deque[Point] = field(default_factory=deque)
    is_planned: bool = False
    scales: list[Diagonal | None] = field(default_factory=list)

    def scale(self, objective: Objective, g: Vector) -> Diagonal | None:
        """Return the diagonal that was sampled about the first g, if there is one."""
        if not self.scales:
            self.scales.append(sampled_scale(objective, g) if objective.squares else None)
        return self.scales[0]

    def begin(self, start: Point, memory: int, *, is_native: bool) -> deque[Point]:
        """Return the points to go on from in Python, the start last."""
        if self.pairs is None:
            self.pairs = CorrectionPairs(memory, start.g.size)
        if not self.points or self.points[-1] is not start:
            self.points = deque([start], memory + 1 if is_native else 1)
        return self.points


@dataclass(frozen=True, slots=True)
class LBFGS:
    """L-BFGS with `memory` correction pairs.

    preconditioner: of 2 JᵀJ, or of the Hessian where the energy is no sum of squares, the blocks
    of unknowns that share a "row" or a "column" of G, its "diagonal", or "none"; "auto": rows where
    the model has their blocks in closed form; "scale": a diagonal sampled about the start, where
    the start has none (`scale.py`), else "none".  (Far from an optimum the Hessian of a sum of
    squares is indefinite, and the absolute values of its blocks led nowhere.)
    damping: its shift in means of the diagonal.  refresh: the most steps it is kept for, the
    first time FIRST_REFRESH, then twice as many each time; the pairs stay.  probes: see
    `Linear`.  kept: the pairs of earlier runs on one model, to go on with; None: each run begins
    anew.
    """

    memory: int = 10
    preconditioner: Preconditioner | Literal["scale"] = "auto"
    damping: float = 0.1
    refresh: int = 100
    probes: int = 8
    kept: Kept | None = None

    name: ClassVar[str] = "l-bfgs"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Reject names and numbers that cannot be meant."""
        choice("preconditioner", self.preconditioner, (*get_args(Preconditioner), "scale"))
        number("damping", self.damping)
        for name in ("memory", "refresh", "probes"):
            whole(name, getattr(self, name), least=1)

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        if objective.bounds is not None:
            return lbfgsb(objective, progress, start, memory=self.memory)
        kept = self.kept or Kept()
        inverse = _Refreshed(self, objective, self.preconditioner, kept)
        model = native_of(objective)
        if kept.loop is None or kept.loop.model is not model or not inverse.is_compiled(start.g):
            points = kept.begin(start, self.memory, is_native=model is not None)

            def is_over() -> bool:
                return is_compiled() and is_there() and inverse.is_compiled(points[-1].g)

            if model is None:
                is_over = _never
            else:
                is_compiled(WAIT)
            status = _iterate(objective, progress, kept, inverse, is_over)
            if status is not None:
                return status
            assert model is not None
            kept.loop, start = begin(model, progress, points, self.memory), points[-1]
        return kept.loop.iterate(progress, start, inverse.next)


def _never() -> bool:
    return False


def _iterate(
    objective: Objective,
    progress: Progress,
    kept: Kept,
    inverse: "_Refreshed",
    is_over: Callable[[], bool],
) -> Status | None:
    """The loop in Python, rule by rule that of loop.c; None where that one takes over."""
    points, pairs = kept.points, kept.pairs
    assert pairs is not None
    point = points[-1]
    while not is_over():
        M = inverse.at(point.g)
        v, is_fresh = _direction(objective, point, pairs, M)
        if is_fresh:
            points.clear()
            points.extend((*_probed(pairs, point), point))
        reached = wolfe(objective, point, v)
        if reached is None:
            if is_fresh:
                return failure(-float(point.gradient @ v), point)
            pairs.clear()
            continue
        pairs.add(reached.g - point.g, reached.gradient - point.gradient)
        point = reached
        points.append(point)
        progress.record(point)
    return None


def _probed(pairs: CorrectionPairs, point: Point) -> tuple[Point, ...]:
    """Return where the first pair of a point leads, if there is one."""
    if not pairs:
        return ()
    s, y = pairs.S[pairs.order[-1]], pairs.Y[pairs.order[-1]]
    return (Point(point.g + s, math.nan, point.gradient + y),)


def _direction(
    objective: Objective, point: Point, pairs: CorrectionPairs, inverse: LinearMap
) -> tuple[Vector, bool]:
    """Return −H ∂E/∂g and whether H knows no more than the curvature along −M⁻¹ ∂E/∂g."""
    is_fresh = not pairs
    if is_fresh:
        steepest = -inverse(point.gradient)
        pair = probe(objective, point, steepest)
        if pair is not None:
            pairs.add(*pair)
        if not pairs:
            return BLIND_STEP * of_size(steepest, point.g), True
    pairs.rescale(inverse)
    return -pairs.product(point.gradient, inverse), is_fresh


@dataclass(slots=True)
class _Refreshed:
    """M⁻¹, made anew ever more rarely; kind: of the preconditioner, "none" once there is none."""

    method: LBFGS
    objective: Objective
    kind: Preconditioner | Literal["scale"]
    kept: Kept
    left: int = 0
    interval: int = FIRST_REFRESH
    inverse: LinearMap = field(default=np.asarray)
    job: Beside[LinearMap] | None = None
    is_plain: bool = False

    def at(self, g: Vector) -> LinearMap:
        """Return v ↦ M⁻¹ v for an iterate."""
        self._prepare(g)
        self.left -= 1
        return self.inverse

    def is_compiled(self, g: Vector) -> bool:
        """Tell whether C can apply M⁻¹, made at g."""
        self._prepare(g)
        is_plain = self.is_plain and self.kind == "auto"
        return is_plain or self.kind == "none" or isinstance(self.inverse, CompiledMap)

    def next(self, g: Vector) -> tuple[CompiledMap | None, int]:
        """Return M⁻¹ for C, None for I, and for how many directions to keep it."""
        self._prepare(g)
        if self.is_plain:
            directions, self.left = self.left, 0
            return None, directions
        if not isinstance(self.inverse, CompiledMap):  # of ties, prepared while C ran
            self._without()
        if self.kind == "none":
            return None, FOREVER
        assert isinstance(self.inverse, CompiledMap)
        if self.kind == "scale":
            return self.inverse, FOREVER
        directions, self.left = self.left, 0
        return self.inverse, directions

    def _prepare(self, g: Vector) -> None:
        if self.kind == "none" or self.left > 0:
            return
        if self.kind == "scale":
            found = self.kept.scale(self.objective, g)
            self.inverse = found or self.inverse
            self.kind = "none" if found is None else self.kind
            return
        is_large = self.kind == "auto" and g.size > MOST_DENSE
        is_beside = (is_large or self.objective.is_timed) and not self.kept.is_planned
        if is_beside and not self._is_prepared(g):
            self.is_plain, self.left = True, 1 if self.job is None else FIRST_REFRESH
            return
        self.is_plain = False
        try:
            self.inverse = self.objective.within(lambda: self._made(g))
        except NotImplementedError:
            if self.kind != "auto":
                raise
            self._without()
            return
        self.left, self.interval = self.interval, min(2 * self.interval, self.method.refresh)

    def _is_prepared(self, g: Vector) -> bool:
        """Tell whether the first M⁻¹, planned and compiled beside plain steps, is there.

        With max_seconds after a first step: planning takes turns with it.
        """
        if self.job is None:
            if self.objective.is_timed and not self.is_plain:
                return False
            self.job = Beside(lambda: self._made(g))
        return self.job.is_done() if g.size > MOST_DENSE else self.objective.is_done(self.job)

    def _made(self, g: Vector) -> LinearMap:
        """Return M⁻¹ at g; NotImplementedError where the model has no such blocks."""
        damping, objective = self.method.damping, self.objective
        known: type = HasGaussNewton if objective.squares else HasHessian
        if self.kind == "auto" and not isinstance(objective.model, known):
            raise NotImplementedError("l-bfgs: the model has no second-order operator")
        curvature = (gauss_newton if objective.squares else hessian)(objective, g)
        if self.kind == "diagonal":
            weights = np.abs(curvature.diagonal(self.method.probes))
            return Diagonal(1.0 / (weights + damping * mean_size(weights)))
        kind: Literal["row", "column"] = "column" if self.kind == "column" else "row"
        return curvature.block_inverse(kind, damping, relative=True)

    def _without(self) -> None:
        self.kind, self.inverse = "none", np.asarray
