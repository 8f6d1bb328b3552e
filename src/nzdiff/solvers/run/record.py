"""What is remembered of a run: one record per accepted iterate."""

from collections.abc import Callable
from dataclasses import dataclass

from nzdiff.solvers.run.objective import Counts
from nzdiff.solvers.run.protocols import Vector


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted iterate; iteration 0 is the start.

    gradient_norm: ‖∂E/∂g‖, within bounds ‖P(g − ∂E/∂g) − g‖.  damping: the shift of Newton,
    Gauss-Newton and Levenberg-Marquardt in means of the diagonal, 0 for the others.
    step: ‖g_k − g_{k−1}‖.  inner: CG iterations spent on that step.  calls: all calls so far.
    """

    iteration: int
    energy: float
    gradient_norm: float
    damping: float
    step: float
    inner: int
    seconds: float
    calls: Counts


class History(tuple[Record, ...]):
    """The records of a run; printed in one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return how many there are, and the energies at both ends."""
        if not self:
            return "History()"
        return f"History({len(self)} records, energy {self[0].energy:.6g} → {self[-1].energy:.6g})"


Callback = Callable[[Record, Vector], bool | None]
