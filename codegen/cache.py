"""Plans on disk: a problem bound again to the same patterns is neither derived nor planned.

The key is a digest of the problem, of the sizes and patterns it is bound to, of nzdiff's own
sources and of SymPy's version, whose canonical order plans depend on.  Files lie beside the
compiled kernels and appear by one atomic rename; one that cannot be read counts as missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import sympy as sp

from nzdiff.derive.calculus.problem import Problem
from nzdiff.runtime.data.check import Data
from nzdiff.runtime.data.files import write_whole
from nzdiff.runtime.data.spec import KernelSpec
from nzdiff.runtime.kernel.compiler import cache_folder

PARTS = ("codegen", "derive", "runtime")
MOST = 256
"""Plans that are kept; older ones go."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A spec and the text of each target."""

    spec: KernelSpec
    texts: dict[str, str]


def emitted(problem: Problem, data: Data, emit: Callable[[], Emitted]) -> Emitted:
    """What `emit` gives, from the disk where it was made before."""
    try:
        path = cache_folder() / f"{_key(problem, data)}.plan"
    except RuntimeError:  # a user without a home
        return emit()
    with contextlib.suppress(Exception):  # whatever is wrong with a file, it is made anew
        found = pickle.loads(path.read_bytes())
        if isinstance(found, Emitted):
            return found
    made = emit()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, pickle.dumps(made))
        _drop_old(path.parent)
    return made


def _key(problem: Problem, data: Data) -> str:
    digest = hashlib.blake2b(digest_size=16)
    unknowns = [str(unknown.name) for unknown in problem.wrt]
    written = sp.srepr(problem.energy)  # what is shown may be ambiguous
    for part in (written, unknowns, problem.name, sp.__version__):
        digest.update(repr(part).encode())
    digest.update(repr(sorted(data.dims.items())).encode())
    for name, matrix in sorted(data.structures.items()):
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


def _drop_old(folder: Path) -> None:
    """Keep the newest plans; another process may do the same."""
    plans = sorted(folder.glob("*.plan"), key=lambda plan: plan.stat().st_mtime)
    for plan in plans[:-MOST]:
        plan.unlink(missing_ok=True)
