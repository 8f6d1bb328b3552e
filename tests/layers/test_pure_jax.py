"""Models of the JAX backend as pure functions: under JAX's transformations what the model says."""

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest

import nzdiff as nz
from bound_problems import EVERYTHING, data_of
from problems import PROBLEMS
from test_jax import TAKEN, close

jax = pytest.importorskip("jax")
jnp = jax.numpy
QUICK = ("seed", "two_unknowns")
NAMES = [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in TAKEN]


Output = Literal["energy", "residual"]


def made(name: str, dtype: str = "float64") -> tuple[Any, Any, Any, Any]:
    """The functions of a problem, the same problem in NumPy, and two points."""
    problem, data = EVERYTHING[name], data_of(EVERYTHING[name], "scattered")
    model = problem.bind(**data, backend="jax", dtype=dtype)
    output: Output = "residual" if model.is_function else "energy"
    points = np.random.default_rng(11).standard_normal((2, model.size)).astype(dtype)
    layer = nz.layers.jax(model, output)
    return layer.functions, problem.bind(**data, backend="numpy"), *points


@pytest.mark.parametrize("name", NAMES)
def test_transformations_take_the_derived_way(name: str) -> None:
    with jax.enable_x64(True):
        f, model, g, v = made(name)
        if not model.is_function:
            energy, gradient = jax.jit(jax.value_and_grad(f.energy))(g, f.data)
            close(energy, model.energy(g), 1e-10)
            close(gradient, model.gradient(g), 1e-10)
            close(jax.jit(f.energy_and_gradient)(g, f.data)[1], model.gradient(g), 1e-10)
            many = jax.jit(jax.vmap(f.gradient, (0, None)))(jnp.stack([g, v]), f.data)
            close(many, np.stack([model.gradient(g), model.gradient(v)]), 1e-10)
            product = jax.jit(lambda g, v: jax.jvp(jax.grad(f.energy), (g,), (v,))[1])(g, v)
            close(product, model.hessian(g) @ v, 1e-10)
            close(jax.jit(f.hvp)(g, v, f.data), model.hessian(g) @ v, 1e-10)
        if model.is_sum_of_squares:
            close(jax.jit(f.gnvp)(g, v), model.gauss_newton(g) @ v, 1e-10)
        has_residual = model.is_sum_of_squares or model.is_function
        size = model.residual_size if has_residual else 0
        w = np.random.default_rng(3).standard_normal(size)
        if has_residual:
            close(jax.jit(f.jvp)(g, v), model.jvp(g, v), 1e-10)
            close(jax.jit(f.vjp)(g, w), model.vjp(g, w), 1e-10)
            found, tangent = jax.jvp(f.residual, (g,), (v,))
            close(found, model.residual(g), 1e-10)
            close(tangent, model.jvp(g, v), 1e-10)
            close(jax.vjp(f.residual, g)[1](w)[0], model.vjp(g, w), 1e-10)
        if model.is_function:
            close(f.hvp(g, v, w), model.hessian(g, w) @ v, 1e-10)
            close(f.hvp(g, v, w, f.data), model.hessian(g, w) @ v, 1e-10)


@pytest.mark.parametrize("name", ["seed", "two_unknowns_backwards", "penalties"])
def test_single_precision_needs_no_doubles(name: str) -> None:
    f, model, g, v = made(name, "float32")
    energy, gradient = jax.jit(jax.value_and_grad(f.energy))(g, f.data)
    assert energy.dtype == gradient.dtype == jnp.float32
    close(energy, model.energy(g), 1e-3)
    close(gradient, model.gradient(g), 1e-3)
    close(f.hvp(g, v), model.hessian(g) @ v, 1e-3)


def test_third_derivatives_are_those_of_plain_operations() -> None:
    with jax.enable_x64(True):
        f, model, g, v = made("seed")
        third = jax.jvp(lambda g: f.hvp(g, v), (g,), (v,))[1]
        step = 1e-5
        ahead, behind = (model.hessian(g + s * v) @ v for s in (step, -step))
        close(third, (ahead - behind) / (2 * step), 1e-8)
        close(jax.hessian(f.energy)(g), model.hessian(g).toarray(), 1e-10)
        close(jax.grad(lambda g: jax.grad(f.energy)(g) @ v)(g), model.hessian(g) @ v, 1e-10)


