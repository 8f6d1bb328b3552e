"""What the README says is run: its examples here, its set-up commands by .ci/run."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST_SCREEN = 40  # lines
STRICT = """
[mypy]
strict = true
follow_imports = silent
[mypy-mpmath.*,scipy.*,sympy.*,threadpoolctl.*]
ignore_missing_imports = true
"""
"""nzdiff as it is found once it is installed; the others publish no types."""


def blocks(language: str) -> list[tuple[int, str]]:
    """The fenced blocks of a language: how many lines precede the text, and the text."""
    fenced = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(README.count("\n", 0, match.start(1)), match[1]) for match in fenced.finditer(README)]


def test_the_example_of_the_readme_runs_and_ends_its_derivation_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ((line, text),) = blocks("python")
    lines = "\n" * line + text  # tracebacks show the README's lines
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(lines, ROOT / "README.md", "exec"), namespace)
    derivation, result = namespace["problem"].derive().show(), namespace["result"]
    assert capsys.readouterr().out.startswith(f"{derivation}\n{result.message} ")
    _, found, results = derivation.partition("\nResults\n")
    (_, shown), (_, layout) = blocks("text")
    *but_one, hessian = [each.strip() for each in results.splitlines()]
    assert found and but_one == shown.splitlines()
    assert hessian.startswith("∂²E/∂g² = ")
    folders = [each.split()[0] for each in layout.splitlines() if not each.startswith(" ")]
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_no_block_of_the_readme_escapes() -> None:
    kinds = ("sh", "sh", "python", "text", "text")
    assert tuple(re.findall(r"^```(.+)$", README, re.MULTILINE)) == kinds


@pytest.mark.slow
def test_the_example_of_the_readme_is_clean_under_strict_mypy(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    ((_, text),) = blocks("python")
    (tmp_path / "example.py").write_text(text, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(STRICT, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "example.py"]
    environment = {**os.environ, "MYPYPATH": str(ROOT / "src")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 1 source file\n")


def test_the_first_screen_holds_the_two_commands_that_ci_executes() -> None:
    shown = [
        command
        for line, text in blocks("sh")
        if line < FIRST_SCREEN
        for command in text.splitlines()
    ]
    executed = subprocess.run(
        [ROOT / ".ci/run", "--commands"], capture_output=True, text=True, check=True
    )
    assert executed.stdout.splitlines() == shown
    demo, tests = shown
    assert demo.endswith(".venv/bin/nzdiff demo")
    assert tests.endswith(".venv/bin/python -m pytest")
