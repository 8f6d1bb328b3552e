"""Convex coarsening: in the cone, and no lower than without it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from nzdiff import Pattern
from nzdiff.generated import convex_coarsening

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("igl")
    example("convex_coarsening")["main"]()
    said = capsys.readouterr().out
    assert "E = 0.06874813, no S has less than 0.06874813" in said
    assert "E = 0.01170015, no S has less than 0.01168915" in said


def ring(size: int) -> Any:
    """A symmetric pattern: each node with the two next to it and itself."""
    i = np.arange(size)
    pairs = np.concatenate([i, i, i]), np.concatenate([i, (i + 1) % size, (i - 1) % size])
    return sparse.csr_array((np.ones(3 * size), pairs))


def test_a_laplacian_that_the_data_are_made_of_is_found(rng: np.random.Generator) -> None:
    """X = Y S* B of a semidefinite S*: the minimum is 0, inside of the cone."""
    pattern = Pattern.from_scipy(ring(12)).laplacian()
    best = pattern.to_csr(-rng.uniform(0.5, 2.0, pattern.size))
    Y, B = rng.uniform(0.5, 2.0, 12), rng.standard_normal((12, 12))
    model = convex_coarsening.bind(X=Y[:, None] * (best @ B), Y=Y, B=B, S=pattern, backend="numpy")
    result = convex_coarsening.solve(model, -np.ones(pattern.size), semidefinite=True)
    assert result.success
    np.testing.assert_allclose(model.unpack(result.x).toarray(), best.toarray(), atol=1e-3)


@pytest.mark.parametrize("push", [0.5, 2.0])
def test_the_answer_at_the_border_is_that_of_a_projection(
    rng: np.random.Generator, push: float
) -> None:
    """Y = B = I and all entries free: the nearest semidefinite matrix of the symmetric part."""
    X = rng.standard_normal((8, 8))
    X += X.T - push * np.eye(8)
    values, vectors = np.linalg.eigh(X)
    nearest = vectors * np.maximum(values, 0.0) @ vectors.T
    pattern = Pattern.full((8, 8)).symmetric()
    model = convex_coarsening.bind(X=X, Y=np.ones(8), B=np.eye(8), S=pattern, backend="numpy")
    result = convex_coarsening.solve(model, pattern.pack(np.eye(8)), semidefinite=True)
    assert result.success
    assert result.fun == pytest.approx(0.5 * np.sum(values[values < 0.0] ** 2), rel=1e-6)
    np.testing.assert_allclose(model.unpack(result.x).toarray(), nearest, atol=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize(("coarse", "modes"), [(30, 10), (60, 20)])
def test_the_cone_costs_what_its_gap_says(example: Example, coarse: int, modes: int) -> None:
    pytest.importorskip("igl")
    found = example("convex_coarsening")
    model, start, _ = found["problem_of"](coarse, modes)
    result = found["solve"](model, start)
    least, _ = found["without_cone"](model)
    assert result.success
    assert result.fun >= least - 1e-9
    assert result.promised < 1e-6 * model.energy(start)
    assert np.linalg.eigvalsh(model.unpack(result.x).toarray())[0] > -1e-9
