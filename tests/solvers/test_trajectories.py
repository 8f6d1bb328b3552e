"""Every method takes the steps that it took when it was found right, to the last number."""

import json
from typing import Any

import numpy as np
import pytest

from nzdiff.solvers import LBFGS, BarzilaiBorwein, ConjugateGradient, solve
from nzdiff.solvers.linear.forcing import ALPHA, forcing_term
from nzdiff.solvers.methods.barzilai_borwein import _length
from nzdiff.solvers.run.bounds import Bounds
from nzdiff.solvers.run.status import Status
from solver_models import NoSquares, Quadratic, Vector
from trajectories import FILE, SAME, Wells, _Diagonal, run, runs, same

KEPT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def test_every_run_is_kept() -> None:
    assert list(KEPT) == [" | ".join(map(str, case)) for case in runs()]
    assert {len(run["records"]) for run in KEPT.values()} <= set(range(2, 11))


@pytest.mark.parametrize("case", runs(), ids=lambda case: " | ".join(map(str, case)))
def test_a_run_goes_as_it_went(case: tuple[str, str, bool]) -> None:
    kept, found = KEPT[" | ".join(map(str, case))], run(*case)
    assert len(found["records"]) >= len(kept["records"])
    for place, (ours, theirs) in enumerate(zip(found["records"], kept["records"], strict=False)):
        assert same(ours, theirs, SAME), f"iteration {place}: {ours}, kept {theirs}"
    if kept["status"] is not None:
        assert len(found["records"]) == len(kept["records"]) and found["status"] == kept["status"]


class Slope(NoSquares):
    """E = Σ atan(g): it bends the wrong way at every g > 0, and no step has a minimum to aim at."""

    size = 3

    def energy(self, g: Vector) -> float:
        return float(np.arctan(g).sum())

    def gradient(self, g: Vector) -> Vector:
        return 1.0 / (1.0 + g**2)


@pytest.mark.parametrize("method", ["conjugate-gradient", "barzilai-borwein", "l-bfgs"])
def test_a_start_without_curvature_goes_downhill(method: str) -> None:
    result = solve(Slope(), np.array([0.5, 1.0, 2.0]), method, max_iterations=2)
    assert result.status is Status.MAX_ITERATIONS
    first, second, third = (record.energy for record in result.history)
    assert third < second < first


def iterates(model: Any, g0: Vector, method: Any, count: int) -> list[Vector]:
    found: list[Vector] = []
    solve(model, g0, method, max_iterations=count, callback=lambda _, g: found.append(g.copy()))
    return found


def test_conjugate_gradient_goes_first_along_the_gradient_and_then_as_polak_and_ribiere_say() -> (
    None
):
    model = Wells()
    g = iterates(model, np.r_[0.3, 0.8, 2.4, 3.1, 4.2], ConjugateGradient(), 4)
    d = -model.gradient(g[0])
    for k in range(4):
        step = g[k + 1] - g[k]
        np.testing.assert_allclose(
            step / np.linalg.norm(step), d / np.linalg.norm(d), rtol=1e-9, atol=1e-12
        )
        old, new = model.gradient(g[k]), model.gradient(g[k + 1])
        d = -new + max(0.0, float(new @ (new - old) / (old @ old))) * d


class Narrow(Wells):
    """The same, at the second iterate defined along its gradient alone."""

    at: Vector | None = None

    def energy(self, g: Vector) -> float:
        if self.at is not None:
            step, gradient = g - self.at, self.gradient(self.at)
            along = np.linalg.norm(step) * np.linalg.norm(gradient)
            if -step @ gradient < (1.0 - 1e-9) * along:
                return np.nan
        return super().energy(g)


@pytest.mark.parametrize("start", [[0.3, 0.8, 2.4, 3.1, 4.2], [5.0, 9.0, -8.0, 9.0, -6.0]])
def test_a_failed_search_of_conjugate_gradients_begins_again_downhill(start: list[float]) -> None:
    """From the second start the curvature is negative: no step has a minimum to aim at."""
    model, g = Narrow(), []

    def count(_: Any, iterate: Vector) -> None:
        g.append(iterate.copy())
        model.at = g[2] if len(g) == 3 else None

    solve(model, np.array(start), "conjugate-gradient", max_iterations=4, callback=count)
    old, new = model.gradient(g[2]), model.gradient(g[3])
    d = -new + max(0.0, float(new @ (new - old) / (old @ old))) * -old
    for step, along in ((g[3] - g[2], -old), (g[4] - g[3], d)):
        np.testing.assert_allclose(
            step / np.linalg.norm(step), along / np.linalg.norm(along), atol=1e-9
        )


class Stretched(NoSquares):
    """E = scale Σ wᵢ gᵢ⁴ with weights of which each is twice the last."""

    size = 6

    def __init__(self, scale: float) -> None:
        self.w = scale * 2.0 ** np.arange(6)

    def energy(self, g: Vector) -> float:
        return float(self.w @ g**4)

    def gradient(self, g: Vector) -> Vector:
        return 4.0 * self.w * g**3

    def hessian(self, g: Vector) -> Any:
        return _Diagonal(12.0 * self.w * g**2)


