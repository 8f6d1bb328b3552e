"""Every example runs, and every example that defines a problem is proven."""

import runpy
from pathlib import Path

import pytest

import nzdiff as nz
from nzdiff.derive.proof.proof import prove

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace = runpy.run_path(str(path), run_name="__main__")
    problem = namespace["problem"]
    assert isinstance(problem, nz.Problem)
    assert all(check.passed for check in prove(problem.derive()))
