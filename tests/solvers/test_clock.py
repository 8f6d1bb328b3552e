"""The clock is the user's: what comes before the first step counts, no step waits for compilers."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from nzdiff.beside import TURN, Beside
from nzdiff.runtime.kernel import library
from nzdiff.runtime.model import Model
from nzdiff.solvers import GaussNewton, LevenbergMarquardt, Linear, Newton, Status, solve
from nzdiff.solvers.linear import linear_system
from nzdiff.solvers.methods import interior_point
from nzdiff.solvers.methods.composed import ComposedNewton
from nzdiff.solvers.methods.lbfgs import bounded, loop
from nzdiff.solvers.methods.lbfgs import solver as lbfgs
from nzdiff.solvers.methods.lbfgs.solver import LBFGS
from nzdiff.solvers.run import objective
from nzdiff.solvers.run.protocols import Vector

Case = tuple[Model, Vector]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def factorisation(rng: np.random.Generator, n: int = 20, m: int = 6, backend: str = "c") -> Case:
    """‖X − Gᵀ L G B‖², a quartic with gauge freedom."""
    N, M, K = nz.dims("n m k")
    X, B = nz.dense("X", M, K), nz.dense("B", M, K)
    L, G = nz.sparse("L", N, N, symmetric=True), nz.sparse("G", N, M)
    path = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(n, n))
    pattern = nz.Pattern(np.nonzero(rng.random((n, m)) < 0.5), (n, m))
    data = {"X": rng.standard_normal((m, 9)), "B": rng.standard_normal((m, 9)), "L": path}
    problem = nz.Problem(nz.sumsq(X - G.T * L * G * B), wrt=G)
    model = problem.bind(**data, G=pattern, backend=backend)
    return model, rng.standard_normal(model.size)


class Held:
    """Work of others that goes on until it is let go."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self.begun, self.go, self.done = (threading.Event() for _ in range(3))
        self.work, self.calls = work, 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        self.begun.set()
        assert self.go.wait(30.0)
        try:
            return self.work(*arguments, **options)
        finally:
            self.done.set()

    def let_go(self) -> None:
        """Let it go on, and wait for its end."""
        self.go.set()
        assert self.done.wait(30.0)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objective, "PATIENCE", 0.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("method", [Newton(), GaussNewton(), LevenbergMarquardt()])
