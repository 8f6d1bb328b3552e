"""A folder of written files that one of them marks: interfaces in C, for MATLAB, for JAX."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nzdiff.runtime.data.files import write_whole

WRITTEN = "Written by nzdiff; do not edit."
"""What the file that marks a folder says."""


def write_folder(
    folder: Path, texts: Mapping[str, str], mark: str, what: str, *, force: bool
) -> None:
    """Write texts into a folder, which is made; errors of `check_folder`."""
    check_folder(folder, mark, what, force=force)
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, text.encode())


def check_folder(folder: Path, mark: str, what: str, *, force: bool) -> None:
    """FileExistsError where a folder holds something else than what is to be written.

    mark: the file that a folder of the kind, `what` it is in words, has, and that says so.
    """
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder}: expected a folder, found a file; choose another one")
    if not force and folder.is_dir() and not _is_written(folder / mark):
        others = sorted(entry.name for entry in folder.iterdir() if entry.name[0] != ".")
        if others:
            raise FileExistsError(
                f"{folder}: expected an empty folder or {what}, found other files "
                f"({', '.join(others[:3])}); choose another one, or write there with --force "
                "(force=True)"
            )


def _is_written(file: Path) -> bool:
    return file.is_file() and WRITTEN in file.read_text(encoding="utf-8", errors="replace")