def test_a_diagonal_preconditioner_is_damped_in_proportion_to_the_energy() -> None:
    g0, method = np.r_[1.0, -1.0, 2.0, 0.5, -0.5, 0.25], LBFGS(preconditioner="diagonal")
    one, other = (iterates(Stretched(scale), g0, method, 6) for scale in (1.0, 1024.0))
    np.testing.assert_allclose(one, other, rtol=1e-12)
    plain = iterates(Stretched(1.0), g0, LBFGS(preconditioner="none"), 6)
    assert Stretched(1.0).energy(one[6]) < 0.6 * Stretched(1.0).energy(plain[6])


def test_the_steps_of_barzilai_and_borwein_are_long_and_short_in_turn() -> None:
    model = Quadratic(np.diag([1.0, 1.5, 2.0]), np.ones(3))
    g = iterates(model, np.array([3.0, -1.0, 0.5]), BarzilaiBorwein(), 5)
    for k in range(1, 5):
        s, y = g[k] - g[k - 1], model.gradient(g[k]) - model.gradient(g[k - 1])
        alpha = s @ s / (s @ y) if k % 2 == 0 else s @ y / (y @ y)
        np.testing.assert_allclose(g[k + 1] - g[k], -alpha * model.gradient(g[k]), rtol=1e-9)


@pytest.mark.parametrize("sy", [0.0, -1.0, np.nan])
@pytest.mark.parametrize("is_long", [True, False])
def test_a_length_without_positive_curvature_is_ten_times_the_last(
    sy: float, is_long: bool
) -> None:
    assert _length(np.array([1.0]), np.array([sy]), 0.25, is_long=is_long) == 2.5
    s, y = np.array([3.0, 0.0]), np.array([1.0, 1.0])
    assert _length(s, y, 1.0, is_long=is_long) == (3.0 if is_long else 1.5)


@pytest.mark.parametrize(
    ("norm", "before", "previous", "largest", "expected"),
    [
        (1.0, 2.0, 0.01, 0.9, 0.9 * 0.5**ALPHA),
        (1.0, 1.0, 0.5, 0.25, 0.25),  # the largest
        (1e-9, 1.0, 1e-3, 0.1, 1e-10),  # the least
        (1.0, 0.5, 0.1, 0.5, 0.5),  # a norm that rose
        (1e-3, 1.0, 0.5, 0.9, 0.9 * 0.5**ALPHA),  # one lucky step
        (1e-2, 1.0, 0.25, 0.9, 0.9 * 0.01**ALPHA),  # 0.9 · 0.25ᵅ is less than 0.1
        (1.0, 2.0, 0.9, 0.9, 0.9 * 0.9**ALPHA),
    ],
)
def test_the_forcing_term_is_what_eisenstat_and_walker_say(
    norm: float, before: float, previous: float, largest: float, expected: float
) -> None:
    assert pytest.approx((1.0 + 5.0**0.5) / 2.0) == ALPHA
    assert forcing_term(norm, before, previous, largest=largest) == pytest.approx(expected)


def test_bounds_hold_what_is_pushed_against_them() -> None:
    bounds = Bounds(np.r_[0.0, 0.0, 0.0, 0.0, 2.0, -np.inf], np.r_[1.0, 1.0, 1.0, 1.0, 2.0, np.inf])
    g, gradient = np.r_[0.0, 0.0, 1.0, 0.005, 2.0, 0.0], np.r_[1.0, -1.0, -1.0, 4.0, 0.0, 9.0]
    assert bounds.held(g, gradient, 1.0).tolist() == [True, False, True, True, True, False]
    moved = np.r_[1e-3, 0.0, 0.5, 0.5, 2.0, 0.0]
    assert bounds.held(moved, 1e-4 * gradient, 1.0).tolist() == [
        False,
        False,
        False,
        False,
        True,
        False,
    ]


class Cliff(NoSquares):
    """E = exp(−exp g) + 10⁻⁶ (g − 1000)²: beyond g = 709 only its gradient is ∞ · 0."""

    size = 2

    def energy(self, g: Vector) -> float:
        with np.errstate(all="ignore"):
            return float((np.exp(-np.exp(g)) + 1e-6 * (g - 1000.0) ** 2).sum())

    def gradient(self, g: Vector) -> Vector:
        with np.errstate(all="ignore"):
            return -np.exp(g) * np.exp(-np.exp(g)) + 2e-6 * (g - 1000.0)


@pytest.mark.parametrize("method", ["conjugate-gradient", "barzilai-borwein", "l-bfgs"])
def test_a_trial_without_a_gradient_is_none(method: str) -> None:
    result = solve(Cliff(), np.array([5.0, 6.0]), method, max_iterations=6)
    assert (
        result.nit >= 2 and np.isfinite([record.gradient_norm for record in result.history]).all()
    )
    assert result.x.max() < 710.0 and result.fun < result.history[0].energy
