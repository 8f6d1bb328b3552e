"""The compiled loop of L-BFGS iterates as the one in Python does, and stops as it does."""

import itertools
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy import sparse

import nzdiff as nz
from nzdiff.runtime.model import Model
from nzdiff.solvers import LBFGS, Record, Status, load_checkpoint, solve
from nzdiff.solvers.run.objective import Objective
from nzdiff.solvers.run.progress import Progress
from nzdiff.solvers.run.status import Paused
from nzdiff.solvers.run.stopping import Stopping
from solver_models import Vector

lbfgs: Any = import_module("nzdiff.solvers.methods.lbfgs.solver")
loop: Any = import_module("nzdiff.solvers.methods.lbfgs.loop")

Case = tuple[Model, Vector]


def shuffled(rng: np.random.Generator, shape: tuple[int, int], density: float) -> nz.Pattern:
    """A pattern whose entries stand in no order."""
    i, j = np.nonzero(rng.random(shape) < density)
    order = rng.permutation(i.size)
    return nz.Pattern((i[order], j[order]), shape)


def least_squares(
    rng: np.random.Generator,
    *,
    n: int = 40,
    backend: str = "c",
    threads: int = 1,
    reshape: Callable[[nz.Pattern], nz.Pattern] = lambda pattern: pattern,
) -> Case:
    """‖X − Gᵀ L G B‖² with a residual at the optimum."""
    d, m, k = nz.dims("n m k")
    X, B = nz.dense("X", m, k), nz.dense("B", m, k)
    L, G = nz.sparse("L", d, d, symmetric=True), nz.sparse("G", d, m)
    problem = nz.Problem(nz.sumsq(X - G.T * L * G * B), wrt=G)
    path = sparse.diags_array([-1.0, 2.5, -1.0], offsets=[-1, 0, 1], shape=(n, n))
    pattern = reshape(shuffled(rng, (n, 6), 0.5))
    X0, B0 = rng.standard_normal((2, 6, 9))
    model = problem.bind(X=X0, B=B0, L=path, G=pattern, backend=backend, threads=threads)
    return model, rng.standard_normal(model.size)


def row_sums(rng: np.random.Generator) -> Case:
    """The same under constraints with a constant part, each on one row."""
    return least_squares(rng, reshape=lambda p: p.with_row_sums(np.ones(6), np.ones(40)))


def tied(rng: np.random.Generator) -> Case:
    """The same with unknowns that stand in several rows: the preconditioner needs Python."""
    return least_squares(rng, reshape=lambda p: p.tied(np.arange(p.size) % 50))


def two_unknowns(rng: np.random.Generator) -> Case:
    """‖X − G H‖² + ‖G‖² of two sparse matrices."""
    n, m, k = nz.dims("n m k")
    X, G, H = nz.dense("X", n, k), nz.sparse("G", n, m), nz.sparse("H", m, k)
    problem = nz.Problem(nz.sumsq(X - G * H) + nz.sumsq(G), wrt=(G, H))
    model = problem.bind(
        X=rng.standard_normal((20, 15)),
        G=shuffled(rng, (20, 8), 0.6),
        H=shuffled(rng, (8, 15), 0.6),
        backend="c",
    )
    return model, rng.standard_normal(model.size)


def barrier(rng: np.random.Generator) -> Case:
    """‖G − X‖² − Σ log of the entries: undefined unless all are positive."""
    n, m = nz.dims("n m")
    X, G = nz.dense("X", n, m), nz.sparse("G", n, m)
    energy = nz.sumsq(G - X) - nz.total(nz.map_nonzeros(sp.log, G))
    pattern = shuffled(rng, (7, 9), 0.7)
    model = nz.Problem(energy, wrt=G).bind(
        X=3.0 * rng.standard_normal((7, 9)), G=pattern, backend="c"
    )
    return model, np.full(model.size, 8.0)


def kinked() -> Case:
    """A long slope that is steeper where the second step ends: t grows by less than tenfold."""
    G = nz.sparse("G", *nz.dims("n m"))

    def slope(x: sp.Expr) -> sp.Expr:
        return x**2 / 1000 - x - sp.atan(20 * x - 22) / 50

    problem = nz.Problem(nz.total(nz.map_nonzeros(slope, G)), wrt=G)
    return problem.bind(G=nz.Pattern.full((1, 1)), backend="c"), np.ones(1)


