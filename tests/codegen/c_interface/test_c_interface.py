"""The C interface of a problem: the numbers of Python, under sanitizers, and what it refuses."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse
from typer.testing import CliRunner

import nzdiff as nz
from c_interface.driver import SANITIZED, answers, can, compiled, run
from nzdiff.cli import app
from nzdiff.codegen.c_interface.arithmetic import c_arithmetic
from nzdiff.codegen.c_interface.layout import wrapped
from nzdiff.codegen.c_interface.write import c_texts, generate_c
from nzdiff.problem_file import shipped_problem
from nzdiff.runtime.data.formula import evaluate
from problems import CALCULUS, PROBLEMS, SITUATIONS, agree, random_data

HERE = Path(__file__).parent
COMPILERS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"no {name}"))
    for name in ("gcc", "clang")
]
with_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")
CELLS = (
    ("gcc", "seed_diagonal", ("scattered", "shuffled", "empty", "one_of_each", "wide")),
    ("clang", "seed_symmetric", ("scattered", "full", "one_row", "one_column")),
    ("clang", "two_unknowns_backwards", ("scattered", "shuffled")),
    ("gcc", "difference_of_squares", ("scattered",)),
    ("gcc", "regularised", ("scattered", "full")),
    ("clang", "approximate_inverse", ("scattered", "full")),
    ("clang", "penalties", ("scattered",)),
    ("gcc", "stacked", ("scattered", "full")),
    ("gcc", "dense_and_sparse", ("scattered",)),
    ("clang", "dense_unknown", ("full",)),
)
n, m = nz.dims("n m")
A, C, G = nz.dense("A", n, n), nz.dense("C", n, m), nz.sparse("G", n, m)
S, D, T = nz.sparse("S", n, n, symmetric=True), nz.diagonal("D", n), nz.sparse("T", n, n)
FIT = nz.Problem(nz.sumsq(A * G - C), wrt=G, name="fit")
MIXED = nz.Problem(nz.sumsq(D * S - T) + nz.scalar("new") * nz.sumsq(S), wrt=(S, D), name="mixed")


@pytest.mark.slow
@pytest.mark.parametrize(("compiler", "name", "situations"), CELLS)
def test_c_finds_the_numbers_of_python(
    tmp_path: Path, compiler: str, name: str, situations: tuple[str, ...]
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    known = {**PROBLEMS, **CALCULUS}[name]
    problem = nz.Problem(known.written, known.wrt, name)
    first = SITUATIONS[situations[0]]
    data = random_data(problem, first.sizes, first.pattern, np.random.default_rng(0))
    library = compiled(compiler, generate_c(problem, tmp_path, data=data), name)
    for chosen in situations:
        situation = SITUATIONS[chosen]
        rng = np.random.default_rng(3)
        given = random_data(problem, situation.sizes, situation.pattern, rng)
        _compare(*answers(problem, given, library, compiler))


@pytest.mark.slow
@pytest.mark.parametrize("compiler", COMPILERS)
def test_symmetric_and_diagonal_unknowns_and_other_letters(tmp_path: Path, compiler: str) -> None:
    library = compiled(compiler, generate_c(MIXED, tmp_path), "mixed")
    chosen = np.random.default_rng(1).random((6, 6)) < 0.4
    pattern = nz.Pattern(np.nonzero(chosen | chosen.T | np.eye(6, dtype=bool)), (6, 6)).symmetric()
    target = nz.Pattern.full((6, 6)).to_csr(np.arange(36.0))
    _compare(*answers(MIXED, {"S": pattern, "T": target, "new": 0.3}, library, compiler))


@with_gcc
@pytest.mark.slow
@pytest.mark.skipif(not list(Path("/usr/lib").glob("**/libblas.so")), reason="no BLAS to link")
def test_a_linked_blas_and_plain_loops_find_the_same(tmp_path: Path) -> None:
    U, V = nz.dense("U", n, n), nz.dense("V", m, n)
    problem = nz.Problem(nz.sumsq(A * U * V.T * C.T - A), wrt=(U, V), name="linked")
    generate_c(problem, tmp_path, sizes={"n": 40, "m": 30})
    rng = np.random.default_rng(2)
    given: dict[str, Any] = {"A": rng.standard_normal((7, 7)), "C": rng.standard_normal((7, 5))}
    given |= {"U": (7, 7), "V": (5, 7)}
    found = []
    for flags, libraries in (((), ()), (("-DNZDIFF_LINKED_BLAS",), ("-lblas",))):
        library = compiled("gcc", tmp_path, "linked", (*SANITIZED, *flags))
        assert ("U dgemm_" in run("nm", library)) == bool(flags)
        told, expected = answers(problem, given, library, "gcc", *libraries)
        _compare(told, expected)
        found.append(told)
    own, linked = found
    assert all(agree(own[what], linked[what]) for what in own if what != "missing")


FIXED = nz.sparse("F", 4, 4)
ALONE = nz.dense("x", 3, 1)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize(
    ("problem", "given"),
    [
        (
            nz.Problem(nz.sumsq(FIXED), wrt=FIXED, name="fixed"),
            {"F": nz.Pattern(([0, 1, 3], [2, 1, 0]), (4, 4))},
        ),
        (nz.Problem(nz.sumsq(nz.exp(ALONE)), wrt=ALONE, name="alone"), {"x": (3, 1)}),
    ],
)
def test_problems_without_sizes_or_without_any_data(
    tmp_path: Path, compiler: str, problem: nz.Problem, given: dict[str, Any]
) -> None:
    library = compiled(compiler, generate_c(problem, tmp_path), problem.name)
    _compare(*answers(problem, given, library, compiler))


@with_gcc
@pytest.mark.slow
def test_names_of_matrices_may_be_those_of_the_source(tmp_path: Path) -> None:
    nx, self_ = nz.dims("nx self")
    s, w, handle = nz.sparse("s", nx, self_), nz.sparse("w", nx, nx), nz.dense("handle", nx, self_)
    dense, before = nz.diagonal("dense", nx), nz.scalar("before")
    energy = nz.sumsq(dense * w * s - before * handle) + nz.scalar("number") * nz.sumsq(s)
    problem = nz.Problem(energy, wrt=s, name="names")
    library = compiled("gcc", generate_c(problem, tmp_path), "names")
    rng = np.random.default_rng(0)
    given = {"s": nz.Pattern.full((4, 3)), "w": sparse.random_array((4, 4), density=0.5, rng=rng)}
    given |= {"handle": np.ones((4, 3)), "dense": np.arange(4.0), "before": 0.5, "number": 2.0}
    _compare(*answers(problem, given, library, "gcc"))


@with_gcc
@pytest.mark.slow
def test_what_is_declared_symmetric_has_to_be(tmp_path: Path) -> None:
    U, V = nz.sparse("U", n, n, symmetric=True), nz.sparse("V", n, n, symmetric=True)
    W = nz.dense("W", n, n, symmetric=True)
    problem = nz.Problem(nz.sumsq(V * U - W), wrt=U, name="even")
    library = compiled("gcc", generate_c(problem, tmp_path), "even")
    program = tmp_path / "even"
    run("gcc", *SANITIZED, "-I", tmp_path, HERE / "even.c", library, "-lm", "-o", program)
    assert run(program).splitlines() == [
        "0 ",
        "7 U: declared symmetric, but its pattern is not",
        "7 V: declared symmetric, but its pattern is not",
        "7 V: declared symmetric, but entries 0 and 1 are 1 and 2",
        "7 W: declared symmetric, but entry (0, 1) is 3, and its mirror 2",
        "7 V: declared symmetric, but entries 0 and 1 are 1 and 2",
        "0 ",
    ]


@with_gcc
@pytest.mark.slow
def test_numbers_are_replaced_and_stay_after_an_error(tmp_path: Path) -> None:
    energy = nz.sumsq(A * G - C) / nz.scalar("mu") + nz.sqrt(nz.scalar("nu")) * nz.sumsq(G)
    problem = nz.Problem(energy, wrt=G, name="tuned")
    library = compiled("gcc", generate_c(problem, tmp_path), "tuned")
    program = tmp_path / "tuned"
    run("gcc", *SANITIZED, "-I", tmp_path, HERE / "tuned.c", library, "-lm", "-o", program)
    assert run(program).splitlines() == [
        "0 6 ",
        "0 7 ",
        "6 0 mu: expected a finite number, got nan",
        "6 0 1/mu: expected a finite number, got inf",
        "6 0 sqrt(nu): expected a finite number, got nan",
        "0 7 sqrt(nu): expected a finite number, got nan",  # the detail of the call before
        "0 13 ",
        "0 0 ",
    ]


def _compare(told: dict[str, object], expected: dict[str, object]) -> None:
    assert told.keys() == expected.keys()
    for what, right in expected.items():
        assert told[what] == right if isinstance(right, str) else agree(told[what], right), what


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interface of the problem that the demo solves."""
    entry = shipped_problem("spectral_coarsening")
    return generate_c(entry.problem, tmp_path_factory.mktemp("seed"), sizes=entry.sizes)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", COMPILERS)
