"""FSAI: `auto` reaches the closed form of each column."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from benchmarks.instances.instance import Instance
from benchmarks.instances.preconditioners import fsai, fsai_cube, fsai_optimum
from nzdiff import Pattern
from nzdiff.gallery.factorized_inverse import balanced, modal
from nzdiff.generated import factorized_inverse
from nzdiff.solvers import solve

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyamg")
    example("factorized_inverse")["main"]()
    assert "closed form 575.894451043" in capsys.readouterr().out


@pytest.mark.parametrize("make", [lambda: fsai(9), lambda: fsai_cube(5)])
def test_it_reaches_the_closed_form(make: Callable[[], Instance]) -> None:
    instance = make()
    model = factorized_inverse.bind(**instance.data, backend="numpy")
    result = factorized_inverse.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-10)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_units_over_decades_and_a_start_far_away(rng: np.random.Generator, scale: float) -> None:
    """A has rows of very different sizes; the start is all ones times a number, far from L."""
    S = sparse.random_array((30, 30), density=0.1, rng=rng)
    sizes = sparse.diags_array(10.0 ** rng.uniform(-1, 1, 30))
    A = sparse.csr_array(sizes @ (S @ S.T + sparse.eye_array(30)) @ sizes)
    pattern = Pattern.from_scipy(sparse.csr_array(sparse.tril(A)))
    model = factorized_inverse.bind(A=A, L=pattern, backend="numpy")
    result = factorized_inverse.solve(model, scale * pattern.pack(sparse.eye_array(30)))
    assert result.success
    assert result.fun == pytest.approx(fsai_optimum(A, pattern), rel=1e-8)


def test_a_start_outside_of_the_domain_is_refused() -> None:
    instance = fsai(3)
    model = factorized_inverse.bind(**instance.data, backend="numpy")
    with pytest.raises(ValueError, match="g0"):
        factorized_inverse.solve(model, -instance.g0)


@pytest.mark.slow
def test_spectral_energies_have_smaller_condition_numbers() -> None:
    """On one pattern; that they do not save iterations is on the page."""
    line = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(9, 9))
    A = sparse.csr_array(sparse.kronsum(line, 0.01 * line))
    values, vectors = np.linalg.eigh(A.toarray())
    pattern = Pattern.from_scipy(sparse.csr_array(sparse.tril(A)))
    models = [
        factorized_inverse.bind(A=A, L=pattern),
        modal.bind(A=A, L=pattern, Phi=vectors / np.sqrt(values)),
        balanced.bind(A=A, L=pattern),
    ]
    conditions = []
    for model in models:
        result = solve(model, pattern.pack(sparse.eye_array(81)))
        assert result.success
        L = model.unpack(result.x)
        conditions.append(np.linalg.cond((L.T @ A @ L).toarray()))
    assert conditions[0] > 1.01 * max(conditions[1:])
