"""SPAI: `auto` reaches the least squares solution of each column."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.approximate_inverse import (
    columnwise_energy,
    columnwise_least_squares,
    poisson,
    spai,
)
from benchmarks.instances.instance import Instance
from nzdiff import Pattern
from nzdiff.generated import approximate_inverse

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyamg")
    example("approximate_inverse")["main"]()
    assert "13.0026961516" in capsys.readouterr().out


@pytest.mark.parametrize("make", [lambda: spai(12, 1), lambda: spai(8, 3), lambda: poisson(5)])
def test_it_reaches_the_least_squares_of_each_column(make: Callable[[], Instance]) -> None:
    instance = make()
    model = approximate_inverse.bind(**instance.data, backend="numpy")
    result = approximate_inverse.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-10)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_nonsymmetric_matrix_from_a_start_far_away(
    rng: np.random.Generator, scale: float
) -> None:
    """The pattern is not that of A, one column has no entry, and one row of A is large."""
    noise = sparse.random_array((40, 40), density=0.1, rng=rng)
    A = sparse.csr_array(noise + 3.0 * sparse.eye_array(40))
    A = sparse.csr_array(sparse.diags_array(np.where(np.arange(40) == 7, 50.0, 1.0)) @ A)
    i, j = np.nonzero((rng.random((40, 40)) < 0.2) & (np.arange(40) != 11))
    pattern = Pattern((i, j), (40, 40))
    M = pattern.to_csr(columnwise_least_squares(A, pattern))
    best = sparse.linalg.norm(A @ M - sparse.eye_array(40)) ** 2
    model = approximate_inverse.bind(A=A, M=pattern, backend="numpy")
    result = approximate_inverse.solve(model, scale * rng.standard_normal(model.size))
    assert result.success
    assert result.fun == pytest.approx(best, rel=1e-8)


def test_both_references_agree() -> None:
    instance = spai(7, 2)
    energy = columnwise_energy(instance.data["A"], instance.data["M"])
    assert energy == pytest.approx(instance.reference, rel=1e-12)
