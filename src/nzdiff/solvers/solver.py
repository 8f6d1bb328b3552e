"""`solve`: check the input, choose the method, run it, explain the result."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nzdiff.pools import limited
from nzdiff.solvers.choose import choose, wants_inside
from nzdiff.solvers.cones.build import constraints
from nzdiff.solvers.report.history import History
from nzdiff.solvers.report.live import Live, Stream, checked_live
from nzdiff.solvers.run.checkpoint import Checkpoint, checked_saver
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Origin, Progress
from nzdiff.solvers.run.protocols import HasJvpSquare, ModelLike, Vector
from nzdiff.solvers.run.record import Callback, Record
from nzdiff.solvers.run.status import Status
from nzdiff.solvers.run.stopping import Stopping
from nzdiff.solvers.start import checked_start, within_constraints
from nzdiff.solvers.verdict import run_certified

if TYPE_CHECKING:
    from nzdiff.solvers.report.result import Result

OUTSIDE = (
    " No point within the constraints was found: result.x is g0, which is outside, or next to the "
    "border."
)
ZERO_RESIDUAL = 16.0 * np.finfo(np.float64).eps


def solve(
    model: ModelLike,
    g0: Any = None,
    method: str | Method = "auto",
    *,
    bounds: Any = None,
    semidefinite: bool | str | Sequence[str] = False,
    rtol: float = 1e-8,
    energy_rtol: float = 1e-10,
    max_iterations: int = 10_000,
    max_seconds: float = math.inf,
    callback: Callback | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 30.0,
    warm_start: Any = None,
    verbose: bool | Stream = False,
) -> Result:
    """Minimise E(g) from g0, within bounds if there are any.

    g0: a vector of shape (size,); a matrix, or a tuple of one for each unknown, which `model.pack`
    takes; or a checkpoint.  method: "auto" (see `Auto`), a name in METHODS, "interior-point", or an
    instance with its parameters, such as `GaussNewton(damping=0.0)`.  bounds: (lower, upper),
    numbers, arrays or matrices, None or ±inf where there is none, or as SciPy writes them; g0 is
    projected on them.
    semidefinite: True, or the names of those symmetric unknowns that stay positive semidefinite; a
    g0 that is not inside is replaced by a point inside on the way to it.
    rtol, energy_rtol: see `Stopping`.
    callback(record, g) is told every accepted iterate; True, or StopIteration, stops the run.
    Ctrl-C returns the best iterate so far; before E(g0) is known it raises KeyboardInterrupt.

    checkpoint: a file that is written every `checkpoint_seconds` and at the end. g0 may be one,
    `load_checkpoint(path)`: the run goes on from its best iterate, with its history, and budgets
    count from its very start; the method starts without memory, and may be another one.

    warm_start: an earlier result, of a changed problem perhaps, whose x the run starts from. Its
    tolerances are relative to where that one started (to g0, where that is given), so that a
    problem that changed little takes few steps; nothing else is kept.

    verbose: a line of progress at most every 0.2 s, to sys.stdout or to a stream.

    BLAS runs with as many threads as the model was bound with (1 where it does not say): its pool,
    spinning between short vector operations, costs more than it gains.

    The result holds x, g0 (where the run, or the first of several, started), fun, jac (the
    gradient), status, message, success, nit, nfev, njev, njvp, nvjp, nhvp and nhev (products and
    assemblies of second-order operators), history (a tuple of `Record`), method (what really ran),
    promised (what the quadratic model still promises at x, NaN where that was not asked) and
    seconds. x, fun and jac are of the best iterate, history[-1] of the last one: another one where
    the energy may rise, as with NADAM and Barzilai-Borwein. x is never worse than g0, unless that
    is outside of the constraints.

    Raises ValueError or TypeError for a bad argument and where E(g0) is not finite; LinAlgError
    where a matrix is singular there. Whatever is raised later, by the callback, by the model, for
    want of memory, has the result so far as its attribute `result`, with the status ENDED_BY_ERROR;
    the checkpoint is written.
    """
    _check_model(model)
    stopping = Stopping(rtol, energy_rtol, max_iterations, max_seconds)
    saver = checked_saver(checkpoint, checkpoint_seconds)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: expected a function of (record, g), got {callback!r}")
    live = checked_live(verbose)
    objective = Objective(model)
    begin = checked_start(model, g0, warm_start)
    earlier = begin.earlier
    with _blas_threads(model):
        inside = wants_inside(method)
        wanted = partial(constraints, model, bounds, semidefinite, inside=inside)
        g = within_constraints(objective, begin.g, wanted, max_seconds)
    objective.squares = _is_sum_of_squares(model, begin.g if g is None else g)
    chosen = choose(method, objective)
    if g is None:
        result = _without_start(objective, stopping, chosen.name, begin.g)
        if live is not None:
            live.end(result.message)
        return result
    start = _first_point(model, objective, g, begin.name)
    progress = Progress(objective, stopping, callback, start, start.g, chosen.name)
    try:
        if earlier is not None:
            is_same = np.array_equal(g, begin.g)
            earlier.check(model, start.energy if is_same else model.energy(begin.g))
            progress.g0 = earlier.g0
        progress.earlier = _origin(objective, start, begin.origin)
        if objective.squares:
            progress.energy_floor = _rounding_floor(objective, start)
        progress.saver, progress.watch = saver, None if live is None else live.watch
        if earlier is not None:
            _continue(progress, earlier)
        objective.max_seconds = max_seconds
        run = partial(run_certified, chosen, objective, progress, start)
        return _ended(run, objective, progress, live)
    except KeyboardInterrupt:
        return _ended(lambda: (Status.INTERRUPTED, math.nan), objective, progress, live)


def _ended(
    run: Callable[[], tuple[Status, float]],
    objective: Objective,
    progress: Progress,
    live: Live | None,
) -> Result:
    """Return the result of a run; an error that ends it takes that with it."""
    try:
        with _blas_threads(objective.model), np.errstate(over="ignore", invalid="ignore"):
            status, promised = run()
        progress.save()
        result = _result(objective, progress, status, promised)
        if live is not None:
            live.end(result.message)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _keep(error, objective, progress, live)
        raise
    return result


def _check_model(model: ModelLike) -> None:
    wanted = ("size", "energy", "gradient", "energy_and_gradient")
    missing = [name for name in wanted if not hasattr(model, name)]
    if missing:
        raise TypeError(
            f"model: expected a model, such as problem.bind(…) gives, got {type(model).__name__} "
            f"without {', '.join(missing)}"
        )


def _is_sum_of_squares(model: ModelLike, g: Vector) -> bool:
    """Ask a bound model what it says, which costs nothing, another one for a residual."""
    said, spec = getattr(model, "is_sum_of_squares", None), getattr(model, "spec", None)
    if said is not None:
        return bool(said) and (spec is None or "residual" in dict(spec.outputs))
    try:
        model.residual(g)
    except (TypeError, AttributeError, NotImplementedError):
        return False
    return True


def _continue(progress: Progress, earlier: Checkpoint) -> None:
    """Put the records, counts and seconds of the checkpoint in front of those to come."""
    progress.records.extend(earlier.records)
    progress.objective.started -= earlier.seconds
    progress.objective.counts = earlier.records[-1].calls


def _blas_threads(model: ModelLike) -> Any:
    """Limit the threads of BLAS to those of the model, while entered."""
    return limited(getattr(model, "threads", 1))


def _first_point(model: ModelLike, objective: Objective, g: Vector, name: str) -> Point:
    start = objective.point(g)
    if start.gradient.shape != (model.size,):
        raise ValueError(
            f"model: expected a gradient of shape ({model.size},), got {start.gradient.shape}"
        )
    if not math.isfinite(start.energy):
        model.energy_and_gradient(g)  # says of a singular matrix which one it is
        raise ValueError(
            f"{name}: expected a finite energy and gradient there, got NaN or infinity"
        )
    return start


def _origin(objective: Objective, start: Point, g: Vector | None) -> Origin | None:
    """Return where an earlier run started, if this one starts from less energy than it."""
    if g is None:
        return None
    point = objective.point(objective.project(g))
    if not start.energy < point.energy < math.inf:
        return None
    return Origin(point.g, point.energy, objective.stationarity(point))


def _rounding_floor(objective: Objective, start: Point) -> float:
    """Return the energy that is zero up to rounding: (16 ε)² (E + ‖J g‖²) at g0, J where it is."""
    if not start.g.size:
        return 0.0
    square = 0.0
    with suppress(NotImplementedError):  # a package without this output
        if isinstance(objective.model, HasJvpSquare):
            square = objective.model.jvp_square(start.g, start.g)
        else:
            square = float(np.sum(objective.jvp(start.g, start.g) ** 2))
    return ZERO_RESIDUAL**2 * (start.energy + square)


def _without_start(objective: Objective, stopping: Stopping, method: str, g: Vector) -> Result:
    """Return the result of a run whose time was over before it had a start."""
    point = objective.point(g)
    progress = Progress(objective, stopping, None, point, g, method)
    norm, seconds = point.gradient_norm, objective.seconds()
    progress.records.append(Record(0, point.energy, norm, 0.0, 0.0, 0, seconds, objective.counts))
    result = _result(objective, progress, Status.MAX_SECONDS, math.nan)
    result.message += OUTSIDE
    return result


def _keep(
    error: BaseException, objective: Objective, progress: Progress, live: Live | None
) -> None:
    """Give an error that ends a run what the run has reached, and write the checkpoint."""
    result = _result(objective, progress, Status.ENDED_BY_ERROR, math.nan)
    with suppress(TypeError):  # an exception without room for attributes
        vars(error)["result"] = result
    _note(
        error,
        f"solve: the best of {result.nit} iterations, energy {result.fun:.6g}, and the history are "
        f"kept in the attribute `result` of this error",
    )
    if live is not None:
        with suppress(OSError, ValueError):  # it may be the stream that failed
            live.end(result.message)
    try:
        progress.save()
    except (OSError, MemoryError) as failed:
        _note(error, f"solve: the checkpoint could not be written: {failed}")


def _note(error: BaseException, text: str) -> None:
    """Add a note where the exception takes any: a frozen one does not, and is raised as it is."""
    with suppress(Exception):
        error.add_note(text)


def _result(objective: Objective, progress: Progress, status: Status, promised: float) -> Result:
    from nzdiff.solvers.report.result import Result  # loads SciPy's optimize, which takes long

    best, counts = progress.best, objective.counts
    return Result(
        x=best.g,
        g0=progress.begin.g if progress.records else progress.g0,
        fun=best.energy,
        jac=best.gradient,
        status=status,
        message=f"{progress.method}: {status.explanation}",
        success=status.success,
        promised=promised,
        nit=max(len(progress.records) - 1, 0),
        nfev=counts.energies,
        njev=counts.gradients,
        njvp=counts.jvps,
        nvjp=counts.vjps,
        nhvp=counts.products,
        nhev=counts.assemblies,
        history=History(progress.records),
        method=progress.method,
        seconds=objective.seconds(),
    )
