"""Butterflies: `auto` finds fast transforms from random starts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.linalg import hadamard

from nzdiff import Model, Pattern
from nzdiff.gallery.butterfly import product_of
from nzdiff.generated import butterfly
from nzdiff.solvers import solve

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    example("butterfly")["main"]()
    assert "20 of 20 random starts" in capsys.readouterr().out


def bound(example: Example, A: Any) -> Model:
    levels = len(A).bit_length() - 1
    return product_of(levels).bind(A=A, **example("butterfly")["patterns"](levels))


def test_the_supports_are_those_of_butterflies(example: Example) -> None:
    for level, pattern in enumerate(example("butterfly")["patterns"](3).values()):
        assert isinstance(pattern, Pattern)
        block = np.kron(np.ones((2, 2)), np.eye(2**level))
        stored = pattern.to_csr(np.ones(pattern.size)).toarray()
        np.testing.assert_array_equal(stored, np.kron(np.eye(2 ** (2 - level)), block))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_eight_factors_of_256_rows(example: Example, seed: int) -> None:
    model = bound(example, hadamard(256).astype(float))
    start = np.random.default_rng(seed).standard_normal(model.size)
    result = solve(model, start)
    assert result.success
    assert result.fun < 1e-11


@pytest.mark.slow
def test_any_product_of_butterflies_is_found_again(
    example: Example, rng: np.random.Generator
) -> None:
    """Not a transform of signs: factors drawn at random, as dense as any."""
    patterns = example("butterfly")["patterns"](5)
    factors = [p.to_csr(rng.uniform(0.5, 1.5, p.size)).toarray() for p in patterns.values()]
    A = np.linalg.multi_dot(factors)
    model = butterfly.bind(A=A, **patterns)
    found = [
        butterfly.solve(model, np.random.default_rng(seed).standard_normal(model.size))
        for seed in range(20)
    ]
    exact = [result.fun < 1e-12 * np.sum(A**2) for result in found]
    assert all(result.success for result in found)
    assert sum(exact) >= 10
