"""The linear system of one step, (C + shift I) v = −∂E/∂g, factorised or by conjugate gradients.

Chosen by size: a matrix that fits and is cheap to factorise is assembled; else CG needs products
alone. Unknowns that a bound holds are left out and follow −∂E/∂g / scale up to their bound; scale
is the mean of |diag(C)|, so that shifts relative to it have no unit.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nzdiff.beside import Beside
from nzdiff.memory import physical_bytes
from nzdiff.solvers.linear.curvature import Curvature
from nzdiff.solvers.linear.diagonal import bounded_below
from nzdiff.solvers.linear.direct import Direct
from nzdiff.solvers.linear.factorise import Matrix
from nzdiff.solvers.linear.preconditioner import Preconditioner
from nzdiff.solvers.linear.truncated import Truncated
from nzdiff.solvers.run.bounds import Mask
from nzdiff.solvers.run.check import choice, number, whole
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.protocols import Vector

Choice = Literal["auto", "direct", "columns", "cg"]

FEW = 300
"""Unknowns up to which anything is done at once: it takes no thread to keep the time."""
SAMPLED = 8
MOST_DENSE = 4_000
MOST_BY_COLUMNS = 500
MOST_BYTES = 2 * 10**9
MOST_ENTRIES_PER_ROW, BYTES_PER_ENTRY = 100, 12


@dataclass(frozen=True, slots=True)
class Linear:
    """How a method solves the linear system of each step: the part that Newton's methods share.

    solver: "direct", "cg", or "auto" by size; "columns" is direct with a matrix of one product for
    each column, which needs no plan and is there at once.  cg_iterations: the most per step.
    forcing: the largest relative residual of a system that CG solves.  preconditioner: see
    `preconditioned`.  probes, refresh: a diagonal that is not known is estimated from so many
    random vectors, and kept for so many steps.  floor: see `bounded_below`.
    """

    solver: Choice = "auto"
    cg_iterations: int = 200
    forcing: float = 0.1
    preconditioner: Preconditioner = "auto"
    probes: int = 8
    refresh: int = 10
    floor: float = 1.0

    def __post_init__(self) -> None:
        """Reject names and numbers that cannot be meant."""
        choice("solver", self.solver, get_args(Choice))
        choice("preconditioner", self.preconditioner, get_args(Preconditioner))
        number("forcing", self.forcing, above=True, most=1.0)
        number("floor", self.floor)
        for name in ("cg_iterations", "probes", "refresh"):
            whole(name, getattr(self, name), least=1)


def check_linear(linear: Linear) -> None:
    """Refuse the name of a solver where its record is meant."""
    if not isinstance(linear, Linear):
        raise TypeError(f'linear: expected a Linear, such as Linear("cg"), got {linear!r}')


@dataclass(frozen=True, slots=True)
class ShiftedStep:
    """The step v of a linear system, the shift that was used, and the CG iterations."""

    v: Vector
    shift: float
    inner: int


@dataclass(frozen=True, slots=True)
class LinearSystem:
    """The system at a point; held: the unknowns that stay out, or None."""

    objective: Objective
    point: Point
    curvature: Curvature
    solver: Direct | Truncated
    scale: float
    held: Mask | None

    def step(self, shift: float, *, rtol: float, modification: float = 0.0) -> ShiftedStep:
        """Solve for v; modification: the first addition to the shift that is tried if need be."""
        if self.point.g.size <= FEW:
            return self._step(shift, rtol, modification)
        return self.objective.within(lambda: self._step(shift, rtol, modification))

    def _step(self, shift: float, rtol: float, modification: float) -> ShiftedStep:
        b = -self.point.gradient
        if self.held is None:
            x, used, inner = self.solver.solve(b, shift, rtol, modification)
            return ShiftedStep(x, used, inner)
        g = self.point.g
        v = self.objective.project(g + b / (self.scale + shift)) - g
        v[~self.held], used, inner = self.solver.solve(b[~self.held], shift, rtol, modification)
        return ShiftedStep(v, used, inner)

    def product(self, v: Vector) -> Vector:
        """Return C v."""
        return self.curvature.product(v)


@dataclass(slots=True)
class LinearSystems:
    """Makes the systems of a run.

    With max_seconds nobody waits for a matrix that has to be planned and compiled, or whose factors
    take long: `first` does it beside the run, and until it is done, steps take products alone.
    """

    objective: Objective
    curvature_at: Callable[[Objective, Vector], Curvature]
    linear: Linear
    factorises: bool | None = None
    age: int = 0
    diagonal: Vector | None = None
    first: Beside[bool] | None = None
    job: Beside[None] | None = None
    prepared: bool = False

    def at(self, point: Point) -> LinearSystem:
        """Return the system at a point; `Stop` once the time is over."""
        if point.g.size <= FEW and self.factorises is not None:  # compiled before
            return self._at(point)
        return self.objective.within(lambda: self._at(point))

    def prepare(self, point: Point) -> None:
        """Decide whether to factorise, and plan and compile what that takes, however long."""
        self.factorises = self._factorises(self.curvature_at(self.objective, point.g), point)
        self._at(point)

    def _at(self, point: Point) -> LinearSystem:
        curvature = self.curvature_at(self.objective, point.g)
        if self.factorises is None:
            self._decide(curvature, point)
        if self.factorises:
            return self._direct(curvature, point)
        return self._truncated(curvature, point)

    def _factorises(self, curvature: Curvature, point: Point) -> bool:
        solver = self.linear.solver
        is_auto = solver == "auto"
        return solver in {"direct", "columns"} or (is_auto and is_direct(curvature, point.g.size))

    def _decide(self, curvature: Curvature, point: Point) -> None:
        """Set `factorises`, unless what that takes has to be made first."""
        if not self.objective.is_timed or self.linear.solver in {"columns", "cg"}:
            self.factorises = self._factorises(curvature, point)
            return
        if self.first is None:
            self.first = Beside(lambda: self._tried(curvature, point))
        if self.objective.is_done(self.first):
            self.factorises = self.first.result()

    def _tried(self, curvature: Curvature, point: Point) -> bool:
        """Return whether systems are factorised, after one of them was."""
        if not self._factorises(curvature, point):
            return False
        system = self._direct(curvature, point)
        system.step(system.scale, rtol=0.0)
        return True

    def _direct(self, curvature: Curvature, point: Point) -> LinearSystem:
        is_plain = self.linear.solver == "columns"
        matrix: Matrix = curvature.columns() if is_plain else curvature.matrix()
        scale = mean_size(matrix.diagonal())
        held = self._held(point, scale)
        if held is not None:
            matrix = matrix[~held][:, ~held]
        return LinearSystem(self.objective, point, curvature, Direct(matrix, scale), scale, held)

    def _truncated(self, curvature: Curvature, point: Point) -> LinearSystem:
        linear, kind = self.linear, self.linear.preconditioner
        undecided = self.factorises is None
        if undecided or (kind == "auto" and not self._is_prepared(curvature, point.g.size)):
            kind = "diagonal"
            self.diagonal = curvature.estimate(linear.probes)
        elif self.diagonal is None or self.age >= linear.refresh:
            self.diagonal, self.age = curvature.diagonal(linear.probes), 0
        self.age += 1
        scale = mean_size(self.diagonal)
        held = self._held(point, scale)
        weights = bounded_below(self.diagonal, linear.floor)
        solver = Truncated(
            curvature,
            weights,
            linear.floor * scale,
            held,
            kind,
            linear.cg_iterations,
            self.objective.half_left,
        )
        return LinearSystem(self.objective, point, curvature, solver, scale, held)

    def _is_prepared(self, curvature: Curvature, size: int) -> bool:
        """Tell whether blocks and diagonal in closed form are planned and compiled.

        Of many unknowns that takes longer than the first steps: it is done beside them, which a
        few products with random vectors precondition in the meantime.
        """
        if size <= MOST_DENSE:
            return True
        if self.job is None:
            self.job = Beside(lambda: _prepare(curvature))
        if not self.job.is_done():
            return False
        if not self.prepared:
            self.prepared, self.age = True, self.linear.refresh
        return True

    def _held(self, point: Point, scale: float) -> Mask | None:
        bounds = self.objective.bounds
        return None if bounds is None else bounds.held(point.g, point.gradient, scale)


def _prepare(curvature: Curvature) -> None:
    """Have the model lay out what preconditions its products, if there is anything."""
    curvature.diagonal(1)
    with suppress(NotImplementedError):
        curvature.block_inverse("row", 1.0)


def is_direct(curvature: Curvature, size: int) -> bool:
    """Tell whether the matrix is small enough to be assembled and factorised."""
    return not fills_up(curvature, size) and is_small(curvature, size)


def fills_up(curvature: Curvature, size: int) -> bool:
    """Tell whether a matrix of more than MOST_DENSE rows has too many entries to be factorised.

    Some of its columns tell, by products with unit vectors, as many as it takes, before the model
    is asked how large the matrix is: planning a dense one takes longer than hundreds of
    evaluations.
    """
    if size <= MOST_DENSE:
        return False
    left, unit = SAMPLED * MOST_ENTRIES_PER_ROW, np.zeros(size)
    for column in np.random.default_rng(0).integers(0, size, SAMPLED):
        unit[column] = 1.0
        left -= int(np.count_nonzero(curvature.product(unit)))
        unit[column] = 0.0
        if left < 0:
            return True
    return False


def is_small(curvature: Curvature, size: int) -> bool:
    """Tell whether the model says that the matrix is small enough to be assembled and factorised.

    Above MOST_DENSE unknowns it must be sparse with few entries per row, because its factors fill
    up.
    """
    memory = curvature.assembled_bytes
    if memory is None:
        return curvature.is_sparse or size <= MOST_BY_COLUMNS
    machine = physical_bytes()
    if memory > MOST_BYTES or (machine is not None and memory > machine // 4):
        return False
    if size <= MOST_DENSE:
        return True
    return memory <= MOST_ENTRIES_PER_ROW * BYTES_PER_ENTRY * size and curvature.is_sparse


def mean_size(diagonal: Vector) -> float:
    """Return the mean of |diagonal|, 1 where that is zero or not finite."""
    mean = float(np.abs(diagonal).mean())
    return mean if np.isfinite(mean) and mean > 0.0 else 1.0
