"""What a method is: its name, what it needs of a model, and its run."""

from typing import Protocol

from nzdiff.solvers.run.objective import Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.protocols import Needs
from nzdiff.solvers.run.status import Status


class Method(Protocol):
    """A method with its parameters: one frozen dataclass per file."""

    @property
    def name(self) -> str:
        """Return the name that `solve` knows the method by."""
        ...

    @property
    def needs(self) -> Needs:
        """Return what the model must offer: a gradient, a sum of squares, or a Hessian."""
        ...

    @property
    def takes_bounds(self) -> bool:
        """Return whether the method can keep g within bounds."""
        ...

    def run(self, objective: Objective, progress: Progress, start: Point) -> Status:
        """Record accepted iterates in `progress` (which stops the run) from `start` on."""
        ...