def test_steps_take_products_until_a_matrix_is_prepared(
    method: Any, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = factorisation(rng, backend="numpy")
    held = Held(linear_system.LinearSystems._tried)

    def tried(*given: Any) -> Any:
        return held(*given)

    monkeypatch.setattr(linear_system.LinearSystems, "_tried", tried)

    def watch(record: Any, g: Vector) -> None:
        if record.iteration == 2:
            assert held.begun.wait(30.0) and held.calls == 1, "one at a time"
            held.let_go()

    result = solve(model, g0, method, max_seconds=20.0, callback=watch, max_iterations=60)
    inner = [record.inner for record in result.history]
    assert inner[1] > 0 and inner[2] > 0, "by conjugate gradients"
    assert 0 in inner[3:], "then by factors"
    assert result.fun < result.history[2].energy


def test_without_max_seconds_nothing_depends_on_the_clock(rng: np.random.Generator) -> None:
    model, g0 = factorisation(rng, backend="numpy")
    result = solve(model, g0, Newton(Linear("direct")), max_iterations=5)
    assert {record.inner for record in result.history} == {0}


@pytest.mark.usefixtures("impatient")
def test_an_interior_point_takes_products_until_its_matrix_is_prepared(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, cols = 12, 8
    n, m, k = nz.dims("n m k")
    X, B, G = nz.dense("X", n, k), nz.dense("B", m, k), nz.sparse("G", n, m)
    pattern = nz.Pattern.full((rows, cols)).with_row_sums(np.ones(cols), np.ones(rows))
    data: dict[str, Any] = {"X": rng.random((rows, 5)), "B": rng.random((cols, 5))}
    model = nz.Problem(nz.sumsq(X - G * B), wrt=G).bind(**data, G=pattern, backend="numpy")
    monkeypatch.setattr(interior_point, "FEW", 0)
    held = Held(interior_point._Curvatures._assembles)

    def assembles(*given: Any) -> Any:
        return held(*given)

    monkeypatch.setattr(interior_point._Curvatures, "_assembles", assembles)

    def watch(record: Any, g: Vector) -> None:
        if record.iteration == 3:
            held.let_go()

    g0 = np.zeros(model.size)
    result = solve(model, g0, bounds=(0.0, None), max_seconds=20.0, callback=watch)
    assert result.success and held.calls == 1 and result.nit > 3
    monkeypatch.undo()
    assert result.fun == pytest.approx(solve(model, g0, bounds=(0.0, None)).fun, rel=1e-8)


@pytest.mark.parametrize("preconditioner", ["none", "auto", "row", "diagonal", "scale"])
def test_l_bfgs_steps_in_python_until_its_loop_is_compiled(
    preconditioner: Any, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = factorisation(rng)
    method, asked = LBFGS(preconditioner=preconditioner), iter(range(100))
    assert loop.is_compiled(60.0)
    expected = solve(model, g0, method, max_iterations=40)
    seen: list[int] = []

    def begin(model: Any, progress: Any, points: Any, memory: int) -> Any:
        seen.append(len(points))
        return loop.begin(model, progress, points, memory)

    monkeypatch.setattr(lbfgs, "begin", begin)
    monkeypatch.setattr(lbfgs, "is_compiled", lambda seconds=0.0: next(asked) > 7)
    found = solve(model, g0, method, max_iterations=40)
    assert seen == [9], "seven steps, and a first pair"
    assert found.nit == expected.nit
    for ours, theirs in zip(found.history[:20], expected.history[:20], strict=True):
        assert ours.energy == pytest.approx(theirs.energy, rel=1e-6)


def test_pairs_that_are_taken_over_give_the_same_steps(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop in C goes on as the one in Python would have, to rounding."""
    model, g0 = factorisation(rng, n=60)
    method = LBFGS(memory=4, preconditioner="none")
    with monkeypatch.context() as patch:
        patch.setattr(lbfgs, "native_of", lambda objective: None)
        expected = solve(model, g0, method, max_iterations=14)
    asked = iter(range(100))
    monkeypatch.setattr(lbfgs, "is_compiled", lambda seconds=0.0: next(asked) > 9)
    found = solve(model, g0, method, max_iterations=14)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-7, atol=1e-9)


@pytest.mark.usefixtures("impatient")
def test_l_bfgs_goes_on_while_a_composition_is_prepared(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = factorisation(rng, backend="numpy")
    held = Held(ComposedNewton.aim_of)

    def prepared(*given: Any) -> Any:
        return held(*given)

    def watch(record: Any, g: Vector) -> None:
        if record.iteration == 3:
            held.let_go()

    monkeypatch.setattr(ComposedNewton, "aim_of", prepared)
    approached: list[float] = []
    monkeypatch.setattr(
        "nzdiff.solvers.methods.composed._approach", lambda objective, *_: approached.append(1.0)
    )
    method = ComposedNewton(freedom=0.0, cg_iterations=1000)
    result = solve(model, g0, method, max_seconds=20.0, callback=watch, max_iterations=30)
    assert result.nit == 30 and result.fun < model.energy(g0) and len(approached) == 1


@pytest.mark.usefixtures("impatient")
def test_the_first_step_of_l_bfgs_waits_for_no_preconditioner(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = factorisation(rng, backend="numpy")
    held = Held(lbfgs._Refreshed._made)

    def made(*given: Any) -> Any:
        return held(*given)

    def watch(record: Any, g: Vector) -> None:
        assert record.iteration > 1 or not held.calls
        if record.iteration == 5:
            held.let_go()

    monkeypatch.setattr(lbfgs._Refreshed, "_made", made)
    result = solve(model, g0, "l-bfgs", max_seconds=20.0, callback=watch, max_iterations=30)
    assert result.nit == 30 and held.calls > 1, "made anew from where the run has come"


def test_within_bounds_a_short_time_is_not_spent_on_the_setup_of_scipy(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = factorisation(rng, backend="numpy")
    monkeypatch.setattr(bounded, "SETUP", 1.0)  # a second for each unknown
    long = solve(model, g0, "l-bfgs", bounds=(-2.0, 2.0), max_iterations=5)
    short = solve(model, g0, "l-bfgs", bounds=(-2.0, 2.0), max_iterations=5, max_seconds=20.0)
    assert long.method == "l-bfgs" and short.method == "l-bfgs, barzilai-borwein"
    assert short.nit == 5 and np.abs(short.x).max() <= 2.0 and short.fun < short.history[0].energy


def test_whether_a_bound_model_is_a_sum_of_squares_takes_no_residual(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = factorisation(rng, backend="numpy")
    monkeypatch.setattr(Model, "residual", lambda self, g: pytest.fail("computed"))
    assert solve(model, g0, "gauss-newton", max_iterations=2).nit == 2


def cone(rng: np.random.Generator, n: int) -> tuple[Model, Vector]:
    """‖S − W‖² for S ⪰ 0, from a start outside."""
    (size,) = nz.dims("n m")[:1]
    W, S = nz.dense("W", size, size), nz.sparse("S", size, size, symmetric=True)
    A = rng.standard_normal((n, n))
    model = nz.Problem(nz.sumsq(S - W), wrt=S).bind(
        W=A + A.T, S=nz.Pattern.full((n, n)).symmetric()
    )
    return model, -np.ones(model.size)


def test_the_search_for_a_start_inside_ends_with_the_time(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = cone(rng, 40)
    monkeypatch.setattr("nzdiff.solvers.cones.inside.AMPLE", np.inf)  # never enough room
    monkeypatch.setattr("nzdiff.solvers.cones.inside.MOST_STEPS", 10**9)
    began = time.perf_counter()
    result = solve(model, g0, semidefinite=True, max_seconds=0.3)
    assert time.perf_counter() - began < 5.0
    assert result.status is Status.MAX_SECONDS and result.nit == 0 and not result.success
    assert "No point within the constraints was found" in result.message
    np.testing.assert_array_equal(result.x, g0)
    assert result.fun == model.energy(g0) == result.history[0].energy


def test_work_beside_the_run_lets_it_have_its_turn() -> None:
    for _ in range(10_000):  # what an earlier test left to its end has its turns, too
        if sys.getswitchinterval() > TURN:
            break
        time.sleep(0.001)
    before, let_go = sys.getswitchinterval(), threading.Event()
    first, second = (Beside(lambda: let_go.wait(30.0)) for _ in range(2))
    for _ in range(1000):
        if sys.getswitchinterval() < before:
            break
        time.sleep(0.001)
    assert sys.getswitchinterval() == pytest.approx(TURN)
    let_go.set()
    assert first.result() and second.result()
    for _ in range(1000):
        if sys.getswitchinterval() == before:
            break
        time.sleep(0.001)
    assert sys.getswitchinterval() == before


def test_a_library_is_waited_for_that_has_begun_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(lambda source, more: Path())
    monkeypatch.setattr(library, "compile_cached", held)
    job = library.ahead("int x;", ("-DTEST",))
    try:
        assert library.ahead("int x;", ("-DTEST",)) is job and not job.is_done()
        held.go.set()
        assert job.result() == Path() and held.calls == 1
    finally:
        library._AHEAD.pop(("int x;", ("-DTEST",)))


COLD = """
import sys, time
import numpy as np
sys.path.insert(0, {tests!r})
from test_clock import {case}
model, g0, options = {case}()
began = time.perf_counter()
import nzdiff as nz
result = nz.solve(model, g0, {method!r}, max_seconds={seconds}, **options)
print(time.perf_counter() - began, result.nit, result.fun / result.history[0].energy)
"""


def icosphere() -> tuple[Model, Vector, dict[str, Any]]:
    """The demo's pipeline with few modes: 2,562 vertices, about 20,000 unknowns."""
    sys.path.insert(0, str(ROOT))
    from benchmarks.instances.coarsening import coarsening_problem
    from benchmarks.instances.icosphere import noisy_icosphere
    from nzdiff.demo.coarsening import coarsening_data, lowest_modes
    from nzdiff.demo.mesh import laplacian_and_mass

    L, mass = laplacian_and_mass(noisy_icosphere(16).scaled_to_area(300))
    data = coarsening_data(L, mass, lowest_modes(L, mass, 30), coarse=300, rounds=20, seed=0)
    pattern = nz.Pattern((data.i, data.j), data.shape)
    model = coarsening_problem().bind(X=data.X, Y=data.Y, B=data.B, L=data.L, G=pattern)
    return model, pattern.pack(data.G0), {}


def simplex() -> tuple[Model, Vector, dict[str, Any]]:
    """Rows on the simplex, 1,200 unknowns."""
    rng, rows, per = np.random.default_rng(0), 240, 6
    n, m, k = nz.dims("n m k")
    X, B, G = nz.dense("X", n, k), nz.dense("B", m, k), nz.sparse("G", n, m)
    places = np.concatenate([rng.choice(20, per, replace=False) for _ in range(rows)])
    pattern = nz.Pattern((np.repeat(np.arange(rows), per), places), (rows, 20))
    pattern = pattern.with_row_sums(np.ones(20), np.ones(rows))
    data: dict[str, Any] = {"X": rng.random((rows, 8)), "B": rng.random((20, 8))}
    model = nz.Problem(nz.sumsq(X - G * B), wrt=G).bind(**data, G=pattern)
    return model, np.zeros(model.size), {"bounds": (0.0, None)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "method", "seconds"),
    [
        *(("icosphere", method, 1.0) for method in ("auto", "l-bfgs", "barzilai-borwein")),
        *(("icosphere", method, 4.0) for method in ("newton", "gauss-newton", "trust-region")),
        ("icosphere", "levenberg-marquardt", 4.0),
        ("simplex", "auto", 4.0),
    ],
)
def test_a_cold_cache_is_no_reason_to_stay_at_the_start(
    case: str, method: str, seconds: float, empty_cache: Path
) -> None:
    program = COLD.format(
        tests=str(Path(__file__).parent), case=case, method=method, seconds=seconds
    )
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ, text=True)
    took, steps, energy = said.stdout.split()
    assert float(energy) < 1.0 and int(steps) > 0
    assert float(took) < seconds + 1.0
