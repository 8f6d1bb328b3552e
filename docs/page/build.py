"""Fetch Pyodide, pack what a derivation imports, and lay it beside the files of the page."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.page.modules import members
from nzdiff.page.server import PAGE, static

PYODIDE = "pyodide@314.0.7"
HOST = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
"""Where Pyodide's makers publish NumPy and SciPy for it."""
TAKEN = ("pyodide.mjs", "pyodide.asm.mjs", "python_stdlib.zip", "pyodide-lock.json")
WASM = "pyodide.asm.wasm"
BROWSER = ("browser.js", "worker.js", "offline.js")
"""Files that `nzdiff serve` does without."""
HERE = Path(__file__).parent


def build(
    out: Path, *, pyodide: Path | None = None, packages: Path | None = None
) -> dict[str, int]:
    """Write the page into a folder, which is emptied; the bytes of each file by its name.

    pyodide: the unpacked npm package; fetched where it is left out.  packages: a folder with the
    wheels of NumPy and SciPy, copied; else the browser asks Pyodide's host for them.

    Raises RuntimeError where npm or Node.js is missing or fails, FileExistsError for a folder that
    holds something else.
    """
    if out.exists() and any(out.iterdir()) and not (out / "offline.js").exists():
        raise FileExistsError(f"{out}: expected an empty folder, or one that was built before")
    with TemporaryDirectory(prefix="nzdiff-page-") as temporary:
        source = pyodide or _fetched(Path(temporary))
        shutil.rmtree(out, ignore_errors=True)
        (out / "pyodide").mkdir(parents=True)
        _copy_pyodide(source, out / "pyodide")
        _pack(source, Path(temporary), out / "nzdiff.zip")
    for name in (*PAGE, *BROWSER):
        (out / name).write_text(static(name), encoding="utf-8")
    (out / "browser.js").rename(out / "transport.js")
    _configure(out, _packages(source=out / "pyodide", given=packages, out=out))
    return {path.relative_to(out).as_posix(): path.stat().st_size for path in _files(out)}


def _fetched(folder: Path) -> Path:
    """The npm package of Pyodide, unpacked."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(f"expected npm, to fetch {PYODIDE}; or give --pyodide FOLDER")
    done = _run([npm, "pack", PYODIDE, "--silent"], folder)
    with tarfile.open(folder / done.splitlines()[-1].strip()) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def _copy_pyodide(source: Path, out: Path) -> None:
    missing = [name for name in (*TAKEN, WASM) if not (source / name).is_file()]
    if missing:
        raise FileNotFoundError(f"{source}: expected the npm package {PYODIDE}, lacks {missing[0]}")
    for name in TAKEN:
        shutil.copyfile(source / name, out / name)
    # Packed, as not every host does it; worker.js unpacks.  The name has no .gz, at which some
    # hosts would tell browsers to unpack it once more.
    packed = gzip.compress((source / WASM).read_bytes(), 9, mtime=0)
    (out / f"{WASM}.packed").write_bytes(packed)


def _pack(source: Path, temporary: Path, out: Path) -> None:
    """Compile the modules with Pyodide's Python, and zip them with the data they read."""
    node = shutil.which("node")
    if node is None:
        raise RuntimeError("expected Node.js, which compiles with Pyodide's version of Python")
    listed = {name: str(path.resolve()) for name, path in sorted(members().items())}
    (temporary / "members.json").write_text(json.dumps(listed), encoding="utf-8")
    script = [node, HERE / "pack.mjs", source.resolve(), temporary / "members.json", out.resolve()]
    _run([str(word) for word in script], temporary)


def _packages(*, source: Path, given: Path | None, out: Path) -> str:
    """Where the browser finds NumPy and SciPy."""
    lock = json.loads((source / "pyodide-lock.json").read_text("utf-8"))
    if given is None:
        return HOST.format(version=PYODIDE.partition("@")[2])
    (out / "packages").mkdir()
    for name in ("numpy", "scipy"):
        wheel = lock["packages"][name]["file_name"]
        if not (given / wheel).is_file():
            raise FileNotFoundError(f"{given}: expected {wheel}, as {PYODIDE} names it")
        shutil.copyfile(given / wheel, out / "packages" / wheel)
    return "./packages/"


def _configure(out: Path, packages: str) -> None:
    """Tell the worker where packages are, and the service worker which files to keep."""
    said = f"export const packages = {json.dumps(packages)};\n"
    (out / "config.js").write_text(said, encoding="utf-8")
    offline = (out / "offline.js").read_text("utf-8")
    kept = [path for path in _files(out) if path.name != "offline.js"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in kept) + offline.encode())
    names = [path.relative_to(out).as_posix() for path in kept]
    version = f"const VERSION = {json.dumps(digest.hexdigest()[:16])};\n"
    head = f"{version}const FILES = {json.dumps(names)};\n"
    (out / "offline.js").write_text(head + offline, encoding="utf-8")


def _files(out: Path) -> Iterator[Path]:
    return (path for path in sorted(out.rglob("*")) if path.is_file())


def _run(command: list[str], cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        last = said[-1][:400] if said else "no message"
        raise RuntimeError(f"{Path(command[0]).name} failed: {last}")
    return done.stdout