def cliff() -> Case:
    """Σ exp(−exp g) + 10⁻⁶ (g − 1000)²: beyond g = 709 the gradient alone is undefined."""
    G = nz.sparse("G", *nz.dims("n m"))

    def fall(x: sp.Expr) -> sp.Expr:
        return sp.exp(-sp.exp(x)) + (x - 1000) ** 2 / 10**6

    problem = nz.Problem(nz.total(nz.map_nonzeros(fall, G)), wrt=G)
    return problem.bind(G=nz.Pattern.full((2, 1)), backend="c"), np.array([5.0, 6.0])


def many_blocks(rng: np.random.Generator) -> Case:
    """The same with more unknowns than one block of the loop holds."""
    return least_squares(rng, n=600)


CASES = (least_squares, many_blocks, row_sums, tied, two_unknowns, barrier)
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)


@pytest.fixture
def in_c(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each run of the compiled loop."""
    seen: list[str] = []

    def begin(*arguments: Any) -> Any:
        seen.append("C")
        return loop.begin(*arguments)

    monkeypatch.setattr(lbfgs, "begin", begin)
    monkeypatch.setattr(lbfgs, "WAIT", 60.0)  # for a compiler
    return seen


def in_python(model: Model, g0: Vector, method: LBFGS, **options: Any) -> Any:
    """The result of the loop in Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lbfgs, "native_of", lambda objective: None)
        return solve(model, g0, method, **options)


@each
@pytest.mark.parametrize("preconditioner", ["none", "auto", "diagonal"])
def test_iterates_as_in_python(
    case: Callable[[np.random.Generator], Case],
    preconditioner: Any,
    rng: np.random.Generator,
    in_c: list[str],
) -> None:
    model, g0 = case(rng)
    method = LBFGS(memory=4, preconditioner=preconditioner)
    expected = in_python(model, g0, method, max_iterations=12)
    assert not in_c
    found = solve(model, g0, method, max_iterations=12)
    assert len(in_c) == (preconditioner != "auto" or case is not tied)
    assert found.status is expected.status and found.nit == expected.nit
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-6, atol=1e-6)
    for ours, theirs in zip(found.history, expected.history, strict=True):
        assert ours.calls == theirs.calls and ours.iteration == theirs.iteration
        assert ours.damping == ours.inner == 0
        for name in ("energy", "gradient_norm", "step"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-5)


@pytest.mark.parametrize("case", [row_sums, barrier], ids=lambda case: case.__name__)
@pytest.mark.parametrize("preconditioner", ["none", "auto"])
def test_reaches_the_same_optimum_for_the_same_reason(
    case: Callable[[np.random.Generator], Case], preconditioner: Any, rng: np.random.Generator
) -> None:
    model, g0 = case(rng)
    method = LBFGS(preconditioner=preconditioner)
    expected = in_python(model, g0, method, energy_rtol=1e-12)
    found = solve(model, g0, method, energy_rtol=1e-12)
    assert found.success and expected.status is found.status
    assert found.fun == pytest.approx(expected.fun, rel=1e-6)
    np.testing.assert_array_equal(found.jac, model.gradient(found.x))
    assert found.fun == model.energy(found.x) == found.history[-1].energy
    assert found.history[-1].gradient_norm == pytest.approx(np.linalg.norm(found.jac))
    assert found.nfev >= found.history[-1].calls.energies > found.nit


@pytest.mark.parametrize(
    ("rtol", "energy_rtol", "status"),
    [
        (1e-2, 0.0, Status.CONVERGED),
        (0.0, 1e-3, Status.CONVERGED),
        (0.0, 0.0, Status.ZERO_ENERGY),
    ],
)
def test_the_loop_ends_at_the_iterate_where_a_rule_holds(
    rtol: float, energy_rtol: float, status: Status, rng: np.random.Generator, in_c: list[str]
) -> None:
    """Not at a later one, where C gives the run back to Python."""
    if status is Status.ZERO_ENERGY:
        model, g0 = reachable(rng)
    else:
        model, g0 = least_squares(rng)
    method = LBFGS(preconditioner="none")
    expected = in_python(model, g0, method, rtol=rtol, energy_rtol=energy_rtol)
    found = solve(model, g0, method, rtol=rtol, energy_rtol=energy_rtol)
    assert in_c and found.status is expected.status is status
    assert found.nit == expected.nit and found.nit > 3


