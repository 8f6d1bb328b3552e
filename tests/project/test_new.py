"""`nzdiff new`: two files that run as they are, and the commands that lead to a solution."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text
from typer.testing import CliRunner

from nzdiff.cli import app
from nzdiff.derive.language.notation import text
from nzdiff.problem_file import load_problem
from nzdiff.template.begin import begin

RUN = CliRunner(env={"COLUMNS": "40"})


def printed(*arguments: str, status: int = 0) -> list[str]:
    result = RUN.invoke(app, ["new", *arguments])
    assert result.exit_code == status, result.output
    return Text.from_ansi(result.output).plain.splitlines()


def test_it_writes_two_files_and_leads_from_one_to_the_other(tmp_path: Path) -> None:
    folder = tmp_path / "made for it"
    lines = printed("smooth", "--out", str(folder))
    problem, solve = folder / "smooth_problem.py", folder / "smooth_solve.py"
    assert sorted(folder.iterdir()) == [problem, solve]
    assert lines[:2] == [f"wrote {problem}", f"wrote {solve}"]
    for line, words in zip(lines[3:], ("derive", "verify", "generate", "solve.py"), strict=True):
        assert words in line and str(folder) in line
    found = load_problem(problem)
    assert (found.problem.name, found.sizes, found.outputs) == ("smooth", {"n": 1000}, None)
    assert text(found.problem.energy) == "‖A M − I‖²"
    compile(solve.read_text(encoding="utf-8"), str(solve), "exec")
    for path in (problem, solve):
        assert "$" not in path.read_text(encoding="utf-8")
        assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 100


def test_a_dry_run_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    foreseen = printed("smooth", "--out", str(folder), "--dry-run")
    assert not folder.exists()
    written = printed("smooth", "--out", str(folder))
    assert foreseen[0] == written[0].replace("wrote", "would write")
    assert foreseen[3:] == written[3:]


@pytest.mark.parametrize("file", ["smooth_problem.py", "smooth_solve.py"])
@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_no_file_is_overwritten(file: str, more: list[str], tmp_path: Path) -> None:
    (tmp_path / file).write_text("mine")
    (line,) = printed("smooth", "--out", str(tmp_path), *more, status=2)
    assert line.startswith(f"error: {tmp_path / file}: there is such a file, which stays as it is")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["1a", "a-b", "größe", "lambda", "a.b", "../a", "numpy", "json"])
def test_a_name_that_no_package_can_have_is_refused(name: str, tmp_path: Path) -> None:
    (line,) = printed(name, "--out", str(tmp_path), status=2)
    assert line.startswith("error: name: expected a name that Python can import, as smooth_prol")
    assert ("would hide" in line) is (name in ("numpy", "json"))
    assert not any(tmp_path.iterdir())


def test_a_module_of_an_environment_in_this_folder_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / ".venv" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "smooth.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(packages)
    with pytest.raises(ValueError, match="would hide"):
        begin("smooth", Path())


def test_a_package_of_that_name_here_is_no_other_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "smooth").mkdir()
    (tmp_path / "smooth" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert begin("smooth", Path()).steps[2][1] == "the package smooth"


def test_commands_are_called_by_names_that_the_shell_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python", "nzdiff"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python3"))
    commands = [command for command, _ in begin("smooth", Path()).steps]
    assert commands == [
        "nzdiff derive smooth_problem.py",
        "nzdiff verify smooth_problem.py",
        "nzdiff generate smooth_problem.py",
        "python smooth_solve.py",
    ]
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")
    commands = [command for command, _ in begin("smooth", Path()).steps]
    assert commands[0] == "/elsewhere/python -m nzdiff derive smooth_problem.py"
    assert commands[3] == "/elsewhere/python smooth_solve.py"


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["", "a folder"])
def test_each_command_that_it_prints_works(folder: str, tmp_path: Path) -> None:
    def shell(command: str) -> str:
        environment = {key: os.environ[key] for key in os.environ if key != "PYTHONPATH"}
        environment |= {"COLUMNS": "200", "NO_COLOR": "1"}
        done = subprocess.run(
            command,
            check=False,
            cwd=tmp_path,
            env=environment,
            shell=True,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    out = f" --out '{folder}'" if folder else ""
    lines = shell(f"'{sys.executable}' -m nzdiff new smooth{out}").splitlines()
    derived, verified, generated, solved = (
        shell(line.strip().rpartition("   ")[0].strip()) for line in lines[3:]
    )
    assert "∂E/∂m = 2 P vec(Aᵀ f)" in derived
    assert "checks passed, 0 failed" in verified
    assert generated.strip() == f"wrote {Path(folder) / 'smooth'}"
    assert solved.startswith("energy 400 → 26.2587,")
    assert solved.splitlines()[1] == "M: 400 × 400, 1920 stored values"
