"""When to stop: rules that no scale and no constant of the energy changes, and the two budgets.

What the rules find is a candidate: a certificate says whether it is a minimum.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nzdiff.solvers.run.check import number, whole
from nzdiff.solvers.run.status import Status

LEAST_RTOL = 1e-12
"""What doubles can promise, relative to the decrease."""
UNSEEN = 1e-15
"""A change of the energy that is lost in its last digits."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The tolerances and budgets of one run.

    rtol:        a point with ‖∂E/∂g‖ ≤ rtol ‖∂E/∂g(g₀)‖, or twice the mean slope from g₀ if less,
                 is a candidate.
    energy_rtol: so is one where E moved by at most energy_rtol (E(g₀) − E) over the last `window`
                 iterations (of a sum of squares: or energy_rtol E if less), or not visibly.

    It is a minimum where the quadratic model promises at most max(energy_rtol, rtol²) (E(g₀) − E).
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

    def stagnated(self, energies: Sequence[float], scale: float) -> bool:
        """Judge the newest window + 1 energies, the newest last; fewer are never stagnation.

        scale: what energy_rtol is relative to.  An energy that rose is none either: not every
        method descends at each step.
        """
        if len(energies) <= self.window:
            return False
        unseen = UNSEEN * abs(energies[-1]) if self.energy_rtol > 0.0 else 0.0
        return max(energies) - min(energies) <= max(self.energy_rtol * scale, unseen)

    def threshold(self, decrease: float) -> float:
        """Return what may still be promised at a minimum, after such a decrease."""
        share = max(self.energy_rtol, self.rtol * self.rtol, LEAST_RTOL)
        return share * decrease if decrease > 0.0 else 0.0

    def tightened(self) -> "Stopping":
        """Return the rules for going on from a candidate that was no minimum."""
        return replace(self, rtol=0.1 * self.rtol, energy_rtol=0.1 * self.energy_rtol)

    def budget(self, iterations: int, seconds: float) -> Status | None:
        """Judge the iterations and the seconds spent so far."""
        if iterations >= self.max_iterations:
            return Status.MAX_ITERATIONS
        if seconds >= self.max_seconds:
            return Status.MAX_SECONDS
        return None