def reachable(rng: np.random.Generator) -> Case:
    """‖X − G B‖² that is zero at the optimum."""
    n, k = nz.dims("n k")
    X, B, G = nz.dense("X", n, k), nz.dense("B", n, k), nz.sparse("G", n, n)
    B0 = rng.standard_normal((6, 9))
    problem = nz.Problem(nz.sumsq(X - G * B), wrt=G)
    pattern = nz.Pattern.diagonal(6)
    model = problem.bind(X=np.arange(6.0)[:, None] * B0, B=B0, G=pattern, backend="c")
    return model, np.ones(6)


def test_a_new_preconditioner_keeps_the_pairs(rng: np.random.Generator, in_c: list[str]) -> None:
    model, g0 = least_squares(rng)
    method = LBFGS(preconditioner="row", refresh=10, memory=5)
    options = {"max_iterations": 14, "rtol": 0.0, "energy_rtol": 0.0}
    expected = in_python(model, g0, method, **options)
    found = solve(model, g0, method, **options)  # type: ignore[arg-type]
    assert in_c and found.nhev == expected.nhev and found.nit == 14
    ours, theirs = ([record.energy for record in r.history] for r in (found, expected))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_blocks_of_any_size_precondition(rng: np.random.Generator, in_c: list[str]) -> None:
    model, g0 = least_squares(rng)
    method = LBFGS(preconditioner="column")
    expected = in_python(model, g0, method, max_iterations=8)
    found = solve(model, g0, method, max_iterations=8)
    assert in_c and found.fun == pytest.approx(expected.fun, rel=1e-6)


@pytest.mark.parametrize("preconditioner", ["none", "row"])
def test_runs_are_the_same_to_the_last_bit(preconditioner: Any) -> None:
    results = []
    for threads in (1, 1, 2):
        model, g0 = least_squares(np.random.default_rng(3), n=400, threads=threads)
        method = LBFGS(preconditioner=preconditioner)
        results.append(solve(model, g0, method, max_iterations=30))
    for other in results[1:]:
        np.testing.assert_array_equal(other.x, results[0].x)
        assert [r.energy for r in other.history] == [r.energy for r in results[0].history]


def test_a_factorisation_needs_python(rng: np.random.Generator, in_c: list[str]) -> None:
    n = nz.dims("n")[0]
    S, G = nz.dense("S", n, n), nz.sparse("G", n, n, symmetric=True)
    problem = nz.Problem(nz.trace(S * G) - nz.logdet(G, positive=True), wrt=G)
    A = rng.standard_normal((5, 5))
    pattern = nz.Pattern.full((5, 5)).symmetric()
    model = problem.bind(S=A @ A.T + np.eye(5), G=pattern, backend="c")
    assert model.native() is None
    result = solve(model, pattern.pack(np.eye(5)), "l-bfgs")
    assert result.success and not in_c


def test_numpy_needs_python(rng: np.random.Generator, in_c: list[str]) -> None:
    model, g0 = least_squares(rng, backend="numpy")
    assert model.native() is None
    assert solve(model, g0, "l-bfgs", max_iterations=3).nit == 3 and not in_c


