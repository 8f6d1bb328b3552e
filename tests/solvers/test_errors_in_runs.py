"""When an error ends a run, the result travels with it and the checkpoint is written."""

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.beside import Beside
from nzdiff.solvers import METHODS, Record, Status, load_checkpoint, solve, solver
from solver_models import Seed, Vector, seed

every_method = pytest.mark.parametrize("method", list(METHODS))
every_error = pytest.mark.parametrize(
    "error", [RuntimeError("mine"), MemoryError(), np.linalg.LinAlgError("mine"), SystemExit(3)]
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def check(error: BaseException, start: float, path: Path) -> Any:
    result = error.result  # type: ignore[attr-defined]
    assert result.status is Status.ENDED_BY_ERROR and not result.success
    assert result.fun <= start and len(result.history) == result.nit + 1
    assert result.fun == min(record.energy for record in result.history)
    stored = load_checkpoint(path)
    np.testing.assert_array_equal(stored.x, result.x)
    assert stored.records == result.history
    assert any("`result` of this error" in note for note in error.__notes__)
    return result


@every_method
@every_error
def test_a_callback_that_raises(
    method: str, error: BaseException, rng: np.random.Generator, tmp_path: Path
) -> None:
    model, _, g0 = seed(rng)

    def callback(record: Record, g: Vector) -> None:
        if record.iteration == 2:
            raise error

    path = tmp_path / "run.npz"
    with pytest.raises(type(error)) as caught:
        solve(model, g0, method, callback=callback, checkpoint=path, checkpoint_seconds=1e6)
    assert caught.value is error
    assert check(error, model.energy(g0), path).nit == 2
    again = solve(model, load_checkpoint(path), method, max_iterations=4)
    assert again.nit == 4 and again.fun <= check(error, model.energy(g0), path).fun


def test_a_callback_that_raises_in_the_compiled_loop(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    A, C = nz.dense("A", 6, 4), nz.dense("C", 6, 6)
    c, a = rng.standard_normal((6, 6)), rng.standard_normal((6, 4))
    energy = nz.sumsq(C * A) + nz.total(nz.exp(A))
    model = nz.Problem(energy, wrt=A).bind(C=c, A=(6, 4))

    def callback(record: Record, g: Vector) -> None:
        if record.iteration == 3:
            raise ArithmeticError

    with pytest.raises(ArithmeticError) as caught:
        solve(
            model,
            model.pack(a),
            "l-bfgs",
            callback=callback,
            checkpoint=tmp_path / "run.npz",
        )
    assert check(caught.value, model.energy(model.pack(a)), tmp_path / "run.npz").nit == 3


@every_method
def test_stop_iteration_stops_as_in_scipy(method: str, rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)

    def callback(record: Record, g: Vector) -> None:
        if record.iteration == 2:
            raise StopIteration

    result = solve(model, g0, method, callback=callback)
    assert result.status is Status.STOPPED_BY_CALLBACK and result.nit == 2


def test_stop_iteration_stops_within_bounds(rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)

    def callback(record: Record, g: Vector) -> None:
        raise StopIteration

    result = solve(model, g0, "l-bfgs", bounds=(-10.0, 10.0), callback=callback)
    assert result.status is Status.STOPPED_BY_CALLBACK and result.nit == 0


@dataclass
class Failing(Seed):
    """A model whose products fail from a call on."""

    error: BaseException = field(default_factory=MemoryError)
    left: int = 25

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise self.error

    def energy_and_gradient(self, g: Vector) -> tuple[float, Vector]:
        self.count()
        return super().energy_and_gradient(g)

    def gradient(self, g: Vector) -> Vector:
        self.count()
        return super().gradient(g)


@every_method
@pytest.mark.parametrize("error", [MemoryError("no room"), KeyError("mine"), OSError("mine")])
def test_a_model_that_raises(
    method: str, error: BaseException, rng: np.random.Generator, tmp_path: Path
) -> None:
    plain, _, g0 = seed(rng)
    model = Failing(plain.X, plain.Y, plain.L, plain.B, plain.i, plain.j, error, 4)
    with pytest.raises(type(error)) as caught:
        solve(model, g0, method, checkpoint=tmp_path / "run.npz", checkpoint_seconds=1e6)
    check(caught.value, plain.energy(g0), tmp_path / "run.npz")


def test_a_singular_matrix_between_iterations_keeps_the_result(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    model, _, g0 = seed(rng)
    calls: list[Vector] = []

    def hessian(g: Vector) -> Any:
        calls.append(g)
        if len(calls) == 4:
            raise np.linalg.LinAlgError("G: the 4 × 4 matrix is singular")
        return type(model).hessian(model, g)

    model.hessian = hessian  # type: ignore[method-assign]
    with pytest.raises(np.linalg.LinAlgError) as caught:
        solve(model, g0, "newton", checkpoint=tmp_path / "run.npz")
    assert check(caught.value, model.energy(g0), tmp_path / "run.npz").nit == 3


def test_a_disk_that_is_full_at_the_end_does_not_cost_the_result(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, g0 = seed(rng)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "no space left on device")

    def callback(record: Record, g: Vector) -> None:
        monkeypatch.setattr("nzdiff.solvers.run.checkpoint.write_whole", full)

    path = tmp_path / "run.npz"
    with pytest.raises(OSError, match="no space") as caught:
        solve(model, g0, max_iterations=3, callback=callback, checkpoint=path)
    result = caught.value.result  # type: ignore[attr-defined]
    assert result.nit == 3 and result.fun < model.energy(g0)
    assert any("could not be written" in note for note in caught.value.__notes__)
    assert load_checkpoint(path).iteration == 0


def test_ctrl_c_while_the_checkpoint_is_written_keeps_the_result(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, g0 = seed(rng)
    calls: list[object] = []

    def pressed(*_: object, **__: object) -> None:
        calls.append(_)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("nzdiff.solvers.run.checkpoint.write_whole", pressed)
    result = solve(model, g0, max_iterations=3, checkpoint=tmp_path / "run.npz")
    assert result.nit == 3 and result.status is Status.INTERRUPTED
    assert len(calls) == 3


STAGES = ("_rounding_floor", "_origin", "_blas_threads", "run_certified", "_result")


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_around_the_run_returns_what_is_known(
    stage: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, g0 = seed(rng)
    entered: list[object] = []
    usual = getattr(solver, stage)
    threads = 1 if stage == "_blas_threads" else 0  # the first of them is before E(g0)

    def pressed(*arguments: Any, **named: Any) -> Any:
        entered.append(stage)
        if len(entered) == 1 + threads:
            raise KeyboardInterrupt
        return usual(*arguments, **named)

    monkeypatch.setattr(solver, stage, pressed)
    result = solve(model, g0, max_iterations=3)
    assert entered and result.status is Status.INTERRUPTED and not result.success
    assert result.fun <= model.energy(g0) and result.x.shape == g0.shape
    assert "no success" in result._repr_html_()


def test_ctrl_c_before_there_is_an_energy_is_raised(rng: np.random.Generator) -> None:
    model, _, g0 = seed(rng)

    def pressed(_: Vector) -> Any:
        raise KeyboardInterrupt

    model.energy_and_gradient = pressed  # type: ignore[method-assign, assignment]
    with pytest.raises(KeyboardInterrupt):
        solve(model, g0)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
def test_ctrl_c_while_a_thread_is_waited_for_is_itself() -> None:
    """An Event raised "release unlocked lock" once in a thousand times."""

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    def wait(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        while True:
            job = Beside(lambda: None)
            while not job.wait(1e-5):
                pass

    before = signal.signal(signal.SIGALRM, pressed)
    try:
        for k in range(20_000):
            with pytest.raises(KeyboardInterrupt):
                wait(1e-5 + 3e-6 * (k % 97))
    finally:
        signal.signal(signal.SIGALRM, before)
