"""Kernels use one thread for a while where threads wait for cores, with the same bits."""

import sys
from pathlib import Path

import numpy as np
import pytest

import nzdiff as nz
from nzdiff.runtime.kernel.backends import threads
from nzdiff.runtime.kernel.backends.threads import FIRST, MOST, WINDOW, Crowd, Threads, waited
from nzdiff.runtime.kernel.compiler import find_compiler

STEP = 0.6 * WINDOW


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Seconds, and what threads have waited by now."""
    now = {"time": 100.0, "waited": 5.0}
    monkeypatch.setattr(threads, "waited", lambda: now["waited"])
    monkeypatch.setattr(f"{threads.__name__}.time.perf_counter", lambda: now["time"])
    return now


def _run(team: Threads, crowd: Crowd, clock: dict[str, float], wait: float) -> int:
    """A function of somewhat more than half a window, and by how many threads it was run."""
    with team.at_work(crowd):
        clock["time"] += STEP
        clock["waited"] += wait
        return int(team.number[0])


def test_threads_that_wait_for_cores_are_left_out_for_a_while(clock: dict[str, float]) -> None:
    team, crowd = Threads(np.array([3], dtype=np.int32), 3), Crowd()
    assert [_run(team, crowd, clock, 0.0) for _ in range(6)] == [3] * 6
    assert [_run(team, crowd, clock, 0.4 * WINDOW) for _ in range(5)] == [3, 3, 1, 1, 1]
    assert team.number[0] == 3, "only while it runs"
    pauses = []
    for _ in range(12):
        began = clock["time"] = crowd.until
        assert [_run(team, crowd, clock, 0.4 * WINDOW) for _ in range(3)] == [3, 3, 1]
        pauses.append(crowd.until - began - 2 * STEP)
    assert pauses[0] == pytest.approx(2 * FIRST) and pauses[-1] == pytest.approx(MOST)
    clock["time"] = crowd.until
    assert [_run(team, crowd, clock, 0.0) for _ in range(4)] == [3] * 4
    assert crowd.pause == 0.0, "the next time it begins anew"


def test_one_thread_is_never_judged(clock: dict[str, float]) -> None:
    team, crowd = Threads(np.array([1], dtype=np.int32), 1), Crowd()
    assert [_run(team, crowd, clock, 1.0) for _ in range(4)] == [1] * 4
    assert crowd.until == 0.0


def test_it_is_restored_where_the_function_fails(clock: dict[str, float]) -> None:
    team = Threads(np.array([2], dtype=np.int32), 2)
    with pytest.raises(ZeroDivisionError), team.at_work(Crowd(until=clock["time"] + 1.0)):
        raise ZeroDivisionError
    assert team.number[0] == 2


def test_systems_that_do_not_tell_keep_all_threads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: dict[str, float]
) -> None:
    monkeypatch.setattr(threads, "TASKS", tmp_path / "absent")
    assert waited() is None
    monkeypatch.setattr(threads, "waited", lambda: None)
    team, crowd = Threads(np.array([2], dtype=np.int32), 2), Crowd()
    assert [_run(team, crowd, clock, 1.0) for _ in range(6)] == [2] * 6


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells how long threads have waited")
def test_linux_tells() -> None:
    found = waited()
    assert found is None or found >= 0.0


@pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")
def test_bits_are_those_of_all_threads(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    n, m = 600, 300
    N, M = nz.dims("n m")
    G, X = nz.sparse("G", N, M), nz.dense("X", N, N)
    pattern = nz.Pattern(np.nonzero(rng.random((n, m)) < 0.02), (n, m))
    problem = nz.Problem(nz.sumsq(X * G), wrt=G)
    model = problem.bind(
        X=rng.standard_normal((n, n)), G=pattern, backend="c", threads=2, dtype="float64"
    )
    g, other = rng.standard_normal((2, model.size))
    together = model.energy_and_gradient(g)
    model.energy(other)
    monkeypatch.setattr(threads.CROWD, "until", np.inf)
    alone = model.energy_and_gradient(g)
    assert together[0] == alone[0] and np.array_equal(together[1], alone[1])
