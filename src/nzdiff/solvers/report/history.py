"""The records of a run, as a result keeps them."""

from typing import Any

from nzdiff.solvers.report.draw import Horizontal, draw
from nzdiff.solvers.run.record import Record


class History(tuple[Record, ...]):
    """The records of a run; printed in one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return how many there are, and the energies at both ends."""
        if not self:
            return "History()"
        return f"History({len(self)} records, energy {self[0].energy:.6g} → {self[-1].energy:.6g})"

    def plot(self, axes: Any = None, *, horizontal: Horizontal = "seconds") -> Any:
        """Draw the energy against seconds or iterations; return matplotlib's axes.

        axes: where to draw, None for a new figure.  ImportError where matplotlib is missing.
        """
        return draw({"energy": self}, axes, horizontal=horizontal)
