"""What became of an input: right, refused, or one of the kinds of findings."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nzdiff

ROOT = Path(nzdiff.__file__).resolve().parents[2]
OWN = tuple(str(ROOT / folder) + "/" for folder in ("src", "codegen", "derive", "generated"))
RIGHT, REFUSED = "right", "refused"
CRASH, WRONG, FOREIGN, STRICT = "crash", "silent wrong", "error not ours", "refused what is legal"
FINDINGS = (CRASH, WRONG, FOREIGN, STRICT)


class Wrong(Exception):
    """Accepted, and the result is another one.  The text begins with the kind of input."""


class Crash(Exception):
    """A process of its own died of this input."""


class Strict(Exception):
    """Refused, though every documented rule is kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One input that went wrong; label: the same for findings of one cause."""

    machine: str
    seed: int
    kind: str
    label: str
    text: str


def is_ours(error: BaseException) -> bool:
    """Whether the last frame is a `raise` in nzdiff, with a text that says something."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or not _is_own(frames[-1].filename):
        return False
    line = linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip()
    return line.startswith("raise") and len(str(error)) > 10 and not isinstance(error, SystemError)


def _is_own(filename: str) -> bool:
    return str(Path(filename).resolve()).startswith(OWN)


def attempt(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What a call gives, or the error of ours; others go on."""
    try:
        return call(), None
    except Exception as error:
        if not is_ours(error):
            raise
        return None, error


def judged(machine: str, examine: Callable[[int], str], seed: int) -> str | Finding:
    """RIGHT, REFUSED, or what was found."""
    try:
        return examine(seed)
    except Wrong as wrong:
        return Finding(machine, seed, WRONG, _label(wrong), str(wrong))
    except Crash as crash:
        return Finding(machine, seed, CRASH, _label(crash), str(crash))
    except Strict as strict:
        return Finding(machine, seed, STRICT, _label(strict), str(strict))
    except Exception as error:
        told = getattr(error, "finding", None)  # of a process that the machine started
        if isinstance(told, Finding):
            return replace(told, machine=machine, seed=seed)
        if is_ours(error):
            return REFUSED
        text = f"{type(error).__name__}: {error}"
        return Finding(machine, seed, FOREIGN, _place(error), text[:300])


def _label(error: Exception) -> str:
    return str(error).partition(":")[0]


def _place(error: BaseException) -> str:
    """The type and the last line of nzdiff's that took part."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own(frame.filename)] or frames
    return f"{type(error).__name__} at {Path(own[-1].filename).name}:{own[-1].lineno}"
