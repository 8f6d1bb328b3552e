"""The page as files that any static host serves, with nzdiff running in the reader's browser.

    python -m docs.page build --out FOLDER

Python in the browser is Pyodide, from the registry of npm (`npm pack`), or from a folder that
holds it (`--pyodide`).  Proofs need NumPy and SciPy, which the browser fetches from Pyodide's own
host when they are asked for, or from a folder of its wheels that is copied (`--packages`).
Compiling needs Node.js, so that the compiled modules are those of Pyodide's version of Python.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.page.build import PYODIDE, build

DESCRIPTION = "The page as files that any static host serves, with nzdiff in the browser."


def main(arguments: list[str] | None = None) -> int:
    """Build the folder and say how large it is.  The exit status."""
    parser = argparse.ArgumentParser(prog="python -m docs.page", description=DESCRIPTION)
    command = parser.add_subparsers(dest="command", required=True).add_parser("build")
    command.add_argument("--out", type=Path, required=True, help="the folder; what is in it goes")
    command.add_argument("--pyodide", type=Path, help=f"the npm package {PYODIDE}, unpacked")
    command.add_argument("--packages", type=Path, help="a folder with Pyodide's wheels of NumPy …")
    given = parser.parse_args(arguments)
    try:
        sizes = build(given.out, pyodide=given.pyodide, packages=given.packages)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    for name, size in sizes.items():
        print(f"{size / 1e6:8.2f} MB  {name}")  # noqa: T201
    print(f"{sum(sizes.values()) / 1e6:8.2f} MB  in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
