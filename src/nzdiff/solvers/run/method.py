"""What a method is: its name, what it needs of a model, and its run."""

from typing import ClassVar, Protocol

from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Status


class Method(Protocol):
    """A method with its parameters: one frozen dataclass per file.

    name: the one that `solve` knows it by.  needs: a gradient, a sum of squares, or a Hessian.
    takes_bounds: whether it can keep g within bounds.
    """

    name: ClassVar[str]
    needs: ClassVar[Needs]
    takes_bounds: ClassVar[bool]

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Record accepted iterates in `progress` (which stops the run) from `start` on."""
        ...
