"""The JAX layer: its derivatives are those of the function that it computes."""

# pyright: reportMissingImports=false

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nzdiff as nz
from bound_problems import EVERYTHING, data_of
from layer_models import every_problem, model_and_point
from nzdiff.runtime.model import Model
from problems import PROBLEMS, USUAL, random_data, scattered

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def bound(name: str, situation: str = "scattered", dtype: str = "float64") -> tuple[Model, Any]:
    """A model of the table, and a point where tests look at it."""
    model, g = model_and_point(name, situation, dtype)
    return model, jax.numpy.asarray(g)


@every_problem
def test_derivatives_of_every_problem(name: str, situation: str) -> None:
    """Against differences, forward and reverse, of every order that there is."""
    from jax.test_util import check_grads

    model, g = bound(name, situation)
    scale = 1.0
    if not model.is_function:
        energy = nz.layers.jax(model)
        assert energy(g) == model.energy(g)
        scale = 1.0 / max(1.0, float(np.abs(model.gradient(g)).max(initial=0.0)))
        check_grads(lambda x: scale * energy(x), (g,), 2, atol=1e-5, rtol=1e-5, eps=1e-5)
    if model.is_function or model.is_sum_of_squares:
        residual = nz.layers.jax(model, "residual")
        assert np.array_equal(residual(g), model.residual(g))
        check_grads(residual, (g,), 1, atol=1e-5, rtol=1e-5, eps=1e-5)
        w = np.random.default_rng(1).standard_normal(model.residual_size)
        check_grads(lambda x: scale * w @ residual(x), (g,), 2, ["rev"], 1e-5, 1e-5, 1e-5)


@pytest.mark.parametrize("compiled", [False, True])
def test_transforms(compiled: bool) -> None:
    model, g = bound("two_unknowns")
    energy, residual = nz.layers.jax(model), nz.layers.jax(model, "residual")
    H, J = model.hessian(g).toarray(), model.jacobian(g).toarray()
    rng = np.random.default_rng(0)
    v, w = rng.standard_normal(model.size), rng.standard_normal(model.residual_size)
    jit: Any = jax.jit if compiled else lambda function: function

    def hvp(x: Any, along: Any) -> Any:
        return jax.jvp(jax.grad(energy), (x,), (along,))[1]

    def check(found: Any, expected: Any) -> None:
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-11)

    check(jit(energy)(g), model.energy(g))
    check(jit(jax.grad(energy))(g), model.gradient(g))
    check(jit(hvp)(g, v), H @ v)
    check(jit(jax.grad(lambda x: jax.grad(energy)(x) @ v))(g), H @ v)
    check(jit(jax.grad(lambda x: jax.jvp(energy, (x,), (v,))[1]))(g), H @ v)
    check(jit(jax.hessian(energy))(g), H)
    check(jit(jax.jacfwd(residual))(g), J)
    check(jit(jax.jacrev(residual))(g), J)
    check(jit(jax.grad(lambda x: (residual(x) ** 2).sum()))(g), model.gradient(g))
    check(jit(jax.hessian(lambda x: (residual(x) ** 2).sum()))(g), H)
    bilinear = jit(jax.grad(lambda x: w @ jax.jvp(residual, (x,), (v,))[1]))
    check(bilinear(g), model.curvature(g, w, v))
    check(jit(jax.vmap(jax.grad(energy), 1))(np.stack([g, v], 1)), [*map(model.gradient, (g, v))])
    check(jit(jax.vmap(hvp, (None, 0)))(g, np.stack([v, g])), [H @ v, H @ g])
    pull = jax.vmap(lambda c: jax.vjp(residual, g)[1](c)[0])
    check(jit(pull)(np.stack([w, -w])), [J.T @ w, -J.T @ w])
    check(jit(jax.linear_transpose(jax.linearize(residual, g)[1], g))(w)[0], J.T @ w)
    check(jit(jax.grad(jax.checkpoint(energy)))(g), model.gradient(g))
    steps = jax.lax.scan(lambda x, _: (x - 1e-6 * jax.grad(energy)(x), energy(x)), g, None, 3)[1]
    assert steps[0] > steps[1] > steps[2]


def test_single_precision() -> None:
    single, g = bound("regularised", dtype="float32")
    double, _ = bound("regularised")
    for output in ("energy", "residual"):
        found, pull = jax.vjp(nz.layers.jax(single, output), g)
        expected, exactly = jax.vjp(nz.layers.jax(double, output), g.astype("float64"))
        assert found.dtype == pull(found)[0].dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)
        of_g = exactly(expected)[0]
        np.testing.assert_allclose(pull(found)[0], of_g, rtol=1e-5, atol=1e-5 * np.abs(of_g).max())
    jax.config.update("jax_enable_x64", False)
    assert nz.layers.jax(single)(g).dtype == np.float32


def test_unknowns_are_arguments() -> None:
    problem = EVERYTHING["dense_and_sparse"]
    model = problem.bind(**data_of(problem, "scattered"), backend="numpy")
    g = np.random.default_rng(0).standard_normal(model.size)
    layer, (dense, stored) = nz.layers.jax(model), model.unpack(g)
    assert layer.shapes == {"U": dense.shape, "G": (stored.nnz,)}
    values = g[dense.size :]
    found = jax.grad(layer, (0, 1))(dense, values)
    of_U, of_G = np.split(model.gradient(g), [dense.size])
    assert np.array_equal(found[0], of_U.reshape(dense.shape, order="F"))
    assert np.array_equal(found[1], of_G)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert other(g) == layer(g) and other.model is not model


