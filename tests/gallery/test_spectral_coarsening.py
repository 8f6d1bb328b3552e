"""Spectral coarsening: below the published method, above what no G falls below."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.instances.lower_bound import convex_lower_bound

Example = Callable[[str], dict[str, Any]]


@pytest.fixture
def found(example: Example) -> dict[str, Any]:
    pytest.importorskip("igl")
    return example("spectral_coarsening")


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    found: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found["main"]()
    assert "lower bound 13.906" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(("coarse", "modes"), [(100, 33), (150, 60)])
def test_it_ends_between_the_bound_and_the_published_method(
    found: dict[str, Any], coarse: int, modes: int
) -> None:
    data = found["data"](coarse, modes)
    model, result = found["solve"](data, steps=500)
    least = found["lower_bound"](data)
    assert least == pytest.approx(convex_lower_bound(data, constrained=True), rel=1e-6)
    assert least < result.fun < found["as_published"](data)
    assert result.fun < 1.1 * least
    G = model.unpack(result.x)
    np.testing.assert_allclose(G @ data.constraint_weights, data.constraint_values, rtol=1e-10)
