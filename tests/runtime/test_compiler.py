"""Emitted C: without warnings, small, compiled once, safe for parallel processes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.codegen.emit.heading import digest
from nzdiff.runtime.kernel import compiler
from nzdiff.runtime.kernel.backends.choose import NoCompilerWarning
from nzdiff.runtime.kernel.compiler import (
    CompilerError,
    cache_folder,
    compile_cached,
    find_compiler,
)
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
    return kernel_of(derivation, program, given).source.sources["c"](), digest(program)


def code_of(source: str) -> str:
    """Everything after the comment at the head, which names the sizes planned for."""
    return source.split("*/", 1)[1]


def libraries(folder: Path) -> list[str]:
    found = [path.name for path in folder.iterdir()] if folder.exists() else []
    return sorted(name for name in found if not name.endswith(".plan"))


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
        command = [*str(find_compiler()).split(), *WARNINGS, *openmp, "-c", "kernel.c", "-o", "k.o"]
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
    os.utime(first, (1, 1))  # long ago
    assert compile_cached(SMALL) == first
    assert first.stat().st_mtime == 1
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
        "from nzdiff.runtime.kernel.compiler import compile_cached\n"
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
    log, real = tmp_path / "log", str(find_compiler())
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
    real = str(find_compiler())
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
    monkeypatch.setenv("CC", fake_compiler(tmp_path, f'{refuse}\nexec {find_compiler()} "$@"'))
    data = data_of("seed")
    g = np.ones(data["G"].size)
    model = PROBLEMS["seed"].bind(**data, backend="c", threads=2)
    expected = PROBLEMS["seed"].bind(**data, backend="numpy")
    assert np.allclose(model.gradient(g), expected.gradient(g), rtol=1e-12)
    assert len(libraries(empty_cache)) == 1


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
    with pytest.raises(CompilerError, match="no C compiler found: set CC"):
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
