"""Every example that defines a problem of its own runs, and is proven; others: tests/gallery."""

import runpy
from importlib.util import find_spec
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

import nzdiff as nz
from nzdiff.derive.proof.proof import prove

ROOT = Path(__file__).parents[2]
GALLERY = {path.stem for path in (ROOT / "src/nzdiff/gallery").glob("*.py")}
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("*.py") if path.stem not in GALLERY)
LONG = (
    "completion_in_blocks",
    "images_apart",
    "jax_function",
    "pixel_prediction",
    "torch_layer",
    "with_scipy",
)
"""Examples that take seconds."""

NEEDS = {"torch_layer": ("torch", "sklearn"), "jax_function": ("jax", "sklearn")}
"""What examples are skipped without."""


def timed(path: Path) -> ParameterSet:
    marks = [pytest.mark.slow] if path.stem in LONG else []
    absent = [name for name in NEEDS.get(path.stem, ()) if find_spec(name) is None]
    marks += [pytest.mark.skip(reason=f"needs {name}") for name in absent]
    return pytest.param(path, id=path.stem, marks=marks)


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("path", [timed(path) for path in EXAMPLES])
def test_the_example_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace = runpy.run_path(str(path), run_name="__main__")
    problem = namespace["problem"]
    assert isinstance(problem, nz.Problem)
    assert all(check.passed for check in prove(problem.derive()))
