"""What `auto` chooses: by the kind of a problem, by forecasts, by who lowers the energy faster."""

import math
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nzdiff.solvers import LBFGS, LevenbergMarquardt, Newton, solve
from nzdiff.solvers.methods.auto import contenders as contest
from nzdiff.solvers.methods.auto import kinds
from nzdiff.solvers.methods.auto import solver as auto_solver
from nzdiff.solvers.methods.auto.contenders import (
    MOST,
    SURE,
    Contender,
    Guess,
    Outlook,
    Ready,
    first_due,
)
from nzdiff.solvers.methods.auto.forecast import LEAST_RECORDS, seconds_left
from nzdiff.solvers.methods.auto.solver import Auto
from nzdiff.solvers.methods.lbfgs.solver import Kept
from nzdiff.solvers.run.objective import Counts, Objective, Point
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.record import Record
from nzdiff.solvers.run.status import Paused
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
    assert seconds_left(falling(norms), 1e-30) == pytest.approx(22.0)
    many = [10.0 ** (-k / 1000) for k in range(9000)]  # of which some are looked at
    assert seconds_left(falling(many, each=1e-3), 1e-10) == pytest.approx(1.0, rel=0.05)
    assert seconds_left(falling(norms), 1e-8) == 0.0
    wavy = [norm * (1.0 if k % 2 else 5.0) for k, norm in enumerate(norms)]
    assert seconds_left(falling(wavy), 1e-8) < 5.0


def test_a_forecast_needs_records_and_a_fall() -> None:
    assert seconds_left(falling([1.0] * (LEAST_RECORDS - 1)), 1e-8) == 0.0
    assert seconds_left(falling([1.0] * LEAST_RECORDS), 1e-8) == math.inf
    assert seconds_left(falling([0.5**k for k in range(LEAST_RECORDS)]), 0.0) == math.inf


def ready(seconds: float, after: float = 0.0) -> Contender:
    found = Ready(LBFGS(), seconds)
    return Contender(lambda: found, after=after, ready=found)


def due(others: list[Contender], seconds: float, left: float) -> Contender | None:
    return first_due(others, Outlook(seconds, left, 0.01), seconds, 10.0)


def test_who_takes_less_than_is_left_for_sure_is_due() -> None:
    slow, fast, later = ready(3.0), ready(1.0), ready(0.1, after=9.0)
    assert due([later, slow, fast], 5.0, 2.1 / SURE) is fast
    assert due([later, slow, fast], 9.0, 2.1 / SURE) is later
    assert due([slow, fast], 5.0, 4.0 / SURE) is slow  # in their order
    assert due([slow, fast], 5.0, 0.5 / SURE) is None
    assert due([slow, fast], 0.9 / MOST, 9.0) is None  # what was spent so far is less
    assert due([slow, fast], 5.0, 0.0) is None


def test_one_at_a_time_is_prepared_and_only_where_it_is_worth_it() -> None:
    asked = list[str]()
    proceed = threading.Event()

    def prepare(name: str) -> Any:
        def made() -> Ready | None:
            asked.append(name)
            proceed.wait(5.0)
            return None

        return made

    takes, runs = Guess(0.5, 50.0), Guess(0.0, 100.0)  # a second each
    others = [Contender(prepare(name), takes, runs, waits=False) for name in "ab"]
    assert due(others, 9.0, 1.9) is None and due(others, 0.9 / MOST, 9.0) is None
    assert asked == []
    assert due(others, 9.0, 2.1) is None and due(others, 9.0, 2.1) is None
    assert others[1].is_new()
    proceed.set()
    assert others[0].job is not None and others[0].job.wait(5.0)
    assert due(others, 9.0, 2.1) is None
    assert others[1].job is not None and others[1].job.wait(5.0)
    assert asked == ["a", "b"]


def test_the_run_waits_for_a_while_for_what_takes_little() -> None:
    found = Ready(LBFGS(), 0.1)
    other = Contender(lambda: found, Guess(0.0, 1.0))
    assert due([other], 1.0, 10.0) is other
    never = threading.Event()
    patient = Contender(lambda: found if never.wait(5.0) else None, Guess(1e-4))
    assert due([patient], 1.0, 10.0) is None and patient.is_preparing()
    never.set()


def test_what_cannot_be_prepared_is_not_heard() -> None:
    def fails() -> Ready | None:
        raise MemoryError

    other = Contender(fails, Guess(0.1))
    for _ in range(3):
        assert due([other], 1.0, 10.0) is None
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
        plain = LBFGS(preconditioner="none")
        likely, other, *_ = kinds.contenders(objective, progress, start, plain, plain)
        for found, expected in ((likely, kind), (other, {Newton, LevenbergMarquardt} - {kind})):
            chosen = found.prepare()
            assert chosen is not None and chosen.seconds > 0.0
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
    monkeypatch.setattr(kinds, "seconds_of", lambda work: 1e-9)
    monkeypatch.setattr(contest, "MOST", math.inf)
    monkeypatch.setattr(contest, "Beside", Prepared)
    result = solve(Chain(), 1e-3 * np.ones(60))
    assert result.success and result.fun == pytest.approx(60.0)
    assert result.method == "l-bfgs, newton" and result.message.startswith("l-bfgs, newton: ")
    assert result.nit < solve(Chain(), 1e-3 * np.ones(60), LBFGS(preconditioner="none")).nit


