"""Compile emitted C with the system's compiler into a cache that several processes may share.

The key is a digest of source, compiler, flags and processor; a library appears under its final
name by one atomic rename, so a reader never sees a half-written one.  The comment at the head of
a source is no part of the key: it names sizes, and one plan is one library for all of them.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

BASE_FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden")
WISHED_FLAGS = (("-march=native", "-fopenmp"), ("-march=native",), ("-fopenmp",), ())
"""What is added to them: the first that the compiler takes."""


class CompilerError(RuntimeError):
    """The compiler rejected a source; the message holds its output."""


class CacheWarning(UserWarning):
    """The kernel cache cannot be written, so that every process compiles anew."""


def find_compiler() -> str | None:
    """The C compiler: what CC names, else cc, gcc or clang on the path; None without one."""
    named = os.environ.get("CC", "").strip()
    if named:
        return shutil.which(named.split()[0]) and named
    return next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)


def compile_cached(source: str, more: tuple[str, ...] = ()) -> Path:
    """The shared library of a C source, compiled once per source, compiler, flags and processor.

    more: flags behind all others, so that they count where two contradict each other.
    Raises CompilerError without a compiler or where the compiler fails.
    """
    compiler = find_compiler()
    if compiler is None:
        raise CompilerError("no C compiler found: set CC or install cc, gcc or clang")
    flags = (*_flags(compiler), *more)
    key = _digest(_code(source), _version(compiler), " ".join(flags), _processor())
    library = cache_folder() / f"{key}{_suffix()}"
    if library.exists():
        return library
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        _compile(compiler, flags, source, library)
    except OSError as error:
        warnings.warn(
            f"kernel cache {library.parent}: {error.strerror}; compiled for this process alone "
            "(set NZDIFF_CACHE_DIR to a folder that can be written)",
            CacheWarning,
            stacklevel=2,
        )
        library = _private_folder() / library.name
        _compile(compiler, flags, source, library)
    return library


def _code(source: str) -> str:
    """What follows the comment at the head of a source."""
    comment, _, rest = source.partition("*/")
    return rest if comment.lstrip().startswith("/*") else source


def cache_folder() -> Path:
    """Where libraries are kept: NZDIFF_CACHE_DIR, else nzdiff in the user's cache folder."""
    named = os.environ.get("NZDIFF_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "nzdiff"


def _compile(compiler: str, flags: tuple[str, ...], source: str, library: Path) -> None:
    with tempfile.TemporaryDirectory(dir=library.parent, prefix="build-") as folder:
        code, built = Path(folder) / "kernel.c", Path(folder) / library.name
        code.write_text(source, encoding="utf-8")
        command = [*compiler.split(), *flags, str(code), "-lm", "-o", str(built)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}"
            raise CompilerError(f"{' '.join(command)} failed: {said}")
        built.replace(library)


@cache
def _private_folder() -> Path:
    """A folder of this process, removed when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="nzdiff-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _flags(compiler: str) -> tuple[str, ...]:
    """The base flags and as many of the wished ones as the compiler takes."""
    for wished in WISHED_FLAGS:
        header = "#include <omp.h>\n" if "-fopenmp" in wished else ""
        with tempfile.TemporaryDirectory() as folder:
            code = Path(folder) / "probe.c"
            code.write_text(f"{header}int main(void) {{ return 0; }}\n", encoding="utf-8")
            command = [*compiler.split(), *wished, str(code), "-o", str(Path(folder) / "probe")]
            done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 0:
            return (*BASE_FLAGS, *wished)
    return BASE_FLAGS


@cache
def _version(compiler: str) -> str:
    command = [*compiler.split(), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{compiler}\n{done.stdout}"


@cache
def _processor() -> str:
    """What -march=native depends on: the processor's model and its features."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "Features", "CPU part")
    found = {line.split(":")[0].strip(): line for line in lines if line.startswith(wanted)}
    return "\n".join(found[key] for key in sorted(found))


def _suffix() -> str:
    return ".dylib" if sys.platform == "darwin" else ".so"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
