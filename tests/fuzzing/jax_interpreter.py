"""Run on NumPy what JAX has traced and differentiated, without compiling it.

Compiling each operation for each shape takes a hundred times as long as all the rest.  What has no
rule here is run by JAX itself.
"""

# pyright: reportMissingImports=false
# JAX is of the extra `fuzz`.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core
from scipy import special

Array = Any


def interpreted(function: Callable[..., Any], *args: Any) -> Any:
    """function(*args), by way of its jaxpr."""
    closed, shape = jax.make_jaxpr(function, return_shape=True)(*args)
    with np.errstate(all="ignore"):
        results = _run(closed.jaxpr, closed.consts, jax.tree.leaves(args))
    return jax.tree.unflatten(jax.tree.structure(shape), results)


def _run(jaxpr: Any, consts: Any, args: Any) -> list[Array]:
    known: dict[Any, Array] = {}
    known.update(zip(jaxpr.constvars, map(np.asarray, consts), strict=True))
    known.update(zip(jaxpr.invars, map(np.asarray, args), strict=True))

    def read(atom: Any) -> Array:
        return np.asarray(atom.val) if isinstance(atom, core.Literal) else known[atom]

    for equation in jaxpr.eqns:
        found = _equation(equation, [read(atom) for atom in equation.invars])
        several = equation.primitive.multiple_results
        known.update(zip(equation.outvars, found if several else [found], strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _equation(equation: Any, args: list[Array]) -> Any:
    name, params = equation.primitive.name, equation.params
    if name in PLAIN:
        return PLAIN[name](*args)
    if name in RULES:
        return RULES[name](*args, **params)
    if name == "custom_linear_solve":
        lengths = params["const_lengths"]
        start, size = lengths.matvec + lengths.vecmat, lengths.solve
        inputs = args[start : start + size] + args[sum(lengths) :]
        return _closed(params["jaxprs"].solve, inputs)
    if name == "cond":
        return _closed(params["branches"][int(args[0])], args[1:])
    inner = params.get("jaxpr", params.get("call_jaxpr"))
    if inner is not None:
        return _closed(inner, args)
    found = equation.primitive.bind(*map(jnp.asarray, args), **params)
    return jax.tree.map(np.asarray, found)


def _closed(jaxpr: Any, args: list[Array]) -> list[Array]:
    return _run(jaxpr.jaxpr, jaxpr.consts, args)


def _dot(a: Array, b: Array, *, dimension_numbers: Any, **_: Any) -> Array:
    (left, right), batch = dimension_numbers
    if any(batch):
        raise NotImplementedError("batched products")
    return np.tensordot(a, b, (left, right))


def _broadcast(x: Array, *, shape: Any, broadcast_dimensions: Any, **_: Any) -> Array:
    sizes = [1] * len(shape)
    for place, size in zip(broadcast_dimensions, x.shape, strict=True):
        sizes[place] = size
    return np.broadcast_to(x.reshape(sizes), shape)


def _pad(x: Array, value: Array, *, padding_config: Any) -> Array:
    """Zeros before, after and between; negative where entries are cut off."""
    for axis, (low, high, between) in enumerate(padding_config):
        size = x.shape[axis] + between * max(x.shape[axis] - 1, 0)
        wide = np.full((*x.shape[:axis], size, *x.shape[axis + 1 :]), value)
        wide[(slice(None),) * axis + (slice(None, None, between + 1),)] = x
        edges = [(0, 0)] * x.ndim
        edges[axis] = max(low, 0), max(high, 0)
        wide = np.pad(wide, edges, constant_values=value)
        cut = slice(max(-low, 0), wide.shape[axis] - max(-high, 0))
        x = wide[(slice(None),) * axis + (cut,)]
    return x


def _slice(x: Array, *, start_indices: Any, limit_indices: Any, strides: Any) -> Array:
    steps = strides or (1,) * x.ndim
    return x[tuple(map(slice, start_indices, limit_indices, steps))]


def _iota(*, dtype: Any, shape: Any, dimension: int, **_: Any) -> Array:
    sizes = [1] * len(shape)
    sizes[dimension] = shape[dimension]
    return np.broadcast_to(np.arange(shape[dimension], dtype=dtype).reshape(sizes), shape)


def _same(x: Array) -> Array:
    return x


PLAIN: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("exp", "sin", "cos", "tan", "log", "log1p", "sqrt")},
    **{name: getattr(np, name) for name in ("sinh", "cosh", "tanh", "sign", "abs", "square")},
    "asinh": np.arcsinh,
    "atanh": np.arctanh,
    "logistic": special.expit,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "neg": np.negative,
    "add": np.add,
    "add_any": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "pow": np.power,
    "eq": np.equal,
    "ne": np.not_equal,
    "ge": np.greater_equal,
    "gt": np.greater,
    "lt": np.less,
    "le": np.less_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "stop_gradient": _same,
    "copy": _same,
    "copy_p": _same,
    "select_n": lambda which, *cases: np.choose(np.asarray(which, dtype=int), cases),
}
RULES: dict[str, Callable[..., Any]] = {
    "integer_pow": lambda x, y, **_: x ** float(y),
    "transpose": lambda x, permutation: x.transpose(permutation),
    "reshape": lambda x, new_sizes, **_: x.reshape(new_sizes),
    "squeeze": lambda x, dimensions: x.squeeze(dimensions),
    "reduce_sum": lambda x, axes, **_: x.sum(axes),
    "reduce_or": lambda x, axes, **_: x.any(axes),
    "convert_element_type": lambda x, new_dtype, **_: x.astype(new_dtype),
    "concatenate": lambda *parts, dimension: np.concatenate(parts, dimension),
    "split": lambda x, sizes, axis: np.split(x, np.cumsum(sizes)[:-1], axis),
    "broadcast_in_dim": _broadcast,
    "dot_general": _dot,
    "pad": _pad,
    "slice": _slice,
    "iota": _iota,
}
