"""The words of the language on numbers, by JAX: what an expression means, whatever nzdiff derives.

`value(expression, data)` reads the text of a random expression with these functions in place of
nzdiff's; nothing here knows `derive/`.  A matrix is a `Value`, because `*` is the matrix product.
"""

# pyright: reportMissingImports=false
# JAX is of the extra `fuzz`.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

Array = Any


@dataclass(frozen=True)
class Value:
    """A matrix, or a number where it has no axes.  stored: of a sparse one, where it is stored."""

    array: Array
    stored: Any = None

    def __add__(self, other: Any) -> Value:
        return Value(self.array + _raw(other), _both(self, other, np.logical_or))

    def __sub__(self, other: Any) -> Value:
        return self + -1 * _lift(other)

    def __mul__(self, other: Any) -> Value:
        right = _lift(other)
        if self.array.ndim and right.array.ndim:
            return Value(self.array @ right.array, _both(self, right, _reached))
        return Value(self.array * right.array, self.stored if self.array.ndim else right.stored)

    def __truediv__(self, other: Any) -> Value:
        return Value(self.array / _raw(other), self.stored)

    def __pow__(self, exponent: Any) -> Value:
        if self.array.ndim:
            return Value(jnp.linalg.matrix_power(self.array, exponent))
        return Value(self.array ** _raw(exponent))

    def __neg__(self) -> Value:
        return -1 * self

    def __radd__(self, other: Any) -> Value:
        return _lift(other) + self

    def __rsub__(self, other: Any) -> Value:
        return _lift(other) - self

    def __rmul__(self, other: Any) -> Value:
        return _lift(other) * self

    def __rtruediv__(self, other: Any) -> Value:
        return _lift(other) / self

    @property
    def T(self) -> Value:
        """Rows as columns."""
        return Value(self.array.T, None if self.stored is None else self.stored.T)


def _lift(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(jnp.asarray(float(x)))


def _raw(x: Any) -> Any:
    return x.array if isinstance(x, Value) else x


def _both(left: Value, right: Any, combine: Callable[[Any, Any], Any]) -> Any:
    pair = left.stored, getattr(right, "stored", None)
    return None if pair[0] is None or pair[1] is None else combine(*pair)


def _reached(left: Any, right: Any) -> Any:
    return left.astype(int) @ right.astype(int) > 0


def _on_entries(function: Callable[..., Array]) -> Callable[..., Any]:
    """A function of arrays as one of values, or of arrays where it stands in a lambda."""

    def lifted(*args: Any) -> Any:
        found = function(*(_raw(arg) for arg in args))
        return (
            found if any(isinstance(arg, (jax.Array, np.ndarray)) for arg in args) else Value(found)
        )

    return lifted


def _norm(A: Value, p: float = 2) -> Value:
    if p == 2:
        return Value(jnp.sqrt(jnp.sum(A.array**2)))
    return Value(jnp.sum(jnp.abs(A.array) ** p) ** (1 / p))


def _logdet(A: Array) -> Array:
    return jnp.linalg.slogdet(A)[1]


def _unit(i: int, j: int, rows: int, cols: int) -> Value:
    return Value(jnp.zeros((rows, cols)).at[i, j].set(1.0))


def _commutation(rows: int, cols: int) -> Value:
    """Row by row: entry (i, j) of A is at i + rows · j of vec(A), at j + cols · i of vec(Aᵀ)."""
    matrix = np.zeros((rows * cols, rows * cols))
    for i in range(rows):
        for j in range(cols):
            matrix[j + cols * i, i + rows * j] = 1
    return Value(jnp.asarray(matrix))


def _hadamard(*factors: Value) -> Value:
    product = factors[0].array
    for factor in factors[1:]:
        product = product * factor.array
    return Value(product)


def _entrywise(function: Callable[[Any], Any], A: Value) -> Value:
    return Value(function(A.array) * jnp.ones(A.array.shape))


def _map_nonzeros(function: Callable[[Any], Any], A: Value) -> Value:
    inside = jnp.where(A.stored, A.array, 1.0)
    return Value(jnp.where(A.stored, function(inside), 0.0), A.stored)


def _mask(A: Value, S: Value) -> Value:
    return Value(jnp.where(S.stored, A.array, 0.0))


WORDS: dict[str, Any] = {
    **{name: _on_entries(getattr(jnp, name)) for name in ("exp", "log", "sqrt", "sin", "cos")},
    **{name: _on_entries(getattr(jnp, name)) for name in ("tan", "sinh", "cosh", "tanh", "sign")},
    "asinh": _on_entries(jnp.arcsinh),
    "atanh": _on_entries(jnp.arctanh),
    "absolute": _on_entries(jnp.abs),
    "sigmoid": _on_entries(lambda x: jax.nn.sigmoid(jnp.asarray(x, dtype=float))),
    "softplus": _on_entries(jax.nn.softplus),
    "power": _on_entries(lambda x, exponent: jnp.asarray(x) ** exponent),
    "entrywise": _entrywise,
    "map_nonzeros": _map_nonzeros,
    "mask": _mask,
    "hadamard": _hadamard,
    "quotient": lambda A, B: Value(A.array / B.array),
    "sumsq": lambda A: Value(jnp.sum(A.array**2)),
    "norm": _norm,
    "total": _on_entries(jnp.sum),
    "trace": _on_entries(jnp.trace),
    "as_scalar": lambda A: Value(A.array[0, 0]),
    "entry": lambda A, i, j: Value(A.array[i, j]),
    "inner": lambda A, B: Value(jnp.sum(A.array * B.array)),
    "det": _on_entries(jnp.linalg.det),
    "logdet": _on_entries(_logdet),
    "inv": _on_entries(jnp.linalg.inv),
    "kron": _on_entries(jnp.kron),
    "vec": _on_entries(lambda A: A.T.reshape(-1, 1)),
    "unvec": lambda x, rows, cols: Value(x.array.reshape(cols, rows).T),
    "commutation": _commutation,
    "identity": lambda n: Value(jnp.eye(n), np.eye(n, dtype=bool)),
    "ones": lambda rows, cols=1: Value(jnp.ones((rows, cols))),
    "zeros": lambda rows, cols=1: Value(jnp.zeros((rows, cols))),
    "unit": _unit,
    "diag": _on_entries(lambda x: jnp.diag(x[:, 0])),
    "diag_of": _on_entries(lambda A: jnp.diag(A)[:, None]),
    "hstack": _on_entries(lambda *parts: jnp.hstack(parts)),
    "vstack": _on_entries(lambda *parts: jnp.vstack(parts)),
}
"""Each function of the language, from its meaning."""


def value(text: str, names: Mapping[str, Any]) -> Array:
    """The number or matrix that a text stands for; a 1 × 1 matrix as a number."""
    array = jnp.asarray(_raw(eval(text, {**WORDS, **names})), dtype=float)
    return array.reshape(()) if array.shape == (1, 1) else array