def test_what_is_wrong_is_refused_in_words_and_leaks_nothing(seed: Path, compiler: str) -> None:
    program = seed / f"bad-{compiler}"
    failing = (*SANITIZED, "-Dcalloc=rare_calloc")
    library = compiled(compiler, seed, "spectral_coarsening", failing)
    source = HERE / "bad_input.c"
    run(compiler, *SANITIZED, "-I", seed, source, library, "-lm", "-o", program)
    assert run(program).splitlines() == (HERE / "bad_input.txt").read_text().splitlines()
    with pytest.raises(AssertionError, match="leaked"):
        run(program, "leak")


@with_gcc
@pytest.mark.slow
def test_threads_with_handles_of_their_own_do_not_meet(seed: Path) -> None:
    flags = ("-std=c11", "-O1", "-g", "-fsanitize=thread", "-I", seed)
    sources = HERE / "threads.c", seed / "spectral_coarsening.c"
    run("gcc", *flags, *sources, "-lm", "-pthread", "-o", seed / "threads")
    fixed = ("setarch", os.uname().machine, "-R")  # the sanitizer wants addresses where they were
    run(*(fixed if can(*fixed, "true") else ()), seed / "threads")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cmake") is None, reason="no CMake")
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("blas", ["OFF", "ON"])
def test_cmake_builds_installs_and_finds_it(
    seed: Path, tmp_path: Path, blas: str, compiler: str
) -> None:
    built, prefix, user = tmp_path / "built", tmp_path / "prefix", tmp_path / "user"
    if blas == "ON" and not list(Path("/usr/lib").glob("**/libblas.so")):
        pytest.skip("no BLAS to link")
    options = f"-DSPECTRAL_COARSENING_BLAS={blas}", f"-DCMAKE_INSTALL_PREFIX={prefix}"
    chosen = f"-DCMAKE_C_COMPILER={compiler}"
    run("cmake", "-S", seed, "-B", built, chosen, *options)
    run("cmake", "--build", built)
    run("ctest", "--test-dir", built, "--output-on-failure")
    run("cmake", "--install", built)
    user.mkdir()
    (user / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\n"
        "project(user LANGUAGES C CXX)\n"
        "find_package(spectral_coarsening REQUIRED)\n"
        "add_executable(user user.cpp)\n"
        "target_link_libraries(user spectral_coarsening::spectral_coarsening)\n"
    )
    (user / "user.cpp").write_text(
        "#include <spectral_coarsening.h>\n"
        "int main() {\n"
        "    spectral_coarsening *handle = nullptr;\n"
        "    const int code = spectral_coarsening_create(nullptr, &handle);\n"
        "    spectral_coarsening_destroy(handle);\n"
        "    return code == SPECTRAL_COARSENING_NULL_POINTER ? 0 : 1;\n"
        "}\n"
    )
    run("cmake", "-S", user, "-B", user / "built", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", user / "built")
    run(user / "built" / "user")


@with_gcc
@pytest.mark.slow
def test_only_the_interface_is_exported(seed: Path) -> None:
    library = compiled("gcc", seed, "spectral_coarsening", ("-std=c11", "-O1", "-fno-pie"))
    names = [line.split()[-1] for line in run("nm", "-g", "--defined-only", library).splitlines()]
    assert len(names) == 21
    assert all(name.startswith("spectral_coarsening_") for name in names)
    writable = run("nm", library).splitlines()
    assert [line for line in writable if line.split()[-2] in "BbDdC"] == []


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The files of a small interface."""
    return c_texts(FIT, sizes={"n": 20, "m": 5})


def test_the_folder_holds_a_header_its_source_and_how_it_is_built(texts: dict[str, str]) -> None:
    built = {"CMakeLists.txt", "config.cmake.in", "example.c", "LICENSE"}
    assert texts.keys() == {"fit.h", "fit.c", "kernels.h", "setup.h", *built}
    assert "restrict" not in texts["fit.h"]
    assert 'extern "C" {' in texts["fit.h"]
    declared = texts["fit.h"].split("\nFIT_API\n")
    assert len(declared) == 20
    assert all(before.rstrip().endswith("*/") for before in declared[:-1])  # what it does
    assert "the stored values of G in the order of its entries" in texts["fit.h"]


def test_an_interface_is_written_again_but_not_among_other_files(tmp_path: Path) -> None:
    sizes = {"n": 20, "m": 5}
    for _ in range(2):
        assert generate_c(FIT, tmp_path / "c", sizes=sizes) == tmp_path / "c"
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"found other files \(c, notes.txt\)"):
        generate_c(FIT, tmp_path, sizes=sizes)
    with pytest.raises(FileExistsError, match="expected a folder, found a file"):
        generate_c(FIT, tmp_path / "notes.txt", sizes=sizes)


@pytest.mark.parametrize(
    ("energy", "named"),
    [
        (nz.sumsq(nz.inv(A) * G), "inverse|A"),
        (nz.logdet(A + G * G.T), "computed by libraries"),
    ],
)
def test_what_libraries_compute_is_refused_by_name(energy: sp.Expr, named: str) -> None:
    with pytest.raises(NotImplementedError, match=named):
        c_texts(nz.Problem(energy, wrt=G, name="other"), sizes={"n": 6, "m": 4})


@pytest.mark.parametrize("name", ["double", "setup", "exp", "stage_1", "fit_t"])
def test_names_that_c_cannot_say_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be one in C"):
        c_texts(nz.Problem(nz.sumsq(G), wrt=G, name=name), sizes={"n": 6, "m": 4})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2 * m + k", "((2.0 * (double)w->m) + k)"),
        ("1/m", "(1.0 / (double)w->m)"),
        ("math.sqrt(k)", "sqrt(k)"),
        ("(k if k > 0 else -m)", "((k > 0.0) ? k : (-(double)w->m))"),
        ("max(k, math.pi)", f"fmax(k, {np.pi!r})"),
    ],
)
def test_arithmetic_of_python_in_c(text: str, written: str) -> None:
    assert c_arithmetic(text, {"m": "(double)w->m", "k": "k"}) == written
    assert np.isfinite(evaluate(text, {"m": 3, "k": 2}))


def test_arithmetic_that_c_lacks_is_refused() -> None:
    with pytest.raises(NotImplementedError, match=r"math\.comb"):
        c_arithmetic("math.comb(k, 2)", {"k": "k"})


def test_long_lines_break_after_commas_and_not_in_texts() -> None:
    text = '"' + "a, " * 20 + '"'
    parts = wrapped([f"    call(s, {text}, {'b, ' * 20}c);"])
    assert len(parts) == 2
    assert all(len(part) <= 100 for part in parts)
    assert text in parts[0]
    assert parts[0].endswith("b,")
    assert parts[1].startswith("        b, ")


def test_the_command_writes_a_library_beside_the_problem_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = 'import nzdiff as nz\nproblem = nz.parse("norm2(A*x - b)^2", wrt="x", name="fit")\n'
    Path("mine.py").write_text(f'{lines}outputs = ["energy", "hvp", "matrices"]\n')
    invoke = CliRunner().invoke
    done = invoke(app, ["generate", "mine.py", "--c"])
    assert (done.exit_code, done.output) == (0, "wrote fit_c\n")
    header = Path("fit_c/fit.h").read_text()
    assert "fit_hvp(" in header
    assert "fit_jvp(" not in header
    for others, why in ((["mine.py", "--standalone"], "one kind of code"), ([], "a problem file")):
        refused = invoke(app, ["generate", "--c", *others])
        assert refused.exit_code == 2
        assert f"expected {why}" in refused.output.replace("\n", " ")


@pytest.mark.parametrize("kind", ["c", "mex"])
def test_interfaces_are_compared_and_foreseen(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = 'import nzdiff as nz\nproblem = nz.parse("norm2(A*x - b)^2", wrt="x", name="fit")\n'
    Path("mine.py").write_text(lines)

    def run(*options: str) -> tuple[int, list[str]]:
        done = CliRunner().invoke(app, ["generate", "mine.py", f"--{kind}", *options])
        return done.exit_code, done.output.splitlines()

    folder = Path(f"fit_{kind}")
    code, said = run("--dry-run")
    assert code == 0 and f"would write: {folder}/fit.c" in said and not folder.exists()
    code, said = run("--check")
    assert code == 1 and f"missing: {folder}/LICENSE" in said
    assert said[-1] == f"write them anew by: nzdiff generate mine.py --{kind}"
    assert run()[0] == 0
    assert run("--check") == (0, ["generated code is up to date"])
    assert run("--dry-run") == (0, [f"would change nothing in {folder}"])
    (folder / "fit.c").write_text("/* mine */\n")
    assert f"changed: {folder}/fit.c" in run("--check")[1]
    assert run("--dry-run") == (0, [f"would overwrite: {folder}/fit.c"])
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work\n")
    assert run("--dry-run", "--out", "thesis")[0] == run("--out", "thesis")[0] == 2