def test_a_handful_of_unknowns_and_a_quadratic_have_methods_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However slow the machine is: another method is heard where this one takes long."""
    monkeypatch.setattr(auto_solver, "contenders", lambda *_: [])
    few = solve(Quadratic(np.diag([1.0, 1e6]), np.ones(2)), np.ones(2))
    assert few.success and few.method == "newton"
    many = solve(Quadratic(np.diag(np.linspace(1.0, 2.0, 50)), np.ones(50)), np.ones(50))
    assert many.success and many.method == "linear-conjugate-gradient" and many.nit == 1


def test_a_long_step_is_noted_for_forecasts_and_is_one_iterate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However slow the machine is: what is noted on the way is no iteration."""
    monkeypatch.setattr("nzdiff.solvers.methods.quadratic.FIRST", 0.0)
    monkeypatch.setattr("nzdiff.solvers.methods.quadratic.SHARE", 0.0)
    monkeypatch.setattr(auto_solver, "contenders", lambda *_: [])
    noted, note = [], Progress.note

    def listed(progress: Progress, point: Point, inner: int) -> None:
        noted.append(point)
        note(progress, point, inner)

    monkeypatch.setattr(Progress, "note", listed)
    model = Quadratic(np.diag(np.logspace(0.0, 4.0, 60)), np.ones(60))
    result = solve(model, np.ones(60))
    assert result.success and len(noted) > 20
    assert len(result.history) == 1 + result.nit and result.nit <= 2


class Closed(Chain):
    """The same with a Hessian that is assembled in closed form."""

    def hessian(self, g: Vector) -> Any:
        return Assembled(super().hessian(g))


class Assembled(np.ndarray[Any, Any]):
    """A matrix that says what it takes."""

    assembled_bytes = 8

    def __new__(cls, matrix: Vector) -> "Assembled":
        return np.asarray(matrix).view(cls)


def test_few_unknowns_are_newtons_where_steps_of_lbfgs_take_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = LBFGS(preconditioner="none")

    def first(model: Any) -> Any:
        objective = Objective(model)
        return kinds.first_method(objective, objective.point(1e-3 * np.ones(60)), plain)

    assert first(Chain()) is plain  # no closed form: 60 products for each matrix
    assert isinstance(first(Closed()), Newton)
    monkeypatch.setattr(kinds, "_is_native", lambda objective: True)
    assert first(Closed()) is plain


def heard(challenger: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Auto, Progress]:
    """What is left of a run of L-BFGS after another method was heard."""
    objective = Objective(Chain())
    start = objective.point(1e-3 * np.ones(60))
    progress = Progress(objective, Stopping(0.0, 0.0), None, start, start.g, "auto")
    progress.record(start)
    auto = Auto(LBFGS(preconditioner="none", kept=Kept()))
    progress.pause = lambda: len(progress.records) == 12
    with pytest.raises(Paused):
        auto.method.run(objective, progress, start)  # type: ignore[union-attr]
    auto.due = Contender(lambda: None, ready=challenger)
    auto.others = [auto.due]
    monkeypatch.setattr(auto_solver, "LONGEST", 1e3)
    auto._hear(objective, progress)
    return auto, progress


def test_who_lowers_the_energy_as_far_as_was_to_be_expected_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(auto_solver, "expected_energy", lambda records, seconds: 1e9)
    auto, progress = heard(Ready(Newton(), 1e-9, 1), monkeypatch)
    assert auto.method == Newton() and auto.begun == 12 and len(progress.records) == 13
    (again,) = auto.others
    assert again.ready is not None and isinstance(again.ready.method, LBFGS)
    assert progress.method == "newton"


def test_who_does_not_hands_back_to_what_ran_where_that_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(auto_solver, "expected_energy", lambda records, seconds: -1e9)
    auto, progress = heard(Ready(Newton(), 1e-9, 1), monkeypatch)
    assert isinstance(auto.method, LBFGS) and auto.begun == len(progress.records) == 13
    assert [other.ready for other in auto.others] == [Ready(Newton(), 1e-9, 1, share=1.0)]


def test_who_fails_is_not_heard_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(Newton):
        def run(self, objective: Any, progress: Any, start: Any) -> Any:
            raise MemoryError

    auto, progress = heard(Ready(Failing(), 1e-9), monkeypatch)
    assert isinstance(auto.method, LBFGS) and not auto.others and len(progress.records) == 12
