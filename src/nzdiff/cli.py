"""The command line: `nzdiff demo`, `derive`, `check`, `verify`, `generate`, `new` and others."""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from nzdiff import __version__, terminal
from nzdiff.commands.begin import demo, new
from nzdiff.commands.check import check, verify
from nzdiff.commands.derive import derive
from nzdiff.commands.generate import generate
from nzdiff.commands.output import errors
from nzdiff.commands.page import cache, serve


class Command(typer.Typer):
    """The command `nzdiff`: called, it ends with an exit status, and never with a traceback."""

    def __call__(self, args: list[str] | None = None) -> NoReturn:
        """Run with the arguments given, or with those of the command line."""
        command = typer.main.get_command(self)
        sys.exit(terminal.run(errors, lambda: command(args, standalone_mode=False)))


app = Command(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="Derivatives of matrix energies with respect to the **nonzeros** of sparse matrices.\n\n"
    "Exit status: 1 where a check finds something or a problem file fails, 2 for other errors.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nzdiff {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


app.command()(demo)
app.command()(new)
app.command()(derive)
app.command()(check)
app.command()(verify)
app.command()(generate)
app.command()(serve)
app.command()(cache)

if __name__ == "__main__":
    app()
