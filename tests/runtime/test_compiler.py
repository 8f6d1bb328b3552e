"""Emitted C: without warnings, small, compiled once, safe for parallel processes."""

import ctypes
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.codegen.emit.heading import digest
from nzdiff.runtime.kernel import compiler, own_files
from nzdiff.runtime.kernel.backends import choose as backend_choice
from nzdiff.runtime.kernel.backends.choose import NoCompilerWarning
from nzdiff.runtime.kernel.cache import CacheWarning, cache_folder
from nzdiff.runtime.kernel.compiler import CompilerError, find_compiler
from nzdiff.runtime.kernel.library import compile_cached
from nzdiff.solvers.methods.lbfgs import loop
from problems import PROBLEMS, SITUATIONS, random_data, scattered, shuffled

compiles = pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-O1")
SMALL = "int nzdiff_answer(void);\nint nzdiff_answer(void) { return 42; }\n"


def data_of(name: str, situation: str = "scattered") -> dict[str, Any]:
    where = SITUATIONS[situation]
    return random_data(PROBLEMS[name], where.sizes, where.pattern, np.random.default_rng(5))


def emitted(name: str, data: dict[str, Any]) -> tuple[str, str]:
    """The C source of a problem at its data, and the digest of its plan."""
    derivation = PROBLEMS[name].derive()
    given = checked(PROBLEMS[name], data)
    program = plan_program(derivation, given)
    return kernel_of(derivation, program).source.sources["c"](), digest(program)


def code_of(source: str) -> str:
    """Everything after the comment at the head, which names the sizes planned for."""
    return source.split("*/", 1)[1]


def libraries(folder: Path) -> list[str]:
    """Those of kernels: what moves numbers is compiled once in a process, by whoever is first."""
    found = folder.iterdir() if folder.exists() else []
    kernels = (path for path in found if b"nzdiff_to_vector" not in path.read_bytes())
    return sorted(path.name for path in kernels if path.suffix not in (".plan", ".compiler"))


def real_compiler() -> str:
    """The compiler as words of a shell."""
    return shlex.join(find_compiler() or ())


def fake_compiler(folder: Path, script: str) -> str:
    path = folder / "fake-cc"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


# the text


