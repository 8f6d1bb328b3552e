"""Where a run starts: a vector, matrices, a checkpoint, or the result of an earlier run."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from nzdiff.solvers.run.bounds import Bounds
from nzdiff.solvers.run.check import vector
from nzdiff.solvers.run.checkpoint import Checkpoint
from nzdiff.solvers.run.cone import Cone
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.protocols import ModelLike, Vector
from nzdiff.solvers.run.status import Stop

GRACE = 0.25
"""Seconds for which a start within the constraints is looked for, however short the time is."""


@dataclass(frozen=True, slots=True)
class Start:
    """The start g, shape (size,).

    name: of the argument that gave it.  earlier: the checkpoint, if it is one.  origin: where the
    first of several runs started, which the tolerances of all are relative to.
    """

    g: Vector
    name: str = "g0"
    earlier: Checkpoint | None = None
    origin: Vector | None = None


def within_constraints(
    objective: Objective,
    g: Vector,
    made: Callable[[], tuple[Bounds | None, Cone | None]],
    max_seconds: float,
) -> Vector | None:
    """Take the constraints of a run as they are made, and return its start within them.

    None where the time is over before: a cone may have to be factorised, and a point inside of it
    to be found.
    """
    objective.max_seconds = max(max_seconds, GRACE)
    try:
        found = objective.within(made)
        objective.bounds, objective.cone = found
        if found == (None, None):
            return g
        return objective.within(lambda: objective.project(g))
    except Stop:
        return None
    finally:
        objective.max_seconds = math.inf


def checked_start(model: ModelLike, g0: Any, warm_start: Any) -> Start:
    """Return the start; TypeError or ValueError where it cannot be one."""
    if warm_start is not None:
        return _warm(model, g0, warm_start)
    if g0 is None:
        raise TypeError("g0: expected where to start, or an earlier result as warm_start, got None")
    if isinstance(g0, Checkpoint):
        return Start(vector("g0", g0.x, model.size, " from a checkpoint"), earlier=g0)
    return Start(_packed(model, g0))


def _warm(model: ModelLike, g0: Any, result: Any) -> Start:
    """Start at the x of an earlier result."""
    if isinstance(g0, Checkpoint):
        raise TypeError("g0: a checkpoint goes on from its own x; expected no warm_start beside it")
    if getattr(result, "x", None) is None:
        kind = type(result).__name__
        raise TypeError(f"warm_start: expected a result of solve, got {kind}; give a start as g0")
    if np.shape(result.x) != (model.size,):
        raise ValueError(
            f"warm_start: expected a result of {model.size} unknowns, got one of "
            f"{np.size(result.x)}; for another pattern give "
            "g0=model.patterns[0].project(earlier_model.unpack(result.x))"
        )
    g = vector("warm_start", result.x, model.size)
    if g0 is not None:
        return Start(g, "warm_start", origin=_packed(model, g0))
    origin = getattr(result, "g0", None)
    if origin is not None:
        origin = vector("warm_start: g0", origin, model.size)
    return Start(g, "warm_start", origin=origin)


def _packed(model: ModelLike, g0: Any) -> Vector:
    """Return g0 as a vector; a matrix, or one for each unknown, through the model's own `pack`."""
    several = isinstance(g0, (tuple, list)) and any(_is_matrix(part) for part in g0)
    pack = getattr(model, "pack", None)
    if pack is None or not (several or _is_matrix(g0)):
        return vector("g0", g0, model.size)
    try:
        packed = pack(*g0) if several else pack(g0)
    except (TypeError, ValueError) as error:
        raise type(error)(f"g0: {error}") from error
    return vector("g0", packed, model.size)


def _is_matrix(value: Any) -> bool:
    return bool(sparse.issparse(value)) or getattr(value, "ndim", 0) == 2
