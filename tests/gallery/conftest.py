"""The examples of the gallery, for its tests."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example() -> Callable[[str], dict[str, Any]]:
    """The functions of an example, by name; its `main` does not run."""
    return lambda name: runpy.run_path(str(EXAMPLES / f"{name}.py"))
