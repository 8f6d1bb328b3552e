"""The command line: help that helps, results, exit codes, errors in one line."""

import shlex
from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner, Result

import nzdiff as nz
from nzdiff.cli import app, console, errors
from nzdiff.derive.calculus.normal_form import Term

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
    for command in ("demo", "derive", "verify", "generate"):
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


def test_the_shipped_package_is_up_to_date() -> None:
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
    assert result.exit_code == 2
    assert "Permanent: no rule" in result.output


def test_an_inverse_is_derived_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "inverse.py"
    path.write_text(PROBLEM.replace("A * M - C", "A.inv() * M - C"))
    result = RUN.invoke(app, ["derive", str(path)])
    assert result.exit_code == 0, result.output
    assert "A⁻¹" in result.output


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
