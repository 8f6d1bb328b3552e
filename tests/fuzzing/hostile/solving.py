"""Options of `solve`: what comes is inside the bounds, no worse than g0 and what the model says."""

from __future__ import annotations

import math
import random
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, sparse
from scipy.optimize import rosen, rosen_der, rosen_hess
from scipy.sparse.linalg import aslinearoperator

import nzdiff as nz
from hostile.draws import EITHER, ILLEGAL, LEGAL, VECTOR_FORMS, formed, outcome, worst
from hostile.verdicts import REFUSED, RIGHT, Wrong
from nzdiff import solvers

SIZE = 4
Choice = tuple[Any, str]


class Rosenbrock:
    """The minimum is (1, …, 1)."""

    size = SIZE

    def energy(self, g: Any) -> float:
        return float(rosen(g))

    def gradient(self, g: Any) -> Any:
        return rosen_der(g)

    def energy_and_gradient(self, g: Any) -> tuple[float, Any]:
        return self.energy(g), self.gradient(g)

    def hessian(self, g: Any) -> Any:
        return aslinearoperator(rosen_hess(g))


@cache
def models() -> tuple[Any, ...]:
    """A sum of squares, an energy with a logarithm, and one that knows nothing of nzdiff."""
    n, m, p, k = nz.dims("n m p k")
    X, Y, B = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k)
    G, L, x = nz.sparse("G", n, m), nz.sparse("L", n, n), nz.dense("x", n)
    rng = np.random.default_rng(0)
    first = nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G).bind(
        backend="numpy", X=rng.normal(size=(2, 3)), Y=rng.normal(size=(2, 2)),
        B=rng.normal(size=(2, 3)), L=sparse.eye_array(3, format="csr"),
        G=nz.Pattern(([0, 1, 2, 2], [0, 1, 0, 1]), (3, 2)),
    )  # fmt: skip
    second = nz.Problem(nz.sumsq(x) - nz.total(nz.log(nz.exp(x) + 2 * nz.exp(-x))), wrt=x).bind(
        backend="numpy", x=(SIZE, 1)
    )
    return first, second, Rosenbrock()


