"""The two-grid cycle: `auto` finds a P whose cycle is faster than that of Ruge and Stüben."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.multigrid import cycle_radius, jacobi, ruge_stuben, two_grid_cycle
from nzdiff.generated import two_grid

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyamg")
    example("two_grid")["main"]()
    assert "spectral radius 0.4019, of Ruge and Stüben 0.4390" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("mesh", ["knot"])
def test_other_meshes_of_pyamg(mesh: str) -> None:
    """The norm is at its least; what that does to the radius is another matter."""
    gallery = pytest.importorskip("pyamg.gallery")
    instance = ruge_stuben(mesh, gallery.load_example(mesh)["A"])
    model = two_grid.bind(**instance.data)
    result = two_grid.solve(model, instance.g0)
    assert result.success, result.message
    assert result.fun < 0.95 * model.energy(instance.g0)


@pytest.mark.slow
def test_it_lowers_the_norm_down_to_a_minimum_that_scales_of_columns_do_not_change(
    rng: np.random.Generator,
) -> None:
    instance = two_grid_cycle(6)
    model = two_grid.bind(**instance.data, backend="numpy")
    result = two_grid.solve(model, instance.g0)
    assert result.success, result.message
    P = instance.data["P"].to_csr(result.x)
    scaled = model.pack(P @ sparse.diags_array(rng.uniform(0.1, 10.0, P.shape[1])))
    assert model.energy(scaled) == pytest.approx(result.fun, rel=1e-9)
    for _ in range(20):
        nearby = result.x * (1.0 + 1e-3 * rng.standard_normal(model.size))
        assert model.energy(nearby) >= result.fun * (1.0 - 1e-9)


def test_the_radius_is_that_of_the_matrix() -> None:
    instance = two_grid_cycle(6)
    A, P = instance.data["A"], instance.data["P"].to_csr(instance.g0).toarray()
    S = jacobi(sparse.csr_array(A)).toarray()
    cycle = S @ (S - P @ np.linalg.solve(P.T @ A @ P, P.T @ A @ S))
    expected = np.abs(np.linalg.eigvals(cycle)).max()
    assert cycle_radius(A, S, P) == pytest.approx(expected, rel=1e-8)
