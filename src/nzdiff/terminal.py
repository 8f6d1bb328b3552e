"""How lines reach the terminal: as they are, however narrow it is, and errors as one line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rich.console import Console
from rich.text import Text

PLAIN = (ValueError, TypeError, OSError, ImportError, RuntimeError, MemoryError)
"""Errors whose message says enough; others are named by their kind, too."""
TRACEBACK = "NZDIFF_TRACEBACK"
"""The environment variable that asks for a traceback."""


def say(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print texts, or (text, style), as one line.

    A path in it can be copied: it is not broken, and its [brackets] and :colons: are no markup.
    """
    console.print(Text.assemble(*parts), soft_wrap=True)


def run(errors: Console, command: Callable[[], Any]) -> int:
    """The exit status of a command; whatever it raises is told in one line.

    Letters that the terminal lacks are written by their numbers, and a reader that has gone is no
    error to speak of.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = command()
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as end:  # Typer's, where the reader has gone
        status = end.code
    except BaseException as error:
        status = tell(errors, error)
        with suppress(OSError, ValueError, AttributeError):  # nothing more can be written there
            sys.stdout.flush()
    _drop_what_cannot_be_written()
    return status if isinstance(status, int) else 0


def tell(errors: Console, error: BaseException) -> int:
    """Print an error as one line and return its exit status.

    1 where nobody reads or the problem file failed (`exit_code` of the error), 130 for Ctrl-C, 2
    else.
    """
    if isinstance(error, BrokenPipeError):
        return 1
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    with suppress(OSError):
        if isinstance(error, KeyboardInterrupt):
            say(errors, "stopped")
            return 130
        if said := message(error):
            say(errors, ("error:", "bold red"), f" {said}")
    return int(getattr(error, "exit_code", 2))


def message(error: BaseException) -> str:
    """What an error says, with its kind where that alone would not do.

    Of Typer's, also where to read on; "" where it has shown that already.
    """
    if hasattr(error, "format_message"):
        said, context = error.format_message(), getattr(error, "ctx", None)
        return f"{said} See: {context.command_path} --help" if said and context else said
    kind = type(error).__name__
    try:
        said = str(error)
    except Exception:
        said = "it cannot be shown"
    return said if said and isinstance(error, PLAIN) else f"{kind}: {said}" if said else kind


def _drop_what_cannot_be_written() -> None:
    """Lead stdout nowhere where its reader has gone: Python writes to it once more as it ends."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
