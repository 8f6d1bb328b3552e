"""A model of the JAX backend as pure functions: for anyone's jit, grad, vmap and shard_map."""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from nzdiff.pattern import Pattern
from nzdiff.runtime.jax_arrays import Data, check_precision, constant
from nzdiff.runtime.kernel.backends.jax import JaxBackend
from nzdiff.runtime.model import Model

Array: TypeAlias = Any
OF_RESIDUALS = ("residual", "jvp", "vjp", "gnvp")
"""What an energy that is no sum of squares has none of."""


class Functions:
    """The energy of a model and its derivatives: f.energy(g), f.gradient(g), f.jvp(g, v), ….

    data: the arrays, index tables and constants of the model as they were when this was made, a
    pytree.  Every function takes it as its last argument, f.data by default: passed on to a `jit`
    of the caller it is an argument of the compiled function, and no constant in it.  It is taken
    as a whole, since constants in it are made of arrays in it: for other data update the model and
    pass the `data` of functions made then, which a compiled function takes as it is.

    Every function raises TypeError for g, v or w of another precision than that of the model and
    for data in which entries were replaced, ValueError for another shape; without data RuntimeError
    after `model.update`.

    What JAX differentiates goes the derived way: `grad` of `energy` is `gradient`, the tangent of
    `gradient` is `hvp`, that of `residual` is `jvp`.  Derivatives by `data` raise
    NotImplementedError.  gnvp is the product with the Gauss-Newton matrix 2 JᵀJ; hvp that with the
    Hessian, of a matrix function with that of ⟨w, vec(F)⟩: hvp(g, v, w).
    """

    def __init__(self, model: Model) -> None:
        bound = model.kernel
        if not isinstance(bound.backend, JaxBackend):
            raise TypeError(
                f'layers: expected a model of the JAX backend, got one of "{model.backend}"; bind '
                'it with backend="jax"'
            )
        dtype = bound.memory.dtype
        if jnp.result_type(float) != np.float64 and dtype == np.float64:
            raise ValueError(
                "layers: the model computes in float64, which JAX has switched off; call "
                'jax.config.update("jax_enable_x64", True) first, or bind with dtype="float32"'
            )
        self._backend, self._spec, self._patterns = bound.backend, bound.spec, model.patterns
        self._dtype, self._is_function = dtype, model.is_function
        self._shapes = [bound.parts[name].matrix.shape for name in bound.spec.output("residual")]
        self._model, self._updates = model, model.updates
        self._valid = bound.backend.constants
        given = {**bound.backend.constant_values(), "patterns": _patterns(model.patterns)}
        given["weights"] = np.asarray(model.weights, dtype)
        self.data = Data(jax.tree_util.tree_map(lambda x: jnp.asarray(np.asarray(x)), given))
        self._energy = _differentiated(self._energy_of, self._energy_push)
        self._gradient = _differentiated(self._gradient_of, self._gradient_push)
        self._residual = _differentiated(self._residual_of, self._residual_push)

    def __reduce__(self) -> tuple[Any, ...]:
        """By the model: what is made again has its data; RuntimeError where that is another now."""
        self._check_updates("pickle")
        return type(self), (self._model,)

    def energy(self, g: Array, data: Data | None = None) -> Array:
        """E(g), of shape ()."""
        return self._energy(g, self._given("energy", data))

    def gradient(self, g: Array, data: Data | None = None) -> Array:
        """∂E/∂g, shape (size,)."""
        return self._gradient(g, self._given("gradient", data))

    def energy_and_gradient(self, g: Array, data: Data | None = None) -> tuple[Array, Array]:
        """E(g) and ∂E/∂g, which share their work."""
        return self._both(g, self._given("energy_and_gradient", data))

    def residual(self, g: Array, data: Data | None = None) -> Array:
        """r(g), or vec(F) of a matrix function; shape (residual_size,)."""
        return self._residual(g, self._given("residual", data))

    def jvp(self, g: Array, v: Array, data: Data | None = None) -> Array:
        """J(g) v, shape (residual_size,)."""
        return self._jvp_of(g, v, self._given("jvp", data))

    def vjp(self, g: Array, w: Array, data: Data | None = None) -> Array:
        """J(g)ᵀ w, shape (size,)."""
        given = self._given("vjp", data)
        return self._reduced(self._run("vjp", g, given, w=w), "vjp", given)

    def gnvp(self, g: Array, v: Array, data: Data | None = None) -> Array:
        """2 J(g)ᵀ J(g) v, shape (size,)."""
        given = self._given("gnvp", data)
        return self._reduced(self._run("gnvp", g, given, v=v), "gnvp", given)

    def hvp(self, g: Array, v: Array, w: Array = None, data: Data | None = None) -> Array:
        """H(g) v, shape (size,).

        w: that of a matrix function, hvp(g, v, w, data); without it the data comes third.
        """
        given: Any = data
        if isinstance(w, Mapping) and data is None:
            w, given = None, w
        if (w is None) == self._is_function:
            expected = "w of shape (residual_size,)" if self._is_function else "no w"
            raise TypeError(f"hvp: expected {expected} for {self._spec.formula}")
        return self._hvp_of(g, v, w, self._given("hvp", given))

    def _given(self, name: str, data: Data | None) -> Data:
        """The data to compute with, by which nothing is differentiated."""
        if name in OF_RESIDUALS and not (self._is_function or self._model.is_sum_of_squares):
            raise TypeError(
                f"{name}: the energy {self._spec.formula} is no sum of squares, so that it has no "
                "residual; energy, gradient and hvp are there"
            )
        if data is None:
            self._check_updates(name)
            return self.data
        given: Data = constant(data)
        if not isinstance(given, Data):
            raise TypeError(
                f"{name}: expected f.data as it is, got {type(given).__name__}: constants in it "
                "are made of the data, so that no entry can be replaced alone; update or bind a "
                "model with the other data, make its functions and pass their data"
            )
        return given

    def _check_updates(self, name: str) -> None:
        if self._model.updates != self._updates:
            raise RuntimeError(
                f"{name}: model.update has replaced the data with which the functions were made; "
                "make the layer again, nz.layers.jax(model), or give each part of the data a "
                "model of its own"
            )

    def _jvp_of(self, g: Array, v: Array, data: Data) -> Array:
        return self._joined(self._run("jvp", g, data, v=v), "jvp", data)

    def _hvp_of(self, g: Array, v: Array, w: Array, data: Data) -> Array:
        return self._reduced(self._run("hvp", g, data, v=v, w=w), "hvp", data)

    def _energy_of(self, g: Array, data: Data) -> Array:
        return self._number(self._run("energy", g, data))

    def _energy_push(self, g: Array, dg: Array, data: Data) -> tuple[Array, Array]:
        energy, gradient = self._both(g, data)
        return energy, jnp.vdot(gradient, dg)

    def _gradient_of(self, g: Array, data: Data) -> Array:
        return self._reduced(self._run("gradient", g, data), "gradient", data)

    def _gradient_push(self, g: Array, dg: Array, data: Data) -> tuple[Array, Array]:
        w = self._run("gradient", g, data)
        return self._reduced(w, "gradient", data), self._hvp_of(g, dg, None, data)

    def _residual_of(self, g: Array, data: Data) -> Array:
        return self._joined(self._run("residual", g, data), "residual", data)

    def _residual_push(self, g: Array, dg: Array, data: Data) -> tuple[Array, Array]:
        w = self._run("residual", g, data)
        return self._joined(w, "residual", data), self._jvp_of(g, dg, data)

    def _both(self, g: Array, data: Data) -> tuple[Array, Array]:
        w = self._run("energy", g, data)
        self._backend.function("gradient")(w)
        return self._number(w), self._reduced(w, "gradient", data)

    def _run(self, output: str, g: Array, data: Data, v: Array = None, w: Array = None) -> Any:
        """The values of the kernel after a function of it."""
        spec = self._spec
        results: Mapping[str, Any] = dict(spec.outputs)
        if output not in results:
            raise TypeError(f"{output}: {spec.formula} has none")
        found = {k: x for k, x in data.items() if k not in ("patterns", "weights")}
        names = self._unknown_arrays()
        found |= self._expanded("g", g, names, data, affine=True)
        if v is not None:
            found |= self._expanded("v", v, spec.tangents, data, affine=False)
        if w is not None:
            found |= self._cotangents(w, data)
        values = self._backend.values(found, self._valid)
        self._backend.function(output)(values)
        return values

    def _unknown_arrays(self) -> list[str]:
        pairs = zip(self._spec.arguments, self._spec.arrays, strict=False)
        arrays = {argument.name: array.name for argument, array in pairs}
        return [arrays[name] for name in self._spec.unknowns]

    def _expanded(self, what: str, g: Array, names: Any, data: Data, *, affine: bool) -> Any:
        """The stored values of each unknown, or of its tangent."""
        sizes = [pattern.size for pattern in self._patterns]
        parts = self._split(what, g, sizes)
        maps = zip(names, parts, data["patterns"], self._patterns, strict=True)
        return {name: _expand(part, m, p.nnz, affine=affine) for name, part, m, p in maps}

    def _cotangents(self, w: Array, data: Data) -> dict[str, Array]:
        parts = self._split("w", w, [rows * cols for rows, cols in self._shapes])
        found = zip(self._spec.cotangents, parts, self._shapes, data["weights"], strict=True)
        return {name: c * part.reshape(shape[::-1]).T.ravel() for name, part, shape, c in found}

    def _split(self, what: str, x: Array, sizes: list[int]) -> list[Array]:
        vector = jnp.asarray(x)
        check_precision(what, vector.dtype, self._dtype)
        if vector.shape != (sum(sizes),):
            raise ValueError(f"{what}: expected shape ({sum(sizes)},), got {vector.shape}")
        parts: list[Array] = jnp.split(vector, np.cumsum(sizes)[:-1])
        return parts

    def _number(self, w: Any) -> Array:
        (name,) = self._spec.output("energy")
        return getattr(w, name)[0].astype(self._dtype)

    def _joined(self, w: Any, output: Any, data: Data) -> Array:
        found = zip(self._spec.output(output), self._shapes, data["weights"], strict=True)
        return jnp.concatenate(
            [c * getattr(w, name).reshape(shape).T.ravel() for name, shape, c in found]
        )

    def _reduced(self, w: Any, output: Any, data: Data) -> Array:
        found = zip(self._spec.output(output), data["patterns"], self._patterns, strict=True)
        return jnp.concatenate([_reduce(getattr(w, n), m, p.size) for n, m, p in found])


