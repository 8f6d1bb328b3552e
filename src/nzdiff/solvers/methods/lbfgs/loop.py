"""The loop of L-BFGS in C (`loop.c`), for models that are compiled themselves.

C iterates for a share of the time so far, from SHORTEST to SLICE seconds, or for one iteration
where a callback wants to see each;
then Python takes the records, judges, saves, makes the preconditioner anew and hears of Ctrl-C.
Compiled at first use, beside the first steps; without a compiler, or where an evaluation or the
preconditioner needs Python, there is no such loop, and that of `solver.py` does the same.
`constants` hands those of the loop in Python to the compiler.
"""

import ctypes
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np

from nzdiff.memory import LINE, on_a_line
from nzdiff.runtime.kernel.backends.choose import NoCompilerWarning
from nzdiff.runtime.kernel.compiler import CompilerError
from nzdiff.runtime.kernel.library import ahead, load, source_beside
from nzdiff.solvers.methods.lbfgs import pairs
from nzdiff.solvers.run import probe, search, stopping, wolfe
from nzdiff.solvers.run.objective import Counts, Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import CompiledMap, HasNative, NativeModelLike, Vector
from nzdiff.solvers.run.record import Record
from nzdiff.solvers.run.status import Status

SHORTEST, SHARE, SLICE = 0.001, 0.1, 0.05
MOST = 1024
"""Iterations of one slice at most."""
FEW, EARLY, PART = 8, 64, 8
"""The same among so many first records, where another method may be due; later such a part of all
that are allowed."""
FOREVER = -1
LANES = LINE // 8
"""Doubles of a register of the C loop."""
RECORD = np.dtype(
    [(name, np.float64) for name in ("energy", "gradient_norm", "step", "seconds")]
    + [(name, np.int64) for name in ("energies", "gradients")]
)
"""`record` of loop.c."""


class Outcome(IntEnum):
    """Why the C loop came back: to be judged, for another M⁻¹, or because no step helps."""

    PAUSED = 0
    REFRESH = 1
    FAILED = 2


Refresh = Callable[[Vector], tuple[CompiledMap | None, int]]
"""The M⁻¹ to take from an iterate on, None for I, and for how many directions."""


