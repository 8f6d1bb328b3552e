"""Files of this user alone: read where nobody else could have written them, written whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path
from secrets import token_hex

from nzdiff.runtime.data.files import write_whole
from nzdiff.runtime.kernel.left_over import mark


class Untrusted(OSError):
    """What others could have written."""


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone."""
    for part in (*reversed(folder.parents), folder):
        if not part.is_dir():
            with contextlib.suppress(FileExistsError):
                part.mkdir(mode=0o700)
            if not part.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, f"{part} is no folder")


def read_own(path: Path) -> bytes:
    """The content of a file that only this user could have written; Untrusted, OSError."""
    flags = (getattr(os, name, 0) for name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
    with os.fdopen(os.open(path, os.O_RDONLY | sum(flags)), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "is no file")
        check(found)
        return file.read()


def check_file(path: Path) -> None:
    """Untrusted where a file stands there that others could have written."""
    with contextlib.suppress(FileNotFoundError):
        check(path.lstat())


def check(found: os.stat_result, *, is_link: bool = False) -> None:
    """Untrusted where it is another user's, or others may write it; Windows has no such modes."""
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        raise Untrusted(errno.EPERM, f"belongs to another user ({found.st_uid})")
    if not is_link and found.st_mode & 0o022:
        raise Untrusted(
            errno.EPERM, f"can be written by others (mode {stat.S_IMODE(found.st_mode):04o})"
        )


def write_own(path: Path, content: bytes) -> None:
    """Write a file for this user alone, whole and onto the disk before it has its name."""
    beside = path.with_name(f".nzdiff-{mark()}-{token_hex(8)}")
    try:
        write_whole(path, content, durable=True, mode=0o700, beside=beside)
    except PermissionError:  # Windows: another process has loaded the one that is there
        if not path.is_file() or path.read_bytes() != content:
            raise
    with contextlib.suppress(OSError):  # Windows opens no folders
        number = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(number)  # the name, too
        finally:
            os.close(number)
