"""Several runs side by side: a table, and their energies against the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nzdiff.notebook import table_html
from nzdiff.solvers.report.draw import Horizontal, draw
from nzdiff.solvers.run.objective import Counts
from nzdiff.solvers.run.record import Record

HEAD = ("name", "success", "fun", "seconds", "nit", "evaluations")
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One run.  seconds, nit: None where a result of another package does not say.

    evaluations: all calls of the model, an energy and its gradient as one.
    """

    name: str
    success: bool
    fun: float
    seconds: float | None
    nit: int | None
    evaluations: int
    history: tuple[Record, ...]

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the columns."""
        seconds = UNKNOWN if self.seconds is None else f"{self.seconds:.3f}"
        nit = UNKNOWN if self.nit is None else str(self.nit)
        success = "yes" if self.success else "no"
        return self.name, success, f"{self.fun:.10g}", seconds, nit, str(self.evaluations)


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """The rows of some runs, in the order they were given; printed as a table."""

    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        """Return the table."""
        lines = [HEAD, *(row.cells() for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(_aligned(cells, widths) for cells in lines)

    def _repr_html_(self) -> str:
        """What a notebook shows: the same table."""
        return table_html(f"{len(self.rows)} runs", (row.cells() for row in self.rows), HEAD)

    def plot(self, axes: Any = None, *, horizontal: Horizontal = "seconds") -> Any:
        """Draw the energies of all runs that have a history; return matplotlib's axes.

        axes: where to draw, None for a new figure.  ImportError where matplotlib is missing.
        """
        curves = {row.name: row.history for row in self.rows if row.history}
        return draw(curves, axes, horizontal=horizontal)


def compare(results: Mapping[str, Any] | Iterable[Any]) -> Comparison:
    """Compare results of `solve`, by name or one after the other: then their methods are the names.

    Results of scipy.optimize.minimize may be among them; they have no seconds and no history.
    TypeError where something is no result.
    """
    if isinstance(results, Mapping) and "x" in results:
        raise TypeError("results: expected several results, got one; compare([result])")
    if isinstance(results, Mapping):
        named = [(str(name), result) for name, result in results.items()]
    else:
        found = list(results)
        named = list(zip(_names(found), found, strict=True))
    return Comparison(tuple(_row(name, result) for name, result in named))


def _names(results: list[Any]) -> list[str]:
    """Return the methods; of equals the second is called "newton (2)"."""
    names: list[str] = []
    for position, result in enumerate(results, 1):
        method = str(getattr(result, "method", f"result {position}"))
        name, count = method, 1
        while name in names:
            count += 1
            name = f"{method} ({count})"
        names.append(name)
    return names


def _row(name: str, result: Any) -> Row:
    missing = [key for key in ("x", "fun", "success") if not hasattr(result, key)]
    if missing:
        raise TypeError(
            f"results: expected results of solve, got {type(result).__name__} without "
            f"{', '.join(missing)} for {name!r}"
        )
    counts = (getattr(result, key, 0) for key in ("nfev", "njev", "njvp", "nvjp", "nhvp", "nhev"))
    return Row(
        name=name,
        success=bool(result.success),
        fun=float(result.fun),
        seconds=getattr(result, "seconds", None),
        nit=getattr(result, "nit", None),
        evaluations=Counts(*counts).total,
        history=tuple(getattr(result, "history", ())),
    )


def _aligned(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return one line: the name to the left, the others to the right."""
    first = cells[0].ljust(widths[0])
    others = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join((first, *others))
