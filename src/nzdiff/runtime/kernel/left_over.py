"""What killed processes leave: files and folders with the mark of the process in their name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import sys
import time
from functools import cache
from pathlib import Path

DAY = 86400.0
HOUR = 3600.0
MARK = re.compile(r"([0-9a-f]{8})-([0-9]+)-[0-9a-z_]{8,16}")
EARLIER = re.compile(r"build-[0-9a-z_]{8}|\.[0-9a-f]{32}\.plan-[0-9a-f]{16}")
"""What version 0.1.0 left."""


def mark() -> str:
    """Machine and process, as part of a name."""
    return f"{_machine()}-{os.getpid()}"


def sweep(folder: Path, prefix: str) -> None:
    """Remove what is named `prefix` + mark and whose process is dead; of other machines, by age."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for item in found:
            with contextlib.suppress(OSError):
                if item.stat(follow_symlinks=False).st_uid == _user() and _is_left(item, prefix):
                    _remove(Path(item.path))


def _is_left(item: os.DirEntry[str], prefix: str) -> bool:
    age = time.time() - item.stat(follow_symlinks=False).st_mtime
    if item.name.startswith(prefix) and (found := MARK.fullmatch(item.name, len(prefix))):
        return _is_dead(found[1], int(found[2]), age)
    earlier = prefix.startswith(".") and age > HOUR and EARLIER.fullmatch(item.name)
    return bool(earlier) and _is_earlier(Path(item.path))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_earlier(path: Path) -> bool:
    """Whether it holds what version 0.1.0 put there."""
    if path.is_dir():
        names = re.compile(r"kernel\.c|[0-9a-f]{32}\.(so|dylib)")
        inside = list(path.iterdir())
        known = all(names.fullmatch(file.name) for file in inside)
        return known and (not inside or any(b"nzdiff" in file.read_bytes() for file in inside))
    content = path.read_bytes()
    return not content or content[:1] == b"\x80"  # a pickle


def _is_dead(machine: str, process: int, age: float) -> bool:
    """Whether a process has ended; of another machine, and on Windows, it is one of yesterday."""
    if machine != _machine() or sys.platform == "win32":  # os.kill would end it
        return age > DAY
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _user() -> int:
    return 0 if sys.platform == "win32" else os.geteuid()


@cache
def _machine() -> str:
    """A digest of the machine, and on Linux of the space in which processes are numbered."""
    with contextlib.suppress(OSError):
        space = Path("/proc/self/ns/pid").readlink()
        return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]
