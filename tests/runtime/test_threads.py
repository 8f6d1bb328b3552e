"""Threads may share a model: what each gets is what it would get alone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_info

import nzdiff as nz
from nzdiff.runtime.kernel import blas
from nzdiff.runtime.kernel.blas import one_thread
from nzdiff.runtime.kernel.turn import Turn

THREADS = 4
ROUNDS = 25


@pytest.fixture(autouse=True)
def often() -> Iterator[None]:
    """Threads take turns far more often than by default."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def problem() -> nz.Problem:
    n, m, k = nz.dims("n m k")
    X, B = nz.dense("X", m, k), nz.dense("B", m, k)
    L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
    return nz.Problem(nz.sumsq(X - G.T @ L @ G @ B), wrt=G)


def shared_model(backend: str) -> nz.Model:
    rng = np.random.default_rng(0)
    L = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(40, 40)).tocsr()
    pattern = nz.Pattern(np.nonzero(rng.random((40, 12)) < 0.4), (40, 12))
    X, B = rng.standard_normal((2, 12, 5))
    return problem().bind(X=X, B=B, L=L, G=pattern, backend=backend)


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS)))


def first_use(use: str, model: nz.Model, _: int) -> Any:
    return USES[use](model, np.ones(model.size))


USES: dict[str, Callable[[Any, Any], Any]] = {
    "energy": lambda m, g: m.energy(g),
    "gradient": lambda m, g: m.gradient(g),
    "both": lambda m, g: np.append(*m.energy_and_gradient(g)[::-1]),
    "residual": lambda m, g: m.residual(g),
    "jvp": lambda m, g: m.jvp(g, g),
    "vjp": lambda m, g: m.vjp(g, np.ones(m.residual_size)),
    "hvp": lambda m, g: m.hessian(g) @ g,
    "gnvp": lambda m, g: m.gauss_newton(g) @ g,
    "matrix": lambda m, g: m.gauss_newton(g).toarray(),
    "Jacobian": lambda m, g: m.jacobian(g).toarray(),
    "diagonal": lambda m, g: m.hessian(g).diagonal(),
    "blocks": lambda m, g: m.gauss_newton(g).blocks("row").tocsr().toarray(),
    "preconditioned": lambda m, g: m.gauss_newton(g).block_inverse("row", 1.0)(g),
}


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("use", list(USES))
def test_threads_that_share_a_model_get_their_own_numbers(use: str, backend: str) -> None:
    model = shared_model(backend)
    points = np.random.default_rng(1).standard_normal((THREADS, model.size))
    alone = [USES[use](model, g) for g in points]

    def work(i: int) -> bool:
        return all(np.array_equal(USES[use](model, points[i]), alone[i]) for _ in range(ROUNDS))

    assert in_threads(work) == [True] * THREADS


def test_different_uses_at_once() -> None:
    model = shared_model("c")
    points = np.random.default_rng(1).standard_normal((THREADS, model.size))
    alone = {(use, i): USES[use](model, g) for use in USES for i, g in enumerate(points)}

    def work(i: int) -> bool:
        order = np.random.default_rng(i).permutation(list(USES))
        return all(np.array_equal(USES[use](model, points[i]), alone[use, i]) for use in order)

    assert in_threads(work) == [True] * THREADS


def test_what_is_made_on_first_use_is_made_by_one_thread() -> None:
    for use in ("matrix", "blocks", "Jacobian"):
        model = shared_model("c")
        found = in_threads(partial(first_use, use, model))
        assert all(np.array_equal(matrix, found[0]) for matrix in found)


@pytest.mark.parametrize("method", ["l-bfgs", "gauss-newton", "newton", "levenberg-marquardt"])
def test_solves_of_one_model_do_not_meet(method: Any) -> None:
    model = shared_model("c")
    starts = np.random.default_rng(1).standard_normal((THREADS, model.size))

    def solved(i: int) -> Any:
        return nz.solve(model, starts[i], method=method, max_iterations=8).x

    with one_thread():  # else factorisations have one or several, and round otherwise
        alone = [solved(i) for i in range(THREADS)]
        together = in_threads(solved)
    same = np.allclose if method == "l-bfgs" else np.array_equal  # its loop is in C when compiled
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_threads_that_share_a_batch(backend: str) -> None:
    X = nz.dense("X", 2, 2)
    batch = nz.Problem(nz.trace(X @ X @ X) + nz.sumsq(X), wrt=X).bind_batch(
        X=(2, 2), backend=backend
    )
    points = np.random.default_rng(1).standard_normal((THREADS, 50, 4))
    alone = [(batch.gradient(g), batch.hessian(g)) for g in points]

    def work(i: int) -> bool:
        same = [
            np.array_equal(batch.gradient(points[i]), alone[i][0])
            and np.array_equal(batch.hessian(points[i]), alone[i][1])
            for _ in range(ROUNDS)
        ]
        return all(same)

    assert in_threads(work) == [True] * THREADS


