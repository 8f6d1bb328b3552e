"""What `auto` chooses: by the kind of a problem, by forecasts, by who lowers the energy faster."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nzdiff.solvers import LBFGS, LevenbergMarquardt, Newton, solve
from nzdiff.solvers.methods.auto import contenders as rules
from nzdiff.solvers.methods.auto.contenders import WORTH, Contender, Ready, contenders, first_due
from nzdiff.solvers.methods.auto.forecast import LEAST_RECORDS, MOST, seconds_left
from nzdiff.solvers.run.objective import Counts, Objective
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.record import Record
from nzdiff.solvers.run.stopping import Stopping
from solver_models import LinearResidual, NoSquares, Quadratic, Vector


def falling(norms: list[float], *, each: float = 1.0) -> list[Record]:
    """Return records of these gradient norms, so many seconds apart."""
    first = Record(0, 1.0, 1.0, 0.0, 0.0, 0, 0.0, Counts())
    return [
        replace(first, iteration=k, gradient_norm=norm, seconds=k * each)
        for k, norm in enumerate(norms)
    ]


def test_a_forecast_follows_the_fall_of_the_gradient() -> None:
    norms = [10.0**-k for k in range(9)]  # a decade a second
    assert seconds_left(falling(norms), 1e-10) == pytest.approx(2.0)
    assert seconds_left(falling(norms), 1e-30) == MOST * 8.0  # not more than it has run
    assert seconds_left(falling(norms), 1e-8) == 0.0
    wavy = [norm * (1.0 if k % 2 else 5.0) for k, norm in enumerate(norms)]
    assert seconds_left(falling(wavy), 1e-8) < 5.0


def test_a_forecast_needs_records_and_a_fall() -> None:
    assert seconds_left(falling([1.0] * (LEAST_RECORDS - 1)), 1e-8) == 0.0
    flat = falling([1.0] * LEAST_RECORDS)
    assert seconds_left(flat, 1e-8) == MOST * (LEAST_RECORDS - 1)
    assert seconds_left(falling([1.0, 0.5, 0.2, 0.1, 0.01]), 0.0) == MOST * 4.0


def ready(seconds: float, after: float = 0.0) -> Contender:
    found = Ready(LBFGS(), seconds)
    return Contender(lambda: found, after=after, ready=found)


def test_who_takes_less_than_is_left_is_due() -> None:
    slow, fast, later = ready(3.0), ready(1.0), ready(0.1, after=9.0)
    assert first_due([later, slow, fast], 5.0, 2.0) is fast
    assert first_due([later, slow, fast], 9.0, 2.0) is later
    assert first_due([slow, fast], 5.0, 4.0) is slow  # in their order
    assert first_due([slow, fast], 5.0, 0.5) is None
    assert first_due([slow, fast], 5.0, 0.0) is None


def test_one_at_a_time_is_prepared_and_only_where_it_is_worth_it() -> None:
    asked = list[str]()

    def prepare(name: str) -> Any:
        def made() -> Ready | None:
            asked.append(name)
            time.sleep(0.02)
            return None

        return made

    others = [Contender(prepare("a")), Contender(prepare("b"))]
    assert first_due(others, 1.0, 0.9 * WORTH) is None and asked == []
    assert first_due(others, 1.0, 10.0) is None and first_due(others, 1.0, 10.0) is None
    assert asked == ["a"]
    assert others[0].job is not None and others[0].job.wait(5.0)
    assert first_due(others, 1.0, 10.0) is None
    assert others[1].job is not None and others[1].job.wait(5.0)
    assert asked == ["a", "b"]


def test_what_cannot_be_prepared_is_not_heard() -> None:
    def fails() -> Ready | None:
        raise MemoryError

    other = Contender(fails, at_once=True)
    for _ in range(3):
        assert first_due([other], 1.0, 10.0) is None
    assert other.ready is None


def test_a_residual_that_vanishes_calls_for_levenberg_marquardt() -> None:
    rng = np.random.default_rng(0)
    model = LinearResidual(rng.standard_normal((40, 20)), rng.standard_normal(40))
    objective = Objective(model, squares=True)
    for scale, kind in ((1.0, Newton), (1e-3, LevenbergMarquardt)):
        start = objective.point(np.ones(20))
        progress = Progress(objective, Stopping(), None, start, start.g, "auto")
        progress.records = falling([1.0])
        progress.records[0] = replace(progress.records[0], energy=start.energy / scale)
        likely, other, *_ = contenders(objective, progress, start, quadratic=False)
        for found, expected in ((likely, kind), (other, {Newton, LevenbergMarquardt} - {kind})):
            chosen = found.prepare()
            assert found.at_once and chosen is not None and chosen.seconds > 0.0
            names = expected if isinstance(expected, set) else {expected}
            assert type(chosen.method) in names


class Prepared:
    """Work that is done when it begins: no test depends on the clock of a thread."""

    def __init__(self, work: Any) -> None:
        self.work = work

    def is_done(self) -> bool:
        return True

    def wait(self, seconds: float) -> bool:
        return True

    def result(self) -> Any:
        return self.work()


class Chain(NoSquares):
    """Σ cosh of differences in units that differ: L-BFGS takes hundreds of steps, Newton few."""

    size = 60

    def __init__(self) -> None:
        self.D = np.diff(np.eye(self.size + 1), axis=0)[:, 1:] * np.logspace(0, 3, 60)[:, None]

    def energy(self, g: Vector) -> float:
        return float(np.sum(np.cosh(self.D @ g)))

    def gradient(self, g: Vector) -> Vector:
        return self.D.T @ np.sinh(self.D @ g)

    def hessian(self, g: Vector) -> Any:
        return self.D.T * np.cosh(self.D @ g) @ self.D


def test_newton_is_heard_where_lbfgs_is_slow_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_seconds_by_columns", lambda curvature, point: 1e-9)
    monkeypatch.setattr(rules, "WORTH", 0.0)
    monkeypatch.setattr(rules, "Beside", Prepared)
    result = solve(Chain(), 1e-3 * np.ones(60))
    assert result.success and result.fun == pytest.approx(60.0)
    assert result.method == "l-bfgs, newton" and result.message.startswith("l-bfgs, newton: ")
    assert result.nit < solve(Chain(), 1e-3 * np.ones(60), LBFGS(preconditioner="none")).nit


def test_a_handful_of_unknowns_and_a_quadratic_have_methods_of_their_own() -> None:
    few = solve(Quadratic(np.diag([1.0, 1e6]), np.ones(2)), np.ones(2))
    assert few.success and few.method == "newton"
    many = solve(Quadratic(np.diag(np.linspace(1.0, 2.0, 50)), np.ones(50)), np.ones(50))
    assert many.success and many.method == "linear-conjugate-gradient"
