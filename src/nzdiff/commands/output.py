"""Where the commands print, and how their errors reach the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from nzdiff import terminal
from nzdiff.terminal import tell

console = terminal.opened()
errors = terminal.opened(stderr=True)


@contextmanager
def user_errors() -> Iterator[None]:
    """Errors as one line instead of a traceback."""
    try:
        yield
    except typer.Exit:
        raise
    except (Exception, KeyboardInterrupt) as error:
        raise typer.Exit(tell(errors, error)) from error
