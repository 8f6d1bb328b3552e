"""Prolongations: `auto` reaches the solution of the conditions of the minimum."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.multigrid import aggregates, least_energy, prolongation
from nzdiff import Pattern
from nzdiff.generated import amg_prolongation

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyamg")
    example("amg_prolongation")["main"]()
    assert "conditions 6.62634326" in capsys.readouterr().out


@pytest.mark.parametrize("side", [6, 14])
def test_it_reaches_the_solution_of_the_conditions(side: int) -> None:
    instance = prolongation(side)
    model = amg_prolongation.bind(**instance.data, backend="numpy")
    result = amg_prolongation.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-11)
    P = model.unpack(result.x)
    np.testing.assert_allclose(P.sum(axis=1), 1.0, rtol=1e-13)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_jumping_coefficients_and_kept_vectors_of_any_sign(
    example: Example, rng: np.random.Generator, scale: float
) -> None:
    """Coefficients over four decades, vectors kept that are far from constant, a far start."""
    T = aggregates(9)
    ends, eye = sparse.csr_array(np.diff(np.eye(9), axis=0)), sparse.eye_array(9)
    edges = sparse.vstack([sparse.kron(ends, eye), sparse.kron(eye, ends)])
    weights = sparse.diags_array(10.0 ** rng.uniform(-2, 2, edges.shape[0]))
    A = sparse.csr_array(edges.T @ weights @ edges + 1e-3 * sparse.eye_array(81))
    coarse, fine = rng.uniform(0.5, 2.0, T.shape[1]), rng.standard_normal(81)
    stored = Pattern.from_scipy(sparse.csr_array(abs(A) @ T))
    best = least_energy(A, stored, coarse, fine)
    assert example("amg_prolongation")["by_conditions"](A, stored, coarse, fine) == pytest.approx(
        best, rel=1e-9
    )
    pattern = stored.with_row_sums(coarse, fine)
    model = amg_prolongation.bind(A=A, P=pattern, backend="numpy")
    result = amg_prolongation.solve(model, scale * rng.standard_normal(model.size))
    assert result.success
    assert result.fun == pytest.approx(best, rel=1e-7)
