"""How lines reach the terminal: as they are, however narrow it is, and errors as one line."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Any

from rich.console import Console
from rich.text import Text

PLAIN = (ValueError, TypeError, OSError, ImportError, RuntimeError, MemoryError)
"""Errors whose message says enough; others are named by their kind, too."""
TRACEBACK = "NZDIFF_TRACEBACK"
"""The environment variable that asks for a traceback."""


def opened(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal, or of the usual 80 letters where that is said to be 0."""
    found = Console(stderr=stderr)
    return found if found.width else Console(stderr=stderr, width=80)


def say(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print texts, or (text, style), as one line.

    A path in it can be copied: it is not broken, and its [brackets] and :colons: are no markup.
    """
    shown = (
        visible(part) if isinstance(part, str) else (visible(part[0]), part[1]) for part in parts
    )
    console.print(Text.assemble(*shown), soft_wrap=True)


def visible(said: str) -> str:
    """A text whose control characters, which could move the cursor or colour, are written out."""
    return "".join(
        letter
        if letter.isprintable() or letter in "\n\t" or 0xDC80 <= ord(letter) <= 0xDCFF
        else letter.encode("unicode_escape").decode()
        for letter in said
    )


def run(errors: Console, command: Callable[[], Any]) -> int:
    """The exit status of a command; whatever it raises is told in one line.

    So is every warning.  Letters that the terminal lacks are written by their numbers, and a
    reader that has gone is no error to speak of.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda said, kind, *_: _warn(errors, said, kind)
            status = command()
        _flush()
    except SystemExit as end:  # Typer's, where the reader has gone
        status = end.code
    except BaseException as error:
        status = tell(errors, error)
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # Python tries again as it ends, and would fail with 120
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return status if isinstance(status, int) else 0


def _warn(errors: Console, said: Warning | str, kind: type[Warning]) -> None:
    """Print a warning as one line, with its kind where it is none of a package's own."""
    own = f"{said}" if issubclass(kind, UserWarning) else f"{kind.__name__}: {said}"
    with suppress(OSError):
        say(errors, ("warning:", "bold yellow"), f" {own}")


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
    of_typer: Callable[[], str] | None = getattr(error, "format_message", None)
    if of_typer is not None:
        said, context = of_typer(), getattr(error, "ctx", None)
        option = getattr(error, "option_name", None) or ""
        if said and len(option) == 2:  # "-logdet(S)" is read as -l
            said += "; a formula that begins with a minus stands last, behind --."
        return f"{said} See: {context.command_path} --help" if said and context else said
    kind = type(error).__name__
    try:
        said = str(error)
    except Exception:
        said = "it cannot be shown"
    return said if said and isinstance(error, PLAIN) else f"{kind}: {said}" if said else kind


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
