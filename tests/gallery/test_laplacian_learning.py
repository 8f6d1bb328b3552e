"""Learning a graph: `auto` reaches an interior point's answer, and the conditions of a minimum."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.instances.graphs import learnt_laplacian
from nzdiff.generated import laplacian_learning

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    example("laplacian_learning")["main"]()
    printed = capsys.readouterr().out
    assert "by an interior point 170.3652628" in printed
    assert "Σ k w = 63.000" in printed


@pytest.mark.parametrize("nodes", [3, 10, 30])
def test_it_reaches_the_weights_that_the_data_was_made_for(nodes: int) -> None:
    instance = learnt_laplacian(nodes, seed=nodes)
    model = laplacian_learning.bind(**instance.data, backend="numpy")
    result = laplacian_learning.solve(model, instance.g0, bounds=instance.bounds)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-9)
    assert np.sum(model.unpack(result.x) * instance.data["K"]) == pytest.approx(nodes - 1, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_all_pairs_of_a_few_nodes_in_other_units(
    example: Example, rng: np.random.Generator, scale: float
) -> None:
    """Five signals on twelve nodes: K alone is singular."""
    found = example("laplacian_learning")
    signals = rng.standard_normal((5, 12)).cumsum(axis=1)
    K = scale * (signals.T @ signals / 5 + 0.1 * np.eye(12))
    i, j = np.triu_indices(12, 1)
    _, result = found["solve"](K, i, j)
    assert result.success
    assert result.fun == pytest.approx(found["barrier"](K, i, j), rel=1e-8)


def test_no_weights_do_better_by_duality(example: Example, rng: np.random.Generator) -> None:
    """n − 1 − log det(L + J) − (n − 1) log c bounds E from below, c the largest z_e / k_e."""
    found = example("laplacian_learning")
    signals = rng.standard_normal((40, 9))
    K = signals.T @ signals / 40
    i, j = np.triu_indices(9, 1)
    model, result = found["solve"](K, i, j)
    Theta = model.unpack(result.x).toarray() + 1.0 / 9
    k, z = (M[i, i] + M[j, j] - 2.0 * M[i, j] for M in (K, np.linalg.inv(Theta)))
    bound = 8.0 - np.linalg.slogdet(Theta)[1] - 8.0 * np.log((z / k).max())
    assert bound <= result.fun + 1e-12
    assert result.fun - bound < 1e-5
