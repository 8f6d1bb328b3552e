"""Incomplete LU: `auto` reaches ILU(0) on the pattern, and less than it leaves on all entries."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.preconditioners import incomplete_lu
from nzdiff.gallery.ilu import everywhere
from nzdiff.generated import ilu

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    example("ilu")["main"]()
    assert "7840 unknowns" in capsys.readouterr().out


@pytest.mark.parametrize(("side", "noise"), [(2, 0.0), (5, 0.0), (9, 0.1)])
def test_it_reaches_zero(side: int, noise: float) -> None:
    instance = incomplete_lu(side, noise=noise)
    model = ilu.bind(**instance.data, backend="numpy")
    result = ilu.solve(model, instance.g0)
    assert result.success
    assert result.fun < 1e-10 * model.energy(instance.g0)


def test_the_factors_are_those_of_the_elimination(example: Example) -> None:
    found = example("ilu")
    A = found["grid"](7, wind=0.9)
    model, result = found["solve"](A)
    for mine, theirs in zip(model.unpack(result.x), found["ilu0"](A), strict=True):
        np.testing.assert_allclose(mine.toarray(), theirs.toarray(), atol=1e-5)


@pytest.mark.slow
def test_where_nothing_fills_in_it_is_the_lu_of_the_matrix(
    example: Example, rng: np.random.Generator
) -> None:
    """A tridiagonal matrix: ILU(0) is LU, and both energies vanish."""
    found = example("ilu")
    bands = [rng.uniform(0.2, 1.0, 29), rng.uniform(2.0, 3.0, 30), -rng.uniform(0.2, 1.0, 29)]
    A = sparse.csr_array(sparse.diags_array(bands, offsets=[-1, 0, 1]))
    for bind in (ilu.bind, everywhere.bind):
        model, result = found["solve"](A, bind)
        L, U = model.unpack(result.x)
        assert result.success
        assert abs(L @ U - A).max() < 1e-5


@pytest.mark.slow
def test_of_all_entries_it_leaves_less_than_the_elimination(example: Example) -> None:
    found = example("ilu")
    A = found["grid"](8)
    model, result = found["solve"](A, everywhere.bind)
    bound = model.energy(model.pack(*found["ilu0"](A)))
    assert result.success
    assert 0.0 < result.fun < 0.9 * bound
