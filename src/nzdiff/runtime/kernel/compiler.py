"""The C compiler: which one there is, what it takes, and a run of it that ends.

Whatever goes wrong here, a program that is missing, fails, hangs or writes nothing, a disk that is
full, is a `CompilerError` that says what was run and what was said.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import platform
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from nzdiff.runtime.kernel import cache

WINDOWS = sys.platform == "win32"
BASE_FLAGS = ("-std=c11", "-O3", *(() if WINDOWS else ("-fPIC",)), "-shared", "-fvisibility=hidden")
WISHED_FLAGS = (("-march=native", "-fopenmp"), ("-march=native",), ("-fopenmp",), ())
"""What is added to them: the first that the compiler takes."""
NAMES = ("cc", "gcc", "clang")
"""The compilers that are looked for on the path, in this order."""
SECONDS = 300.0
"""A compiler that takes longer is ended; NZDIFF_COMPILE_SECONDS says otherwise."""
SUFFIX = ".compiler"
"""Of the file that keeps what a compiler says of itself."""
SHOWN = 2000
"""Characters of what a compiler says that an error repeats, its last ones."""

Command = tuple[str, ...]


class CompilerError(RuntimeError):
    """There is no library of a source: no compiler, or one that fails; the message says why."""


@dataclass(frozen=True, slots=True)
class Build:
    """A compiler with its flags.  identity: what its libraries depend on beside the source."""

    command: Command
    identity: str


def find_compiler() -> Command | None:
    """The command of the C compiler, None without one; see `compiler_or_error`."""
    with contextlib.suppress(CompilerError):
        return compiler_or_error()
    return None


def compiler_or_error() -> Command:
    """What CC names, else cc, gcc or clang on the path, else the embedded one; CompilerError.

    CC is the path of a program, which may hold spaces, or words as in a shell: "gcc -O2".
    """
    named = os.environ.get("CC", "").strip()
    if named:
        return _named(named)
    for name in NAMES:
        if found := shutil.which(name):
            return (found,)
    if found_embedded := embedded_compiler():
        return found_embedded
    raise CompilerError(
        "no C compiler found (set CC, or install cc, gcc or clang, or pip install ziglang)"
    )


def embedded_compiler() -> Command | None:
    """The compiler of the Python package ziglang, which the extra `compiler` installs."""
    try:
        found = find_spec("ziglang") is not None
    except (ImportError, ValueError):
        found = False
    return (sys.executable, "-m", "ziglang", "cc") if found and sys.executable else None


def usual_build(more: Command = ()) -> Build:
    """How sources are compiled here; more: flags behind all others, which therefore count."""
    compiler = compiler_or_error()
    flags = (*_flags(compiler), *more)
    identity = "\0".join((_found(compiler).version, " ".join(flags), _processor()))
    return Build((*compiler, *flags), identity)


def compiled(source: str, build: Build, folder: Path) -> bytes:
    """The shared library of a C source; folder: where its files lie for a while."""
    with _disk_errors(folder), tempfile.TemporaryDirectory(dir=folder, prefix="build-") as place:
        code, built = Path(place) / "kernel.c", Path(place) / f"kernel{suffix()}"
        code.write_text(source, encoding="utf-8")
        mathematics = () if WINDOWS else ("-lm",)
        command = (*build.command, str(code), *mathematics, "-o", str(built))
        status, said = run(command)
        shown = shlex.join((*build.command, code.name))  # without the name of a moment's folder
        if status != 0:
            said = said.replace(f"{place}{os.sep}", "") or f"exit status {status}"
            raise CompilerError(f"{shown} failed: {said}")
        content = built.read_bytes() if built.is_file() else b""
        if not content:
            raise CompilerError(f"{shown} wrote no library, but reports success")
        return content


def suffix() -> str:
    """How the name of a shared library ends on this system."""
    return ".dll" if WINDOWS else ".dylib" if sys.platform == "darwin" else ".so"


def run(command: Command) -> tuple[int, str]:
    """The exit status and the output of a program, which is ended with its children in time."""
    limit = _seconds()
    if (ended := _ENDED.get(command[0], 0.0)) >= limit:
        raise CompilerError(_hangs(command, ended))
    with tempfile.TemporaryFile() as output:
        process = _started(command, output)
        try:
            status = _exit_status(process, limit)
        except subprocess.TimeoutExpired as error:
            _end(process)
            _ENDED[command[0]] = limit
            raise CompilerError(_hangs(command, limit)) from error
        except BaseException:  # Ctrl-C, which a group of its own does not hear
            _end(process)
            raise
        finally:
            _RUNNING.processes.discard(process)
        output.seek(0)
        return status, output.read().decode(errors="replace").strip()[-SHOWN:]


class _Running:
    """What runs now, also for threads that the end of the interpreter does not wait for."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.processes: set[subprocess.Popen[Any]] = set()
        self.starting = threading.Lock()

    def end(self) -> None:
        self.starting.acquire()  # for good: nothing starts after
        for process in tuple(self.processes):
            _end(process)


_RUNNING = _Running()


def _exit_status(process: subprocess.Popen[Any], limit: float) -> int:
    """The exit status at once when there is one, where `wait` looks every 50 ms; TimeoutExpired."""
    try:
        handle = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return process.wait(limit)
    try:
        ends = select.poll()
        ends.register(handle, select.POLLIN)
        if not ends.poll(1000.0 * limit):
            raise subprocess.TimeoutExpired(process.args, limit)
    finally:
        os.close(handle)
    return process.wait()


_ENDED: dict[str, float] = {}
"""The programs that hung, and for how long: this process does not wait for them again."""
_GROUP: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    if WINDOWS
    else {"process_group": 0}
)


