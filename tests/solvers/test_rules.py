"""The small rules that all methods share, each at its limit: when to stop, search, assemble."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from nzdiff.solvers import LevenbergMarquardt, Linear, Newton, solve
from nzdiff.solvers.linear import linear_system
from nzdiff.solvers.linear.cg import conjugate_gradient
from nzdiff.solvers.linear.diagonal import bounded_below
from nzdiff.solvers.linear.factorise import factorised, positive_definite, sizes
from nzdiff.solvers.linear.linear_system import is_direct, mean_size
from nzdiff.solvers.linear.preconditioner import preconditioned
from nzdiff.solvers.linear.steihaug import _to_boundary, steihaug
from nzdiff.solvers.methods.auto.forecast import expected_energy
from nzdiff.solvers.report.history import History
from nzdiff.solvers.run.checkpoint import Saver
from nzdiff.solvers.run.objective import Counts, Objective, Point
from nzdiff.solvers.run.probe import BLIND_STEP, PROBE_STEP, cauchy_step, of_size, probe
from nzdiff.solvers.run.record import Record
from nzdiff.solvers.run.search import NOISE, ROUNDING, _shorter, armijo, below_rounding, failure
from nzdiff.solvers.run.status import Status
from nzdiff.solvers.run.stopping import Stopping
from nzdiff.solvers.run.wolfe import Bracket, End, _beyond, _narrowed, wolfe
from solver_models import LinearResidual, NoSquares, Quadratic, Vector


def point(energy: float) -> Point:
    return Point(np.ones(2), energy, np.ones(2))


@pytest.mark.parametrize(
    ("option", "least"), [("max_iterations", 0), ("window", 1), ("rtol", 0.0), ("energy_rtol", 0.0)]
)
def test_the_least_value_of_an_option_is_taken_and_none_below(option: str, least: float) -> None:
    assert getattr(Stopping(**{option: least}), option) == least  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"{option}: expected .* ≥ {int(least)}"):
        Stopping(**{option: least - 1})  # type: ignore[arg-type]


def test_a_run_stops_exactly_at_its_tolerances_and_budgets() -> None:
    rules = Stopping(0.5, 0.25, 7, 3.0, 2)
    assert rules.gradient_converged(1.0, 2.0) and not rules.gradient_converged(1.001, 2.0)
    assert not rules.gradient_converged(math.inf, math.inf)
    assert not rules.gradient_converged(math.nan, 1.0)
    assert rules.stagnated([5.0, 4.0, 4.0], 4.0) and not rules.stagnated([5.001, 4.0, 4.0], 4.0)
    assert not rules.stagnated([4.0, 4.0], 9.0)
    assert rules.stagnated([-5.0, -4.5, -4.0], 4.0)
    assert not rules.stagnated([-4.0, -2.0, -4.0], 4.0)
    assert rules.stagnated([1.0, 1.0, 1.0 + 2e-16], 0.0)
    assert not Stopping(0.5, 0.0, 7, 3.0, 2).stagnated([1.0, 1.0, 1.0 + 2e-16], 0.0)
    assert rules.budget(6, 2.9) is None
    assert rules.budget(7, 0.0) is Status.MAX_ITERATIONS
    assert rules.budget(6, 3.0) is Status.MAX_SECONDS


def test_calls_are_counted_once_where_energy_and_gradient_are_one() -> None:
    assert Counts(3, 2, 5, 7, 11, 13).total == 3 + 5 + 7 + 11 + 13
    assert Counts(1, 2).total == 2


def test_a_history_prints_its_ends() -> None:
    record = Record(0, 3.5, 1.0, 0.0, 0.0, 0, 0.0, Counts())
    assert repr(History()) == "History()"
    history = History((record, replace(record, energy=1.25)))
    assert repr(history) == "History(2 records, energy 3.5 → 1.25)"


def test_a_checkpoint_is_due_when_the_interval_is_over() -> None:
    saver = Saver(Path("never written"), 2.0)
    assert saver.is_due(0.0)
    saver.last = 5.0
    assert saver.is_due(7.0) and not saver.is_due(6.999)


def test_a_promise_below_rounding_is_none_and_a_hundred_of_them_are_no_failure() -> None:
    assert below_rounding(ROUNDING * 8.0, point(-8.0))
    assert not below_rounding(ROUNDING * 8.1, point(-8.0))
    assert failure(NOISE * 8.0, point(-8.0)) is Status.ROUNDING_LEVEL
    assert failure(NOISE * 8.1, point(8.0)) is Status.NO_DESCENT


class Recorded(NoSquares):
    """E = f(g) of one number, remembering where it was asked for; ∂E as given."""

    size = 1

    def __init__(self, energy: Any, slope: Any = lambda x: 1.0) -> None:
        self.f, self.slope, self.at = energy, slope, list[float]()

    def energy(self, g: Vector) -> float:
        self.at.append(float(g[0]))
        return float(self.f(g[0]))

    def gradient(self, g: Vector) -> Vector:
        return np.array([self.slope(g[0])])


def start(model: Recorded) -> tuple[Objective, Point]:
    return Objective(model), Point(np.zeros(1), 0.0, np.array([-1.0]))


def test_backtracking_follows_the_parabola_within_its_bounds() -> None:
    assert _shorter(1.0, math.inf, -1.0) == 0.5
    assert _shorter(0.5, math.nan, -1.0) == 0.25
    assert _shorter(1.0, 0.5, -1.0) == pytest.approx(1 / 3)
    assert _shorter(1.0, -0.5, -1.0) == 0.5 and _shorter(1.0, 99.0, -1.0) == 0.1
    assert _shorter(0.5, 0.5, -1.0) == pytest.approx(0.125)


def test_backtracking_takes_the_first_trial_that_falls_enough() -> None:
    model = Recorded(lambda x: x if x > 0.3 else -x)
    objective, here = start(model)
    found = armijo(objective, here, np.ones(1))
    assert model.at == [1.0, 0.25] and found is not None and found.g[0] == 0.25
    for value, accepted in ((-1e-4, True), (-0.99e-4, False)):
        model = Recorded(lambda x, value=value: value if x == 1.0 else math.nan)
        objective, here = start(model)
        assert (armijo(objective, here, np.ones(1)) is not None) == accepted
    model = Recorded(lambda x: 0.9)
    objective, here = start(model)
    assert armijo(objective, here, np.ones(1), reference=1.0) is not None
    assert (
        armijo(objective, here, -np.ones(1)) is None
        and armijo(objective, here, np.zeros(1)) is None
    )


def test_backtracking_ends_where_the_promise_cannot_be_seen() -> None:
    model = Recorded(lambda x: math.nan)
    objective, _ = start(model)
    here = Point(np.zeros(1), 4.0, np.array([-1.0]))
    assert armijo(objective, here, np.array([8 * 4.0 * ROUNDING])) is None
    assert len(model.at) == 3
    model.at.clear()
    assert armijo(objective, Point(np.zeros(1), 0.0, np.array([-1.0])), np.ones(1)) is None
    assert len(model.at) == 63  # 60 trials, and a few that look for the longest step


def test_the_next_trial_of_a_bracket_is_the_minimum_of_its_parabola() -> None:
    low, none = End(1.0, 0.0, -1.0), math.nan
    assert Bracket(low, End(3.0, 1.0, none)).next() == pytest.approx(1.0 + 2.0 / 3.0)
    assert Bracket(low, End(3.0, 1.0, 3.0)).next() == pytest.approx(1.5)
    assert Bracket(low, End(3.0, 1.0, 99.0)).next() == pytest.approx(1.2)
    assert Bracket(low, End(3.0, -1.9, none)).next() == pytest.approx(2.8)
    assert Bracket(low, End(3.0, math.inf, none)).next() == 2.0
    assert Bracket(End(0.0, 0.0, -1.0), End(3.0, math.inf, none)).next() == pytest.approx(0.3)


def test_beyond_a_bracket_the_slope_is_followed_to_zero() -> None:
    before = End(1.0, 0.0, -4.0)
    assert _beyond(before, End(2.0, 0.0, -3.0)) == 5.0
    assert _beyond(before, End(2.0, 0.0, -0.1)) == 4.0
    assert _beyond(before, End(2.0, 0.0, -3.9)) == 20.0
    assert _beyond(before, End(2.0, 0.0, -4.0)) == 20.0


def test_an_end_that_rises_or_is_flat_is_the_high_one() -> None:
    bracket = Bracket(End(0.0, 0.0, -1.0), End(math.inf, math.nan))
    for end in (End(1.0, 0.5, 0.0), End(1.0, 0.5, 1.0), End(1.0, 0.5)):
        t, narrowed = _narrowed(bracket, end)
        assert narrowed == Bracket(bracket.low, end) and t == narrowed.next()
    falling = End(1.0, -0.5, -0.5)
    assert _narrowed(bracket, falling) == (2.0, Bracket(falling, bracket.high))
    high = End(4.0, 1.0, 2.0)
    assert _narrowed(Bracket(bracket.low, high), falling) == (
        Bracket(falling, high).next(),
        Bracket(falling, high),
    )


def test_the_search_returns_the_best_trial_where_none_is_flat_enough() -> None:
    # steep everywhere but at trials after the second, which only just satisfy the first condition
    model = Recorded(lambda x: -x if x <= 1.0 else -0.5, lambda x: -1.0 if x <= 1.0 else 1.0)
    objective, here = start(model)
    found = wolfe(objective, here, np.ones(1), curvature=0.5)
    assert found is not None and found.energy == min(model.f(x) for x in model.at) == -1.0
    assert len(model.at) == 60
    flat = Recorded(lambda x: -x, lambda x: -0.5)
    objective, here = start(flat)
    assert wolfe(objective, here, np.ones(1), curvature=0.5) is not None and flat.at == [1.0]
    assert (
        wolfe(objective, here, np.zeros(1)) is None and wolfe(objective, here, -np.ones(1)) is None
    )


def test_a_probe_has_the_size_of_the_point_and_a_step_ends_at_the_minimum() -> None:
    model = Quadratic(np.diag([2.0, 6.0]), np.zeros(2))
    objective, g = Objective(model), np.array([3.0, 4.0])
    here = objective.point(g)
    pair = probe(objective, here, -here.gradient)
    assert pair is not None and np.linalg.norm(pair[0]) == pytest.approx(5.0 * PROBE_STEP)
    q = here.gradient
    exact = -(q @ q) / (q @ (model.H @ q)) * q
    np.testing.assert_allclose(cauchy_step(objective, here, -q), exact, rtol=1e-6)
    concave = Objective(Quadratic(-model.H, np.zeros(2)))
    here = concave.point(g)
    assert probe(concave, here, -here.gradient) is None
    blind = cauchy_step(concave, here, -here.gradient)
    np.testing.assert_allclose(blind, -BLIND_STEP * 5.0 * here.gradient / np.linalg.norm(q))
    np.testing.assert_allclose(of_size(np.array([0.0, 2.0]), np.zeros(2)), [0.0, 1.0])
    assert not of_size(np.zeros(2), g).any()


def test_sizes_of_a_diagonal_are_positive_means() -> None:
    assert mean_size(np.array([-1.0, 3.0])) == 2.0
    assert mean_size(np.zeros(2)) == mean_size(np.array([np.inf, 1.0])) == 1.0
    assert bounded_below(np.array([-1.0, 5.0]), 0.5).tolist() == [1.5, 5.0]
    assert bounded_below(np.array([-1.0, 5.0]), 0.0).tolist() == [1.0, 5.0]
    assert bounded_below(np.zeros(2), 0.5).tolist() == [1.0, 1.0]
    assert bounded_below(np.array([np.nan, 5.0]), 0.5).tolist() == [1.0, 1.0]


class Sized:
    """A curvature that says how large it is."""

    def __init__(self, memory: int | None, *, is_sparse: bool) -> None:
        self.assembled_bytes, self.is_sparse = memory, is_sparse

    def product(self, v: Vector) -> Vector:
        """Return v, or ones."""
        return v if self.is_sparse else np.ones_like(v)


@pytest.mark.parametrize(
    ("memory", "is_sparse", "size", "expected"),
    [
        (None, True, 10**6, True),
        (None, False, 500, True),
        (None, False, 501, False),
        (8, False, 4000, True),
        (8, False, 4001, False),
        (8, True, 4001, True),
        (2 * 10**9, False, 4000, True),
        (2 * 10**9 + 1, False, 4000, False),
        (1200 * 5000, True, 5000, True),
        (1200 * 5000 + 1, True, 5000, False),
    ],
)
def test_a_matrix_is_factorised_up_to_its_limits(
    memory: int | None, is_sparse: bool, size: int, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_system, "physical_bytes", lambda: 10**11)
    sized: Any = Sized(memory, is_sparse=is_sparse)
    assert is_direct(sized, size) == expected
    if memory is not None:
        monkeypatch.setattr(linear_system, "physical_bytes", lambda: 4 * memory)
        assert is_direct(sized, size) == expected
        monkeypatch.setattr(linear_system, "physical_bytes", lambda: 4 * memory - 4)
        assert not is_direct(sized, size)
        monkeypatch.setattr(linear_system, "physical_bytes", lambda: None)
        assert is_direct(sized, size) == expected


@pytest.mark.parametrize(
    ("energies", "once", "twice"),
    [
        ([9.0, 9.0, 5.0, 3.0], 2.0, 1.5),  # 4, 2, then 1 and a half, in spans of 2 s
        ([9.0, 9.0, 8.0, 6.0], 4.0, 2.0),  # it does not fade: as much again
        ([9.0, 9.0, 9.0, 8.0], 7.0, 6.0),
        ([9.0, 9.0, 5.0, 5.0], 5.0, 5.0),
        ([4.0, 5.0, 5.0, 6.0], 6.0, 6.0),  # what rose is not expected to rise on
    ],
)
def test_what_a_method_will_do_is_told_by_what_it_did(
    energies: list[float], once: float, twice: float
) -> None:
    records = [Record(k, E, 1.0, 0.0, 0.0, 0, 2.0 * k, Counts()) for k, E in enumerate(energies)]
    assert expected_energy(records, 2.0) == once
    assert expected_energy(records, 4.0) == pytest.approx(twice)
    assert expected_energy(records[:1], 2.0) == energies[0]


def test_shifts_grow_tenfold_and_have_the_units_of_the_matrix() -> None:
    indefinite = np.diag([1.0, -4.0])
    assert factorised(indefinite, 4.0) is None and factorised(indefinite, 4.1) is not None
    found = positive_definite(indefinite, 1.0, first=0.5)
    assert found is not None and found[1] == 5.0  # of 5/2, the mean
    np.testing.assert_allclose(found[0](np.array([14.5, 9.5])), [1.0, 1.0])
    assert positive_definite(np.full((2, 2), np.nan), 0.0, first=1.0) is None
    C, units = np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([1e-8, 1e6])
    for matrix in (C, units[:, None] * C * units):
        found = positive_definite(matrix, 0.0, first=0.0)
        assert found is not None and found[1] == pytest.approx(1.0)
        assert found[0](np.array([1.0, 0.0])) @ matrix[0] == pytest.approx(-1 / 3, abs=0.5)


def test_sizes_bound_all_entries() -> None:
    C = np.array([[0.0, 3.0, 0.0], [3.0, 1e-9, 0.0], [0.0, 0.0, 0.0]])
    for matrix in (C, sparse.csc_array(C)):
        W = sizes(matrix)
        assert (W > 0.0).all() and (2.0 * np.sqrt(np.outer(W, W)) >= C).all()
    np.testing.assert_allclose(sizes(np.diag([1e-12, 5.0])), [1e-12, 5.0])


def test_conjugate_gradient_counts_and_stops_at_its_tolerance() -> None:
    A, b = np.diag([1.0, 4.0, 9.0]), np.array([1.0, 1.0, 1.0])

    def solved(rtol: float, most: int) -> Any:
        return conjugate_gradient(
            lambda v: A @ v, b, precondition=np.copy, rtol=rtol, max_iterations=most
        )

    assert solved(1e-12, 50).iterations == 3 and solved(1e-12, 2).iterations == 2
    assert solved(1.0, 50).iterations == 0
    one = solved(1e-12, 1)
    np.testing.assert_allclose(one.x, b * 3.0 / 14.0)
    ratio = float(np.linalg.norm(one.residual) / np.linalg.norm(b))
    assert solved(1.001 * ratio, 50).iterations == 1 and solved(0.999 * ratio, 50).iterations > 1


def test_a_truncated_step_counts_its_iterations_and_ends_on_the_boundary() -> None:
    A, b = np.diag([1.0, 4.0, 9.0]), np.array([1.0, 1.0, 1.0])

    def step(radius: float, rtol: float = 1e-12, most: int = 50) -> Any:
        return steihaug(
            lambda v: A @ v, b, radius, precondition=np.copy, rtol=rtol, max_iterations=most
        )

    inside = step(10.0)
    assert (inside.inner, inside.on_boundary) == (3, False)
    assert inside.norm == pytest.approx(np.linalg.norm(b / A.diagonal()))
    one = step(10.0, most=1)
    np.testing.assert_allclose(one.v, b * 3.0 / 14.0)
    assert one.inner == 1 and one.norm == pytest.approx(np.linalg.norm(one.v))
    at = step(float(np.linalg.norm(one.v)) * 1.5)
    assert at.on_boundary and at.inner == 2
    assert np.linalg.norm(at.v) == pytest.approx(at.norm)
    assert step(10.0, rtol=1.0).inner == 0
    assert _to_boundary(9.0, 1.0, 1.0, 3.0) == 0.0
    assert _to_boundary(4.0, 1.0, 4.0, 3.0) == pytest.approx((-1.0 + 21.0**0.5) / 4.0)


class Blocks:
    """A curvature with blocks of rows, or without any."""

    def __init__(self, *, has: bool) -> None:
        self.has, self.asked = has, list[tuple[str, float]]()

    def block_inverse(self, kind: str, shift: float) -> Any:
        self.asked.append((kind, shift))
        if not self.has:
            raise NotImplementedError
        return lambda v: 7.0 * v


def test_a_preconditioner_is_what_was_asked_for() -> None:
    v, weights = np.array([2.0, 6.0]), np.array([1.0, 2.0])

    def made(kind: Any, *, has: bool = True) -> tuple[list[float], list[tuple[str, float]]]:
        blocks: Any = Blocks(has=has)
        inverse = preconditioned(blocks, kind, weights=weights, floor=0.5, shift=1.0)
        return inverse(v).tolist(), blocks.asked

    assert made("none") == ([2.0, 6.0], [])
    assert made("diagonal") == ([1.0, 2.0], [])
    assert made("auto") == made("row") == ([14.0, 42.0], [("row", 1.5)])
    assert made("column") == ([14.0, 42.0], [("column", 1.5)])
    assert made("auto", has=False) == ([1.0, 2.0], [("row", 1.5)])
    for kind in ("row", "column"):
        with pytest.raises(NotImplementedError):
            made(kind, has=False)


def test_a_name_where_a_linear_solver_is_meant_is_refused() -> None:
    with pytest.raises(TypeError, match=r'linear: expected a Linear, such as Linear\("cg"\), got'):
        solve(Quadratic(np.eye(2), np.ones(2)), np.zeros(2), Newton(linear="cg"))  # type: ignore[arg-type]
    assert solve(Quadratic(np.eye(2), np.ones(2)), np.zeros(2), Newton(Linear("cg"))).success


@pytest.mark.parametrize("damping", [1e-3, 1.0, 1e6])
def test_levenberg_marquardt_knows_an_optimum_without_a_trial(damping: float) -> None:
    A, b = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([1.0, -1.0, 5.0])
    optimum = np.linalg.lstsq(A, b, rcond=None)[0]
    result = solve(LinearResidual(A, b), optimum, LevenbergMarquardt(damping), rtol=0.0)
    assert result.success and result.nit <= 2