def test_a_loop_that_does_not_compile_is_replaced(
    rng: np.random.Generator, in_c: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = least_squares(rng)
    monkeypatch.setattr(loop, "_library", lambda: None)
    assert solve(model, g0, "l-bfgs", max_iterations=3).nit == 3 and not in_c


@pytest.fixture
def compiled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop is compiled in this test with the constants that it plants."""
    library = loop._library.__wrapped__
    monkeypatch.setattr(loop, "_library", cache(library))


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        ("run.search", "MAX_TRIALS", 1),
        ("run.search", "SUFFICIENT_DECREASE", 0.6),
        ("run.search", "ROUNDING", 10.0),
        ("run.wolfe", "CURVATURE", 0.01),
        ("run.wolfe", "MARGIN", 0.45),
        ("run.wolfe", "RETREAT", 0.05),
        ("run.wolfe", "LEAST_EXPANSION", 9.0),
        ("run.wolfe", "MOST_EXPANSION", 2.5),
        ("run.probe", "PROBE_STEP", 0.1),
        ("run.probe", "BLIND_STEP", 3e-3),
        ("methods.lbfgs.pairs", "LEAST_COSINE", 0.999),
    ],
)
@pytest.mark.slow
@pytest.mark.usefixtures("compiled_anew")
def test_a_constant_changed_in_python_changes_the_loop_in_c(
    module: str, name: str, value: float, in_c: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def runs() -> list[list[float]]:
        cases = [least_squares(np.random.default_rng(5)), barrier(np.random.default_rng(5))]
        cases += [kinked(), *((model, 1e-3 * g0) for model, g0 in cases)]
        method = LBFGS(memory=4, preconditioner="none")
        results = [solve(model, g0, method, max_iterations=40) for model, g0 in cases]
        return [[record.energy for record in result.history] for result in results]

    before = runs()
    monkeypatch.setattr(f"nzdiff.solvers.{module}.{name}", value)
    loop._library.cache_clear()
    assert runs() != before and in_c


@pytest.mark.parametrize(
    "trials", [1, 60, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))]
)
@pytest.mark.parametrize("curvature", [0.9, pytest.param(1e-3, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("compiled_anew")
def test_the_search_in_c_keeps_the_trial_that_python_keeps(
    trials: int, curvature: float, in_c: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no trial satisfies both conditions, the best one so far, if there is any."""
    monkeypatch.setattr("nzdiff.solvers.run.search.MAX_TRIALS", trials)
    monkeypatch.setattr("nzdiff.solvers.run.wolfe.MAX_TRIALS", trials)
    monkeypatch.setattr("nzdiff.solvers.run.wolfe.CURVATURE", curvature)
    monkeypatch.setattr("nzdiff.solvers.run.wolfe.wolfe.__kwdefaults__", {"curvature": curvature})
    method = LBFGS(memory=4, preconditioner="none")
    rng = np.random.default_rng(5)
    cases = (least_squares(rng), 5), (barrier(rng), 5), (kinked(), 5), (cliff(), 2)
    for (model, g0), most in cases:
        expected = in_python(model, g0, method, max_iterations=most)
        found = solve(model, g0, method, max_iterations=most)
        assert found.status is expected.status and found.nit == expected.nit
        np.testing.assert_allclose(found.x, expected.x, rtol=1e-6)
        for ours, theirs in zip(found.history, expected.history, strict=True):
            assert ours.calls == theirs.calls
            assert ours.energy == pytest.approx(theirs.energy, rel=1e-6)
    assert in_c


def test_the_unit_of_the_energy_makes_no_difference(in_c: list[str]) -> None:
    """In C as in Python pairs are kept by the angle between them, which has no unit."""
    G, X = nz.sparse("G", 6, 6), nz.dense("X", 6, 6)
    lam, full = nz.scalar("lam"), nz.Pattern.full((6, 6))
    rng = np.random.default_rng(3)
    start, target = rng.standard_normal((2, 36))
    results = [
        solve(
            nz.Problem(lam * nz.sumsq(G * G - X), wrt=G).bind(
                G=full, X=target.reshape(6, 6), lam=unit, backend="c"
            ),
            start,
            LBFGS(memory=4, preconditioner="none"),
            max_iterations=12,
        ).x
        for unit in (1.0, 2.0**-60)
    ]
    assert len(in_c) == 2
    np.testing.assert_allclose(results[1], results[0], rtol=1e-6)


def test_a_trial_whose_gradient_alone_is_undefined_is_none(in_c: list[str]) -> None:
    model, g0 = cliff()
    assert model.energy(np.full(2, 1000.0)) == 0.0
    assert not np.isfinite(model.gradient(np.full(2, 1000.0))).any()
    result = solve(model, g0, LBFGS(preconditioner="none"), max_iterations=8)
    assert in_c and result.nit >= 2 and result.x.max() < 710.0
    assert np.isfinite([record.gradient_norm for record in result.history]).all()
    energies = [record.energy for record in result.history]
    assert energies == sorted(energies, reverse=True)


def test_the_loop_in_c_defines_no_constant_of_its_own() -> None:
    source = Path(loop.__file__).with_name("loop.c").read_text(encoding="utf-8")
    defined = set(re.findall(r"#define (\w+)", source))
    assert not defined & set(loop.constants())
    assert all(re.search(rf"\b{name}\b", source) for name in loop.constants())


def test_the_model_may_be_evaluated_elsewhere_between_slices(rng: np.random.Generator) -> None:
    model, g0 = least_squares(rng)
    method = LBFGS(preconditioner="none")

    def callback(record: Record, g: Vector) -> None:
        model.energy(g + 1.0)
        assert model.energy(g) == pytest.approx(record.energy, rel=1e-13)

    alone = solve(model, g0, method, max_iterations=9)
    watched = solve(model, g0, method, max_iterations=9, callback=callback)
    np.testing.assert_array_equal(watched.x, alone.x)
    assert model.energy(alone.x) == alone.fun


def test_the_callback_sees_each_iterate_and_stops(rng: np.random.Generator) -> None:
    model, g0 = least_squares(rng)
    seen: list[int] = []

    def callback(record: Record, g: Vector) -> bool:
        assert not g.flags.writeable
        seen.append(record.iteration)
        return record.iteration == 5

    result = solve(model, g0, LBFGS(), callback=callback)
    assert result.status is Status.STOPPED_BY_CALLBACK
    assert seen == [0, 1, 2, 3, 4, 5] and result.nit == 5


@pytest.mark.parametrize("most", [0, 1, 7])
def test_the_iteration_budget_is_kept(most: int, rng: np.random.Generator) -> None:
    model, g0 = least_squares(rng)
    result = solve(model, g0, LBFGS(), max_iterations=most)
    assert result.status is Status.MAX_ITERATIONS and result.nit == most


ENDLESS: dict[str, Any] = {"rtol": 0.0, "energy_rtol": 0.0, "max_iterations": 10**9}


def endless(model: Model, g0: Vector, **options: Any) -> Any:
    """A run that only time or the user ends: the energy of large G is far from its minimum."""
    return solve(model, 1e3 * g0, LBFGS(memory=2, preconditioner="none"), **ENDLESS, **options)


def slow(rng: np.random.Generator) -> Case:
    """A problem of many more iterations than a slice allows."""
    return least_squares(rng, n=20_000)


def while_in_c(monkeypatch: pytest.MonkeyPatch, happens: Callable[[int], None]) -> None:
    """Have something happen at the end of each slice, whose number is told, before C returns."""
    library = loop._library()
    number = itertools.count(1)

    def run(*arguments: Any) -> int:
        ended = library.nzdiff_lbfgs_run(*arguments)
        happens(next(number))
        return int(ended)

    names = ("doubles", "start", "precondition", "follow", "point")
    others = {f"nzdiff_lbfgs_{name}": getattr(library, f"nzdiff_lbfgs_{name}") for name in names}
    watched = SimpleNamespace(nzdiff_lbfgs_run=run, **others)
    monkeypatch.setattr(loop, "_library", lambda: watched)


def test_the_time_budget_is_kept(rng: np.random.Generator) -> None:
    loop._library()  # compiling it is none of the run's time
    result = endless(*slow(rng), max_seconds=0.3)
    assert result.status is Status.MAX_SECONDS and result.seconds >= 0.3
    seconds = [record.seconds for record in result.history]
    assert seconds == sorted(seconds)
    assert all(each < 0.3 for each in seconds[:-1])  # no iteration begins after the end


def test_ctrl_c_returns_the_best_iterate(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = slow(rng)

    def press(number: int) -> None:
        if number == 20:  # a slice may end within an iteration, where they take long
            raise KeyboardInterrupt  # as Python does of a signal that came while C ran

    while_in_c(monkeypatch, press)
    result = endless(model, g0)
    assert result.status is Status.INTERRUPTED and result.nit >= 3
    assert result.fun == result.history[-1].energy < result.history[0].energy
    np.testing.assert_allclose(model.energy(result.x), result.fun, rtol=1e-12)


def test_runs_go_on_from_a_checkpoint(rng: np.random.Generator, tmp_path: Path) -> None:
    model, g0 = least_squares(rng)
    path = tmp_path / "run.npz"
    first = solve(model, g0, LBFGS(), max_iterations=4, checkpoint=path)
    stored = load_checkpoint(path)
    np.testing.assert_array_equal(stored.x, first.x)
    assert stored.records == first.history
    second = solve(model, stored, LBFGS(), max_iterations=9)
    assert second.history[:5] == first.history and second.nit == 9
    assert second.nfev > first.nfev and second.fun < first.fun


def test_checkpoints_are_written_on_the_way(
    rng: np.random.Generator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = slow(rng)
    path, seen = tmp_path / "run.npz", []

    def look(number: int) -> None:
        if number == 3:
            seen.append(load_checkpoint(path).iteration)
        if number == 4:
            raise KeyboardInterrupt

    while_in_c(monkeypatch, look)
    result = endless(model, g0, checkpoint=path, checkpoint_seconds=0.0)
    assert 0 < seen[0] < result.nit and load_checkpoint(path).iteration == result.nit


def test_a_start_at_an_optimum_is_a_success(rng: np.random.Generator) -> None:
    model, g0 = least_squares(rng)
    optimum = solve(model, g0, LBFGS(), rtol=1e-12, energy_rtol=0.0)
    again = solve(model, optimum.x, LBFGS(preconditioner="none"))
    assert optimum.success and again.success


def test_a_zero_energy_ends_the_run(rng: np.random.Generator) -> None:
    n, k = nz.dims("n k")
    X, B, G = nz.dense("X", n, k), nz.dense("B", n, k), nz.sparse("G", n, n)
    pattern, B0 = nz.Pattern.diagonal(6), rng.standard_normal((6, 9))
    problem = nz.Problem(nz.sumsq(X - G * B), wrt=G)
    model = problem.bind(X=np.arange(6.0)[:, None] * B0, B=B0, G=pattern, backend="c")
    result = solve(model, np.ones(6), "l-bfgs", rtol=0.0, energy_rtol=0.0)
    assert result.status in {Status.ZERO_ENERGY, Status.ROUNDING_LEVEL}
    np.testing.assert_allclose(result.x, np.arange(6.0), atol=1e-8)


def test_many_unknowns_without_blocks_stay_plain(rng: np.random.Generator) -> None:
    """What is prepared beside the loop finds no blocks: the loop goes on, and ends."""
    n, m, k = nz.dims("n m k")
    X, B, G = nz.dense("X", n, k), nz.dense("B", m, k), nz.sparse("G", n, m)
    energy = nz.sumsq(nz.hadamard(G * B, G * B) - X) + nz.total(nz.map_nonzeros(nz.exp, G))
    pattern = nz.Pattern(np.nonzero(rng.random((300, 40)) < 0.4), (300, 40))
    model = nz.Problem(energy, wrt=G).bind(
        X=rng.standard_normal((300, 3)), B=rng.standard_normal((40, 3)), G=pattern, backend="c"
    )
    assert model.size > 4_000
    start = 0.1 * rng.standard_normal(model.size)
    result = solve(model, start, "l-bfgs", max_iterations=150, rtol=0.0, energy_rtol=0.0)
    assert result.nit == 150 or result.success


def interrupted(model: Model, g0: Vector, steps: int, kinds: tuple[Any, ...]) -> Any:
    """The energies of so many steps with each preconditioner in turn, the pairs kept."""
    objective = Objective(model, squares=True)
    start, kept = objective.point(g0), lbfgs.Kept()
    progress = Progress(objective, Stopping(0.0, 0.0), None, start, g0, "l-bfgs")
    progress.record(start)
    for kind in kinds:
        until = len(progress.records) + steps

        def is_over(until: int = until) -> bool:
            return len(progress.records) >= until

        progress.pause = is_over
        with pytest.raises(Paused):
            LBFGS(preconditioner=kind, kept=kept).run(objective, progress, progress.latest)
    return np.array([record.energy for record in progress.records])


@pytest.mark.parametrize("in_which", ["c", "python"])
def test_kept_pairs_go_on_as_if_nothing_had_interrupted_them(
    in_which: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, g0 = many_blocks(rng)
    monkeypatch.setattr(loop, "FEW", 1)
    if in_which == "python":
        monkeypatch.setattr(lbfgs, "native_of", lambda objective: None)
    at_once = interrupted(model, g0, 24, ("none",))
    assert np.array_equal(interrupted(model, g0, 6, ("none",) * 4), at_once)


@pytest.mark.parametrize("case", [least_squares, many_blocks, row_sums, two_unknowns])
def test_pairs_outlast_a_change_of_preconditioner(
    case: Callable[[np.random.Generator], Case],
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, g0 = case(rng)
    monkeypatch.setattr(loop, "FEW", 1)
    kinds = ("none", "auto", "none", "auto")
    in_c = interrupted(model, g0, 4, kinds)
    monkeypatch.setattr(lbfgs, "native_of", lambda objective: None)
    assert in_c == pytest.approx(interrupted(model, g0, 4, kinds), rel=1e-6)
    assert (np.diff(in_c) < 0.0).all()


def test_pairs_are_taken_to_another_point(rng: np.random.Generator) -> None:
    model, g0 = least_squares(rng)
    found = []
    for native in (lbfgs.native_of, lambda objective: None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lbfgs, "native_of", native)
            kept = lbfgs.Kept()
            for g in (g0, g0 + 0.01):
                result = solve(model, g, LBFGS(preconditioner="none", kept=kept), max_iterations=6)
                found.append([record.energy for record in result.history])
    first, second, third, fourth = found
    assert first == pytest.approx(third, rel=1e-9) and second == pytest.approx(fourth, rel=1e-6)
