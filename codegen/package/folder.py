"""The folder of a generated package: what in it is ours, and how its files are exchanged.

All files are written into a folder of their own within it first, so that a full disk or a kill
changes nothing, and then take their places by renames, `__init__.py` before the others.  Whoever
ends that in between leaves files of two packages: `nzdiff.runtime.package` refuses those, and
writing anew mends them.  The folder itself is never exchanged: it may be a link, a mount, the
working directory of somebody, and others keep files in it.
"""

from __future__ import annotations

import keyword
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from nzdiff.runtime.data.files import write_whole
from nzdiff.runtime.data.manifest import INIT, SPEC, Manifest, manifest

if sys.platform != "win32":
    import fcntl

ALONE = " --standalone"
"""The option of a package that stands alone."""
STAGING = ".nzdiff-new-"
"""How the folder begins in which new files wait; what a killed run left there is cleared."""


def regenerate(problem: str, *, standalone: bool = False, solve: bool = True) -> str:
    """How a package says that it is written anew."""
    option = (ALONE if standalone else "") + ("" if solve else " --no-solve")
    return f"nzdiff generate FILE --out FOLDER{option}, with the FILE that defines {problem}"


@dataclass(frozen=True, slots=True)
class Owned:
    """What is known of the package in a folder: the name of its problem, and its manifest.

    None for what is not known: there is no package, it is damaged, or older than manifests.
    """

    problem: str | None
    manifest: Manifest | None

    def still_has(self, folder: Path, name: str) -> bool:
        """Whether a file is as it was written."""
        text = _text(folder / name)
        return self.manifest is not None and text is not None and self.manifest.is_ours(name, text)


def owned(folder: Path) -> Owned:
    """The package in a folder, by its spec.json; where that is damaged, by its __init__.py."""
    try:
        found: Manifest | None = manifest(_text(folder / SPEC) or "")
    except ValueError:
        found = None
    begin, end = (re.escape(part) for part in regenerate("").split("FOLDER,"))
    said = rf"Written by nzdiff; do not edit\.  Regenerate with: {begin}FOLDER(?:{ALONE})?,{end}"
    for name, line in ((INIT, rf"^{said}(\w+)$"), (SPEC, rf'^"about": "{said}(\w+)",$')):
        match = re.search(line, _text(folder / name) or "", re.MULTILINE)
        if match is not None:
            return Owned(match[1], found)
    return Owned(None, found)


def check_folder(folder: Path, problem: str, names: Collection[str], *, force: bool) -> None:
    """Refuse a folder that no package can be imported from, or that holds something else.

    Raises ValueError or FileExistsError; with `force` where files and folders cannot take their
    places alone.
    """
    check_name(folder)
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder}: expected a folder, found a file; choose another one")
    if not folder.is_dir():
        return
    _check_places(folder, names)
    if force:
        return
    check_alone(folder, names)
    before = owned(folder)
    others = _in_the_way(folder, before, names)
    if before.problem not in (None, problem):
        found = f"an empty folder or the package of {problem}, found that of {before.problem}"
    elif others:
        found = f"an empty or generated folder, found other files ({', '.join(others[:3])})"
    else:
        return
    raise FileExistsError(
        f"{folder}: expected {found}; choose another one, or write {_some(names)} there with "
        f"--force (force=True)"
    )


def check_alone(folder: Path, names: Collection[str]) -> None:
    """Refuse to take a package that stands alone for one that does not: others run it as it is."""
    found = owned(folder).manifest
    if found is not None and found.vendored and not found.vendored.keys() & set(names):
        raise FileExistsError(
            f"{folder}: expected a package that imports nzdiff, found one that stands alone; add "
            "--standalone (standalone=True), or write with --force (force=True), by which what it "
            "holds of nzdiff goes"
        )


def _check_places(folder: Path, names: Collection[str]) -> None:
    """Refuse a file where a folder has to be, and the other way round."""
    folders = {folder / inner for name in names for inner in Path(name).parents}
    for path in sorted(folders):
        if path.exists() and not path.is_dir():
            raise FileExistsError(f"{path}: expected a folder, found a file; move it away")
    for path in (folder / name for name in names):
        if path.is_dir():
            raise FileExistsError(f"{path}: expected a file, found a folder; move it away")


def _some(names: Collection[str]) -> str:
    """The files in the folder itself, and the folders in it."""
    return ", ".join(dict.fromkeys(f"{a}/" if b else a for a, b, _ in _parted(names)))


def _parted(names: Collection[str]) -> list[tuple[str, str, str]]:
    return [name.partition("/") for name in names]


def _in_the_way(folder: Path, before: Owned, names: Collection[str]) -> list[str]:
    """The files that would be lost; where there is no package, all that can be seen."""
    taken = [name for name in sorted(names) if _is_taken(folder, name)]
    if before.problem is None:
        visible = {entry.name for entry in folder.iterdir() if entry.name[0] not in "._"}
        return sorted({*visible, *taken})
    if before.manifest is None:
        return []
    return [name for name in taken if name not in before.manifest.names]


def _is_taken(folder: Path, name: str) -> bool:
    """Whether there is something by a path."""
    return os.path.lexists(folder / name)


def check_name(folder: Path) -> None:
    """Refuse a folder whose name Python cannot import."""
    name = folder.resolve().name
    if not name.isidentifier() or keyword.iskeyword(name):
        kind = "a keyword of Python" if keyword.iskeyword(name) else "no identifier"
        raise ValueError(
            f"{folder}: a package is imported by the name of its folder, and {name!r} is {kind}; "
            f"choose another folder, with --out"
        )


def exchange(folder: Path, texts: Mapping[str, str]) -> None:
    """Put the files of a package into a folder, all or, where it is ended, refused later.

    Files of an earlier package that the new one lacks go, unless somebody changed them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        for left in folder.glob(f"{STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        before = owned(folder)
        listed = () if before.manifest is None else before.manifest.names
        stale = [name for name in listed if name not in texts and before.still_has(folder, name)]
        staging = Path(mkdtemp(prefix=STAGING, dir=folder))
        try:
            for name, text in texts.items():
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                write_whole(staging / name, text.encode(), durable=True)
            _take_places(staging, folder, texts, stale)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let others that write into the folder wait, where the system can."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _take_places(
    staging: Path, folder: Path, names: Collection[str], stale: Collection[str]
) -> None:
    """Rename the new files, and remove those that no longer belong to the package.

    What lies between the first and the last, __init__.py and spec.json, is whole once both agree.
    """
    for name in sorted(names, key=lambda name: (name != INIT, name == SPEC)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (staging / name).replace(folder / name)
    for path in (folder / name for name in (*names, *stale) if name.endswith(".py")):
        for old in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            old.unlink(missing_ok=True)  # taken for new where a text has the same size and second
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    for inner in sorted({p for name in stale for p in Path(name).parents} - {Path()}, reverse=True):
        for each in (folder / inner / "__pycache__", folder / inner):
            with suppress(OSError):  # others have files in it
                each.rmdir()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
