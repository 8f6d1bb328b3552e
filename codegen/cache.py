"""Plans on disk: a problem bound again to the same patterns is neither derived nor planned.

The key is a digest of the problem, of the sizes and patterns it is bound to, of nzdiff's own
sources and of SymPy's version, whose canonical order plans depend on.  A file is JSON, the spec as
in a package and the texts of the targets; whose files are read, and how damage is found, is said
in `nzdiff.runtime.kernel.cache`.  One that cannot be read counts as missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

import sympy as sp

from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.data.spec_file import SpecFile, dumps, loads
from nzdiff.runtime.kernel import cache as disk

PARTS = ("codegen", "derive", "runtime")
SUFFIX = ".plan"


@dataclass(frozen=True, slots=True)
class Emitted:
    """A spec and the text of each target."""

    spec: KernelSpec
    texts: dict[str, str]


def emitted(
    problem: Problem, data: Data, emit: Callable[[], Emitted | None], part: tuple[str, ...] = ()
) -> Emitted | None:
    """What `emit` gives, from the disk where it was made before.

    part: the matrix whose factors are computed, of the kernel of the energy none.  That there is
    none (None) is found anew.
    """
    key = _key(problem, data, part)
    with contextlib.suppress(OSError):  # no folder at all: it is made anew
        found = disk.find(key, SUFFIX)
        if found is not None and (known := _read(found.content)) is not None:
            return known
    made = emit()
    if made is not None:
        with contextlib.suppress(OSError):
            disk.keep(key, SUFFIX, _written(made))
    return made


def _written(made: Emitted) -> bytes:
    about, programs = "a plan of the cache", {"kernel": made.spec}
    spec = dumps(SpecFile(about, digest="", files={}, targets=(), programs=programs))
    return json.dumps({"texts": made.texts, "spec": spec}).encode()


@lru_cache(maxsize=16)  # reading a spec takes as long as the index tables of a small problem
def _read(content: bytes) -> Emitted | None:
    """What `_written` wrote; None of anything else."""
    try:
        found = json.loads(content)
        texts, file = found["texts"], loads(found["spec"])
        if all(isinstance(text, str) for text in texts.values()):
            return Emitted(file.programs["kernel"], texts)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        pass
    return None


def _key(problem: Problem, data: Data, part: tuple[str, ...] = ()) -> str:
    digest = hashlib.blake2b(digest_size=16)
    unknowns = [str(unknown.name) for unknown in problem.wrt]
    written = sp.srepr(problem.energy)  # what is shown may be ambiguous
    for text in (written, unknowns, problem.name, sp.__version__, part):
        digest.update(repr(text).encode())
    digest.update(repr(sorted(data.dims.items())).encode())
    given = {name: data.structures[name] for name in data.bound if name in data.structures}
    for name, matrix in sorted(given.items()):  # planning adds patterns of its own
        digest.update(name.encode())
        digest.update(matrix.indptr.tobytes())
        digest.update(matrix.indices.tobytes())
    digest.update(_sources())
    return digest.hexdigest()


@cache
def _sources() -> bytes:
    """A digest of the sources that plans and kernels depend on."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(str(resources.files("nzdiff")))
    parts = (file for part in PARTS for file in sorted((package / part).rglob("*")))
    for file in (*sorted(package.glob("*.py")), *parts):
        if file.suffix in (".py", ".c", ".j2"):
            digest.update(file.read_bytes())
    return digest.digest()