def test_problems_are_derived_and_bound_in_threads() -> None:
    def work(i: int) -> float:
        A, G = nz.dense("A", 3, 3), nz.sparse("G", 3, 3)
        energy = nz.sumsq(A @ G - (i + 1) * G) + nz.trace(G.T @ A @ G)
        model = nz.Problem(energy, wrt=G).bind(A=np.eye(3) * i, G=nz.Pattern.full((3, 3)))
        return float(model.energy(np.ones(9)))

    assert in_threads(work) == [work(i) for i in range(THREADS)]


def test_the_threads_of_blas_are_given_back() -> None:
    def counts() -> list[int]:
        return [info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"]

    before, model = counts(), [shared_model("c") for _ in range(THREADS)]
    inside = threading.Event()

    def work(i: int) -> None:
        with one_thread():
            inside.wait(0.01 * i)
            model[i].gradient(np.ones(model[i].size))

    in_threads(work)
    assert counts() == before


@pytest.mark.parametrize("threads", [2, 3])
def test_blas_has_one_thread_as_long_as_anybody_needs_it(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Library:
        threads = 1

        def get_num_threads(self) -> int:
            return self.threads

        def set_num_threads(self, count: int) -> None:
            self.threads = count

    library = Library()
    library.threads = threads
    monkeypatch.setattr(blas, "_libraries", lambda: (library,))
    guard, seen = blas._OneThread(), []
    for _ in range(2):
        with guard:
            with guard:
                seen.append(library.threads)
            seen.append(library.threads)
        seen.append(library.threads)
    assert seen == [1, 1, threads] * 2


def in_a_child(works: Callable[[], bool]) -> bool:
    """Whether something holds in the child of a fork, which is ended where it waits."""
    child = os.fork()
    if child == 0:
        os._exit(0 if works() else 1)
    for _ in range(1000):
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status == 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


def shared_batch(backend: str) -> Any:
    X = nz.dense("X", 2, 2)
    problem = nz.Problem(nz.trace(X @ X @ X) + nz.sumsq(X), wrt=X)
    return problem.bind_batch(X=(2, 2), backend=backend, threads=2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", ["model", "batch"])
def test_the_child_of_a_fork_does_not_wait_for_a_thread_that_it_does_not_have(kind: str) -> None:
    model: Any = shared_model("c") if kind == "model" else shared_batch("c")
    g = np.ones(model.size) if kind == "model" else np.ones((50, 4))
    lock = model._bound.lock if kind == "model" else model._lock
    energy, held, done = model.energy(g), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)

    def works() -> bool:
        same = np.array_equal(model.energy(g), energy)
        return same and not np.array_equal(model.energy(2 * g), energy)

    try:
        assert in_a_child(works)
    finally:
        done.set()
        thread.join()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs signals")
@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_signal_handler_that_calls_a_busy_model_is_refused(backend: str) -> None:
    model = shared_model(backend)
    g, other = np.random.default_rng(1).standard_normal((2, model.size))
    want = {0: model.energy(g), 1: model.energy(other)}
    refused = 0

    def handler(*_: object) -> None:
        nonlocal refused
        try:
            assert model.energy(other) == want[1]
        except RuntimeError as error:
            refused += "the model is busy" in str(error)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 2e-4, 2e-4)
    try:
        for turn in range(4000):
            assert model.energy((1 + turn % 2) * g) in (want[0], model_at_twice(model, g))
            if refused > 3:
                break
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert model.energy(g) == want[0]


def model_at_twice(model: nz.Model, g: Any, known: dict[int, float] = {}) -> float:  # noqa: B006
    if id(model) not in known:
        known[id(model)] = shared_model(model.backend).energy(2 * g)
    return known[id(model)]


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_a_call_within_a_call_is_refused_and_does_no_harm(backend: str) -> None:
    model = shared_model(backend)
    g = np.ones(model.size)
    want = model.energy(g)
    with model._bound.lock, pytest.raises(RuntimeError, match="busy"):
        model.energy(2 * g)
    assert model.energy(g) == want


def test_operators_say_what_they_multiply() -> None:
    model = shared_model("numpy")
    H, g = model.hessian(np.ones(model.size)), np.ones(model.size)
    with pytest.raises(TypeError, match="v: expected an array without a mask"):
        H.dot(np.ma.array(g, mask=g > 0))
    with pytest.raises(ValueError, match=r"v: expected shape .*got \(3,\)"):
        H.dot(np.ones(3))
    assert np.array_equal(H @ g[:, None], (H @ g)[:, None])
    assert np.array_equal((2 * H) @ g, 2 * (H @ g))


def test_an_interrupt_leaves_the_turn_free_wherever_it_comes() -> None:
    class Interrupted(Exception):
        pass

    turn, armed, count = Turn(), [False], 0

    def interrupt(*_: object) -> None:
        if armed[0]:
            armed[0] = False
            raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            with contextlib.suppress(Interrupted):
                armed[0] = True
                signal.setitimer(signal.ITIMER_REAL, 1e-5)
                while True:
                    with turn:
                        pass
            count += 1
            with turn:  # busy, if the last way out was cut short
                pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert count > 100 and turn.is_free()
