"""An energy as a sum over blocks of rows or columns, wherever these are: `blocks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nzdiff.arrays import checked_vector
from nzdiff.blockwise.maps import checked_map
from nzdiff.blockwise.operator import SummedOperator
from nzdiff.blockwise.pieces import Axes, axes_of
from nzdiff.blockwise.sources import sources
from nzdiff.blockwise.team import Team
from nzdiff.blockwise.worker import Spec
from nzdiff.derive.calculus.problem import Problem
from nzdiff.derive.dimensions.report import asked
from nzdiff.derive.dimensions.separates import Separation, part_of
from nzdiff.pattern import Pattern
from nzdiff.runtime.bind import checked_dtype, checked_threads
from nzdiff.runtime.sealed import Sealed

Floats = NDArray[np.float64]


def blocks(
    problem: Any,
    over: Any,
    data: Any,
    *,
    map: Any = None,  # noqa: A002 - what it is called everywhere
    size: int = 4096,
    backend: str = "auto",
    threads: int = 1,
    dtype: Any = "float64",
    **shared: Any,
) -> BlockSum:
    """A model whose energy, gradient and H v are sums over blocks of rows or columns.

        model = nz.blocks(problem, over="k", data=blocks, map=client, Y=…, L=…, G=pattern)
        result = nz.solve(model, g)

    over: a dimension that the energy separates along (`nz.dimensions`), by name.
    data: a sequence of blocks, each a dict with every matrix that has the dimension, as
        `Problem.bind` takes them, or a function of nothing that returns one: it pickles, and is
        called where the block is needed. Or one dict of long matrices (arrays, sparse matrices,
        memory maps, Dask arrays), of which a block has `size` rows or columns.
    shared: all other matrices, patterns and scalars, as `Problem.bind` takes them; every block has
        them. Summands without the dimension, such as a regulariser, count once.
    map: who evaluates blocks. None: this process, one after the other. "threads". An executor of
        `concurrent.futures` (mpi4py has one), or a list of executors with one worker each, of
        which every block stays with its own. A client of dask.distributed. Any function like `map`.
    backend, threads, dtype: of each block, as for `Problem.bind`.

    An unknown with the dimension is cut too: a dense or diagonal one follows from the other
    matrices, a sparse one has its pattern in each block, and g has its entries block by block.

    A worker binds a block when it is first asked for it, and keeps it; then g goes out, and energy
    and gradient come back. They are added in the order of the blocks, so that no bit depends on
    the number of workers.

    Raises ValueError where the energy does not separate, with the reason, for no blocks, and for
    shapes that do not fit; TypeError for names. Errors of a block name it.
    """
    dimension = asked("blocks", problem, over)
    separation = dimension.separation
    if not isinstance(separation, Separation):
        raise ValueError(
            f"over: {over} does not separate: {separation}"
            + ("; it reduces: nz.reduce_dimension" if dimension.reduces else "")
        )
    axes = axes_of(separation.cuts)
    _check_shared(problem, axes, shared)
    count, real = checked_threads(threads), str(checked_dtype(dtype))
    options = {"backend": backend, "threads": count, "dtype": real}
    part = part_of(problem, separation.block, "block")
    names = {str(symbol.name) for symbol in (*part.matrices, *part.scalars)}
    optional = {str(u.name) for u in part.wrt if u.kind_of != "sparse"}
    wanted, known = frozenset(axes) - optional, {n: v for n, v in shared.items() if n in names}
    specs = [
        Spec(number, part, wanted, frozenset(axes), source, known, options)
        for number, source in enumerate(sources(data, axes, str(over), size))
    ]
    team = Team(specs, checked_map(map))
    once = None if separation.once == 0 else part_of(problem, separation.once, "once")
    team.settle(problem, axes, once, shared, options)
    formulas = [tuple(str(r.expr) for r in p.residuals) for p in (part, once) if p is not None]
    return BlockSum(problem, team, formulas, count)


@dataclass(slots=True, eq=False)
class _Point:
    """What is known at one g."""

    g: Floats
    energy: float | None = None
    gradient: Floats | None = None


class BlockSum(Sealed):
    """Σ E_b(g) over blocks, and what counts once.  Made by `nz.blocks`; a model for `nz.solve`.

    size: length of g.  patterns: one per unknown, of all blocks together.  count: of blocks.
    is_sum_of_squares: whether there is a residual r with E = ‖r‖²: that of the blocks in their
    order, then that of what counts once.
    """

    advice: ClassVar[str] = "make another sum, with nz.blocks"
    patterns: tuple[Pattern, ...]
    size: int
    count: int
    threads: int
    is_sum_of_squares: bool

    def __init__(
        self, problem: Problem, team: Team, formulas: list[tuple[str, ...]], threads: int
    ) -> None:
        self._problem, self._team, self._formulas = problem, team, formulas
        self.patterns, self.size, self.count = team.patterns, team.size, len(team.about)
        self.threads, self.is_sum_of_squares = threads, team.is_sum_of_squares
        self._here = _Point(np.full(self.size, np.nan))

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "pickle, copy: a sum over blocks is what its workers hold; make another one where it "
            "is needed, with nz.blocks"
        )

    def __repr__(self) -> str:
        return f"<BlockSum of {self._problem.name}: {self.size} unknowns, {self.count} blocks>"

    @property
    def residual_size(self) -> int:
        """Length of the residual of all blocks."""
        self._check_squares("residual_size")
        return sum(self._team.sizes)

    def energy(self, g: ArrayLike) -> float:
        """E(g)."""
        here = self._point(g)
        if here.energy is None:
            here.energy = float(sum(value for _, value in self._team.each("energy", here.g)))
        return here.energy

    def gradient(self, g: ArrayLike) -> Floats:
        """∂E/∂g, shape (size,)."""
        here = self._point(g)
        if here.gradient is None:
            here.gradient = self._team.added("gradient", here.g)
        return here.gradient.copy()

    def energy_and_gradient(self, g: ArrayLike) -> tuple[float, Floats]:
        """E(g) and ∂E/∂g, in one round of all blocks."""
        here = self._point(g)
        if here.energy is None and here.gradient is None:
            energy, gradient = 0.0, np.zeros(self.size)
            for share, (value, part) in self._team.each("both", here.g):
                energy += value
                share.add(gradient, part)
            here.energy, here.gradient = energy, gradient
        return self.energy(here.g), self.gradient(here.g)

    def hessian(self, g: ArrayLike) -> SummedOperator:
        """∂²E/∂g² at g: `@ v`, `diagonal`, `toarray`."""
        return SummedOperator(self._team, "hessian", self._checked(g).copy())

    def gauss_newton(self, g: ArrayLike) -> SummedOperator:
        """2 JᵀJ at g, the Hessian without the curvature of r: `@ v`, `diagonal`, `toarray`."""
        self._check_squares("gauss_newton")
        return SummedOperator(self._team, "gauss_newton", self._checked(g).copy())

    def hessp(self, g: ArrayLike, v: ArrayLike) -> Floats:
        """∂²E/∂g² v at g, shape (size,): `hessp` of scipy.optimize.minimize."""
        return np.asarray(self.hessian(g) @ checked_vector("v", v, self.size))

    def residual_norms(self, g: ArrayLike) -> dict[str, float]:
        """The root of w ‖F‖² of each squared norm w ‖F‖² of the energy, by its formula F."""
        self._check_squares("residual_norms")
        total: dict[str, float] = {}
        for number, (_, squares) in enumerate(self._team.each("squares", self._checked(g))):
            formulas = self._formulas[0 if number < self.count else 1]
            for formula, square in zip(formulas, squares, strict=True):
                total[formula] = total.get(formula, 0.0) + square
        return {formula: float(np.sqrt(square)) for formula, square in total.items()}

    def residual(self, g: ArrayLike) -> Floats:
        """r(g) with E = ‖r‖², shape (residual_size,), gathered here."""
        self._check_squares("residual")
        found = self._team.each("residual", self._checked(g))
        return np.concatenate([part for _, part in found])

    def jvp(self, g: ArrayLike, v: ArrayLike) -> Floats:
        """J(g) v, shape (residual_size,), gathered here; v has shape (size,)."""
        self._check_squares("jvp")
        along = checked_vector("v", v, self.size)
        found = self._team.each("jvp", self._checked(g), lambda share: share.of(along))
        return np.concatenate([part for _, part in found])

    def jvp_square(self, g: ArrayLike, v: ArrayLike) -> float:
        """‖J(g) v‖², without a vector as long as the residual."""
        along = checked_vector("v", v, self.size)
        return float(along @ (self.gauss_newton(g) @ along)) / 2.0

    def vjp(self, g: ArrayLike, w: ArrayLike) -> Floats:
        """J(g)ᵀ w, shape (size,); w has shape (residual_size,)."""
        self._check_squares("vjp")
        ends = np.cumsum(self._team.sizes)[:-1]
        parts = np.split(checked_vector("w", w, self.residual_size), ends)
        return self._team.added("vjp", self._checked(g), parts)

    def pack(self, *matrices: Any) -> Floats:
        """g from the unknown matrices, one per unknown, dense or sparse."""
        if len(matrices) != len(self.patterns):
            raise TypeError(f"pack: expected {len(self.patterns)} matrices, got {len(matrices)}")
        pairs = zip(self.patterns, matrices, strict=True)
        return np.concatenate([pattern.pack(matrix) for pattern, matrix in pairs])

    def unpack(self, g: ArrayLike) -> Any:
        """The unknown matrix as CSR, a dense one as an array; a tuple where there are several."""
        ends = np.cumsum([pattern.size for pattern in self.patterns])[:-1]
        parts = np.split(self._checked(g), ends)
        found = tuple(
            pattern.to_csr(part).toarray() if unknown.kind_of == "dense" else pattern.to_csr(part)
            for unknown, pattern, part in zip(self._problem.wrt, self.patterns, parts, strict=True)
        )
        return found[0] if len(found) == 1 else found

    def close(self) -> None:
        """Let go of what the workers hold; the sum cannot be used any more."""
        self._team.close()

    def _checked(self, g: ArrayLike) -> Floats:
        return checked_vector("g", g, self.size)

    def _point(self, g: ArrayLike) -> _Point:
        """The point g, with what is known there: threads that are elsewhere have their own."""
        at, here = self._checked(g), self._here
        if not np.array_equal(here.g, at):
            here = self._here = _Point(at.copy())
        return here

    def _check_squares(self, what: str) -> None:
        if not self.is_sum_of_squares:
            raise TypeError(
                f"{what}: the energy is no sum of squares, so that it has no residual; energy and "
                "gradient are there"
            )


def _check_shared(problem: Problem, axes: Axes, shared: Mapping[str, Any]) -> None:
    """TypeError for names that are missing, not known, or that belong into blocks."""
    matrices = {str(matrix.name) for matrix in problem.matrices}
    scalars = {str(scalar.name) for scalar in problem.scalars}
    optional = {str(u.name) for u in problem.wrt if u.kind_of != "sparse"}
    expected = (matrices | scalars) - set(axes)
    missing, more = sorted(expected - optional - set(shared)), sorted(set(shared) - expected)
    if missing or more:
        said = [f"missing {', '.join(missing)}"] * bool(missing)
        cut = [name for name in more if name in axes]
        said += [f"{', '.join(cut)} is cut into blocks, and goes into data"] * bool(cut)
        other = [name for name in more if name not in axes]
        said += [f"not known {', '.join(other)}"] * bool(other)
        words = ", ".join(sorted(expected)) or "no other matrices"
        raise TypeError(f"blocks: expected {words}: {'; '.join(said)}")