NAMES = tuple(solvers.METHODS)
METHODS: tuple[Choice, ...] = (
    *((name, EITHER) for name in ("auto", *NAMES)), *((name, EITHER) for name in NAMES),
    *((method, EITHER) for method in solvers.METHODS.values()),
    (None, ILLEGAL), (5, ILLEGAL), ("bfgs", ILLEGAL), (solvers.LBFGS, ILLEGAL), ([], ILLEGAL),
    ("", ILLEGAL), (b"newton", ILLEGAL), (print, ILLEGAL), (np.array(["newton"]), ILLEGAL),
)  # fmt: skip
OPTIONS: dict[str, tuple[Choice, ...]] = {
    "rtol": (
        (1e-8, LEGAL), (0.0, LEGAL), (0, LEGAL), (1, LEGAL), (math.inf, LEGAL),
        (np.float32(1e-3), LEGAL),
        (-1e-8, ILLEGAL), (math.nan, ILLEGAL), (None, ILLEGAL), ("1e-8", ILLEGAL), (1j, ILLEGAL),
        ([1e-8], ILLEGAL), (np.array([1e-8]), ILLEGAL), (True, EITHER), (10**400, EITHER),
    ),
    "energy_rtol": (
        (1e-10, LEGAL), (0.0, LEGAL), (0.5, LEGAL), (-1.0, ILLEGAL), (math.nan, ILLEGAL),
        (None, ILLEGAL), ("0", ILLEGAL), (1j, ILLEGAL), (np.zeros(2), ILLEGAL),
    ),
    "max_iterations": (
        (0, LEGAL), (1, LEGAL), (7, LEGAL), (np.int8(3), LEGAL), (-1, ILLEGAL), (2.5, ILLEGAL),
        (None, ILLEGAL), ("3", ILLEGAL), (math.inf, EITHER), (math.nan, ILLEGAL), (3.0, EITHER),
        ([3], ILLEGAL), (True, EITHER),
    ),
    "max_seconds": (
        (math.inf, LEGAL), (0.0, LEGAL), (0.01, LEGAL), (-1, ILLEGAL), (math.nan, ILLEGAL),
        (None, ILLEGAL), ("1", ILLEGAL), (1j, ILLEGAL),
    ),
    "checkpoint_seconds": (
        (0.0, LEGAL), (math.inf, LEGAL), (30, LEGAL), (-1.0, ILLEGAL), (math.nan, ILLEGAL),
        (None, ILLEGAL), ("1", ILLEGAL), (1j, ILLEGAL), ([], ILLEGAL),
    ),
}  # fmt: skip
BOUNDS: tuple[Choice, ...] = (
    ((-1.0, 1.0), LEGAL), ((0.0, math.inf), LEGAL), ((-math.inf, math.inf), LEGAL),
    ((np.zeros(SIZE), np.ones(SIZE)), LEGAL), (([-2] * SIZE, 3), LEGAL), ((0.5, 0.5), LEGAL),
    ((np.full(SIZE, -np.inf), np.full(SIZE, 0.1)), LEGAL), ([-1, 1], LEGAL),
    (5, ILLEGAL), ((1.0, -1.0), ILLEGAL), ((math.nan, 1.0), ILLEGAL), ((0.0,), ILLEGAL),
    ((0, 1, 2), ILLEGAL), ((None, None), LEGAL), ("01", ILLEGAL), (("a", "b"), ILLEGAL),
    ((np.zeros(3), 1.0), ILLEGAL), ((np.zeros((SIZE, 1)), 1.0), ILLEGAL), ((0, 1j), ILLEGAL),
    ((math.inf, math.inf), EITHER), (object(), ILLEGAL), ((-math.inf, -math.inf), EITHER),
    ([(0, 1)] * SIZE, LEGAL), ([(None, 1)] * SIZE, LEGAL), (optimize.Bounds(0, np.inf), LEGAL),
    (optimize.Bounds(np.zeros(SIZE), 2), LEGAL), ([(0, 1)] * (SIZE + 1), ILLEGAL),
    ([(0, 1, 2)] * SIZE, ILLEGAL), ([(1, 0)] * SIZE, ILLEGAL), ({"lower": 0}, ILLEGAL),
    ((sparse.eye_array(4), 3), ILLEGAL),
    ((np.ma.array(np.zeros(SIZE), mask=True), 1.0), ILLEGAL), ((None, 1.0), LEGAL),
    (np.zeros((2, SIZE)), EITHER),
)  # fmt: skip


class _Told(Exception):
    """What a callback raises."""


def _raise(*_: Any) -> None:
    raise _Told("told")


def _overwrite(_: Any, g: Any) -> None:
    with suppress(ValueError):  # read-only
        g[:] = 0.0


CALLBACKS: tuple[Choice, ...] = (
    (None, LEGAL), (lambda _record, _g: None, LEGAL), (lambda _record, _g: True, LEGAL),
    (lambda record, _g: record.iteration > 2, LEGAL), (_raise, LEGAL),
    (lambda _record, _g: "x", EITHER),
    (_overwrite, EITHER), (5, ILLEGAL), ("f", ILLEGAL), ([], ILLEGAL),
)  # fmt: skip


