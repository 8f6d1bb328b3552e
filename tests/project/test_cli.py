"""The command line: help that helps, results, exit codes, errors in one line."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from rich.text import Text
from scipy import sparse
from typer.testing import CliRunner, Result

import nzdiff as nz
from nzdiff import terminal
from nzdiff.cli import app
from nzdiff.commands.output import console, errors
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.problem_file import load_problem

RUN = CliRunner(env={"COLUMNS": "200"})
PROBLEM = """
import nzdiff as nz
n, m = nz.dims("n m")
A, M = nz.sparse("A", n, n), nz.sparse("M", n, m)
C = nz.dense("C", n, m)
problem = nz.Problem(nz.sumsq(A * M - C), wrt=M)
sizes = {"n": 50, "m": 20}
"""


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    path = tmp_path / "columns.py"
    path.write_text(PROBLEM)
    return path


def lines_of(result: Result) -> list[str]:
    """What was printed, without the colours that FORCE_COLOR brings."""
    return Text.from_ansi(result.output).plain.splitlines()


def test_help_lists_the_commands() -> None:
    result = RUN.invoke(app, ["--help"])
    assert result.exit_code == 0
    for command in ("demo", "derive", "check", "verify", "generate", "new", "serve", "cache"):
        assert command in result.output
        assert RUN.invoke(app, [command, "--help"]).exit_code == 0


def test_the_version_is_that_of_the_package() -> None:
    assert RUN.invoke(app, ["--version"]).output == f"nzdiff {nz.__version__}\n"


def test_derive_prints_steps_and_results(problem_file: Path) -> None:
    result = RUN.invoke(app, ["derive", str(problem_file)])
    assert result.exit_code == 0
    assert "∂E/∂g" in result.output
    assert "trace identity" in result.output
    latex = RUN.invoke(app, ["derive", str(problem_file), "--latex"])
    assert r"\otimes" in latex.output


FORMULA = ["norm2(A*x - b)^2", "--wrt", "x"]
FACTORED = ["norm2(A - U*V')^2", "--wrt", "U V"]


def test_dimensions_are_printed() -> None:
    formula = ["derive", "norm2(X - G*B)^2", "--wrt", "G", "--sparse", "G"]
    result = RUN.invoke(app, [*formula, "--dimensions"])
    assert result.exit_code == 0 and "a sum over blocks of the columns of B, X" in result.output
    both = RUN.invoke(app, [*formula, "--dimensions", "--latex"])
    assert both.exit_code != 0 and "--latex and --dimensions: expected one" in both.output


def test_a_formula_is_derived() -> None:
    result = RUN.invoke(app, ["derive", "norm2(X - G'*L*G*B)^2", "--wrt", "G", "--sparse", "G,L"])
    assert result.exit_code == 0
    assert "G: sparse, n × m, unknown" in result.output
    sized = RUN.invoke(app, ["derive", *FORMULA, "--diagonal", "A(k)"])
    assert "A: diagonal, k × k" in sized.output


def test_a_claim_is_checked() -> None:
    right = RUN.invoke(app, ["check", *FORMULA, "--gradient", "2*A'*f", "--hessian", "2*A'*A"])
    assert right.exit_code == 0
    assert right.output.count("right:") == 2
    chosen = ["--of", "U", "--gradient", "-2*(A-U*V')*V", "--differential", "-dU*V' - U*dV'"]
    assert RUN.invoke(app, ["check", *FACTORED, *chosen]).exit_code == 0
    assert RUN.invoke(app, ["check", *FACTORED, *chosen[4:]]).exit_code == 0
    wrong = RUN.invoke(app, ["check", *FORMULA, "--gradient", "A'*(A*x - b)"])
    assert wrong.exit_code == 1
    assert "off by a factor: 2 times it is right" in wrong.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derive", "norm2(A*x"], "there is no such file; a formula wants its unknowns"),
        (["derive", "norm2(A*x", "--wrt", "x"], "expected ) or a comma or an operator"),
        (["check", *FORMULA], "expected a claim, as in --gradient"),
        (["derive", *FORMULA, "--latex", "--markdown"], "--latex and --markdown: expected one"),
        (["derive", *FORMULA, "--html", "/nowhere/x.html"], "--html: /nowhere/x.html cannot be"),
        (["check", *FACTORED, "--gradient", "-2*f*V"], "--of: expected which of the unknowns U, V"),
        (["check", *FORMULA, "--gradient", "2*Q"], "Q: not a symbol of the problem"),
    ],
)
def test_a_formula_that_is_none_is_an_error(arguments: list[str], message: str) -> None:
    result = RUN.invoke(app, arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_formula_may_begin_with_a_minus() -> None:
    found = RUN.invoke(app, ["derive", "--wrt", "S", "--short", "--", "-logdet(S)"])
    assert found.exit_code == 0 and "E = −log|det(S)|" in found.output
    command = typer.main.get_command(app)
    for option, hinted in (("-logdet(S)", True), ("--lang", False)):
        with pytest.raises(Exception, match="No such option") as caught:
            command(["derive", option, "--wrt", "S"], standalone_mode=False)
        said = terminal.message(caught.value)
        assert ("a formula that begins with a minus stands last, behind --" in said) is hinted


def test_kinds_are_not_for_files(problem_file: Path) -> None:
    result = RUN.invoke(app, ["derive", str(problem_file), "--sparse", "G"])
    assert result.exit_code == 2
    assert "--sparse: declares names of a formula" in result.output


def test_verify_reports_every_check(problem_file: Path) -> None:
    result = RUN.invoke(app, ["verify", str(problem_file)])
    assert result.exit_code == 0
    assert "exact" in result.output
    assert "FAIL" not in result.output


@pytest.mark.usefixtures("empty_cache")  # plans made with the fault must not be kept
def test_verify_fails_loudly(problem_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Term.adjoint
    monkeypatch.setattr(Term, "adjoint", lambda self, w: -original(self, w))
    result = RUN.invoke(app, ["verify", str(problem_file)])
    assert result.exit_code == 1
    assert "FAIL" in result.output


def test_generate_writes_checks_and_notices_a_change(problem_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "package"
    arguments = ["generate", str(problem_file), "--out", str(out)]
    missing = RUN.invoke(app, [*arguments, "--check"])
    assert missing.exit_code == 1
    assert not out.exists()
    assert RUN.invoke(app, arguments).exit_code == 0
    assert RUN.invoke(app, [*arguments, "--check"]).exit_code == 0
    (out / "kernel.py").write_text("")
    changed = RUN.invoke(app, [*arguments, "--check"])
    assert changed.exit_code == 1
    assert "kernel.py" in changed.output


@pytest.mark.slow
def test_generate_writes_a_package_that_stands_alone(problem_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "package"
    plain = ["generate", str(problem_file), "--out", str(out)]
    assert RUN.invoke(app, [*plain, "--standalone"]).exit_code == 0
    assert (out / "_nzdiff/pattern.py").is_file() and (out / "pyproject.toml").is_file()
    assert RUN.invoke(app, [*plain, "--standalone", "--check"]).exit_code == 0
    (out / "_nzdiff/pattern.py").write_text("")
    changed = RUN.invoke(app, [*plain, "--standalone", "--check"])
    assert changed.exit_code == 1
    again = shlex.join(["nzdiff", *plain, "--standalone"])
    assert " ".join(f"write them anew by: {again}".split()) in " ".join(changed.output.split())
    assert RUN.invoke(app, [*plain, "--check"]).exit_code == 2
    shipped = RUN.invoke(app, ["generate", "--standalone"])
    assert shipped.exit_code == 2 and "--out" in shipped.output


@pytest.mark.slow
def test_without_solve_no_methods_stay_in_a_package(problem_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "package"
    alone = ["generate", str(problem_file), "--out", str(out), "--standalone"]
    for options, held in (([], True), (["--no-solve"], False)):
        assert RUN.invoke(app, [*alone, *options]).exit_code == 0
        assert (out / "_nzdiff/solvers/solver.py").is_file() is held
    assert RUN.invoke(app, [*alone, "--no-solve", "--check"]).exit_code == 0
    assert "--no-solve" in (out / "__init__.py").read_text()
    changed = RUN.invoke(app, [*alone, "--check"])
    assert changed.exit_code == 1 and "missing" in changed.output


def test_a_dry_run_says_what_generate_would_do_and_writes_nothing(
    problem_file: Path, tmp_path: Path
) -> None:
    problem_file.write_text(f'{PROBLEM}outputs = ["energy", "hvp"]\n')
    out = tmp_path / "package"
    arguments = ["generate", str(problem_file), "--out", str(out)]
    foreseen = lines_of(RUN.invoke(app, [*arguments, "--dry-run"]))
    assert not out.exists()
    assert RUN.invoke(app, arguments).exit_code == 0
    assert sorted(foreseen) == sorted(f"would write: {path}" for path in out.iterdir())
    again = RUN.invoke(app, [*arguments, "--dry-run"])
    assert lines_of(again) == [f"would change nothing in {out}"] and again.exit_code == 0
    (out / "kernel.py").write_text("")
    assert f"would overwrite: {out / 'kernel.py'}" in lines_of(
        RUN.invoke(app, [*arguments, "--dry-run"])
    )
    assert (out / "kernel.py").read_text() == ""
    problem_file.write_text(f'{PROBLEM}outputs = ["energy", "matrices"]\n')
    assert RUN.invoke(app, arguments).exit_code == 0
    problem_file.write_text(f'{PROBLEM}outputs = ["energy"]\n')
    (out / "second_order.py").write_text("changed by somebody")
    foreseen = lines_of(RUN.invoke(app, [*arguments, "--dry-run"]))
    before = set(out.iterdir())
    assert RUN.invoke(app, arguments).exit_code == 0
    gone = before - set(out.iterdir())
    removed = {line for line in foreseen if line.startswith("would remove: ")}
    assert removed == {f"would remove: {path}" for path in gone}
    assert gone == {out / "second_order.c"}
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    refused = RUN.invoke(app, [*arguments[:2], "--out", str(other), "--dry-run"])
    assert refused.exit_code == 2 and "found other files (mine.txt)" in refused.output
    both = RUN.invoke(app, [*arguments, "--dry-run", "--check"])
    assert both.exit_code == 2 and "--check and --dry-run: expected one" in both.output


@pytest.mark.parametrize("width", [10, 300])
def test_a_path_is_printed_whole_whatever_the_terminal_and_its_brackets(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "width", width)
    monkeypatch.setattr(errors, "width", width)
    folder = tmp_path / ("long " * 20) / "[red] [/] :smile:"
    folder.mkdir(parents=True)
    file, out = folder / "columns.py", folder / "package"
    file.write_text(PROBLEM)
    arguments = ["generate", str(file), "--out", str(out)]
    missing = lines_of(RUN.invoke(app, [*arguments, "--check"]))
    assert f"missing: {out / 'kernel.py'}" in missing
    again = shlex.join(["nzdiff", "generate", str(file), "--out", str(out)])
    assert f"write them anew by: {again}" in missing
    assert lines_of(RUN.invoke(app, arguments)) == [f"wrote {out}"]
    absent = RUN.invoke(app, ["derive", str(folder / "absent.py")])
    assert absent.exit_code == 2
    expected = f"error: {folder / 'absent.py'}: expected a problem file, there is no such file"
    assert lines_of(absent) == [expected]


def test_the_cache_is_shown_and_cleared(problem_file: Path, empty_cache: Path) -> None:
    assert "0 plans, 0 libraries, 0 bytes" in RUN.invoke(app, ["cache"]).output
    assert not empty_cache.exists()  # looking makes no folder
    data = {"A": sparse.eye_array(3, format="csr"), "C": np.eye(3), "M": nz.Pattern.full((3, 3))}
    load_problem(problem_file).problem.bind(**data, backend="numpy")
    (empty_cache / "mine-3.plan").write_text("mine")
    shown = lines_of(RUN.invoke(app, ["cache"]))
    assert shown[0] == f"folder: {empty_cache}"
    assert shown[1].startswith("1 plans, 0 libraries, ")
    assert shown[1].endswith(" bytes of at most 256,000,000")
    assert "removed from" in RUN.invoke(app, ["cache", "--clear"]).output
    assert [path.name for path in empty_cache.iterdir()] == ["mine-3.plan"]


@pytest.mark.slow
def test_the_shipped_packages_are_up_to_date() -> None:
    result = RUN.invoke(app, ["generate", "--check"])
    assert result.exit_code == 0, result.output


def test_a_file_that_is_no_problem_file_gives_one_line(tmp_path: Path) -> None:
    path = tmp_path / "other.py"
    path.write_text("x = 1\n")
    result = RUN.invoke(app, ["derive", str(path)])
    assert result.exit_code == 2
    assert "expected a problem file" in result.output
    assert "Traceback" not in result.output


def test_an_unsupported_node_is_named_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "permanent.py"
    permanent = PROBLEM.replace("nz.sumsq(A * M - C)", "sp.Permanent(M * M.T)")
    path.write_text("import sympy as sp\n" + permanent)
    result = RUN.invoke(app, ["derive", str(path)])
    assert result.exit_code == 1
    assert "Permanent: no rule" in result.output


def test_an_inverse_is_derived_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "inverse.py"
    path.write_text(PROBLEM.replace("A * M - C", "A.inv() * M - C"))
    result = RUN.invoke(app, ["derive", str(path)])
    assert result.exit_code == 0, result.output
    assert "A⁻¹" in result.output


FAILING = {
    "raise SystemExit": "line 1: SystemExit",
    "import sys; sys.exit(0)": "line 1: SystemExit: 0",
    "raise SystemExit('bye')": "line 1: SystemExit: bye",
    "raise BaseException('mine')": "line 1: BaseException: mine",
    "x = 1\nraise KeyError('mine')": "line 2: KeyError: 'mine'",
    "class E(Exception):\n  def __str__(self): raise E\nraise E": "line 3: E: a E that cannot be",
    "def f(): f()\nf()": "RecursionError",
    "x = (": "line 1: SyntaxError",
    "\x00": "SyntaxError",
    "import not_there": "ModuleNotFoundError",
}


@pytest.mark.parametrize("text", FAILING)
@pytest.mark.parametrize("command", ["derive", "verify", "generate"])
def test_a_problem_file_that_fails_or_ends_is_no_success(
    text: str, command: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.py"
    path.write_text(text)
    result = RUN.invoke(app, [command, str(path)])
    assert result.exit_code == 1
    assert str(path) in result.output and FAILING[text] in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", "SyntaxError"),
        (b"\xff\xfeproblem", "SyntaxError"),
        (b"", "problem is not defined"),
        (b"problem = 3", "problem is 3"),
    ],
)
def test_a_file_that_is_no_python_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "file.py"
    path.write_bytes(content)
    result = RUN.invoke(app, ["derive", str(path)])
    assert result.exit_code in {1, 2}
    assert f"error: {path}" in result.output and words in result.output


def test_a_folder_is_no_problem_file(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["derive", str(tmp_path)])
    assert lines_of(result) == [f"error: {tmp_path}: expected a problem file, it is no file"]


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"n": 10**12, "m": 20}, "sizes: data of these sizes .* needs .* GB"),
        ({"n": 10**30}, "expected a dict of whole numbers"),
        ({"n": 10**400}, "expected a dict of whole numbers"),
        ({"n": True}, "expected a dict of whole numbers"),
        ({3: 3}, "expected a dict of whole numbers"),
        ({"n": float("nan")}, "expected a dict of whole numbers"),
        ({"k": 3}, "the problem has no dimension k"),
    ],
)
def test_sizes_that_are_none_or_too_large_are_named(
    sizes: dict[object, object], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "columns.py"
    path.write_text(f"from math import nan\n{PROBLEM}\nsizes = {sizes!r}\n")
    result = RUN.invoke(app, ["generate", str(path), "--out", str(tmp_path / "package")])
    assert result.exit_code == 2
    assert re.search(words, result.output), result.output
    assert not (tmp_path / "package").exists()


@pytest.mark.parametrize("name", ["class", "my-package", "2d"])
def test_a_package_that_cannot_be_imported_is_refused(
    name: str, problem_file: Path, tmp_path: Path
) -> None:
    result = RUN.invoke(app, ["generate", str(problem_file), "--out", str(tmp_path / name)])
    assert result.exit_code == 2
    assert f"{tmp_path / name}: a package is imported by the name of its folder" in result.output


def test_a_folder_that_holds_something_else_asks_for_force(
    problem_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "package"
    arguments = ["generate", str(problem_file), "--out", str(out)]
    assert RUN.invoke(app, arguments).exit_code == 0
    other = tmp_path / "other.py"
    other.write_text(PROBLEM)
    refused = RUN.invoke(app, ["generate", str(other), "--out", str(out)])
    assert refused.exit_code == 2
    assert "expected an empty folder or the package of other, found that of columns" in (
        refused.output
    )
    assert RUN.invoke(app, ["generate", str(other), "--out", str(out), "--force"]).exit_code == 0


@pytest.mark.parametrize("out", ["/proc/nzdiff/package", "file/package", "file"])
def test_a_folder_that_cannot_be_written_gives_one_line(
    out: str, problem_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    result = RUN.invoke(app, ["generate", str(problem_file), "--out", str(tmp_path / out)])
    assert result.exit_code == 2
    assert len(lines_of(result)) == 1 and str((tmp_path / out).parent) in result.output


def shell(text: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """What a shell makes of a line in which nzdiff is the command."""
    command = shlex.join([sys.executable, "-m", "nzdiff"])
    line = f"set -o pipefail; {text.replace('nzdiff', command)}"
    given = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "PYTHONUTF8"}}
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**given, **environment},
    )


ASCII = {"PYTHONIOENCODING": "ascii"}
POSIX = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "status", "environment"),
    [
        ("nzdiff derive columns.py", 0, ASCII),
        ("nzdiff derive columns.py", 0, POSIX),
        ("nzdiff derive columns.py --latex", 0, {"PYTHONIOENCODING": "latin-1"}),
        ("nzdiff verify columns.py", 0, {**ASCII, "COLUMNS": "20"}),
        ("nzdiff generate columns.py --out π", 0, ASCII),
        ("nzdiff derive π.py", 2, POSIX),
        ("nzdiff derive --help", 0, ASCII),
        ("nzdiff derive columns.py | true", 1, {}),
        ("nzdiff verify columns.py | true", 1, {}),
        ("nzdiff --help | true", 1, {}),
        ("nzdiff derive columns.py > /dev/full", 2, {}),
        ("nzdiff derive columns.py >&-", 0, {}),
        ("nzdiff derive none.py 2> /dev/full", 2, {}),
        ("nzdiff", 2, {}),
        ("nzdiff frobnicate", 2, {}),
        ("nzdiff demo --coarse many", 2, ASCII),
    ],
)
def test_no_terminal_and_no_reader_makes_a_traceback(
    line: str, status: int, environment: dict[str, str], problem_file: Path
) -> None:
    done = shell(line, problem_file.parent, **environment)
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    assert b"Traceback" not in said and b"Exception ignored" not in said, said
    assert b"Error" not in said, said
    if environment in (ASCII, POSIX):
        assert said.isascii(), said


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_usage_errors_print_paths_whole(problem_file: Path) -> None:
    path = "/a/very/long/path/" * 8
    done = shell(f"nzdiff derive columns.py {path}", problem_file.parent, COLUMNS="20")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and path.encode() in done.stderr


def test_a_fault_of_ours_is_named_by_its_kind_and_traced_when_asked(
    problem_file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def wrong(*_: object) -> None:
        raise KeyError("nonzeros")

    monkeypatch.setattr("nzdiff.problem_file.load_problem", wrong)
    result = RUN.invoke(app, ["derive", str(problem_file)])
    assert lines_of(result) == ["error: KeyError: 'nonzeros'"]
    result = RUN.invoke(app, ["derive", str(problem_file)], env={"NZDIFF_TRACEBACK": "1"})
    assert "Traceback" in result.output and "problem_file" not in capfd.readouterr().err


@pytest.mark.slow
def test_the_demo_ends_below_nineteen(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    result = RUN.invoke(app, ["demo", "--seconds", "5", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert (out / "demo.png").stat().st_size > 50_000
    from nzdiff.demo.coarsening import energy, spectral_coarsening
    from nzdiff.demo.mesh import load_spot
    from nzdiff.demo.run import constrained_pattern, imported
    from nzdiff.solvers import solve

    data = spectral_coarsening(load_spot())
    module = imported(out / "spectral_coarsening")
    given = {"X": data.X, "Y": data.Y, "B": data.B, "L": data.L}
    model = module.bind(**given, G=constrained_pattern(data))
    solved = solve(model, model.pack(data.G0), max_iterations=100)
    G = model.unpack(solved.x)
    assert energy(data, G) == pytest.approx(solved.fun, rel=1e-9)
    assert solved.fun < 19
    assert abs(G @ data.constraint_weights - data.constraint_values).max() < 1e-12


@pytest.mark.slow
def test_the_demo_takes_a_mesh_and_compares_with_the_published_method(tmp_path: Path) -> None:
    pytest.importorskip("igl")
    around, along, faces = 24, 12, []
    lines = ["# an open tube of quadrilaterals, a loose triangle, a loose vertex"]
    for i, j in np.ndindex(around, along):
        angle = 2 * np.pi * i / around
        lines.append(f"v {np.cos(angle)} {np.sin(angle)} {j / 4}")
        below, beside = i * along + j + 1, (i + 1) % around * along + j + 1
        faces += [f"f {below}// {beside}// {beside + 1}// {below + 1}//"] * (j + 1 < along)
    lines += ["v 9 9 9", "v 9 8 9", "v 9 9 8", "v 7 7 7", *faces, "f -4 -3 -2", "f 1 2 2"]
    (tmp_path / "tube.obj").write_text("\n".join(lines))
    out = tmp_path / "demo"
    given = [str(tmp_path / "tube.obj"), "--published", "--seconds", "1", "--out", str(out)]
    result = RUN.invoke(app, ["demo", *given])
    assert result.exit_code == 0, result.output
    assert (
        "tube.obj: cut 264 polygons into triangles; removed 1 vertex of no triangle; removed 1 "
        "triangle without area; kept component 1 of 2, ordered by area: 97.2% of all; 288 "
        "vertices, 528 triangles; 48 edges on the boundary\n"
    ) in result.output
    assert "59 checks passed; n = 288, m = 72, k = 24," in result.output
    assert "as low as the published method comes" in result.output
    last = next(x for x in lines_of(result) if x.split()[:1] == ["published"]).split()
    assert last[-1] in ("stalled", "steps") and float(last[2]) < 0.5 * float(last[1])
    small = tmp_path / "small.off"
    small.write_text("OFF 3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")
    refused = RUN.invoke(app, ["demo", str(small), "--out", str(tmp_path / "none")])
    assert refused.exit_code == 2 and not (tmp_path / "none").exists()
    assert "mesh: expected at least 8 vertices, got 3" in refused.output


def test_control_characters_of_a_message_are_written_out(tmp_path: Path) -> None:
    file = tmp_path / "columns.py"
    file.write_text(r'raise ValueError("a\x1b[31mred \x1b]0;t\x07 \x9b1m é ∂ \u202e")')
    done = shell(f"nzdiff verify {file}", tmp_path)
    assert done.returncode == 1
    said = done.stderr.decode()
    assert r"a\x1b[31mred \x1b]0;t\x07 \x9b1m é ∂ \u202e" in said
    assert all(letter.isprintable() or letter == "\n" for letter in said)


@pytest.mark.parametrize("command", ["derive", pytest.param("verify", marks=pytest.mark.slow)])
def test_a_terminal_that_says_it_has_no_columns(command: str, problem_file: Path) -> None:
    done = shell(f"nzdiff {command} {problem_file}", problem_file.parent, COLUMNS="0")
    assert done.returncode == 0
    assert len(done.stdout.decode().splitlines()) > 5


@pytest.mark.parametrize("given", ["abc", "-1", "nan"])
def test_a_warning_is_one_line_without_a_path(given: str, tmp_path: Path) -> None:
    done = shell("nzdiff cache", tmp_path, NZDIFF_CACHE_MB=given, NZDIFF_CACHE_DIR=str(tmp_path))
    assert done.returncode == 0 and "256,000,000" in done.stdout.decode()
    assert done.stderr.decode().splitlines() == [
        f"warning: NZDIFF_CACHE_MB: expected megabytes, got '{given}'; 256 are used"
    ]


def test_a_warning_of_a_problem_file_is_told_with_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "problem.py"
    file.write_text("import warnings; warnings.warn('old', RuntimeWarning); raise ValueError('x')")
    done = shell(f"nzdiff derive {file}", tmp_path)
    said = done.stderr.decode().splitlines()
    assert done.returncode == 1 and said[0] == "warning: RuntimeWarning: old" and len(said) == 2
