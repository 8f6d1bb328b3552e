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


Callback = Callable[[Record, Vector], bool | None]
Watch = Callable[[Record, str], None]
"""What is shown the newest record and the method that made it."""
