"""Which modules the page needs in a browser: of libraries, what its answers import."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

LIBRARIES = ("sympy", "mpmath", "lark", "jinja2", "markupsafe", "threadpoolctl")
"""Written in Python alone; NumPy and SciPy come from Pyodide."""
LEFT_OUT = (
    "cli",
    "commands",
    "template",
    "terminal",
    "__main__",
    "problem_file",
    "demo",
    "generated",
    "solvers",
)
"""Of nzdiff, what a page has no use for: these, and its own server."""
SERVER = ("server", "child", "children", "static")
TESTS = ("tests", "benchmarks", "testing")
FORMULAS = [
    {"energy": "norm2(X - Y*G'*L*G*B)^2", "wrt": "G", "sparse": "G L"},
    {"energy": "sum(log(1 + exp(-y.*(A*w)))) + mu*norm2(w)^2/2", "wrt": "w", "sparse": "A"},
    {"energy": "tr(S*Q) - logdet(Q) + huber(x, 2)'*inv(Q)*x", "wrt": "Q", "symmetric": "Q"},
]
SCRIPT = """
import json, sys
from nzdiff.page.answer import answer
for asked in json.loads(sys.argv[1]):
    for wanted in ("derivation", "file", "proof", "code", "verdict"):
        found = answer({**asked, "wanted": wanted, "claim": asked["wrt"]})
        assert "error" not in found, found
print(json.dumps({name: getattr(m, "__file__", None) for name, m in sys.modules.items()}))
"""


def imported() -> dict[str, str | None]:
    """What answers of every kind import, by name, with the file of each module."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT, json.dumps(FORMULAS)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"an answer failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def members() -> dict[str, Path]:
    """The files of the archive, by their names in it: ``sympy/core/add.py``.

    Of a library, every module of the folders from which something is imported, as SymPy imports
    much within its functions; of nzdiff, all but what LEFT_OUT names, with its data.
    """
    found = dict[str, Path]()
    for name, file in imported().items():
        library = name.partition(".")[0]
        if file is None or library not in LIBRARIES or not file.endswith(".py"):
            continue
        root = _root(library)
        for path in Path(file).parent.glob("*.py"):
            if path.is_relative_to(root) and not _is_test(path):
                found[path.relative_to(root.parent).as_posix()] = path
    found["threadpoolctl.py"] = _root("threadpoolctl")
    return found | _ours()


def _ours() -> dict[str, Path]:
    root, found = _root("nzdiff"), dict[str, Path]()
    for room in ("", "derive", "codegen"):
        # Links of a checkout are followed; an installed package has folders in their place.
        for path in (root / room).resolve().rglob("*"):
            inner = Path(room, path.relative_to((root / room).resolve()))
            if path.is_file() and _is_needed(inner):
                found[f"nzdiff/{inner.as_posix()}"] = path
    return found


def _is_needed(path: Path) -> bool:
    """Whether a file of nzdiff, by its path in the package, goes into the archive."""
    if "__pycache__" in path.parts or path.suffix in (".pyc", ".so"):
        return False
    if path.parts[0] == "page":
        return path.with_suffix("").parts[1] not in SERVER
    return path.with_suffix("").parts[0] not in LEFT_OUT


def _is_test(path: Path) -> bool:
    return any(part in TESTS for part in path.parts) or path.name.startswith("test_")


def _root(library: str) -> Path:
    """The folder of a package, or the file of a module."""
    spec = find_spec(library)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{library}: not installed, and the page needs it")
    path = Path(spec.origin)
    return path.parent if path.name == "__init__.py" else path