def test_layers_of_a_jax_model_take_unknowns_as_they_are() -> None:
    with jax.enable_x64(True):
        data = data_of(EVERYTHING["dense_unknown"], "scattered")
        model = EVERYTHING["dense_unknown"].bind(**data, backend="jax")
        layer = nz.layers.jax(model)
        (shape,) = layer.shapes.values()
        matrix = np.random.default_rng(2).standard_normal(shape)
        close(layer(matrix), model.energy(model.pack(matrix)), 1e-12)
        close(jax.grad(layer)(matrix).T.ravel(), model.gradient(model.pack(matrix)), 1e-12)


def test_what_cannot_be_is_said() -> None:
    problem, data = PROBLEMS["seed"], data_of(PROBLEMS["seed"], "scattered")
    model = problem.bind(**data, backend="jax")
    off = pytest.raises(ValueError, match="float64, which JAX has switched off")
    with jax.enable_x64(False), off:  # whatever other tests have set
        nz.layers.jax(model)
    with jax.enable_x64(True):
        f = nz.layers.jax(model).functions
        with pytest.raises(TypeError, match=r"energy: expected f\.data as it is, got dict"):
            f.energy(np.ones(model.size), {**f.data, "B": 2 * f.data["B"]})
        with pytest.raises(ValueError, match="g: expected shape"):
            f.energy(np.ones(model.size + 1))
        with pytest.raises(TypeError, match="hvp: expected no w"):
            f.hvp(np.ones(model.size), np.ones(model.size), np.ones(3))


FUNCTIONS = ("energy", "gradient", "energy_and_gradient", "residual", "jvp", "vjp", "gnvp", "hvp")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_differentiated_by_data(name: str) -> None:
    """Constants were made of the data before: derivatives would lack their share."""
    with jax.enable_x64(True):
        f, model, g, v = made("seed")
        along = {"jvp": [v], "gnvp": [v], "hvp": [v], "vjp": [np.ones(model.residual_size)]}

        def total(data: Any) -> Any:
            found = getattr(f, name)(g, *along.get(name, []), data)
            return sum(x.sum() for x in jax.tree_util.tree_leaves(found))

        def of_one(B: Any) -> Any:
            return total({**f.data, "B": B})

        B = f.data["B"]
        derivatives: tuple[Callable[[], Any], ...] = (
            lambda: jax.grad(of_one)(B),
            lambda: jax.jvp(of_one, (B,), (B,)),
            lambda: jax.jit(jax.grad(total, allow_int=True))(f.data),
            lambda: jax.grad(jax.jit(total), allow_int=True)(f.data),
        )
        for derivative in derivatives:
            with pytest.raises(NotImplementedError, match="derivatives by g alone"):
                derivative()


def test_derivatives_by_g_take_data_along() -> None:
    with jax.enable_x64(True):
        f, model, g, v = made("seed")

        def product(g: Any, data: Any) -> Any:
            return v @ f.hvp(g, v, data)

        expected = jax.grad(product)(g, f.data)
        carried = jax.jit(
            jax.grad(
                lambda g, data: jax.lax.scan(
                    lambda carry, _: (carry, product(*carry)), (g, data), None, 2
                )[1].sum()
            )
        )
        close(carried(g, f.data), 2 * expected, 1e-10)
        again = jax.grad(jax.checkpoint(lambda g, data: f.energy_and_gradient(g, data)[0]))
        close(jax.jit(again)(g, f.data), model.gradient(g), 1e-10)
        close(jax.jacrev(f.gradient)(g, f.data), model.hessian(g).toarray(), 1e-10)


def test_a_compiled_function_takes_the_data_of_other_functions() -> None:
    problem, data = EVERYTHING["seed"], data_of(EVERYTHING["seed"], "scattered")
    with jax.enable_x64(True):
        model = problem.bind(**data, backend="jax")
        f, g = nz.layers.jax(model).functions, np.ones(model.size)
        energy = jax.jit(f.energy)
        before = energy(g, f.data)
        model.update(X=2 * data["X"])
        close(energy(g, nz.layers.jax(model).functions.data), model.energy(g), 1e-12)
        assert energy(g, f.data) == before
        assert energy._cache_size() == 1


