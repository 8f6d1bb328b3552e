"""Checkpoints: written whole, at intervals and at the end; runs go on from them."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nzdiff.solvers import METHODS, Record, Status, load_checkpoint, solve
from solver_models import Barrier, LinearResidual, Logarithms, Vector, seed

every_method = pytest.mark.parametrize("method", list(METHODS))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@every_method
def test_a_run_goes_on_from_its_checkpoint(
    method: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    model, _, g0 = seed(rng)
    path = tmp_path / "run.npz"
    first = solve(model, g0, method, max_iterations=1, checkpoint=path)
    stored = load_checkpoint(path)
    np.testing.assert_array_equal(stored.x, first.x)
    np.testing.assert_array_equal(stored.g0, g0)
    assert stored.energy == first.fun and stored.method == method
    assert stored.records == first.history and stored.iteration == 1
    second = solve(model, stored, method, max_iterations=3, checkpoint=path)
    assert second.nit == 3 and second.status is Status.MAX_ITERATIONS
    assert second.history[:2] == first.history
    assert second.fun <= first.fun and second.nfev > first.nfev
    assert [record.iteration for record in second.history] == list(range(4))
    assert second.seconds >= second.history[2].seconds >= first.history[1].seconds
    assert load_checkpoint(path).records == second.history


def test_another_method_may_go_on_and_converge(rng: np.random.Generator, tmp_path: Path) -> None:
    model, _, g0 = seed(rng)
    path = tmp_path / "run.npz"
    solve(model, g0, "l-bfgs", max_iterations=20, checkpoint=path)
    result = solve(model, load_checkpoint(path), "gauss-newton")
    assert result.status is Status.CONVERGED
    first = result.history[0].gradient_norm
    assert first == pytest.approx(np.linalg.norm(model.gradient(g0)))
    assert result.history[-1].gradient_norm <= 1e-8 * first


def test_a_spent_budget_stops_at_once(rng: np.random.Generator, tmp_path: Path) -> None:
    model, _, g0 = seed(rng)
    solve(model, g0, max_iterations=4, checkpoint=tmp_path / "run")
    result = solve(model, load_checkpoint(tmp_path / "run"), max_iterations=4)
    assert result.status is Status.MAX_ITERATIONS and result.nit == 4


def test_the_interval_is_kept(rng: np.random.Generator, tmp_path: Path) -> None:
    model, _, g0 = seed(rng)
    seen: list[int] = []

    def callback(record: Record, g: Vector) -> None:
        seen.append(load_checkpoint(tmp_path / "run.npz").iteration)

    arguments = {"max_iterations": 5, "callback": callback, "checkpoint": tmp_path / "run.npz"}
    solve(model, g0, checkpoint_seconds=0.0, **arguments)  # type: ignore[arg-type]
    assert seen == [0, 1, 2, 3, 4, 5]
    seen.clear()
    solve(model, g0, checkpoint_seconds=1e6, **arguments)  # type: ignore[arg-type]
    assert seen == [0, 0, 0, 0, 0, 0]
    assert load_checkpoint(tmp_path / "run.npz").iteration == 5


def test_an_interrupted_run_leaves_its_best_iterate(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    model, _, g0 = seed(rng)

    def press(record: Record, g: Vector) -> None:
        if record.iteration == 3:
            raise KeyboardInterrupt

    result = solve(model, g0, callback=press, checkpoint=tmp_path / "run.npz")
    stored = load_checkpoint(tmp_path / "run.npz")
    assert result.status is Status.INTERRUPTED and stored.iteration == 3
    np.testing.assert_array_equal(stored.x, result.x)


def test_a_failed_write_leaves_the_last_checkpoint_and_nothing_else(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, g0 = seed(rng)
    path = tmp_path / "run.npz"
    solve(model, g0, max_iterations=2, checkpoint=path)

    def full(file: object, **arrays: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space"):
        solve(model, g0, max_iterations=3, checkpoint=path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]
    assert load_checkpoint(path).iteration == 2


def test_a_checkpoint_of_another_size_is_named(tmp_path: Path) -> None:
    solve(Logarithms(), np.ones(4), max_iterations=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(ValueError, match=r"g0: .*shape \(1,\), got \(4,\) from a checkpoint"):
        solve(Barrier(), load_checkpoint(tmp_path / "run.npz"))


def test_another_file_is_no_checkpoint(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(ValueError, match=r"expected a checkpoint, energy, g0, .* missing"):
        load_checkpoint(tmp_path / "other.npz")


def test_a_folder_that_is_missing_is_named_before_the_run(tmp_path: Path) -> None:
    model = LinearResidual(np.eye(2), np.ones(2))
    with pytest.raises(ValueError, match="checkpoint: expected a file in a folder that exists"):
        solve(model, np.zeros(2), checkpoint=tmp_path / "none" / "run.npz")
    with pytest.raises(ValueError, match="checkpoint_seconds: expected a number ≥ 0, got -1"):
        solve(model, np.zeros(2), checkpoint_seconds=-1)


def test_no_file_is_written_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    solve(LinearResidual(np.eye(2), np.ones(2)), np.zeros(2))
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_checkpoint_is_not_overwritten(tmp_path: Path) -> None:
    mine, link, empty = tmp_path / "data.txt", tmp_path / "link", tmp_path / "new.npz"
    mine.write_text("mine")
    link.symlink_to(mine)
    empty.touch()
    model, _, g0 = seed(np.random.default_rng(7))
    for path, words in ((mine, "is no checkpoint"), (link, "link"), (Path(os.devnull), "device")):
        with pytest.raises(ValueError, match=rf"checkpoint: .*{words}"):
            solve(model, g0, checkpoint=path)
    assert mine.read_text() == "mine" and link.is_symlink()
    for _ in range(2):  # an empty file, then the checkpoint
        solve(model, g0, checkpoint=empty, max_iterations=1)
    assert load_checkpoint(empty).iteration == 1


def test_packed_arrays_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "packed.npz"
    np.savez_compressed(path, x=np.zeros(10))
    with pytest.raises(ValueError, match="compressed"):
        load_checkpoint(path)


@dataclass(frozen=True)
class FrozenError(Exception):
    reason: str = "full"


def test_an_exception_that_takes_no_attributes_is_raised_as_it_is() -> None:
    model, _, g0 = seed(np.random.default_rng(7))

    def failing(*_: object) -> None:
        raise FrozenError

    with pytest.raises(FrozenError):
        solve(model, g0, callback=failing)
