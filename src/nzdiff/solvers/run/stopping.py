"""When to stop: relative, scale-free rules and the two budgets.

Multiplying E by a constant, or g by another, changes none of the decisions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nzdiff.solvers.run.check import number, whole
from nzdiff.solvers.run.status import Status


@dataclass(frozen=True, slots=True)
class Stopping:
    """The tolerances and budgets of one run.

    rtol:        stop once ‖∂E/∂g‖ ≤ rtol ‖∂E/∂g(g₀)‖, or twice the mean slope from g₀ if less.
    energy_rtol: stop once E moved by at most energy_rtol |E| over the last `window` iterations.
    """

    rtol: float = 1e-8
    energy_rtol: float = 1e-10
    max_iterations: int = 10_000
    max_seconds: float = math.inf
    window: int = 10

    def __post_init__(self) -> None:
        """Reject tolerances and budgets that cannot be meant."""
        number("rtol", self.rtol)
        number("energy_rtol", self.energy_rtol)
        if self.max_seconds != math.inf:
            number("max_seconds", self.max_seconds)
        whole("max_iterations", self.max_iterations, least=0)
        whole("window", self.window, least=1)

    def gradient_converged(self, norm: float, reference: float) -> bool:
        """Compare a gradient norm with a large one."""
        return math.isfinite(norm) and norm <= self.rtol * reference

    def stagnated(self, energies: Sequence[float]) -> bool:
        """Judge the newest window + 1 energies, the newest last; fewer are never stagnation.

        An energy that rose is none either: not every method descends at each step.
        """
        if len(energies) <= self.window:
            return False
        return max(energies) - min(energies) <= self.energy_rtol * abs(energies[-1])

    def budget(self, iterations: int, seconds: float) -> Status | None:
        """Judge the iterations and the seconds spent so far."""
        if iterations >= self.max_iterations:
            return Status.MAX_ITERATIONS
        if seconds >= self.max_seconds:
            return Status.MAX_SECONDS
        return None
