"""Sanitizers and warnings over all kernels, emitted programs and C of the runtime.

    python tests/fuzzing/run_sanitizers.py address threads warnings --jobs 2

address: AddressSanitizer and UndefinedBehaviorSanitizer, each array in its own exact allocation,
both precisions.  threads: ThreadSanitizer, two threads, on a team of POSIX threads (`team.c`) in
libgomp's place.  warnings: gcc and clang with -Wall -Wextra -Wconversion on all that was compiled.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEAM = HERE / "sanitizers" / "team.c"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-fsyntax-only")
FLAGS = {
    "address": "-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all",
    "threads": "-O1 -g1 -fsanitize=thread",
    "none": "-O0",
}
LIBRARIES = {"address": ("libasan.so", "libubsan.so"), "threads": ("libtsan.so",), "none": ()}
OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=66",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "exitcode=66:halt_on_error=1:report_signal_unsafe=0:"
    "ignore_noninstrumented_modules=1",
    "PYTHONMALLOC": "malloc",
}
WRAPPER = """#!/bin/sh
# The C compiler as nzdiff calls it, with other flags; each source is kept, and its definitions.
defined=
kept=
for flag; do
    shift
    case $flag in
        -O?) ;;
        *.c) kept="{sources}/$(sha256sum < "$flag" | cut -c 1-16)"
            cp "$flag" "$kept.c"; set -- "$@" "$flag" ;;
        -D*) defined="$defined $flag"; set -- "$@" "$flag" ;;
        *) set -- "$@" "$flag" ;;
    esac
done
[ -z "$kept" ] || printf '%s\n' "$defined" >> "$kept.flags"
{link}
exec gcc {flags} "$@"
"""
NO_SHADOW = "ThreadSanitizer failed to allocate"
"""Said where the addresses that the system drew at random left no room: begun anew."""
LINKED = 'case "$*" in *-shared*) set -- "$@" "{team}" -lpthread ;; esac'


def run(kind: str, work: Path, jobs: int, more: list[str]) -> tuple[bool, str]:
    """The table in processes with one sanitizer: whether all is right, and what they said."""
    wrapper, sources = work / f"cc-{kind}", work / "sources"
    sources.mkdir(exist_ok=True)
    link = ""
    if kind == "threads":
        team = work / "team.o"
        build = ["gcc", "-O1", "-fPIC", "-fvisibility=hidden", "-c", str(TEAM), "-o", str(team)]
        subprocess.run(build, check=True)
        link = LINKED.format(team=team)
    wrapper.write_text(WRAPPER.format(sources=sources, link=link, flags=FLAGS[kind]))
    wrapper.chmod(0o700)
    path = ":".join(str(ROOT / folder) for folder in ("tests/tables", "tests/fuzzing", "."))
    environment = {
        **os.environ, **OPTIONS, "CC": str(wrapper), "LD_PRELOAD": loaded_first(kind),
        "NZDIFF_CACHE_DIR": str(work / f"cache-{kind}"), "PYTHONPATH": path,
        "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-W", "error", str(HERE / "sanitizers" / "exercise.py"), *more]
    if kind == "threads":
        command += ["--threads", "2"]

    def part(i: int) -> subprocess.CompletedProcess[str]:
        whole = [*command, "--part", str(i), str(jobs)]
        done = _begun(whole, environment)
        for _ in range(2):
            if NO_SHADOW in done.stderr:
                done = _begun(whole, environment)
        return done

    with ThreadPoolExecutor(jobs) as pool:
        done = list(pool.map(part, range(jobs)))
    said = "\n".join(each.stdout.strip() + each.stderr[-6000:] for each in done)
    return all(each.returncode == 0 for each in done), said


def _begun(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One process, to its end."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def loaded_first(kind: str) -> str:
    """The sanitizer's libraries, as LD_PRELOAD takes them: Python was built without."""
    return ":".join(_library(name) for name in LIBRARIES[kind])


def _library(name: str) -> str:
    """The path of a sanitizer's library, as gcc knows it."""
    asked = subprocess.run(
        ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    return str(Path(asked.stdout.strip()).resolve())


def warn(work: Path, jobs: int) -> tuple[bool, str]:
    """Both compilers on every source, in both precisions."""
    kept = sorted((work / "sources").glob("*.c"))
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    commands = [
        [name, *WARNINGS, *own.split(), *extra, str(source)]
        for source in kept
        for own in sorted(set(source.with_suffix(".flags").read_text("utf-8").splitlines()))
        for name in compilers
        for extra in (("-march=native", "-fopenmp"), ())
    ]
    commands += [[name, *WARNINGS, "-D_GNU_SOURCE", str(TEAM)] for name in compilers]

    def compiled(command: list[str]) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    with ThreadPoolExecutor(jobs) as pool:
        said = [text for text in pool.map(compiled, commands) if text]
    lines = sorted({line for text in said for line in text.splitlines() if "warning:" in line})
    texts = {line.partition("warning:")[2] for line in lines}
    head = f"{len(kept)} sources, {' and '.join(compilers)}: {len(said)} compilations warn"
    return not said, "\n".join((head, *sorted(texts)[:40], *(said[:1])))


def main() -> int:
    """The exit status: 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    kinds = ("address", "threads", "warnings")
    parser.add_argument("kinds", nargs="*", default=kinds, metavar="kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="a folder for sources and caches")
    options, more = parser.parse_known_args()
    unknown = [kind for kind in options.kinds if kind not in kinds]
    if unknown:
        parser.error(f"expected kinds of {', '.join(kinds)}, got {', '.join(unknown)}")
    failed = False
    with tempfile.TemporaryDirectory(prefix="sanitizers-") as folder:
        work = options.keep or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        for kind in sorted(options.kinds):  # warnings last, on what the others compiled
            began = time.perf_counter()
            if kind == "warnings":
                if not list((work / "sources").glob("*.c")):
                    run("none", work, options.jobs, more)
                right, said = warn(work, options.jobs)
            else:
                right, said = run(kind, work, options.jobs, more)
            seconds = time.perf_counter() - began
            print(f"== {kind}: {'nothing found' if right else 'FAILED'}, {seconds:.0f} s\n{said}")
            failed |= not right
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
