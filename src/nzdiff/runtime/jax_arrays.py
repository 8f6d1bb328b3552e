"""Arrays of JAX that functions of a model are given: of its precision, and of one model's data."""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import numpy as np

PRECISIONS = ("float32", "float64")


class Data(Mapping[str, Any]):
    """What functions compute with, beside g, by name: a pytree, which nobody writes into.

    Some entries are made of others when a model is bound, so that none can be replaced alone.
    """

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Any:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _parts(data: Data) -> tuple[list[tuple[Any, Any]], tuple[str, ...]]:
    names = sorted(data)
    return [(jax.tree_util.DictKey(name), data[name]) for name in names], tuple(names)


def _whole(names: tuple[str, ...], parts: Any) -> Data:
    return Data(dict(zip(names, parts, strict=True)))


jax.tree_util.register_pytree_with_keys(Data, _parts, _whole)


def check_precision(name: str, dtype: Any, expected: Any) -> None:
    """TypeError for an array of another precision than that of the model."""
    is_off = expected == np.float64 and not jax.config.jax_enable_x64
    if dtype == expected and not is_off:
        return
    if is_off:
        advice = (
            'call jax.config.update("jax_enable_x64", True) first, or bind with dtype="float32"'
        )
    else:
        bound = f", or bind with dtype={dtype}" if str(dtype) in PRECISIONS else ""
        advice = f"pass {name}.astype({str(expected)!r}){bound}"
    got = "one while JAX has switched it off" if dtype == expected else str(dtype)
    raise TypeError(
        f"{name}: expected {expected}, in which the model computes, got {got}; {advice}"
    )


def _same(data: Any) -> Any:
    return data


def _no_tangents(primals: Any, tangents: Any) -> Any:
    zero = jax.custom_derivatives.SymbolicZero
    leaves = jax.tree_util.tree_leaves(tangents, is_leaf=lambda x: isinstance(x, zero))
    if not all(isinstance(leaf, zero) for leaf in leaves):
        raise NotImplementedError(
            "layers: differentiated by its data; these functions have derivatives by g alone"
        )
    return primals[0], tangents[0]


constant: Any = jax.custom_jvp(_same)
"""The same data; NotImplementedError where it is differentiated by it."""
constant.defjvp(_no_tangents, symbolic_zeros=True)
