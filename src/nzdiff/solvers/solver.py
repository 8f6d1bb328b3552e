"""`solve`: check the input, choose the method, run it, explain the result."""

from __future__ import annotations

import math
import os
import time
from contextlib import suppress
from typing import Any

import numpy as np
import scipy  # its parts are loaded when they are used: optimize takes as long as all the rest
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from nzdiff.solvers.choose import choose
from nzdiff.solvers.run.check import vector
from nzdiff.solvers.run.checkpoint import Checkpoint, checked_saver
from nzdiff.solvers.run.entries import bounds_of_entries
from nzdiff.solvers.run.method import Method
from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import ModelLike, Vector
from nzdiff.solvers.run.record import Callback, History
from nzdiff.solvers.run.status import Status
from nzdiff.solvers.run.stopping import Stopping
from nzdiff.solvers.verdict import run_certified

ZERO_RESIDUAL = 16.0 * np.finfo(np.float64).eps


def solve(
    model: ModelLike,
    g0: ArrayLike | Checkpoint,
    method: str | Method = "auto",
    *,
    bounds: Any = None,
    rtol: float = 1e-8,
    energy_rtol: float = 1e-10,
    max_iterations: int = 10_000,
    max_seconds: float = math.inf,
    callback: Callback | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 30.0,
) -> scipy.optimize.OptimizeResult:
    """Minimise E(g) from g0, within bounds if there are any.

    method: "auto" (see `Auto`), a name in METHODS, or an instance with its parameters, such as
    `GaussNewton(damping=0.0)`.  bounds: (lower, upper), numbers or arrays, None or ±inf where there
    is none, or as SciPy writes them; g0 is projected on them.  rtol, energy_rtol: see `Stopping`.
    callback(record, g) is told every accepted iterate; True, or StopIteration, stops the run.
    Ctrl-C returns the best iterate so far.

    checkpoint: a file that is written every `checkpoint_seconds` and at the end. g0 may be one,
    `load_checkpoint(path)`: the run goes on from its best iterate, with its history, and budgets
    count from its very start; the method starts without memory, and may be another one.

    BLAS runs with as many threads as the model was bound with (1 where it does not say): its pool,
    spinning between short vector operations, costs more than it gains.

    The result holds x, fun, jac (the gradient), status, message, success, nit, nfev, njev, njvp,
    nvjp, nhvp and nhev (products and assemblies of second-order operators), history (a tuple of
    `Record`), method (what really ran), promised (what the quadratic model still promises at x, NaN
    where that was not asked) and seconds. x is never worse than g0.

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
    earlier = g0 if isinstance(g0, Checkpoint) else None
    given = _checked_start(model, g0)
    objective = Objective(model, *bounds_of_entries(model, bounds))
    g = objective.project(given)
    objective.squares = _is_sum_of_squares(model, g)
    chosen = choose(method, objective)
    start = _first_point(model, objective, g)
    if earlier is not None:
        earlier.check(model, start.energy if np.array_equal(g, given) else model.energy(given))
    first = start.g if earlier is None else earlier.g0
    progress = Progress(objective, stopping, callback, start, first, chosen.name)
    progress.saver = saver
    if objective.squares:
        progress.energy_floor = _rounding_floor(objective, start)
    if earlier is not None:
        _continue(progress, earlier)
    objective.max_seconds = max_seconds
    try:
        with threadpool_limits(getattr(model, "threads", 1), "blas"):
            status, promised = run_certified(chosen, objective, progress, start)
        progress.save()
    except BaseException as error:
        _keep(error, objective, progress)
        raise
    return _result(objective, progress, status, promised)


def _check_model(model: ModelLike) -> None:
    wanted = ("size", "energy", "gradient", "energy_and_gradient")
    missing = [name for name in wanted if not hasattr(model, name)]
    if missing:
        raise TypeError(
            f"model: expected a model, such as problem.bind(…) gives, got {type(model).__name__} "
            f"without {', '.join(missing)}"
        )


def _checked_start(model: ModelLike, g0: ArrayLike | Checkpoint) -> Vector:
    if isinstance(g0, Checkpoint):
        return vector("g0", g0.x, model.size, " from a checkpoint")
    return vector("g0", g0, model.size)


def _is_sum_of_squares(model: ModelLike, g: Vector) -> bool:
    try:
        model.residual(g)
    except (TypeError, AttributeError, NotImplementedError):
        return False
    return True


def _continue(progress: Progress, earlier: Checkpoint) -> None:
    """Put the records, counts and seconds of the checkpoint in front of those to come."""
    progress.records.extend(earlier.records)
    progress.objective.started = time.perf_counter() - earlier.seconds
    progress.objective.counts = earlier.records[-1].calls


def _first_point(model: ModelLike, objective: Objective, g: Vector) -> Point:
    start = objective.point(g)
    if start.gradient.shape != (model.size,):
        raise ValueError(
            f"model: expected a gradient of shape ({model.size},), got {start.gradient.shape}"
        )
    if not math.isfinite(start.energy):
        model.energy_and_gradient(g)  # says of a singular matrix which one it is
        raise ValueError("g0: expected a finite energy and gradient there, got NaN or infinity")
    return start


def _rounding_floor(objective: Objective, start: Point) -> float:
    """Return the energy that is zero up to rounding: (16 ε)² (E + ‖J g‖²) at g0, J where it is."""
    if not start.g.size:
        return 0.0
    square = 0.0
    with suppress(NotImplementedError):  # a package without this output
        square = float(np.sum(objective.jvp(start.g, start.g) ** 2))
    return ZERO_RESIDUAL**2 * (start.energy + square)


def _keep(error: BaseException, objective: Objective, progress: Progress) -> None:
    """Give an error that ends a run what the run has reached, and write the checkpoint."""
    result = _result(objective, progress, Status.ENDED_BY_ERROR, math.nan)
    with suppress(TypeError):  # an exception without room for attributes
        vars(error)["result"] = result
    _note(
        error,
        f"solve: the best of {result.nit} iterations, energy {result.fun:.6g}, and the history are "
        f"kept in the attribute `result` of this error",
    )
    try:
        progress.save()
    except (OSError, MemoryError) as failed:
        _note(error, f"solve: the checkpoint could not be written: {failed}")


def _note(error: BaseException, text: str) -> None:
    """Add a note where the exception takes any: a frozen one does not, and is raised as it is."""
    with suppress(Exception):
        error.add_note(text)


def _result(
    objective: Objective, progress: Progress, status: Status, promised: float
) -> scipy.optimize.OptimizeResult:
    best, counts = progress.best, objective.counts
    return scipy.optimize.OptimizeResult(
        x=best.g,
        fun=best.energy,
        jac=best.gradient,
        status=status,
        message=f"{progress.method}: {status.explanation}",
        success=status.success,
        promised=promised,
        nit=len(progress.records) - 1,
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
