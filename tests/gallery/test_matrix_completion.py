"""Matrix completion: `auto` ends where alternating least squares does."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.factors import (
    alternating_least_squares,
    completion,
    completion_energy,
)
from nzdiff.generated import matrix_completion

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    example("matrix_completion")["main"]()
    assert "E = 1517.94835" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("weight", [0.3, 3.0])
def test_it_reaches_the_energy_of_alternating_least_squares(weight: float) -> None:
    instance = completion(50, 40, 3, known=1000, weight=weight)
    model = matrix_completion.bind(**instance.data, backend="numpy")
    result = matrix_completion.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-9)
    U, V = model.unpack(result.x)
    assert completion_energy(instance.data["R"], weight, U, V) == pytest.approx(result.fun)


@pytest.mark.slow
def test_alternating_least_squares_stays_where_it_ended(rng: np.random.Generator) -> None:
    """Ratings of 1 to 5, a row and a column without any, rank 4: a point that is stationary."""
    ratings = rng.integers(1, 6, (60, 30)) * (rng.random((60, 30)) < 0.3)
    ratings[7], ratings[:, 3] = 0, 0
    R = sparse.csr_array(ratings.astype(float))
    model = matrix_completion.bind(R=R, U=(60, 4), V=(30, 4), weight=2.0, backend="numpy")
    result = matrix_completion.solve(model, rng.standard_normal(model.size))
    assert result.success
    U, V = (np.asarray(factor) for factor in model.unpack(result.x))
    there = alternating_least_squares(R, 2.0, U, V, sweeps=50)[2]
    assert result.fun == pytest.approx(there, rel=1e-8)
    np.testing.assert_allclose(U[7], 0.0, atol=1e-4)
    np.testing.assert_allclose(V[3], 0.0, atol=1e-4)


def test_where_all_is_known_it_is_the_singular_values_less_the_weight(
    rng: np.random.Generator,
) -> None:
    """‖U Vᵀ − R‖² + λ(‖U‖² + ‖V‖²) at its least: σ ≥ λ becomes σ − λ, those after the rank stay."""
    given = rng.standard_normal((20, 15))
    values = np.linalg.svd(given, compute_uv=False)
    kept, left = values[:4], values[4:]
    least = np.sum(np.minimum(kept, 0.7) ** 2 + 1.4 * np.maximum(kept - 0.7, 0.0)) + left @ left
    R = sparse.csr_array(given)
    model = matrix_completion.bind(R=R, U=(20, 4), V=(15, 4), weight=0.7, backend="numpy")
    result = matrix_completion.solve(model, rng.standard_normal(model.size))
    assert result.success
    assert result.fun == pytest.approx(least, rel=1e-9)
