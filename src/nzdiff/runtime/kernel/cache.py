"""Files that outlive a process: plans and compiled libraries, in a folder of this user alone.

A file is named `key-digest.suffix`.  The key says what it is of, the digest is that of key and
content, so that a damaged or exchanged file is found, there is no second file that could be
missing, and a name proves who wrote it.  A file appears by one atomic rename, on the disk before.

Only what belongs to this user, and what others cannot write, is read; where that, or the disk,
fails, a folder of this process takes the place of the cache, with one warning that says why.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nzdiff.runtime.kernel.left_over import mark, sweep
from nzdiff.runtime.kernel.own_files import (
    Untrusted,
    check,
    check_file,
    make_folder,
    read_own,
    write_own,
)

MOST_MEGABYTES = 256.0
"""What the files may take together; NZDIFF_CACHE_MB says otherwise.  The longest unused go."""
ADVICE = "set NZDIFF_CACHE_DIR to a folder that only you can write"
OURS = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}\.(plan|compiler|so|dylib|dll)")
EARLIER = re.compile(r"[0-9a-f]{32}\.(plan|so|dylib)")
"""Names of version 0.1.0, which are ours where the content names nzdiff."""
DAY = 86400.0


class CacheWarning(UserWarning):
    """The cache cannot be used, so that every process plans and compiles anew."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the cache with its content, which was checked."""

    path: Path
    content: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of ours.  used: when, in seconds since 1970, within a day."""

    path: Path
    size: int
    used: float


def cache_folder() -> Path:
    """NZDIFF_CACHE_DIR, else nzdiff in the user's cache folder; RuntimeError without a home.

    The user's cache folder is XDG_CACHE_HOME, else ~/.cache, on Windows LOCALAPPDATA.
    """
    named = os.environ.get("NZDIFF_CACHE_DIR")
    if named:
        return Path(named).absolute()
    windows = sys.platform == "win32"
    base = Path(os.environ.get("LOCALAPPDATA" if windows else "XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        if os.environ.get("HOME") == "" and not windows:  # Python would take /
            raise RuntimeError("there is no home folder: HOME is empty")
        base = Path.home() / ("AppData/Local" if windows else ".cache")
    return base / "nzdiff"


def find(key: str, suffix: str) -> Stored | None:
    """The file of a key; None where there is none that is whole and to be trusted."""
    return next(find_all(key, suffix), None)


def find_all(key: str, suffix: str) -> Iterator[Stored]:
    """The files of a key that are whole and to be trusted, the best first."""
    for folder in (usable_folder(), *_privates()):
        for path in _named(folder, key, suffix):
            try:
                content = read_own(path)
            except Untrusted as error:
                _warn(f"{path}: {error.strerror}; it is not used (remove it)")
                continue
            except OSError:
                continue
            if path.name == _name(key, suffix, content):
                _touch(path)
                yield Stored(path, content)
            else:  # damaged, and named as only we do
                with contextlib.suppress(OSError):
                    path.unlink()


def _named(folder: Path, key: str, suffix: str) -> list[Path]:
    """The files of a key, the newest first: an earlier one may be whole and yet of no use."""
    found: list[tuple[int, Path]] = []
    with contextlib.suppress(OSError):
        named = (path for path in folder.glob(f"{key}-*{suffix}") if OURS.fullmatch(path.name))
        found.extend((path.lstat().st_mtime_ns, path) for path in named)
    return [path for _, path in sorted(found, reverse=True)]


def keep(key: str, suffix: str, content: bytes) -> Stored:
    """Write a file, where the cache cannot be written for this process alone; OSError."""
    folder, name = usable_folder(), _name(key, suffix, content)
    try:
        check_file(folder / name)
        write_own(folder / name, content)
        _shrink(folder, folder / name)
    except Untrusted:  # `find` has said so
        return keep_private(key, suffix, content)
    except OSError as error:
        unusable(folder, error)
        return keep_private(key, suffix, content)
    return Stored(folder / name, content)


def keep_private(key: str, suffix: str, content: bytes) -> Stored:
    """Write a file into the folder of this process; OSError."""
    path = private_folder() / _name(key, suffix, content)
    write_own(path, content)
    return Stored(path, content)


def usable_folder() -> Path:
    """The cache, made where it is missing; the folder of this process where it is not safe."""
    folder: Path | None = None
    try:
        folder = cache_folder()
        if folder.is_symlink():
            check(folder.lstat(), is_link=True)
        make_folder(folder)
        check(folder.stat())
    except (OSError, RuntimeError) as error:
        unusable(folder, error)
        return private_folder()
    _sweep_once(folder)
    return folder


def refused(folder: Path) -> str:
    """Why a folder that is there is not used as the cache; empty where it is, or may be made."""
    try:
        if folder.is_symlink():
            check(folder.lstat(), is_link=True)
        if folder.exists():
            check(folder.stat())
            if not folder.is_dir():
                return "it is no folder"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def unusable(folder: Path | None, error: Exception) -> None:
    """Warn, once for each reason, that a folder is not used."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    where = "kernel cache" if folder is None else f"kernel cache {folder}"
    _warn(f"{where}: {why.rstrip('.')}; what is made is for this process alone ({ADVICE})")