def _environment(command: Command) -> dict[str, str] | None:
    """Where ziglang may write: without a folder of its own that can be made it hangs."""
    if "ziglang" not in command:
        return None
    return {"ZIG_GLOBAL_CACHE_DIR": str(cache.usable_folder() / "zig"), **os.environ}


def _hangs(command: Command, seconds: float) -> str:
    return (
        f"{shlex.join(command)} had not ended after {seconds:g} s and was stopped "
        "(NZDIFF_COMPILE_SECONDS sets this limit)"
    )


def _end(process: subprocess.Popen[Any]) -> None:
    """End a compiler and what it started."""
    if WINDOWS:
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        with contextlib.suppress(OSError):
            subprocess.run(tree, capture_output=True, check=False)
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _started(command: Command, output: IO[bytes]) -> subprocess.Popen[Any]:
    with _RUNNING.starting:
        _ends_at_exit()  # its cache lets two threads in at once, and a second end waits for ever
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(command),
            **_GROUP,
        )
        _RUNNING.processes.add(process)
    return process


@functools.cache
def _ends_at_exit() -> None:
    """Compilers end with the interpreter, before their folders are removed; not in its forks."""
    atexit.register(_RUNNING.end)
    if not WINDOWS:
        os.register_at_fork(after_in_child=_RUNNING.forget)


def _seconds() -> float:
    given = os.environ.get("NZDIFF_COMPILE_SECONDS", "").strip()
    try:
        seconds = float(given or SECONDS)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < float("inf"):
        message = f"NZDIFF_COMPILE_SECONDS: expected seconds > 0, got {given!r}; 300 are used"
        warnings.warn(message, UserWarning, stacklevel=2)
        return SECONDS
    return seconds


def _named(named: str) -> Command:
    """The command that CC stands for."""
    if shutil.which(named):
        return (named,)
    try:
        words = shlex.split(named, posix=not WINDOWS)
    except ValueError as error:
        raise CompilerError(f"CC: {named!r} does not read as words of a shell: {error}") from error
    words = [word.strip('"') for word in words] if WINDOWS else words
    if not words or shutil.which(words[0]) is None:
        raise CompilerError(
            f"no C compiler found: CC is {named!r}, which is no program that can be run (set CC to "
            "one, or unset it and install cc, gcc or clang)"
        )
    return tuple(words)


@contextlib.contextmanager
def _disk_errors(what: object) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CompilerError(f"C compiler: {error.filename or what}: {error.strerror}") from error


def forget() -> bool:
    """Forget what earlier processes found of compilers; False where nothing was known of them."""
    known = any(found.kept for found in _FOUND.values())
    if known:
        _FOUND.clear()
        _IGNORED.append(True)
    return known


@dataclass(frozen=True, slots=True)
class _Found:
    """What a compiler says of itself.  wished: the flags that it takes.  kept: on the disk."""

    wished: Command
    version: str
    kept: bool = False


_FOUND: dict[Command, _Found] = {}
_IGNORED: list[bool] = []
"""Not empty where files of earlier processes are not read."""


def _flags(compiler: Command) -> Command:
    """The base flags and as many of the wished ones as the compiler takes."""
    return (*BASE_FLAGS, *_found(compiler).wished)


def _found(compiler: Command) -> _Found:
    """What a compiler takes and which it is, found once, and kept while its file stays the same."""
    if compiler not in _FOUND:
        key = _identity(compiler)
        found = None if key is None or _IGNORED else _read(key)
        if found is None:
            found = _Found(_wished(compiler), _version(compiler))
            if key is not None:
                with contextlib.suppress(OSError):
                    content = json.dumps([found.wished, found.version])
                    cache.keep(key, SUFFIX, content.encode())
        _FOUND[compiler] = found
    return _FOUND[compiler]


def _identity(compiler: Command) -> str | None:
    """A key of the program that a command is; None of one that runs another program."""
    if len(compiler) != 1:
        return None
    try:
        path = Path(shutil.which(compiler[0]) or compiler[0]).resolve()
        file = path.stat()
    except OSError:
        return None
    text = f"{compiler[0]}\0{path}\0{file.st_size}\0{file.st_mtime_ns}\0{file.st_ino}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(key: str) -> _Found | None:
    """What was kept under a key; None of anything else."""
    try:
        found = cache.find(key, SUFFIX)
        if found is not None:
            wished, version = json.loads(found.content)
            if tuple(wished) in WISHED_FLAGS and isinstance(version, str):
                return _Found(tuple(wished), version, kept=True)
    except (OSError, TypeError, ValueError):
        pass
    return None


def _wished(compiler: Command) -> Command:
    for wished in WISHED_FLAGS:
        if WINDOWS and "-fopenmp" in wished:
            continue  # its library lies beside the compiler, where Python does not look for it
        header = "#include <omp.h>\n" if "-fopenmp" in wished else ""
        with _disk_errors("probe"), tempfile.TemporaryDirectory() as folder:
            code = Path(folder) / "probe.c"
            code.write_text(f"{header}int main(void) {{ return 0; }}\n", encoding="utf-8")
            status, _ = run((*compiler, *wished, str(code), "-o", str(Path(folder) / "probe")))
        if status == 0:
            return wished
    return ()


def _version(compiler: Command) -> str:
    with _disk_errors(compiler[0]):
        return f"{shlex.join(compiler)}\n{run((*compiler, '--version'))[1]}"


@functools.cache
def _processor() -> str:
    """What -march=native depends on: the processor's model and its features."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "Features", "CPU part")
    found = {line.split(":")[0].strip(): line for line in lines if line.startswith(wanted)}
    return "\n".join(found[key] for key in sorted(found))
