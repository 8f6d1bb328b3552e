"""Compile the kernels for other systems with ziglang, and run them where an emulator does.

    python -m tools.cross        needs the extra `compiler`; the second half Debian's apt-get

1. Every source that `tools/cross_check.py` compiles here, the library kernels among them, is
   compiled and linked for Linux on ARM, Windows and macOS, with warnings as errors.
2. The same check runs on Linux for ARM: Debian's Python and PyPI's NumPy and SciPy for it, in a
   folder that is removed, under qemu, with ziglang as the compiler that nzdiff itself calls.

Nothing is installed and nobody has to be root.  What cannot be had is an error, never skipped.
For Windows and macOS kernels are compiled and linked, not run.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from unittest.mock import patch

import nzdiff
from nzdiff.runtime.kernel import cache, compiler, library
from tools import cross_check

ROOT = Path(__file__).resolve().parents[1]
ARM = "aarch64-linux-gnu.2.28"
TARGETS = (ARM, "x86_64-windows-gnu", "aarch64-macos", "x86_64-macos")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
WHEELS = ("numpy", "scipy", "sympy", "jinja2", "threadpoolctl")
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")
PACKAGES = ("python3", "libstdc++6")

Source = tuple[str, tuple[str, ...]]
"""A text, and the flags that it needs."""


def main() -> None:
    """Do both; SystemExit with what failed."""
    zig = zig_program()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        found = sources(place / "here")
        say(f"{len(found)} sources, of {len(cross_check.PROBLEMS) + 1} problems and the library")
        jobs = [
            (zig, target, place / str(k), *s) for target in TARGETS for k, s in enumerate(found)
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            failures = [said for said in pool.map(lambda job: compile_for(*job), jobs) if said]
        if failures:
            sys.exit("\n".join(failures))
        say(f"compiled and linked for {', '.join(TARGETS)}")
        run_on_arm(zig, place)


def zig_program() -> str:
    """The path of ziglang's program."""
    found = find_spec("ziglang")
    if found is None or not found.submodule_search_locations:
        sys.exit('ziglang is missing: pip install "nzdiff[compiler]"')
    return str(Path(found.submodule_search_locations[0]) / "zig")


def sources(folder: Path) -> list[Source]:
    """What the check compiles on this machine, which it passes, too."""
    found: list[Source] = []
    usual = compiler.compiled

    def recorded(source: str, build: compiler.Build, place: Path) -> bytes:
        more = build.command[len(compiler.usual_build().command) :]
        found.append((source, more))
        return usual(source, build, place)

    with (
        patch.object(library, "compiled", recorded),
        patch.dict(os.environ, NZDIFF_CACHE_DIR=str(folder)),
    ):
        if cross_check.main():
            sys.exit("the kernels of this machine are wrong")
    return found


def compile_for(zig: str, target: str, place: Path, source: str, more: Sequence[str]) -> str:
    """Compile and link a source; what the compiler says, "" for nothing."""
    code = place.with_suffix(".c")
    code.write_text(source, encoding="utf-8")
    windows = "windows" in target
    flags = [f for f in compiler.BASE_FLAGS if not (windows and f == "-fPIC")]
    command = [zig, "cc", "-target", target, *flags, *more, *WARNINGS, str(code)]
    command += ([] if windows else ["-lm"]) + ["-o", f"{place}-{target}.library"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wanted = "" if done.returncode == 0 else f"exit status {done.returncode}\n"
    said = f"{wanted}{done.stderr}".strip()
    return f"{shlex.join(command)}: {said}" if said else ""


def run_on_arm(zig: str, place: Path) -> None:
    """The check on a Python for ARM, under qemu."""
    root, site = place / "root", place / "site"
    unpacked(place, "arm64", PACKAGES, root)
    (python,) = (p for p in (root / "usr/bin").glob("python3.*") if p.name[8:].isdigit())
    platforms = [option for name in PLATFORMS for option in ("--platform", name)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    options = [*platforms, "--python-version", python.name.removeprefix("python")]
    run([*pip, "--target", str(site), *options, *WHEELS])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(site), str(Path(nzdiff.__file__).parents[1])]),
        "CC": shlex.join([zig, "cc", "-target", ARM]),
        "NZDIFF_CACHE_DIR": str(place / "arm"),
        "OPENBLAS_NUM_THREADS": "1",
    }
    check = str(ROOT / "tools" / "cross_check.py")
    run([emulator(place), "-L", str(root), str(python), "-W", "error", check], environment)
    libraries = [entry.path for entry in cache.entries(place / "arm") if entry.path.suffix == ".so"]
    say(f"{len(libraries)} libraries for {ARM} were run by {python.name}, NumPy and SciPy for it")


def emulator(place: Path) -> str:
    """qemu-aarch64, from the path or from Debian."""
    names = ("qemu-aarch64-static", "qemu-aarch64")
    for name in names:
        if found := shutil.which(name):
            return found
    (architecture,) = run(["dpkg", "--print-architecture"]).split()
    unpacked(place, architecture, ("qemu-user-static",), place / "emulator")
    for name in names:
        if (program := place / "emulator" / "usr/bin" / name).exists():
            return str(program)
    sys.exit("qemu-user-static holds no qemu-aarch64")


def unpacked(place: Path, architecture: str, names: Sequence[str], root: Path) -> None:
    """Debian's packages and what they need, as files below `root`."""
    state, kept = place / f"apt-{root.name}", place / f"archives-{root.name}"
    for folder in (state / "lists" / "partial", kept / "archives" / "partial", root):
        folder.mkdir(parents=True)
    (state / "status").touch()
    settings = {
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::Cache": kept,
    }
    apt = [
        "apt-get",
        *(word for key, value in settings.items() for word in ("-o", f"{key}={value}")),
    ]
    run([*apt, "-qq", "update"])
    run([*apt, "-qq", "--yes", "--download-only", "install", *names])
    for package in sorted((kept / "archives").glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(root)])


def say(text: str) -> None:
    """Show a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Run a program, show what it says and give it back; SystemExit where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(
            f"{shlex.join(command)}: exit status {done.returncode}\n{done.stderr}{done.stdout}"
        )
    if environment is not None:
        say(done.stdout.rstrip())
    return done.stdout


if __name__ == "__main__":
    main()