def test_other_data() -> None:
    problem = PROBLEMS["regularised"]
    data = random_data(problem, USUAL, scattered, np.random.default_rng(0))
    model = problem.bind(**data, backend="numpy")
    g, layer = jax.numpy.ones(model.size), nz.layers.jax(model)
    compiled = jax.jit(jax.value_and_grad(layer))
    _, pull = jax.vjp(nz.layers.jax(model, "residual"), g)
    pulls = [jax.vjp(jax.grad(layer), g)[1], lambda c: pull(jax.numpy.ones(model.residual_size))]
    first = compiled(g)[0]
    model.update(mu=3.0)
    assert compiled(g)[0] == model.energy(g) != first
    assert np.array_equal(compiled(g)[1], model.gradient(g))
    for late in pulls:
        with pytest.raises(RuntimeError, match=r"model\.update has replaced the data"):
            late(g)


def test_derivatives_that_do_not_exist_are_refused() -> None:
    model, g = bound("seed")
    energy, residual = nz.layers.jax(model), nz.layers.jax(model, "residual")
    product = jax.grad(lambda x: jax.grad(energy)(x) @ g)
    with pytest.raises(NotImplementedError, match="third derivative"):
        jax.jit(jax.grad(lambda x: product(x) @ g))(g)
    with pytest.raises(NotImplementedError, match="two directions"):
        jax.jvp(lambda x: jax.jvp(residual, (x,), (g,))[1], (g,), (g,))


def test_errors_say_what_to_do() -> None:
    model, g = bound("two_unknowns")
    layer, first = nz.layers.jax(model), model.patterns[0].size
    for given, kind, message in (
        ((g.astype("float32"),), TypeError, r"g\.astype\('float64'\), or bind with dtype=float32"),
        ((g.astype("int64"),), TypeError, r"got int64; pass g\.astype\('float64'\)$"),
        ((g[1:],), TypeError, "an array for each of G, H, got 1 arrays"),
        ((g[:first], g[: first + 1]), ValueError, "H: expected shape"),
        ((g * np.nan,), ValueError, "g: expected finite numbers"),
    ):
        with pytest.raises(kind, match=message):
            layer(*given)
    with pytest.raises(RuntimeError, match="g: expected finite numbers"):
        jax.jit(layer)(g * np.nan).block_until_ready()
    with pytest.raises(TypeError, match=r"expected a model, as problem\.bind makes it, got str"):
        nz.layers.jax("model")
    with pytest.raises(TypeError, match='pass output="residual"'):
        nz.layers.jax(bound("function_of_an_inverse")[0])
    jax.config.update("jax_enable_x64", False)
    with pytest.raises(TypeError, match=r'call jax\.config\.update\("jax_enable_x64", True\)'):
        layer(np.ones(model.size))


def test_arrays_are_data_and_dtypes_are_precisions() -> None:
    problem = PROBLEMS["seed"]
    data = random_data(problem, USUAL, scattered, np.random.default_rng(0))
    arrays = {n: jax.numpy.asarray(x) if isinstance(x, np.ndarray) else x for n, x in data.items()}
    model = problem.bind(**arrays, backend="numpy", dtype=jax.numpy.float64)
    g = jax.numpy.ones(model.size)
    assert model.energy(g) == problem.bind(**data, backend="numpy").energy(g)
    assert problem.bind(**data, backend="numpy", dtype=jax.numpy.float32).dtype == np.float32
    model.update(X=2 * arrays["X"])


LOOPS = """
import os, sys, threading
if sys.argv[1] == "one" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import jax, jax.numpy as jnp, numpy as np, nzdiff as nz
jax.config.update("jax_enable_x64", True)
n = 1500
A, C = np.random.default_rng(0).standard_normal((2, n, n))
problem = nz.parse("norm2(A.*G - C)^2", wrt="G", dense="G")
model = problem.bind(A=A, C=C, G=(n, n), backend="numpy")
layer, g = nz.layers.jax(model), jnp.ones(model.size)
f = jax.jit(lambda g: jax.value_and_grad(lambda x: layer(jnp.tanh(x)))(g))
for _ in range(10):
    g = g - 1e-6 * f(g)[1]
g.block_until_ready()
def work(k):
    for _ in range(3):
        f(g * k)[1].block_until_ready()
threads = [threading.Thread(target=work, args=(k,)) for k in (1.0, 2.0, 3.0)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("cpus", ["one", "all"])
def test_loops_and_threads_do_not_wait_for_themselves(cpus: str) -> None:
    """Callbacks that waited for arrays of JAX did: the thread that copied them ran the callback."""
    done = subprocess.run(
        [sys.executable, "-c", LOOPS, cpus],
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == ["done"]


def test_a_large_layer_under_jit_does_not_wait_for_itself() -> None:
    """Callbacks that used JAX inside would: one thread runs both."""
    n, m = nz.dims("n m")
    G = nz.sparse("G", n, m)
    pattern = nz.Pattern((np.arange(2**20), np.arange(2**20) % 7), (2**20, 7))
    layer = nz.layers.jax(nz.Problem(nz.sumsq(G), wrt=G).bind(G=pattern, backend="numpy"))
    step = jax.jit(lambda x: x - 0.25 * jax.grad(layer)(x))
    assert np.allclose(step(step(jax.numpy.ones(2**20))), 0.25)
