"""Newton's method for a composition E(g) = φ(q(g)), φ quadratic: aim at q* = argmin φ.

q* is one linear system, solved by CG. Then q(g) = q* by Newton steps of least norm, searched along
for a smaller ‖q* − q‖:

    v = Dᵀ (D Dᵀ + λμI)⁻¹ (q* − q),    D = ∂q/∂g sparse,    μ the mean of diag(D Dᵀ)

D Dᵀ has the size of q, which is what is left of g without its gauge freedom. Where q* is not well
determined or no g attains it, the steps become slow, and L-BFGS goes on from the last iterate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np
from scipy import sparse

from nzdiff.beside import Beside
from nzdiff.solvers.linear.cg import conjugate_gradient
from nzdiff.solvers.linear.factorise import positive_definite
from nzdiff.solvers.linear.linear_system import mean_size
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.run.check import number, whole
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import (
    ComposedModelLike,
    HasBlockInverse,
    HasComposition,
    LinearMap,
    ModelLike,
    Needs,
    Vector,
)
from nzdiff.solvers.run.search import SUFFICIENT_DECREASE
from nzdiff.solvers.run.status import Paused, Status

MAX_TRIALS = 20
SHORT, LEAST_DAMPING = 0.3, 1e-4
FIRST_PART = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """A composition, and q* = argmin φ."""

    parts: ComposedModelLike
    target: Vector

    def begin(self, g: Vector) -> _Iterate:
        """Return g as the first iterate."""
        return _Iterate(g, self.target - self.parts.q(g))

    def can_step(self, objective: Objective, g: Vector) -> bool:
        """Tell whether a step from g brings q nearer to q*."""
        return _next(objective, self.parts, self.begin(g)) is not None


@dataclass(frozen=True, slots=True)
class ComposedNewton:
    """Newton steps of least norm towards q*; of a model that is no composition, `then` alone.

    cg_iterations: the most for q*; where CG needs more for `accuracy`, the residual it has to
    reach relative to the first, φ is too ill-conditioned for q* to say much.  patience: the steps
    within which ‖q − q*‖ has to halve.  freedom: the least number of unknowns per entry of q; with
    fewer, steps of least norm easily end where no step brings q nearer to q*.  then: what goes on
    otherwise.  aim: q*, where it is known.
    """

    cg_iterations: int = 100
    accuracy: float = 1e-10
    patience: int = 10
    freedom: float = 3.0
    then: Method = field(default_factory=LBFGS)
    aim: Aim | None = None

    name: ClassVar[str] = "composed-newton"
    needs: ClassVar[Needs] = "gradient"
    takes_bounds: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Reject parameters that cannot be meant."""
        number("accuracy", self.accuracy)
        number("freedom", self.freedom)
        for name in ("cg_iterations", "patience"):
            whole(name, getattr(self, name), least=1)
        if isinstance(self.then, (str, type)) or not hasattr(self.then, "run"):
            raise TypeError(f"then: expected a method, such as LBFGS(), got {self.then!r}")

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Iterate until `progress` stops the run, or `then` does that took over."""
        if self.aim is not None:
            return self._run(self.aim, objective, progress)
        prepared = Beside(lambda: self.aim_of(objective, start.g))
        if not objective.is_done(prepared):
            status = self._meanwhile(objective, progress, prepared)
            if status is not None:
                return status
        return self._run(prepared.result(), objective, progress)

    def _run(self, aim: Aim | None, objective: Objective, progress: Progress) -> Status:
        if aim is not None:
            _approach(objective, progress, aim, self.patience)
        return self.then.run(objective, progress, progress.latest)

    def aim_of(self, objective: Objective, g: Vector) -> Aim | None:
        """Return q*, where steps lead there; None where there is none, or it says too little."""
        model = objective.model
        parts = model.composition() if isinstance(model, HasComposition) else None
        if parts is None or g.size < self.freedom * parts.size:
            return None
        target = _minimiser(parts.outer, self.cg_iterations, self.accuracy)
        return None if target is None else Aim(parts, target)

    def _meanwhile(
        self, objective: Objective, progress: Progress, prepared: Beside[Aim | None]
    ) -> Status | None:
        """Run `then` until q* is known; return its status where it ends before."""
        usual = progress.pause
        progress.pause = lambda: prepared.is_done() or (usual is not None and usual())
        try:
            return self.then.run(objective, progress, progress.latest)
        except Paused:
            if not prepared.is_done():
                raise
            return None
        finally:
            progress.pause = usual


@dataclass(frozen=True, slots=True)
class _Iterate:
    """An iterate, q* − q there, and the λ to go on with."""

    g: Vector
    gap: Vector
    damping: float = 0.0


def _approach(objective: Objective, progress: Progress, aim: Aim, patience: int) -> None:
    """Step towards q* until that becomes slow; `progress` stops where E has converged."""
    step, gaps = aim.begin(progress.latest.g), list[float]()
    while step.gap.any():
        found = objective.within(partial(_next, objective, aim.parts, step))
        if found is None:
            return
        step = found
        progress.record(objective.point(step.g), damping=step.damping)
        gaps.append(float(np.linalg.norm(step.gap)))
        if len(gaps) > patience and gaps[-1] > 0.5 * gaps[-1 - patience]:
            return


def _next(objective: Objective, parts: ComposedModelLike, step: _Iterate) -> _Iterate | None:
    """Return the next iterate; None where no step brings q nearer to q*.

    λ is raised where the search shortens a step much, D is then nearly singular, and else lowered.
    """
    D, gap = parts.jacobian(step.g), step.gap
    gram = sparse.csc_array(D @ D.T)
    scale = mean_size(gram.diagonal())
    found = positive_definite(gram, step.damping * scale, first=0.0)
    if found is None:
        return None
    y, t = found[0](gap), 1.0
    v, here = D.T @ y, parts.q(step.g)
    for _ in range(MAX_TRIALS):
        objective.watch()
        after = gap + here - parts.q(step.g + t * v)
        if np.linalg.norm(after) <= (1.0 - SUFFICIENT_DECREASE * t) * np.linalg.norm(gap):
            return _Iterate(step.g + t * v, after, _damping(step.damping, t))
        t *= _shorter(gap, t * (gram @ y), after)
    return None


def _damping(damping: float, t: float) -> float:
    if t < SHORT:
        return max(10.0 * damping, LEAST_DAMPING)
    return damping / 10.0 if damping > LEAST_DAMPING else 0.0


def _shorter(gap: Vector, slope: Vector, after: Vector) -> float:
    """Return the x in [0.05, 0.7] with the least ‖gap − x slope − x² c‖, c such that x = 1 fits.

    Exact where q is quadratic in g, as in Gᵀ L G.
    """
    c = gap - slope - after
    polynomial = [2 * c @ c, 3 * c @ slope, slope @ slope - 2 * c @ gap, -(gap @ slope)]
    if not np.isfinite(polynomial).all():
        return 0.1
    roots = np.roots(polynomial)
    real = np.clip(roots.real[np.abs(roots.imag) < 1e-9], 0.05, 0.7)
    return float(
        min((0.5, *real), key=lambda x: float(np.linalg.norm(gap - x * slope - x * x * c)))
    )


def _minimiser(outer: ModelLike, iterations: int, accuracy: float) -> Vector | None:
    """Return argmin φ by CG from q = 0; None where it needs more iterations.

    A part of them tells first, without blocks, which take longer to be laid out.
    """
    zero = np.zeros(outer.size)
    operator = outer.gauss_newton(zero)  # type: ignore[attr-defined]
    b = -outer.gradient(zero)
    for part in (FIRST_PART, 1.0):
        most = math.ceil(part * iterations)
        solution = conjugate_gradient(
            lambda v: operator @ v,
            b,
            precondition=np.copy if part < 1.0 else _preconditioner(operator),
            rtol=accuracy**part,
            max_iterations=most,
        )
        if solution.iterations >= most:
            return None
    return solution.x


def _preconditioner(operator: object) -> LinearMap:
    if isinstance(operator, HasBlockInverse):
        try:
            return operator.block_inverse("column", 1e-8, relative=True)
        except NotImplementedError:
            pass
    return np.copy
