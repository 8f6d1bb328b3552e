"""Reversible chains: `auto` reaches the likelihood of the fixed point, and of deeptime."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.graphs import reversible_chain
from nzdiff import Pattern
from nzdiff.generated import reversible_markov

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("deeptime")
    example("reversible_markov")["main"]()
    printed = capsys.readouterr().out
    assert "fixed point: 228734.725655155" in printed
    assert "deeptime: 228734.725655155" in printed


@pytest.mark.slow
@pytest.mark.parametrize("lag", [2, 20])
def test_other_lags_of_the_same_data(example: Example, lag: int) -> None:
    pytest.importorskip("deeptime")
    found = example("reversible_markov")
    C = found["counts"](lag)
    _, result = found["solve"](C)
    assert result.success
    T = found["fixed_point"](C)
    i, j = C.nonzero()
    assert result.fun == pytest.approx(-np.sum(C[i, j] * np.log(T[i, j])), rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("states", [3, 12, 25])
def test_it_reaches_the_fixed_point(states: int) -> None:
    instance = reversible_chain(states, seed=states)
    model = reversible_markov.bind(**instance.data, backend="numpy")
    result = reversible_markov.solve(model, instance.g0, bounds=(0.0, None))
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_a_chain_that_is_known_from_a_start_far_away(
    rng: np.random.Generator, factor: float
) -> None:
    """C = diag(q) T with T reversible: the likelihood is greatest at T. Rare jumps beside many."""
    X = rng.random((9, 9)) ** 6
    X += X.T
    T = X / X.sum(axis=1)[:, None]
    C = sparse.csr_array(10.0 ** rng.uniform(0, 6, 9)[:, None] * T)
    pattern = Pattern.full((9, 9)).symmetric()
    model = reversible_markov.bind(C=C, X=pattern, backend="numpy")
    start = factor * rng.uniform(0.1, 10.0, pattern.size)
    result = reversible_markov.solve(model, start, bounds=(0.0, None))
    assert result.success
    assert result.fun == pytest.approx(float(-np.sum(C.toarray() * np.log(T))), rel=1e-12)
    found = model.unpack(result.x).toarray()
    np.testing.assert_allclose(found / found.sum(axis=1)[:, None], T, rtol=1e-3, atol=1e-9)
