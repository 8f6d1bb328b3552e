"""Covariance selection: `auto` reaches closed forms, fitted Θ, and fields made by FFT."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.covariance import (
    clique_edges,
    covariance_instance,
    covariances,
    lattice_squares,
)
from benchmarks.instances.graphs import torus
from benchmarks.instances.proportional_fitting import proportional_fitting
from nzdiff.generated import covariance_selection

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    example("covariance_selection")["main"]()
    said = capsys.readouterr().out
    assert "regression -19.7669435886" in said and "regression 158.3570443274" in said


@pytest.mark.parametrize("side", [3, 8])
def test_a_field_on_a_torus_is_found_again(side: int) -> None:
    instance = torus(side)
    model = covariance_selection.bind(**instance.data, backend="numpy")
    result = covariance_selection.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-11)


def test_the_reference_of_a_torus_is_that_of_a_dense_inverse() -> None:
    instance = torus(5)
    S, model = instance.data["S"].toarray(), instance.bind(backend="numpy")
    near = (S != 0) & ~np.eye(25, dtype=bool)
    best = 1.05 * np.eye(25) - 0.25 * near
    np.testing.assert_allclose(np.linalg.inv(best)[S != 0], S[S != 0], rtol=1e-13)
    assert model.energy(model.pack(best)) == pytest.approx(instance.reference, rel=1e-13)


@pytest.mark.slow
def test_ten_thousand_variables_are_certified_within_few_products() -> None:
    instance = torus(100)
    model = covariance_selection.bind(**instance.data)
    result = covariance_selection.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-11)


@pytest.mark.parametrize("ridge", [1e-3, 1.0])
def test_a_lattice_from_a_start_near_the_border_of_the_domain(
    rng: np.random.Generator, ridge: float
) -> None:
    """Units over two decades; Θ starts at a multiple of I, far from diag(S)⁻¹."""
    X = rng.standard_normal((60, 25)) @ rng.standard_normal((25, 25))
    S = covariances(X * 10.0 ** rng.uniform(-1, 1, 25)) + ridge * np.eye(25)
    squares = lattice_squares(5)
    best = proportional_fitting(S, squares, tolerance=1e-11)
    instance = covariance_instance("", S, clique_edges(squares), best, "")
    model = covariance_selection.bind(**instance.data, backend="numpy")
    result = covariance_selection.solve(model, model.pack(1e-3 * sparse.eye_array(25)))
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-9)
