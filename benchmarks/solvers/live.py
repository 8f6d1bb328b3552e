"""The runs so far as a table that is drawn again while they run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

from benchmarks.solvers.run import Run
from nzdiff.solvers import Record
from nzdiff.terminal import say

HEADINGS = ("iteration", "energy", "gradient norm", "damping", "seconds", "")


@dataclass(slots=True)
class Board:
    """The newest row of every run, and what happens between runs.

    A console that is no terminal cannot draw again: it gets one line at the end of each run.
    """

    console: Console
    title: str = ""
    rows: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def tell(self, instance: str, method: str, record: Record, state: str = "running") -> None:
        """Take the newest iterate of a run."""
        self.rows[instance, method] = (
            str(record.iteration),
            f"{record.energy:.8g}",
            f"{record.gradient_norm:.2e}",
            f"{record.damping:.1e}" if record.damping else "",
            f"{record.seconds:.1f}",
            state,
        )

    def end(self, run: Run) -> None:
        """Take the end of a run: its last iterate and why it stopped."""
        if run.history:
            self.tell(run.instance, run.method, run.history[-1], run.status)
        else:
            self.rows[run.instance, run.method] = ("", "", "", "", "", run.status)
        if not self.console.is_terminal:
            row = (run.instance, run.method, *self.rows[run.instance, run.method])
            say(self.console, " ".join(part for part in row if part))

    def table(self) -> Table:
        """All rows, in the order in which they began."""
        table = Table(title=self.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
        table.add_column("instance")
        table.add_column("method")
        for heading in HEADINGS:
            table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
        for (instance, method), row in self.rows.items():
            table.add_row(instance, method, *row)
        return table


@contextmanager
def live_board(console: Console) -> Iterator[Board]:
    """A board that is drawn on the terminal four times a second, and stays when all is done."""
    board = Board(console)
    if not console.is_terminal:
        yield board
        return
    with Live(get_renderable=board.table, console=console):
        yield board
        board.title = ""
