"""`nzdiff serve` and `nzdiff cache`: the page of this machine, and its folder of kernels."""

from __future__ import annotations

from threading import Thread
from typing import Annotated

import typer

from nzdiff.commands.output import console, errors, user_errors
from nzdiff.terminal import say


def serve(
    port: Annotated[
        int, typer.Option(help="The port; 0 is any that is free.", min=0, max=65535)
    ] = 8417,
    show: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in a browser.")
    ] = True,
    seconds: Annotated[
        float, typer.Option(help="Time limit of one answer.", min=0.1, max=3600)
    ] = 20.0,
) -> None:
    """Open a page of this machine: type an energy, read, prove and check its derivatives.

    It listens on 127.0.0.1 alone, answers no other site, and reads and writes no file; each answer
    is worked on in a process with limits of time and memory.  Ctrl-C ends it.
    """
    from nzdiff.page.children import Children, Limits
    from nzdiff.page.server import Server

    with user_errors():
        server = Server(port, lambda: Children(Limits(seconds=seconds)))
        say(console, f"the page is at {server.url}; Ctrl-C ends it")
        if show:  # aside, as some browsers return when they are closed
            Thread(target=typer.launch, args=[server.url], daemon=True).start()
        server.run()
        say(console, "stopped")


def cache(
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove what nzdiff has written there, nothing else.")
    ] = False,
) -> None:
    """Show the folder of plans and compiled libraries: how many there are, and their bytes."""
    from nzdiff.runtime.kernel import cache as disk

    with user_errors():
        folder, most = disk.cache_folder(), disk.limit_bytes()
        found = disk.clear(folder) if clear else disk.entries(folder)
    plans, compilers = (
        sum(entry.path.suffix == suffix for entry in found) for suffix in (".plan", ".compiler")
    )
    size = sum(entry.size for entry in found)
    counted = f"{plans} plans, {len(found) - plans - compilers} libraries, {size:,} bytes"
    refused = disk.refused(folder)
    if refused:
        say(errors, f"{folder} is not used: {refused}")
    say(console, f"{'removed from' if clear else 'folder:'} {folder}")
    say(console, counted if clear else f"{counted} of at most {most:,.0f}")