def private_folder() -> Path:
    """A folder of this process, removed when it ends; OSError where there is no room for one."""
    (found,) = _privates() or (None,)
    if found is None:
        sweep(Path(tempfile.gettempdir()), "nzdiff-")
        found = Path(tempfile.mkdtemp(prefix=f"nzdiff-{mark()}-"))
        _PRIVATE[os.getpid()] = found
        atexit.register(_forget, found, os.getpid())
    return found


_PRIVATE: dict[int, Path] = {}
"""By process: the child of a fork has another."""


def _privates() -> tuple[Path, ...]:
    found = _PRIVATE.get(os.getpid())
    return (found,) if found is not None and found.is_dir() else ()


def _forget(folder: Path, process: int) -> None:
    if os.getpid() == process:  # and not a fork of it
        shutil.rmtree(folder, ignore_errors=True)


def entries(folder: Path) -> list[Entry]:
    """The files of ours in a folder, the longest unused first."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as items:
        for item in items:
            path = Path(item.path)
            with contextlib.suppress(OSError):
                if not item.is_file(follow_symlinks=False):
                    continue
                if OURS.fullmatch(item.name) or _is_earlier(path):
                    at = item.stat(follow_symlinks=False)
                    found.append(Entry(path, at.st_size, at.st_mtime))
    return sorted(found, key=lambda entry: entry.used)


def clear(folder: Path) -> list[Entry]:
    """Remove our files, and what killed processes left; OSError at the first that stays."""
    found = entries(folder)
    for entry in found:
        entry.path.unlink(missing_ok=True)
    sweep(folder, ".nzdiff-")
    return found


def limit_bytes() -> float:
    """What the files may take together."""
    given = os.environ.get("NZDIFF_CACHE_MB", "").strip()
    with contextlib.suppress(ValueError):
        if (megabytes := float(given or MOST_MEGABYTES)) >= 0:
            return 1e6 * megabytes
    _warn(f"NZDIFF_CACHE_MB: expected megabytes, got {given!r}; {MOST_MEGABYTES:g} are used")
    return 1e6 * MOST_MEGABYTES


def _is_earlier(path: Path) -> bool:
    return bool(EARLIER.fullmatch(path.name)) and b"nzdiff" in path.read_bytes()


def _touch(path: Path) -> None:
    """Mark a file as used, so that it stays longest; once a day, which is enough."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > DAY:
            os.utime(path)


def _name(key: str, suffix: str, content: bytes) -> str:
    digest = hashlib.sha256(key.encode() + content).hexdigest()[:32]
    return f"{key}-{digest}{suffix}"


def _shrink(folder: Path, kept: Path) -> None:
    """Remove the longest unused files above the limit; another process may do the same."""
    found, most = entries(folder), limit_bytes()
    total = sum(entry.size for entry in found)
    for entry in found:
        if total <= most:
            return
        if entry.path != kept:
            with contextlib.suppress(OSError):  # Windows: it is loaded
                entry.path.unlink()
                total -= entry.size


@cache
def _sweep_once(folder: Path) -> None:
    sweep(folder, ".nzdiff-")


@cache
def _warn(message: str) -> None:
    warnings.warn(message, CacheWarning, stacklevel=4)
