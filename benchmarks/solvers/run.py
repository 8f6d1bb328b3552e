"""One method on one instance: what it reached, when, and why it stopped."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.instances.instance import Instance
from nzdiff.solvers import Callback, Record, Status, solve

RTOL, ENERGY_RTOL = 1e-12, 1e-15
"""As far as double precision goes: the time budget is meant to end a run, not a tolerance."""
REFUSALS = (TypeError, ValueError, ArithmeticError, NotImplementedError, RuntimeError, MemoryError)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The history of one run, iteration 0 first; empty where the method refused the instance.

    energy: the lowest.  status: the name of the solver's status in small letters, or "refused".
    """

    instance: str
    method: str
    energy: float
    seconds: float
    status: str
    message: str
    history: tuple[Record, ...] = ()

    @property
    def iterations(self) -> int:
        """Accepted steps."""
        return max(len(self.history) - 1, 0)

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self.status == _words(Status.INTERRUPTED)

    def seconds_to(self, level: float) -> float | None:
        """When the energy first was at most `level`; None if never."""
        return next((record.seconds for record in self.history if record.energy <= level), None)


def run_method(
    instance: Instance, model: Any, method: str, *, seconds: float, callback: Callback | None = None
) -> Run:
    """Run a method of `nzdiff.solvers.METHODS` for at most `seconds`; what it refuses is a result.

    model: `instance.bind()`, made once, so that all methods run on the same one.
    """
    model.energy_and_gradient(instance.g0)  # the first touch of its memory is nobody's time
    model.energy_and_gradient(np.nextafter(instance.g0, math.inf))
    try:
        found = solve(
            model,
            instance.g0,
            method,
            rtol=RTOL,
            energy_rtol=ENERGY_RTOL,
            max_iterations=10**9,
            max_seconds=seconds,
            callback=callback,
        )
    except REFUSALS as error:
        message = f"{type(error).__name__}: {error}"
        return Run(instance.name, method, math.nan, math.nan, "refused", message)
    return Run(
        instance=instance.name,
        method=method,
        energy=float(found.fun),
        seconds=float(found.seconds),
        status=_words(found.status),
        message=str(found.message),
        history=tuple(found.history),
    )


def _words(status: Status) -> str:
    return status.name.replace("_", " ").lower()
