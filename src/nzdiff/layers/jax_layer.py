"""A model in JAX: a function for jit, grad and vmap, computed and differentiated by its kernels.

The functions of a model are one primitive, evaluated by NumPy, by a callback where it is compiled.
Its tangents are such functions again, by the rules of rules.py; those that are linear in an
argument say how they are transposed, and of that JAX makes reverse mode.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

from nzdiff.layers.evaluation import check_exists, check_model, evaluate, shapes_of
from nzdiff.layers.rules import PULL, PUSH
from nzdiff.runtime.jax_arrays import check_precision
from nzdiff.runtime.model import Model

ANY_TIME = -1
"""Instead of `model.updates`: of whatever data the model has."""


class JaxLayer:
    """The energy E (a number) or the residual r, shape (residual_size,), of arrays.

    layer(g) with g of shape (size,), or layer(G, H) with an array per unknown, of the shape that
    `shapes` says: a dense matrix as it is, of others their part of g.

    Arrays are of the precision of the model; the kernels run on the CPU.  Derivatives: E and r
    twice, of r as that of ⟨w, r⟩; reverse and forward, under jit and vmap, whose instances are
    computed one after the other.  A compiled function takes the data that the model has when it
    runs; what was differentiated before `model.update` and is asked for after it raises
    RuntimeError.
    """

    def __init__(self, model: Model, output: str) -> None:
        check_model("layers.jax", model, output)
        self.model, self.output, self.shapes = model, output, shapes_of(model)
        self.dtype = model.dtype

    def __repr__(self) -> str:
        return f"JaxLayer({self.output} of {self.model.spec.name}: {self.model.spec.formula})"

    def __call__(self, *arrays: Any) -> jax.Array:
        """E or r; TypeError, ValueError for arrays of another number, precision or shape."""
        g = self.vector(*arrays)
        return _KERNEL.bind(np.int32(ANY_TIME), g, name=self.output, layer=self)[0]

    def vector(self, *arrays: Any) -> jax.Array:
        """g of the arrays of the unknowns."""
        given = [jnp.asarray(array) for array in arrays]
        if len(given) == 1 and given[0].shape == (self.model.size,):
            self._check("g", given[0], (self.model.size,))
            return given[0]
        if len(given) != len(self.shapes):
            names = ", ".join(self.shapes)
            raise TypeError(
                f"layer: expected g of shape ({self.model.size},) or an array for each of {names}, "
                f"got {len(given)} arrays"
            )
        for (name, shape), array in zip(self.shapes.items(), given, strict=True):
            self._check(name, array, shape)
        parts = [x if x.ndim == 1 else x.T.reshape(-1) for x in given]
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts)

    def _check(self, name: str, array: jax.Array, shape: tuple[int, ...]) -> None:
        check_precision(name, array.dtype, self.dtype)
        if array.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")

    def results(self, name: str) -> list[jax.core.ShapedArray]:
        """What a function of the model returns: its value, and `model.updates`."""
        long = (
            self.model.residual_size if name in ("residual", "jvp", "second") else self.model.size
        )
        shape = () if name == "energy" else (long,)
        return [jax.core.ShapedArray(shape, self.dtype), jax.core.ShapedArray((), np.int32)]

    def evaluate(self, name: str, updates: Any, *arrays: Any) -> list[Any]:
        """The same, in NumPy; RuntimeError where `updates` is another one by now."""
        given = int(updates)
        now = self.model.updates if given == ANY_TIME else given
        (found,) = evaluate(self.model, now, name, *map(np.asarray, arrays))
        return [found, np.asarray(now, np.int32)]


_KERNEL = Primitive("nzdiff")
"""A function of a model by its name: of `model.updates` and arrays, linear in all but the first."""
_KERNEL.multiple_results = True


def _abstract(*_: Any, name: str, layer: JaxLayer) -> list[Any]:
    return layer.results(name)


def _at_once(updates: Any, *arrays: Any, name: str, layer: JaxLayer) -> list[jax.Array]:
    return [jnp.asarray(found) for found in layer.evaluate(name, updates, *arrays)]


def _compiled(updates: Any, *arrays: Any, name: str, layer: JaxLayer) -> Any:
    check_exists(name)
    results = [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in layer.results(name)]
    return jax.pure_callback(partial(layer.evaluate, name), results, updates, *arrays)


def _emitted(ctx: Any, *operands: Any, name: str, layer: JaxLayer) -> Any:
    """The callback on the CPU, given NumPy arrays: one that waits for arrays of JAX waits for ever.

    `pure_callback` copies its arguments to arrays of JAX by the threads of which one runs it.  It
    is left to programs for several devices, where a callback needs a sharding.
    """
    check_exists(name)
    emit = getattr(mlir, "emit_python_callback", None)
    if emit is None or _device_count(ctx.module_context.axis_context) != 1:
        return _BY_JAX(ctx, *operands, name=name, layer=layer)

    def run(*arrays: Any) -> tuple[Any, ...]:
        return tuple(layer.evaluate(name, *arrays))

    given = (ctx, run, None, [*operands], ctx.avals_in, ctx.avals_out)
    return emit(*given, has_side_effect=False)[0]


def _device_count(axes: Any) -> int:
    """Of a program that is lowered; 0 where it does not say."""
    mesh = getattr(axes, "mesh", None)
    return int(getattr(axes, "num_devices", 0) if mesh is None else mesh.size)


def _call(updates: Any, layer: JaxLayer) -> Callable[..., Any]:
    """What rules call: functions of the model, of the data that it had then."""
    return lambda name, *arrays: _KERNEL.bind(updates, *arrays, name=name, layer=layer)[0]


def _push(primals: Any, tangents: Any, *, name: str, layer: JaxLayer) -> Any:
    found = _KERNEL.bind(*primals, name=name, layer=layer)
    call = _call(found[1], layer)
    parts = [
        rule(call, tangent, *primals[1:])
        for rule, tangent in zip(PUSH[name], tangents[1:], strict=True)
        if not isinstance(tangent, ad.Zero)
    ]
    nothing = [ad.Zero(each.to_tangent_aval()) for each in layer.results(name)]
    return found, [sum(parts[1:], start=parts[0]) if parts else nothing[0], nothing[1]]


def _pull(cotangents: Any, updates: Any, *arrays: Any, name: str, layer: JaxLayer) -> Any:
    cotangent = cotangents[0]
    if isinstance(cotangent, ad.Zero):
        return [None, *(None for _ in arrays)]
    call = _call(updates, layer)
    return None, *(
        rule(call, cotangent, *arrays) if ad.is_undefined_primal(array) else None
        for rule, array in zip(PULL[name], arrays, strict=True)
    )


def _one_by_one(arrays: Any, places: Any, *, name: str, layer: JaxLayer) -> Any:
    is_many = [place is not None for place in places]
    rows = [
        jnp.moveaxis(x, place, 0)
        for x, place in zip(arrays, places, strict=True)
        if place is not None
    ]

    def instance(row: Any) -> Any:
        own = iter(row)
        chosen = [next(own) if many else x for many, x in zip(is_many, arrays, strict=True)]
        return _KERNEL.bind(*chosen, name=name, layer=layer)

    return jax.lax.map(instance, rows), (0, 0)


_KERNEL.def_abstract_eval(_abstract)
_KERNEL.def_impl(_at_once)
ad.primitive_jvps[_KERNEL] = _push
ad.primitive_transposes[_KERNEL] = _pull
batching.primitive_batchers[_KERNEL] = _one_by_one
_BY_JAX = mlir.lower_fun(_compiled, multiple_results=True)
mlir.register_lowering(_KERNEL, _BY_JAX)
mlir.register_lowering(_KERNEL, _emitted, platform="cpu")
