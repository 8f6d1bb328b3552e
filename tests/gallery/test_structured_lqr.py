"""Structured LQR: `auto` reaches Riccati's cost where K is full, and minima where it is not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg, optimize

from benchmarks.gallery.regulator import chain, regulator
from nzdiff import Pattern
from nzdiff.generated import structured_lqr

Example = Callable[[str], dict[str, Any]]


@pytest.mark.slow
def test_the_example_reaches_the_answer(
    example: Example, capsys: pytest.CaptureFixture[str]
) -> None:
    example("structured_lqr")["main"]()
    assert "all entries, by Riccati: 188.372322947" in capsys.readouterr().out


@pytest.mark.parametrize(("states", "inputs"), [(2, 1), (6, 3), (14, 2)])
def test_it_reaches_the_cost_of_riccati(states: int, inputs: int) -> None:
    instance = regulator(states, inputs)
    model = structured_lqr.bind(**instance.data, backend="numpy")
    result = structured_lqr.solve(model, instance.g0)
    assert result.success
    assert result.fun == pytest.approx(instance.reference, rel=1e-10)


def test_an_unstable_plant_from_a_feedback_that_hardly_holds_it(
    rng: np.random.Generator,
) -> None:
    """Random A with eigenvalues on the right; the start has the slowest mode at −0.01."""
    A, B = rng.standard_normal((6, 6)), rng.standard_normal((6, 2))
    Q, R = np.diag(10.0 ** rng.uniform(-1, 1, 6)), np.diag([0.1, 10.0])
    shift = np.linalg.eigvals(A).real.max()
    assert shift > 0.0
    P = linalg.solve_continuous_are(A + 0.01 * np.eye(6), B, 1e-9 * np.eye(6), np.eye(2))
    start = B.T @ P
    assert np.linalg.eigvals(A - B @ start).real.max() < 0.0
    pattern = Pattern.full((2, 6))
    model = structured_lqr.bind(A=A, B=B, Q=Q, R=R, K=pattern, backend="numpy")
    result = structured_lqr.solve(model, pattern.pack(start))
    assert result.success
    answer = np.trace(linalg.solve_continuous_are(A, B, Q, R))
    assert result.fun == pytest.approx(answer, rel=1e-9)


@pytest.mark.slow
def test_zeros_cost_something_and_what_is_left_is_a_minimum_for_others_too() -> None:
    """Nelder and Mead, with Lyapunov's equation solved by SciPy, find nothing lower nearby."""
    data: dict[str, Any] = chain(8, 2)
    pattern = Pattern(([0, 0, 1, 1], [0, 4, 2, 6]), (2, 8))
    model = structured_lqr.bind(**data, K=pattern, backend="numpy")
    result = structured_lqr.solve(model, np.zeros(4))

    def cost(k: np.ndarray) -> float:
        K = pattern.to_csr(k).toarray()
        closed = data["A"] - data["B"] @ K
        if np.linalg.eigvals(closed).real.max() >= 0.0:
            return np.inf
        weight = data["Q"] + K.T @ data["R"] @ K
        return float(np.trace(linalg.solve_continuous_lyapunov(closed.T, -weight)))

    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}
    other = optimize.minimize(cost, result.x + 0.1, method="Nelder-Mead", options=options)
    assert result.success
    assert result.fun == pytest.approx(other.fun, rel=1e-10)
    assert result.fun > np.trace(linalg.solve_continuous_are(*data.values()))


def test_a_start_that_is_not_stable_is_refused() -> None:
    data: dict[str, Any] = chain(4, 1)
    model = structured_lqr.bind(
        **{**data, "A": -data["A"]}, K=Pattern.full((1, 4)), backend="numpy"
    )
    with pytest.raises(np.linalg.LinAlgError, match="is not stable"):
        structured_lqr.solve(model, np.zeros(4))