class _Slice(ctypes.Structure):
    """`slice` of loop.c."""

    _fields_ = (
        ("rtol", ctypes.c_double),
        ("energy_rtol", ctypes.c_double),
        ("energy_floor", ctypes.c_double),
        ("first_energy", ctypes.c_double),
        ("first_norm", ctypes.c_double),
        ("squares", ctypes.c_double),
        ("seconds", ctypes.c_double),
        ("window", ctypes.c_int64),
        ("known", ctypes.c_int64),
        ("most", ctypes.c_int64),
        ("records", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("promised", ctypes.c_double),
        ("energies", ctypes.c_int64),
        ("gradients", ctypes.c_int64),
    )


def native_of(objective: Objective) -> NativeModelLike | None:
    """Return the model for a loop in C; None where there is none."""
    model = objective.model
    return model.native() if isinstance(model, HasNative) and model.size else None


def is_compiled(seconds: float = 0.0) -> bool:
    """Tell whether it is known if there is a loop in C; wait for so long.

    A compiler that has not run yet takes hundreds of evaluations of a small model.
    """
    return ahead(*_source()).wait(seconds)


def is_there() -> bool:
    """Tell whether there is a loop in C; with a warning where no compiler takes it."""
    return _library() is not None


def begin(
    model: NativeModelLike, progress: Progress, points: Sequence[Point], memory: int
) -> "Loop":
    """Return a loop at the last one of some iterates, with the correction pairs between them."""
    loop = Loop(model, progress, points[0], memory)
    for point in list(points)[1:]:
        loop.follow(point)
    return loop


@dataclass(slots=True)
class Loop:
    """L-BFGS on one model; `state` is the memory of the C loop, which keeps its pairs.

    at: the iterate that the state holds.
    """

    model: NativeModelLike
    progress: Progress
    at: Point
    memory: int
    state: Vector = field(init=False)
    records: Any = field(init=False)
    slice: _Slice = field(init=False)
    address: int = field(init=False)
    counts: Counts = field(init=False)
    inverse: CompiledMap | None = None

    def __post_init__(self) -> None:
        """Lay out the memory and write the start into it."""
        progress, start, library = self.progress, self.at, _library()
        size, window = start.g.size, progress.stopping.window
        self.state = on_a_line(library.nzdiff_lbfgs_doubles(size, self.memory))
        self.address = self.state.ctypes.data
        vectors = [np.ascontiguousarray(v) for v in (start.g, start.gradient, progress.origin.g)]
        g, gradient, first = (vector.ctypes.data for vector in vectors)
        library.nzdiff_lbfgs_start(
            self.address, self.model.address, self.memory, g, start.energy, gradient, first
        )
        self.counts = Counts()
        self.records = np.zeros(window + MOST, dtype=RECORD)
        self.slice = _Slice(window=window, records=self.records.ctypes.data)

    def iterate(self, progress: Progress, start: Point, refresh: Refresh) -> Status:
        """Iterate until `progress` stops the run or no step lowers the energy."""
        self.progress = progress
        self._go_to(start)
        self._take_rules()
        self.precondition(*refresh(start.g))
        while True:
            match self.run():
                case Outcome.REFRESH:
                    self.precondition(*refresh(self.progress.latest.g))
                case Outcome.FAILED:
                    return search.failure(self.slice.promised, self.progress.latest)
                case _:
                    self.progress.objective.watch()

    def _go_to(self, start: Point) -> None:
        """Go on from another iterate, if it is one."""
        if start is self.at:
            return
        g, gradient = np.ascontiguousarray(start.g), np.ascontiguousarray(start.gradient)
        pointers = g.ctypes.data, start.energy, gradient.ctypes.data
        _library().nzdiff_lbfgs_move(self.address, *pointers)
        self.at = start

    def _take_rules(self) -> None:
        """Tell C when it may stop."""
        progress, part = self.progress, self.slice
        rules, origin = progress.rules, progress.origin
        part.rtol, part.energy_rtol = rules.rtol, rules.energy_rtol
        part.energy_floor = progress.energy_floor
        part.first_energy, part.first_norm = origin.energy, origin.gradient_norm
        part.squares = progress.objective.squares

    def precondition(self, inverse: CompiledMap | None, directions: int) -> None:
        """Take another M⁻¹ for so many directions, None for I."""
        self.inverse = inverse
        address = None if inverse is None else inverse.address
        _library().nzdiff_lbfgs_precondition(self.address, address, directions)

    def follow(self, point: Point) -> None:
        """Go to an iterate that was found elsewhere."""
        g, gradient = (np.ascontiguousarray(v) for v in (point.g, point.gradient))
        pointers = g.ctypes.data, point.energy, gradient.ctypes.data
        _library().nzdiff_lbfgs_follow(self.address, *pointers)
        self.at = point

    def run(self) -> int:
        """Iterate for one slice; what C has done is taken whatever ends it."""
        progress, part = self.progress, self.slice
        objective, rules = progress.objective, progress.rules
        earlier = progress.records[max(progress.begun, len(progress.records) - rules.window) :]
        part.known = len(earlier)
        self.records["energy"][: part.known] = [record.energy for record in earlier]
        began = objective.seconds()
        most = 1 if progress.callback is not None else MOST
        if progress.pause is not None:
            is_early = len(progress.records) < EARLY
            most = min(most, FEW if is_early else max(FEW, rules.max_iterations // PART))
        part.most = min(most, max(rules.max_iterations - progress.records[-1].iteration, 1))
        slice_seconds = min(max(SHORTEST, SHARE * began), SLICE)
        part.seconds = min(slice_seconds, objective.max_seconds - began)
        part.count = 0
        try:
            with self.model.called():
                return int(_library().nzdiff_lbfgs_run(self.address, ctypes.byref(part)))
        finally:
            self._take(began)

    def _take(self, began: float) -> None:
        part, objective = self.slice, self.progress.objective
        before, since = objective.counts, self.counts
        objective.counts = _later(before, since, part.energies, part.gradients)
        self.counts = Counts(energies=part.energies, gradients=part.gradients)
        if part.count:
            rows = self.records[part.known : part.known + part.count].tolist()
            first = len(self.progress.records)
            records = [
                Record(
                    iteration=first + k,
                    energy=energy,
                    gradient_norm=norm,
                    damping=0.0,
                    step=step,
                    inner=0,
                    seconds=began + seconds,
                    calls=_later(before, since, energies, gradients),
                )
                for k, (energy, norm, step, seconds, energies, gradients) in enumerate(rows)
            ]
            self.progress.take(records, self._point())

    def _point(self) -> Point:
        g, gradient = np.empty((2, self.at.g.size))
        pointers = g.ctypes.data, gradient.ctypes.data
        energy = float(_library().nzdiff_lbfgs_point(self.address, *pointers))
        self.at = Point(g, energy, gradient)
        return self.at


def _later(before: Counts, since: Counts, energies: int, gradients: int) -> Counts:
    return replace(
        before,
        energies=before.energies + energies - since.energies,
        gradients=before.gradients + gradients - since.gradients,
    )


def constants() -> dict[str, float]:
    """Return what the C loop is compiled with, by its names there."""
    return {
        "MAX_TRIALS": search.MAX_TRIALS,
        "SUFFICIENT_DECREASE": search.SUFFICIENT_DECREASE,
        "ROUNDING": search.ROUNDING,
        "UNSEEN": stopping.UNSEEN,
        "CURVATURE": wolfe.CURVATURE,
        "MARGIN": wolfe.MARGIN,
        "RETREAT": wolfe.RETREAT,
        "LEAST_EXPANSION": wolfe.LEAST_EXPANSION,
        "MOST_EXPANSION": wolfe.MOST_EXPANSION,
        "LEAST_COSINE": pairs.LEAST_COSINE,
        "PROBE_STEP": probe.PROBE_STEP,
        "BLIND_STEP": probe.BLIND_STEP,
        "LANES": LANES,
        **{outcome.name: outcome.value for outcome in Outcome},
    }


_POINTER, _COUNT, _NUMBER = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
_FUNCTIONS = {
    "nzdiff_lbfgs_doubles": (_COUNT, (_COUNT, _COUNT)),
    "nzdiff_lbfgs_start": (
        None,
        (_POINTER, _POINTER, _COUNT, _POINTER, _NUMBER, _POINTER, _POINTER),
    ),
    "nzdiff_lbfgs_diagonal": (None, (ctypes.c_int, _COUNT, *[_POINTER] * 6)),
    "nzdiff_lbfgs_move": (None, (_POINTER, _POINTER, _NUMBER, _POINTER)),
    "nzdiff_lbfgs_precondition": (None, (_POINTER, _POINTER, _COUNT)),
    "nzdiff_lbfgs_run": (ctypes.c_int, (_POINTER, _POINTER)),
    "nzdiff_lbfgs_follow": (None, (_POINTER, _POINTER, _NUMBER, _POINTER)),
    "nzdiff_lbfgs_point": (_NUMBER, (_POINTER, _POINTER, _POINTER)),
}


def _source() -> tuple[str, tuple[str, ...]]:
    """Return the loop in C and its flags."""
    return _text(), tuple(f"-D{name}={value!r}" for name, value in constants().items())


def diagonal_times() -> int | None:
    """Return the address of what applies a diagonal M⁻¹ in C."""
    return ctypes.cast(_library().nzdiff_lbfgs_diagonal, ctypes.c_void_p).value


@cache
def _text() -> str:
    return source_beside(__name__, "loop.c")


@cache
def _library() -> Any:
    """Return the compiled loop; None, with a warning, where no compiler takes it."""
    source, defined = _source()
    try:
        return load(source, _FUNCTIONS, defined)
    except CompilerError as error:
        message = f"{error}: the loop of L-BFGS runs in Python, with the same iterates"
        warnings.warn(message, NoCompilerWarning, stacklevel=4)
        return None
