"""What the README says is run: its examples here, its set-up commands by .ci/run."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST_SCREEN = 40  # lines


def blocks(language: str) -> list[tuple[int, str]]:
    """The fenced blocks of a language: how many lines precede the text, and the text."""
    fenced = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [(README.count("\n", 0, match.start(1)), match[1]) for match in fenced.finditer(README)]


def test_the_readme_has_an_example() -> None:
    assert blocks("python") != []


@pytest.mark.parametrize(("line", "text"), blocks("python"))
def test_an_example_of_the_readme_runs(
    line: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = compile(
        "\n" * line + text, ROOT / "README.md", "exec"
    )  # tracebacks show the README's lines
    exec(code, {"__name__": "__main__"})


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