def examine(seed: int) -> str:
    """One call of `solve`, at most two of its arguments strange."""
    draws, rng = random.Random(seed), np.random.default_rng(seed)
    model = draws.choice(models())
    status, options, form = LEGAL, {"max_iterations": draws.choice((5, 20))}, []
    g0 = formed(draws, rng.normal(size=SIZE), VECTOR_FORMS, legal=0.85)
    status = worst(status, g0.status)
    method, verdict = draws.choice(METHODS if draws.random() < 0.6 else METHODS[: len(NAMES) + 1])
    status = worst(status, verdict)
    for name, choices in OPTIONS.items():
        if draws.random() < 0.12:
            options[name], verdict = draws.choice(choices)
            status = worst(status, verdict)
            form.append(f"{name}={options[name]!r:.30}")
    bounds = None
    if draws.random() < 0.4:
        bounds, verdict = draws.choice(BOUNDS[:8] if draws.random() < 0.5 else BOUNDS)
        options["bounds"] = bounds
        status = worst(status, verdict)
        form.append(f"bounds={bounds!r:.40}")
    if draws.random() < 0.3:
        options["callback"], verdict = draws.choice(CALLBACKS)
        status = worst(status, verdict)
        form.append("callback")
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        if draws.random() < 0.15:
            options["checkpoint"], verdict = draws.choice(_checkpoints(Path(folder)))
            status = worst(status, verdict)
            form.append(f"checkpoint={str(options['checkpoint'])[-12:]!r}")
        text = ", ".join((f"g0 {g0.form}", f"method={method!r:.30}", *form))
        return _run(model, g0, method, options, status, text)


def _checkpoints(folder: Path) -> tuple[Choice, ...]:
    return (
        (folder / "run.npz", LEGAL), (str(folder / "run"), LEGAL), (folder, ILLEGAL),
        (folder / "none" / "run.npz", ILLEGAL), (5, ILLEGAL), (b"run", EITHER), ("", ILLEGAL),
        (True, ILLEGAL), ([], ILLEGAL), (1j, ILLEGAL), (object(), ILLEGAL),
    )  # fmt: skip


def _run(model: Any, g0: Any, method: Any, options: dict[str, Any], status: str, text: str) -> str:
    def call() -> Any:
        with np.errstate(all="ignore"):
            return nz.solve(model, g0.given, method, **options)

    try:
        result = outcome(call, status, text)
    except _Told as told:
        result = getattr(told, "result", None)
        if result is None:
            raise Wrong(f"lost: a callback raised, and the result so far is gone; {text}") from told
    if result is None:
        return REFUSED
    _compare(model, g0, options, result, text)
    return RIGHT


def _sides(given: Any) -> tuple[Any, Any]:
    """The lower and the upper bounds of what is legal, as arrays or numbers."""
    if given is None:
        return -np.inf, np.inf
    if isinstance(given, optimize.Bounds):
        return given.lb, given.ub
    if len(given) == SIZE:
        given = [pair[0] for pair in given], [pair[1] for pair in given]
    return _numbers(given[0], -np.inf), _numbers(given[1], np.inf)


def _numbers(side: Any, nothing: float) -> Any:
    """One side of bounds, where None is no bound."""
    values = list(side) if isinstance(side, list | tuple | np.ndarray) else side
    if isinstance(values, list):
        return np.array([nothing if value is None else value for value in values], dtype=float)
    return nothing if values is None else values


def _compare(model: Any, g0: Any, options: dict[str, Any], result: Any, text: str) -> None:
    start = np.asarray(g0.meant, dtype=float)
    given = options.get("bounds")
    lower, upper = _sides(given)
    start = np.clip(start, lower, upper)
    if not (np.isfinite(result.x).all() and np.isfinite(result.fun)):
        raise Wrong(f"not finite: {result.x}, {result.fun}; {text}")
    if (result.x < lower).any() or (result.x > upper).any():
        raise Wrong(f"out of bounds: {result.x}; {text}")
    energy, first = model.energy(result.x), model.energy(start)
    if abs(energy - result.fun) > 1e-9 * (1 + abs(energy)):
        raise Wrong(f"another energy: {result.fun} for {energy}; {text}")
    if energy > first + 1e-9 * (1 + abs(first)):
        raise Wrong(f"worse than g0: {energy} > {first}; {text}")
    most = options["max_iterations"]
    if result.nit > most or len(result.history) != result.nit + 1:
        raise Wrong(f"counts: {result.nit} of {most} iterations, {len(result.history)}; {text}")
    if np.abs(result.jac - model.gradient(result.x)).max() > 1e-6 * (1 + np.abs(result.jac).max()):
        raise Wrong(f"another gradient: {result.jac}; {text}")