@compiles
@pytest.mark.parametrize("name", list(PROBLEMS))
def test_emitted_c_compiles_without_warnings(name: str, tmp_path: Path) -> None:
    source = tmp_path / "kernel.c"
    source.write_text(emitted(name, data_of(name))[0], encoding="utf-8")
    for openmp in ((), ("-fopenmp",)):
        command = [*(find_compiler() or ()), *WARNINGS, *openmp, "-c", "kernel.c", "-o", "k.o"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_emitted_c_is_small(name: str) -> None:
    assert len(emitted(name, data_of(name))[0].encode()) < 60_000


@pytest.mark.parametrize("name", ["seed", "seed_diagonal", "approximate_inverse", "traces"])
def test_emitted_c_does_not_depend_on_the_number_of_stored_values(name: str) -> None:
    sizes = {"n": 60, "m": 20, "p": 15, "k": 10}
    by_plan: dict[str, list[str]] = {}
    for density in (0.02, 0.03, 0.05, 0.2, 0.5, 0.9):

        def these(
            rng: np.random.Generator, shape: tuple[int, int], density: float = density
        ) -> nz.Pattern:
            i, j = np.nonzero(rng.random(shape) < density)
            return nz.Pattern((i, j), shape)

        data = random_data(PROBLEMS[name], sizes, these, np.random.default_rng(1))
        source, plan = emitted(name, data)
        by_plan.setdefault(plan, []).append(code_of(source))
    assert max(len(codes) for codes in by_plan.values()) >= 2  # or nothing was compared
    assert all(len(set(codes)) == 1 for codes in by_plan.values())


@compiles
def test_one_plan_is_compiled_once_for_all_patterns(empty_cache: Path) -> None:
    data, plans = data_of("seed"), set()
    i, j = np.divmod(np.arange(32) * 5 % 54, 6)
    for turn in range(3):  # columns change places: every product keeps its number of entries
        data["G"] = nz.Pattern((i, (j + turn) % 6), (9, 6))
        plans.add(emitted("seed", data)[1])
        assert PROBLEMS["seed"].bind(**data, backend="c").size == 32
    assert len(plans) == 1
    assert len(libraries(empty_cache)) == 1


# the cache


@compiles
def test_a_source_is_compiled_once(empty_cache: Path) -> None:
    first = compile_cached(SMALL)
    before = first.stat().st_ino
    assert compile_cached(SMALL) == first
    assert first.stat().st_ino == before
    assert compile_cached(SMALL.replace("42", "43")) != first
    assert len(libraries(empty_cache)) == 2


@compiles
def test_flags_are_part_of_the_key(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = compile_cached(SMALL)
    monkeypatch.setattr(compiler, "_flags", lambda _: ("-shared", "-fPIC", "-O0"))
    assert compile_cached(SMALL) != first
    assert len(libraries(empty_cache)) == 2


@compiles
def test_only_the_comment_at_the_head_is_no_part_of_the_key(empty_cache: Path) -> None:
    first = compile_cached(f"/* for 10 values */\n{SMALL}")
    assert compile_cached(f"/* for 20 values,\n * more */\n{SMALL}") == first
    assert compile_cached(f"/* for 10 values */\n{SMALL}/* */ int other;\n") != first


@compiles
def test_processes_may_compile_one_kernel_at_the_same_time(
    empty_cache: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source.c"
    source.write_text(emitted("seed", data_of("seed"))[0], encoding="utf-8")
    program = (
        "import sys, ctypes, pathlib\n"
        "from nzdiff.runtime.kernel.library import compile_cached\n"
        "source = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "library = compile_cached(source)\n"
        "assert ctypes.CDLL(str(library)).nzdiff_energy\n"
        "print(library)\n"
    )
    package = Path(nz.__file__).parents[1]
    paths = [str(package), os.environ.get("PYTHONPATH", "")]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(source)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )
        for _ in range(4)
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0] * 4, results
    assert len({output for output, _ in results}) == 1
    assert libraries(empty_cache) == [Path(results[0][0].strip()).name]


def test_the_cache_is_where_the_variables_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NZDIFF_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("NZDIFF_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "nzdiff"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "nzdiff"


# the compiler


@compiles
def test_a_rejected_source_shows_what_the_compiler_says(empty_cache: Path) -> None:
    with pytest.raises(CompilerError, match=r"(?s)-std=c11.*failed:.*error.*no_such_name"):
        compile_cached("int answer(void) { return no_such_name; }\n")
    assert libraries(empty_cache) == []


def test_a_failing_compiler_shows_its_output(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CC", fake_compiler(tmp_path, 'echo "no room left" >&2\nexit 3'))
    with pytest.raises(CompilerError, match=r"(?s)fake-cc .*failed:.*no room left"):
        compile_cached(SMALL)
    with pytest.raises(CompilerError, match="no room left"):
        PROBLEMS["seed"].bind(**data_of("seed"), backend="c")
    assert libraries(empty_cache) == []


@compiles
def test_cc_names_the_compiler(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log, real = tmp_path / "log", real_compiler()
    monkeypatch.setenv("CC", fake_compiler(tmp_path, f'echo "$@" >> {log}\nexec {real} "$@"'))
    data, g = data_of("seed"), np.ones(data_of("seed")["G"].size)
    through_cc = PROBLEMS["seed"].bind(**data, backend="c")
    expected = PROBLEMS["seed"].bind(**data, backend="numpy")
    assert "kernel.c" in log.read_text(encoding="utf-8")
    assert through_cc.energy(g) == pytest.approx(expected.energy(g), rel=1e-13)
    assert len(libraries(empty_cache)) == 1


@compiles
def test_cc_may_carry_options_which_are_part_of_the_key(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = real_compiler()
    plain = compile_cached(SMALL)
    monkeypatch.setenv("CC", f"{real} -DNZDIFF_TEST=1")
    source = "#ifndef NZDIFF_TEST\n#error not given\n#endif\n" + SMALL
    assert compile_cached(source).exists()
    assert compile_cached(SMALL) != plain
    assert len(libraries(empty_cache)) == 3


@compiles
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_cc_is_as_none(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    usual = find_compiler()
    monkeypatch.setenv("CC", value)
    assert find_compiler() == usual


def test_a_cc_that_does_not_exist_is_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/no/such/compiler -O2")
    assert find_compiler() is None
    with pytest.raises(RuntimeError, match="CC"):
        PROBLEMS["seed"].bind(**data_of("seed"), backend="c")


@compiles
def test_a_compiler_without_openmp_is_enough(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refuse = 'for word in "$@"; do [ "$word" = -fopenmp ] && exit 1; done'
    monkeypatch.setenv("CC", fake_compiler(tmp_path, f'{refuse}\nexec {real_compiler()} "$@"'))
    data = data_of("seed")
    g = np.ones(data["G"].size)
    model = PROBLEMS["seed"].bind(**data, backend="c", threads=2)
    expected = PROBLEMS["seed"].bind(**data, backend="numpy")
    assert np.allclose(model.gradient(g), expected.gradient(g), rtol=1e-12)
    assert len(libraries(empty_cache)) == 1


@compiles
def test_what_a_compiler_takes_is_asked_once_of_each_file(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log, real = tmp_path / "log", real_compiler()
    command = (fake_compiler(tmp_path, f'echo "$@" >> {log}\nexec {real} "$@"'),)
    for name, fresh in (("_FOUND", {}), ("_IGNORED", [])):
        monkeypatch.setattr(compiler, name, fresh)
    first = compiler._found(command)
    asked = log.read_text(encoding="utf-8")
    assert "--version" in asked and "probe.c" in asked and not compiler.forget()
    monkeypatch.setattr(compiler, "_FOUND", {})  # as in another process
    assert replace(compiler._found(command), kept=False) == first
    assert log.read_text(encoding="utf-8") == asked
    fake_compiler(tmp_path, f'echo another >> {log}\nexec {real} "$@"')
    monkeypatch.setattr(compiler, "_FOUND", {})
    compiler._found(command)
    assert log.read_text(encoding="utf-8") == asked + "another\nanother\n"


@compiles
def test_a_compiler_that_takes_less_than_was_kept_is_asked_again(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    less, real = tmp_path / "less", real_compiler()
    refuse = f'[ -e {less} ] && for word in "$@"; do [ "$word" = -fopenmp ] && exit 1; done'
    monkeypatch.setenv("CC", fake_compiler(tmp_path, f'{refuse}\nexec {real} "$@"'))
    for name, fresh in (("_FOUND", {}), ("_IGNORED", [])):
        monkeypatch.setattr(compiler, name, fresh)
    compile_cached(SMALL)
    monkeypatch.setattr(compiler, "_FOUND", {})  # as in another process
    less.touch()
    assert compile_cached(f"{SMALL}/* another */\n").exists()
    assert len(libraries(empty_cache)) == 2


@compiles
def test_a_compiler_without_the_header_of_openmp_is_enough(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refuse = 'for file in "$@"; do grep -qs "^#include <omp.h>" "$file" && exit 1; done'
    monkeypatch.setenv("CC", fake_compiler(tmp_path, f'{refuse}\nexec {real_compiler()} "$@"'))
    command = find_compiler()
    assert command is not None
    flags = compiler._flags(command)
    assert "-fopenmp" not in flags


def test_a_processor_that_no_file_describes_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert platform.machine() in compiler._processor.__wrapped__()


# without a compiler


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_auto_warns_and_uses_numpy() -> None:
    data = data_of("seed")
    with pytest.warns(NoCompilerWarning, match="no C compiler found .*set CC.*NumPy backend"):
        model = PROBLEMS["seed"].bind(**data)
    assert model.backend == "numpy"
    assert model.energy(np.zeros(model.size)) == pytest.approx(np.sum(data["X"] ** 2), rel=1e-13)


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_c_is_refused() -> None:
    with pytest.raises(
        RuntimeError, match=r'backend \"c\": no C compiler found.*backend="numpy" works'
    ):
        PROBLEMS["seed"].bind(**data_of("seed"), backend="c")
    with pytest.raises(CompilerError, match=r"no C compiler found \(set CC"):
        compile_cached(SMALL)


@pytest.mark.usefixtures("no_compiler")
def test_numpy_needs_no_compiler_and_says_nothing() -> None:
    assert PROBLEMS["seed"].bind(**data_of("seed"), backend="numpy").backend == "numpy"


@compiles
def test_with_a_compiler_auto_is_c() -> None:
    assert PROBLEMS["seed"].bind(**data_of("seed")).backend == "c"


# threads


@compiles
@pytest.mark.parametrize("name", ["seed", "seed_diagonal", "transposed_sums", "two_unknowns"])
def test_results_are_the_same_bits_for_any_number_of_threads(name: str) -> None:
    sizes = {"n": 120, "m": 40, "p": 30, "k": 20}
    data = random_data(PROBLEMS[name], sizes, scattered, np.random.default_rng(2))
    one, two = (PROBLEMS[name].bind(**data, backend="c", threads=count) for count in (1, 2))
    rng = np.random.default_rng(3)
    for _ in range(3):
        g, v = rng.standard_normal((2, one.size))
        w = rng.standard_normal(one.residual_size)
        assert one.energy(g) == two.energy(g)
        assert np.array_equal(one.gradient(g), two.gradient(g))
        assert np.array_equal(one.residual(g), two.residual(g))
        assert np.array_equal(one.jvp(g, v), two.jvp(g, v))
        assert np.array_equal(one.vjp(g, w), two.vjp(g, w))


def test_threads_are_limited_by_the_machine() -> None:
    data = random_data(
        PROBLEMS["seed"], {"n": 4, "m": 3, "p": 2, "k": 2}, shuffled, np.random.default_rng(0)
    )
    model = PROBLEMS["seed"].bind(**data, backend="numpy", threads=10**6)
    assert model.threads == os.cpu_count()


def test_the_fixture_hides_every_compiler(no_compiler: None) -> None:
    assert shutil.which("cc") is None
    assert find_compiler() is None


# whatever is wrong with the compiler

BROKEN = {
    "reports success and writes nothing": "exit 0",
    "checks syntax alone": 'exec {real} -fsyntax-only "$@"',
    "writes an object file": 'exec {real} -c "$@"',
    "writes text": 'exec {real} -E "$@"',
    "writes an empty file": 'for last in "$@"; do :; done; : > "$last"',
    "writes something else": 'for last in "$@"; do :; done; echo hello > "$last"',
    "leaves out the functions": 'echo "int x;" > {folder}/x.c; for last in "$@"; do :; done\n'
    'exec {real} -shared -fPIC {folder}/x.c -o "$last"',
    "fails": "echo no room left >&2; exit 3",
    "is killed": "kill -9 $$",
    "says what is no text": r"printf '\377\376'; exit 1",
    "has no linker": 'exec {real} -B/nowhere -fuse-ld=no-such-linker "$@"',
}


@compiles
@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("fault", BROKEN)
def test_auto_is_numpy_whatever_is_wrong_with_the_compiler(
    fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = 'case "$*" in *--version*) exit;; esac\n'
    script = version + BROKEN[fault].format(real=real_compiler(), folder=tmp_path)
    monkeypatch.setenv("CC", fake_compiler(tmp_path, script))
    data = data_of("seed")
    with pytest.warns(NoCompilerWarning, match="fake-cc|C compiler") as caught:
        model = PROBLEMS["seed"].bind(**data)
    assert len(caught) == 1
    assert str(caught[0].message).endswith(": using the NumPy backend")
    assert model.backend == "numpy"
    assert model.energy(np.zeros(model.size)) == pytest.approx(np.sum(data["X"] ** 2), rel=1e-13)
    with pytest.raises(CompilerError, match=r'backend "c": (.|\n)*backend="numpy" works'):
        PROBLEMS["seed"].bind(**data, backend="c")


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("value", ["gcc 'x", "/bin", "/no/such/compiler", "''", '"" -O2'])
def test_auto_is_numpy_where_cc_names_no_program(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", value)
    with pytest.warns(NoCompilerWarning, match=r"CC\b.*using the NumPy backend"):
        assert PROBLEMS["seed"].bind(**data_of("seed")).backend == "numpy"


@compiles
@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("style", ["a bare path", "quoted", "quoted with options", "escaped"])
def test_cc_may_hold_spaces(style: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "my compilers"
    folder.mkdir()
    given = f'echo "$#" >> "{folder}/calls"\nexec {real_compiler()} "$@"'
    path = fake_compiler(folder, given)
    written = {
        "a bare path": path,
        "quoted": f'"{path}"',
        "quoted with options": f"'{path}' -DONE='1 + 1' \"-DTWO=2 + 2\"",
        "escaped": path.replace(" ", "\\ ") + " -O1",
    }
    monkeypatch.setenv("CC", written[style])
    assert compile_cached(SMALL).exists()
    assert (folder / "calls").exists()


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("when", ["", 'case "$*" in *--version*) exit;; *probe*) exit;; esac\n'])
def test_a_compiler_that_hangs_is_ended_with_its_children(
    when: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    script = f"{when}sleep 1000 > {fifo} &\nsleep 1000 > {fifo}\n"
    monkeypatch.setenv("CC", fake_compiler(tmp_path, script))
    monkeypatch.setenv("NZDIFF_COMPILE_SECONDS", "0.5")
    monkeypatch.setattr(compiler, "_ENDED", {})
    with pytest.warns(NoCompilerWarning, match=r"after 0.5 s .*NZDIFF_COMPILE_SECONDS"):
        assert PROBLEMS["seed"].bind(**data_of("seed")).backend == "numpy"
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # returns when nobody can write: both are dead
    os.close(reader)
    monkeypatch.setattr(subprocess, "Popen", None)  # it is not waited for again
    with pytest.raises(CompilerError, match="had not ended"):
        compile_cached(SMALL)


UNWAITED = """
import sys, threading, time
from pathlib import Path
from nzdiff.runtime.kernel import compiler

fifo, started = sys.argv[1:]
command = ("sh", "-c", f"exec 3> {fifo}; : > {started}; exec sleep 1000")
threading.Thread(target=compiler.run, args=(command,), daemon=True).start()
while not Path(started).exists():
    time.sleep(0.001)
"""


def test_a_compiler_that_nobody_waits_for_ends_with_its_process(tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    process = subprocess.Popen([sys.executable, "-c", UNWAITED, str(fifo), str(tmp_path / "runs")])
    with fifo.open("rb") as reader:
        assert reader.read() == b""  # returns when it has ended
    assert process.wait() == 0


TWO_AT_ONCE = """
import atexit, threading, time
from nzdiff.runtime.kernel import compiler
register = atexit.register
def slowly(*given):
    time.sleep(0.2)
    return register(*given)
atexit.register = slowly
threads = [threading.Thread(target=compiler.run, args=(("true",),)) for _ in range(3)]
for thread in threads:
    thread.start()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="it has no program `true`")
def test_a_process_ends_whose_first_compilers_were_started_at_once() -> None:
    subprocess.run([sys.executable, "-c", TWO_AT_ONCE], check=True, timeout=30)


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NZDIFF_COMPILE_SECONDS", value)
    with pytest.warns(UserWarning, match=f"NZDIFF_COMPILE_SECONDS: .*'{value}'; 300 are used"):
        compiler.run(("true",))


@compiles
def test_later_kernels_fall_back_where_the_compiler_is_gone(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = data_of("seed")
    model, strict = PROBLEMS["seed"].bind(**data), PROBLEMS["seed"].bind(**data, backend="c")
    assert model.backend == "c"
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    g = np.random.default_rng(0).standard_normal(model.size)
    with pytest.warns(NoCompilerWarning, match="using the NumPy backend"):
        found = model.gauss_newton(g).toarray()
    columns = np.stack([model.gauss_newton(g) @ column for column in np.eye(model.size)], axis=1)
    assert np.allclose(found, columns, rtol=1e-10, atol=1e-10)
    with pytest.raises(CompilerError, match='backend "c"'):
        strict.gauss_newton(g).toarray()


@compiles
def test_later_functions_of_a_batch_fall_back(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    X = nz.dense("X", 2, 2)
    model = nz.Problem(nz.sumsq(X * X), wrt=X).bind_batch(X=(2, 2))
    assert model.backend == "c"
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    g = np.random.default_rng(0).standard_normal((3, 4))
    with pytest.warns(NoCompilerWarning, match="using the NumPy backend"):
        hessians = model.hessian(g)
    assert np.allclose(hessians, np.swapaxes(hessians, 1, 2))


@compiles
def test_l_bfgs_runs_in_python_where_its_loop_does_not_compile(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = PROBLEMS["seed"].bind(**data_of("seed"))
    monkeypatch.setenv("CC", fake_compiler(tmp_path, "exit 1"))
    monkeypatch.setattr(loop, "_library", cache(loop._library.__wrapped__))
    with pytest.warns(NoCompilerWarning, match="runs in Python|using the NumPy") as caught:
        result = nz.solve(model, np.ones(model.size), method="l-bfgs", max_iterations=5)
    assert any("loop of L-BFGS runs in Python" in str(w.message) for w in caught)
    assert result.fun < model.energy(np.ones(model.size))


@compiles
@pytest.mark.parametrize("where", ["no folder", "nothing mapped"])
def test_a_cache_from_which_nothing_loads_is_left(
    where: str, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = ctypes.CDLL

    def noexec(path: str, *rest: Any, **named: Any) -> Any:
        if path.startswith(str(empty_cache)) or where == "nothing mapped":
            raise OSError(f"{path}: failed to map segment from shared object")
        return usual(path, *rest, **named)

    monkeypatch.setattr(ctypes, "CDLL", noexec)
    data = data_of("seed")
    if where == "no folder":
        with pytest.warns(CacheWarning, match=r"failed to map.*for this process alone"):
            assert PROBLEMS["seed"].bind(**data).backend == "c"
    else:
        with pytest.warns(NoCompilerWarning, match=r"cannot be loaded: failed to map") as caught:
            assert PROBLEMS["seed"].bind(**data).backend == "numpy"
        assert len(caught) == 1
        assert libraries(empty_cache) == []


@compiles
@pytest.mark.parametrize("everywhere", [False, True])
def test_a_full_disk_is_no_end(
    everywhere: bool, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: Any, **__: Any) -> None:
        if everywhere or path.parent == empty_cache:
            raise OSError(28, "No space left on device")
        path.write_bytes(_[0])

    monkeypatch.setattr(own_files, "write_whole", full)
    with pytest.warns((NoCompilerWarning, CacheWarning), match="No space left on device"):
        model = PROBLEMS["seed"].bind(**data_of("seed"))
    assert model.backend == ("numpy" if everywhere else "c")
    assert list(empty_cache.iterdir()) == []


@compiles
def test_there_may_be_no_temporary_folder(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: Any, **__: Any) -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    for name in ("mkdtemp", "TemporaryFile", "TemporaryDirectory"):
        monkeypatch.setattr(tempfile, name, nowhere)
    with pytest.warns(NoCompilerWarning, match="No usable temporary directory"):
        assert PROBLEMS["seed"].bind(**data_of("seed")).backend == "numpy"


SMALL_PROBLEM = """
import numpy as np, nzdiff as nz
G, B = nz.sparse("G", 3, 3), nz.dense("B", 3, 3)
model = nz.Problem(nz.sumsq(G * B), wrt=G).bind(B=np.eye(3), G=nz.Pattern.full((3, 3)))
print(model.backend, model.energy(np.ones(9)))
"""


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root is anyone")
@compiles
@pytest.mark.parametrize("home", [None, "", "/nonexistent"])
def test_a_user_without_a_home_and_a_name_is_served(home: str | None, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"}
    environment |= {} if home is None else {"HOME": home}
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.setuid(54321)\n{SMALL_PROBLEM}"],
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
        check=False,
    )
    if done.returncode and "CacheWarning" not in done.stderr:  # it never came to the cache
        pytest.skip("other users may not read where Python or nzdiff is installed")
    assert done.stdout == "c 9.0\n", done.stderr
    assert done.stderr.count("CacheWarning") == 1


# the embedded compiler


def test_the_embedded_compiler_is_used_before_numpy_and_named(
    no_compiler: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(compiler, "embedded_compiler", lambda: ("/no/zig", "cc"))
    assert find_compiler() == ("/no/zig", "cc")
    monkeypatch.setattr(backend_choice, "embedded_compiler", lambda: ("/no/zig", "cc"))
    made: list[str] = []
    backend_choice._name_embedded.cache_clear()
    with pytest.warns(NoCompilerWarning, match="ziglang"):
        backend_choice.with_backend("auto", made.append)
    backend_choice.with_backend("c", made.append)  # said once
    assert made == ["c", "c"]


@pytest.mark.skipif(compiler.embedded_compiler() is None, reason="ziglang is not installed")
def test_the_embedded_compiler_computes_the_same(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", shlex.join(compiler.embedded_compiler() or ()))
    data = data_of("seed")
    g = np.random.default_rng(0).standard_normal(data["G"].size)
    model = PROBLEMS["seed"].bind(**data, backend="c")
    expected = PROBLEMS["seed"].bind(**data, backend="numpy")
    assert np.allclose(model.gradient(g), expected.gradient(g), rtol=1e-12)
