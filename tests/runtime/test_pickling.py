"""Models travel: as a problem and its data, bound anew where they arrive."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import nzdiff as nz
from bound_problems import EVERYTHING, data_of
from nzdiff.generated import spectral_coarsening
from nzdiff.runtime.batch import BatchModel

Energies = tuple[float, Any]


def coarsening(rng: np.random.Generator, **options: Any) -> nz.Model:
    n, m, k = nz.dims("n m k")
    X, B, mu = nz.dense("X", m, k), nz.dense("B", m, k), nz.scalar("mu")
    L, G = nz.sparse("L", n, n), nz.sparse("G", n, m)
    problem = nz.Problem(nz.sumsq(X - G.T @ L @ G @ B) + mu * nz.sumsq(G), wrt=G, name="travels")
    L0 = sparse.csr_array(sparse.diags_array([2.0, -1.0], offsets=[0, 1], shape=(9, 9)))
    pattern = nz.Pattern(np.nonzero(rng.random((9, 4)) < 0.6), (9, 4))
    X0, B0 = rng.standard_normal((2, 4, 6))
    return problem.bind(X=X0, B=B0, L=L0, G=pattern, mu=0.5, **options)


def batch(rng: np.random.Generator) -> BatchModel:
    n, m = nz.dims("n m")
    A, G, c = nz.sparse("A", n, n), nz.sparse("G", n, m), nz.scalar("c")
    B = nz.dense("B", n, m)
    problem = nz.Problem(nz.sumsq(A @ G - B) + c * nz.sumsq(G), wrt=G)
    square = nz.Pattern(np.nonzero(rng.random((3, 3)) < 0.7), (3, 3))
    return problem.bind_batch(
        A=(square, rng.standard_normal((5, square.size))),
        B=rng.standard_normal((5, 3, 2)),
        G=nz.Pattern.full((3, 2)),
        c=rng.random(5),
    )


def evaluated(model: nz.Model, g: np.ndarray) -> Energies:
    """What a worker returns."""
    energy, gradient = model.energy_and_gradient(g)
    return energy, gradient


def same(found: Energies, expected: Energies) -> bool:
    return found[0] == expected[0] and np.array_equal(found[1], expected[1])


@pytest.mark.parametrize(
    "travel", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copy_is_a_model_of_its_own(travel: Any, rng: np.random.Generator) -> None:
    model = coarsening(rng, backend="numpy")
    g = rng.standard_normal(model.size)
    other = travel(model)
    assert other is not model and repr(other) == repr(model)
    assert same(evaluated(other, g), evaluated(model, g))
    model.update(mu=2.0)
    assert other.energy(g) < model.energy(g)
    assert np.array_equal(other.hessian(g).toarray(), travel(other).hessian(g).toarray())


def test_what_was_updated_travels(rng: np.random.Generator) -> None:
    model = coarsening(rng, backend="numpy")
    g = rng.standard_normal(model.size)
    model.update(mu=3.0, X=np.ones((4, 6)))
    assert same(evaluated(pickle.loads(pickle.dumps(model)), g), evaluated(model, g))


def test_options_travel(rng: np.random.Generator) -> None:
    model = coarsening(rng, backend="numpy", threads=1, dtype="float32")
    other = pickle.loads(pickle.dumps(model))
    g = rng.standard_normal(model.size)
    assert other.backend == "numpy" and other.energy(g) == model.energy(g)
    assert other._bound.memory.dtype == np.float32


def test_a_batch_travels(rng: np.random.Generator) -> None:
    model = batch(rng)
    other = pickle.loads(pickle.dumps(model))
    g = rng.standard_normal((5, 6))
    assert isinstance(other, BatchModel) and other.count == model.count == 5
    assert np.array_equal(other.energy(g), model.energy(g))
    assert np.array_equal(other.gradient(g), model.gradient(g))


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERYTHING)
def test_every_problem_travels(name: str) -> None:
    model = EVERYTHING[name].bind(**data_of(EVERYTHING[name], "scattered"), backend="numpy")
    other = pickle.loads(pickle.dumps(model))
    g = np.random.default_rng(0).standard_normal(model.size)
    if model.is_function:
        np.testing.assert_array_equal(other.residual(g), model.residual(g))
    else:
        np.testing.assert_array_equal(other.gradient(g), model.gradient(g))


def test_a_model_of_a_package_travels_by_its_name(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    data = {
        "X": rng.standard_normal((3, 4)),
        "Y": rng.random(3),
        "B": rng.standard_normal((3, 4)),
        "L": sparse.eye_array(6, format="csr"),
        "G": nz.Pattern.full((6, 3)),
    }
    model = spectral_coarsening.bind(**data, backend="numpy")
    stored, g = pickle.dumps(model), rng.standard_normal(model.size)
    assert b"nzdiff.generated.spectral_coarsening" in stored and b"sympy" not in stored
    assert pickle.loads(stored).energy(g) == model.energy(g)
    (tmp_path / "model").write_bytes(stored)
    program = (
        "import pickle, sys; model = pickle.load(open(sys.argv[1], 'rb')); "
        "print(model.size, 'sympy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "model"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("18 False\n", "")


def test_results_travel(rng: np.random.Generator) -> None:
    model = coarsening(rng, backend="numpy")
    result = nz.solve(model, rng.standard_normal(model.size))
    other = pickle.loads(pickle.dumps(result))
    assert other.fun == result.fun and np.array_equal(other.x, result.x)
    assert len(other.history) == len(result.history) and other.status is result.status
    assert nz.solve(model, warm_start=other).success


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("fork", marks=pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")),
        "spawn",
    ],
)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_compute_with_it(start: str, rng: np.random.Generator) -> None:
    model = coarsening(rng)
    points = list(rng.standard_normal((4, model.size)))
    expected = [evaluated(model, g) for g in points]
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        found = list(pool.map(evaluated, [model] * 4, points))
    assert all(map(same, found, expected))
    with context.Pool(1) as workers:
        assert same(workers.apply(evaluated, (model, points[0])), expected[0])


def test_threads_take_turns_or_have_copies(rng: np.random.Generator) -> None:
    model = coarsening(rng, backend="numpy")
    points = list(rng.standard_normal((16, model.size)))
    expected = [evaluated(model, g) for g in points]
    with ThreadPoolExecutor(4) as pool:
        assert all(map(same, pool.map(evaluated, [model] * 16, points), expected))
        copies = [copy.copy(model) for _ in range(4)] * 4
        assert all(map(same, pool.map(evaluated, copies, points), expected))


@pytest.mark.slow
def test_joblib_computes_with_it(rng: np.random.Generator) -> None:
    joblib = pytest.importorskip("joblib")
    model = coarsening(rng)
    points = list(rng.standard_normal((4, model.size)))
    for backend in ("loky", "threading"):
        run = joblib.Parallel(n_jobs=2, backend=backend)
        found = run(joblib.delayed(evaluated)(model, g) for g in points)
        assert all(map(same, found, [evaluated(model, g) for g in points]))
