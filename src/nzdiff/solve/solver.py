"""`solve`: check the input, choose the method, run it, explain the result."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult
from threadpoolctl import threadpool_limits

from nzdiff.solve.gauss_newton import GaussNewton
from nzdiff.solve.history import Callback, History, Progress
from nzdiff.solve.levenberg_marquardt import LevenbergMarquardt
from nzdiff.solve.model import Model, Vector
from nzdiff.solve.objective import Objective, Point
from nzdiff.solve.scipy_gradient import LBFGS, ConjugateGradient
from nzdiff.solve.status import Status, Stop
from nzdiff.solve.stopping import Stopping

ZERO_RESIDUAL = 16.0 * np.finfo(np.float64).eps


class Method(Protocol):
    """A method with its parameters: one frozen dataclass per file."""

    @property
    def name(self) -> str:
        """Return the name that `solve` knows the method by."""
        ...

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Record accepted iterates in `progress` (which stops the run) from `start` on."""
        ...


METHODS: dict[str, Method] = {
    method.name: method
    for method in (GaussNewton(), LevenbergMarquardt(), LBFGS(), ConjugateGradient())
}


def solve(
    model: Model,
    g0: ArrayLike,
    method: str | Method = "auto",
    *,
    rtol: float = 1e-8,
    energy_rtol: float = 1e-10,
    max_iterations: int = 10_000,
    max_seconds: float = math.inf,
    callback: Callback | None = None,
) -> OptimizeResult:
    """Minimise E(g) from g0.

    method: "auto" (L-BFGS: on the spot mesh it needed the fewest evaluations and products for
    every energy, and it takes energies of any kind), a name in METHODS, or an instance with its
    parameters, such as `GaussNewton(cg_iterations=50)`. rtol, energy_rtol: see `Stopping`.
    callback(record, g) is told every accepted iterate; True stops the run. Ctrl-C returns the
    best iterate so far. BLAS runs with as many threads as the model was bound with (1 where it
    does not say): its pool, spinning between short vector operations, costs more than it gains.

    The result holds x, fun, jac (the gradient), status, message, success, nit, nfev, njev, njvp,
    nvjp, history (a tuple of `Record`), method and seconds. x is never worse than g0.

    Raises ValueError or TypeError for a bad argument and where E(g0) is not finite; LinAlgError
    where a matrix is singular there.
    """
    stopping = Stopping(rtol, energy_rtol, max_iterations, max_seconds)
    g = _checked_start(model, g0)
    squares = _is_sum_of_squares(model, g)
    chosen = _choose(method, squares=squares)
    objective = Objective(model)
    start = _first_point(model, objective, g)
    progress = Progress(objective, stopping, callback, start)
    if squares:
        progress.energy_floor = _rounding_floor(objective, start)
    objective.max_seconds = max_seconds
    with threadpool_limits(getattr(model, "threads", 1), "blas"):
        status = _run(chosen, objective, progress, start)
    return _result(chosen, objective, progress, status)


def _checked_start(model: Model, g0: ArrayLike) -> Vector:
    g = np.asarray(g0)
    if g.dtype.kind not in "iuf":
        raise TypeError(f"g0: expected real numbers, got dtype {g.dtype}")
    if g.shape != (model.size,):
        raise ValueError(f"g0: expected shape ({model.size},), got {g.shape}")
    if not np.isfinite(g).all():
        first = int(np.flatnonzero(~np.isfinite(g))[0])
        raise ValueError(f"g0: expected finite values, got {g[first]} at index {first}")
    return np.array(g, dtype=np.float64)


def _is_sum_of_squares(model: Model, g: Vector) -> bool:
    try:
        model.residual(g)
    except TypeError:
        return False
    return True


def _choose(method: str | Method, *, squares: bool) -> Method:
    if method == "auto":
        return METHODS["l-bfgs"]
    if isinstance(method, str):
        if method not in METHODS:
            names = ", ".join(["auto", *METHODS])
            raise ValueError(f"method: expected one of {names}, got {method!r}")
        method = METHODS[method]
    if not squares and isinstance(method, GaussNewton | LevenbergMarquardt):
        raise TypeError(
            f"method: {method.name} needs an energy that is a sum of squares, "
            f"and model.residual raises TypeError; use method='l-bfgs'"
        )
    return method


def _first_point(model: Model, objective: Objective, g: Vector) -> Point:
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
    """Return the energy that is zero up to rounding: (16 ε)² (E + ‖J g‖²) at g0."""
    if not start.g.size:
        return 0.0
    change = objective.jvp(start.g, start.g)
    return ZERO_RESIDUAL**2 * (start.energy + float(change @ change))


def _run(method: Method, objective: Objective, progress: Progress, start: Point) -> Status:
    try:
        progress.record(start)
        return method.run(objective, progress, start)
    except Stop as stop:
        return stop.status
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def _result(
    method: Method, objective: Objective, progress: Progress, status: Status
) -> OptimizeResult:
    best, counts = progress.best, objective.counts
    return OptimizeResult(
        x=best.g,
        fun=best.energy,
        jac=best.gradient,
        status=status,
        message=f"{method.name}: {status.explanation}",
        success=status.success,
        nit=len(progress.records) - 1,
        nfev=counts.energies,
        njev=counts.gradients,
        njvp=counts.jvps,
        nvjp=counts.vjps,
        history=History(progress.records),
        method=method.name,
        seconds=objective.seconds(),
    )