def test_arrays_of_another_precision_are_refused() -> None:
    problem, data = PROBLEMS["seed"], data_of(PROBLEMS["seed"], "scattered")
    with jax.enable_x64(True):
        model = problem.bind(**data, backend="jax")
        f, g = nz.layers.jax(model).functions, jnp.ones(model.size)
        with pytest.raises(TypeError, match=r"g: .* got float32; .*, or bind with dtype=float32"):
            f.energy(g.astype("float32"))
        for other in ("int64", "complex128"):
            with pytest.raises(
                TypeError, match=rf"v: .* got {other}; pass v\.astype\('float64'\)(\n|$)"
            ):
                jax.jit(f.hvp)(g, g.astype(other), f.data)
    for one in (np.ones(model.size), g):
        with jax.enable_x64(False), pytest.raises(TypeError, match="jax_enable_x64"):
            f.energy(one)


def test_layers_are_pickled_by_their_models() -> None:
    problem, data = EVERYTHING["seed"], data_of(EVERYTHING["seed"], "scattered")
    with jax.enable_x64(True):
        model = problem.bind(**data, backend="jax")
        layer, g = nz.layers.jax(model), np.ones(model.size)
        for other in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
            assert other(g) == layer(g) and other.model is not model
        model.update(X=2 * data["X"])
        with pytest.raises(RuntimeError, match=r"pickle: model\.update has replaced"):
            pickle.dumps(layer)


SHARDED = """
import jax, numpy as np
from jax import shard_map
from jax.sharding import Mesh, PartitionSpec as P
import nzdiff as nz
jax.config.update("jax_enable_x64", True)
problem = nz.parse("norm2(A*G - C)^2", wrt="G", sparse="G")
rng = np.random.default_rng(0)
given = dict(A=rng.standard_normal((6, 5)), C=rng.standard_normal((6, 4)))
pattern = nz.Pattern(np.nonzero(rng.random((5, 4)) < 0.6), (5, 4))
model = problem.bind(**given, G=pattern, backend="jax")
f = nz.layers.jax(model).functions
mesh = Mesh(np.array(jax.devices()), ("i",))
points = rng.standard_normal((4, model.size))
expected = np.stack([model.gradient(g) for g in points])
for function, checked in ((f.gradient, True), (jax.grad(f.energy), False)):
    options = {} if checked else {"check_vma": False}  # JAX's check refuses cond under vmap
    rows = jax.jit(shard_map(
        lambda g, data: jax.vmap(function, (0, None))(g, data),
        mesh=mesh, in_specs=(P("i"), P()), out_specs=P("i"), **options))(points, f.data)
    assert len(rows.sharding.device_set) == len(jax.devices()), rows.sharding
    assert np.allclose(rows, expected, rtol=1e-12)
print(len(jax.devices()))
"""


@pytest.mark.parametrize("devices", [1, 2])
def test_points_are_shared_among_devices(devices: int) -> None:
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"}
    done = subprocess.run(
        [sys.executable, "-c", SHARDED],
        env={**os.environ, **flags, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(devices)]


def test_a_layer_of_replaced_data_says_so() -> None:
    problem, data = EVERYTHING["seed"], data_of(EVERYTHING["seed"], "scattered")
    with jax.enable_x64(True):
        model = problem.bind(**data, backend="jax")
        layer, g = nz.layers.jax(model), np.ones(model.size)
        model.update(X=2 * data["X"])
        for stale in (layer, layer.functions.energy, layer.functions.energy_and_gradient):
            with pytest.raises(RuntimeError, match="model\\.update has replaced"):
                stale(g)
        close(nz.layers.jax(model)(g), model.energy(g), 1e-12)


def test_an_energy_that_is_no_sum_of_squares_has_no_residual() -> None:
    n, m = nz.dims("n m")
    A, S = nz.dense("A", n, m), nz.sparse("S", n, m)
    problem = nz.Problem(nz.sumsq(A - S) + nz.total(nz.softplus(S)), wrt=S)
    data: dict[str, Any] = {"A": np.ones((3, 2)), "S": nz.Pattern.full((3, 2))}
    model = problem.bind(**data, backend="jax", dtype="float32")
    f, g = nz.layers.jax(model).functions, np.ones(6, np.float32)
    for function, more in ((f.residual, ()), (f.jvp, (g,)), (f.vjp, (g,)), (f.gnvp, (g,))):
        with pytest.raises(TypeError, match="is no sum of squares"):
            function(g, *more)
    assert f.hvp(g, g).shape == (6,)