def _differentiated(
    value: Callable[[Array, Data], Array],
    push: Callable[[Array, Array, Data], tuple[Array, Array]],
) -> Callable[[Array, Data], Array]:
    """A function of (g, data) whose tangent along g is given; `push` returns its value too."""
    function = jax.custom_jvp(value)
    zero = jax.custom_derivatives.SymbolicZero

    def rule(primals: Any, tangents: Any) -> tuple[Array, Array]:
        (g, data), (dg, _) = primals, tangents  # the data is `constant`
        return push(g, jnp.zeros_like(g) if isinstance(dg, zero) else dg, data)

    function.defjvp(rule, symbolic_zeros=True)
    return function  # type: ignore[no-any-return]


def _patterns(patterns: tuple[Pattern, ...]) -> list[dict[str, Any]]:
    """Of each unknown, where g goes among its stored values."""
    found: list[dict[str, Any]] = []
    for pattern in patterns:
        if pattern.matrix is None:
            slots = pattern.slots.astype(np.int32)
            places = np.empty_like(slots)
            places[slots] = np.arange(slots.size, dtype=np.int32)
            found.append({"slots": slots, "places": places})
        else:
            matrix = pattern.matrix.tocoo()
            table: dict[str, Any] = {"row": matrix.row, "col": matrix.col, "number": matrix.data}
            table["offset"] = np.zeros(pattern.nnz) if pattern.offset is None else pattern.offset
            found.append(table)
    return found


def _expand(part: Array, table: dict[str, Any], count: int, *, affine: bool) -> Array:
    """Stored values from parameters."""
    if "places" in table:
        return part[table["places"]]
    numbers = table["number"].astype(part.dtype) * part[table["col"]]
    stored = jax.ops.segment_sum(numbers, table["row"], count)
    return stored + table["offset"].astype(part.dtype) if affine else stored


def _reduce(stored: Array, table: dict[str, Any], size: int) -> Array:
    """The adjoint of the linear part of `_expand`."""
    if "slots" in table:
        return stored[table["slots"]]
    numbers = table["number"].astype(stored.dtype) * stored[table["row"]]
    return jax.ops.segment_sum(numbers, table["col"], size)
