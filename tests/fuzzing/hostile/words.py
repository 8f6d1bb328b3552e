"""The words of the language, each with what NumPy computes for it, or an error.

Where this is weaker than NumPy, or no more than one reading of it, the reason stands there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

import nzdiff as nz
from hostile.terms import NoValue, is_matrix


def _same(a: Any, b: Any) -> None:
    if np.shape(a) != np.shape(b):
        raise ValueError


def _sum(sign: int) -> Callable[[Any, Any], Any]:
    def meaning(a: Any, b: Any) -> Any:
        if np.ndim(a) != np.ndim(b):
            number, matrix = (a, b) if np.ndim(b) else (b, a)
            if number == 0:  # the empty sum, which Python's sum() begins with
                return sign * matrix if matrix is b else matrix
        _same(a, b)
        return a + sign * b

    return meaning


def _product(a: Any, b: Any) -> Any:
    return a @ b if is_matrix(a) and is_matrix(b) else a * b


def _need(*values: Any) -> None:
    if not all(map(is_matrix, values)):
        raise TypeError


def _quotient(a: Any, b: Any) -> Any:
    if is_matrix(b):
        if is_matrix(a):
            return a @ np.linalg.inv(b)
        raise TypeError
    if b == 0:
        raise ZeroDivisionError
    return a / b


def _power(a: Any, b: Any) -> Any:
    if is_matrix(b):
        raise TypeError
    if is_matrix(a):
        if int(b) != b:
            raise ValueError
        return np.linalg.matrix_power(a, int(b))
    found = np.float64(a) ** b
    if not np.isfinite(found):  # a negative number's root, or an overflow: nothing to compare
        raise NoValue
    return found


def _of(call: Callable[..., Any], *, square: bool = False) -> Callable[..., Any]:
    """A meaning for matrices alone, square ones where asked for."""

    def meaning(*values: Any) -> Any:
        _need(*values)
        if square and values[0].shape[0] != values[0].shape[1]:
            raise ValueError
        return call(*values)

    return meaning


def _alike(call: Callable[..., Any]) -> Callable[..., Any]:
    def meaning(a: Any, b: Any) -> Any:
        _need(a, b)
        _same(a, b)
        return call(a, b)

    return meaning


def _diag(a: Any) -> Any:
    if a.shape[1] != 1:
        raise ValueError
    return np.diag(a.ravel())


def _as_scalar(a: Any) -> Any:
    if a.shape != (1, 1):
        raise ValueError
    return a[0, 0]


def _entry(a: Any, i: Any, j: Any) -> Any:
    _need(a)
    if np.ndim(i) or np.ndim(j) or int(i) != i or int(j) != j or min(i, j) < 0:
        raise ValueError
    if i >= a.shape[0] or j >= a.shape[1]:
        raise ValueError
    return a[int(i), int(j)]


def _norm(a: Any, p: Any) -> Any:
    _need(a)
    if np.ndim(p) or p <= 0:
        raise ValueError
    return np.sum(np.abs(a) ** p) ** (1 / p)


def _finite(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Outside of the domain, which numbers leave and not what is written, NaN: not compared."""

    def meaning(a: Any) -> Any:
        found = call(np.asarray(a, dtype=complex) if call in (np.log, np.sqrt) else a)
        found = np.where(np.abs(np.imag(found)) > 0, np.nan, np.real(found))
        return found if np.ndim(a) else float(found)

    return meaning


def _logdet(a: Any) -> Any:
    return np.linalg.slogdet(a)[1]


def _stack(axis: int) -> Callable[..., Any]:
    def meaning(a: Any, b: Any) -> Any:
        _need(a, b)
        return np.concatenate([a, b], axis=axis)

    return meaning


def _sizes(call: Callable[..., Any]) -> Callable[..., Any]:
    def meaning(*values: Any) -> Any:
        # 100: larger ones are legal, and too large to be made here
        if any(np.ndim(v) or int(v) != v or not 0 <= v <= 100 for v in values):
            raise ValueError
        return call(*map(int, values))

    return meaning


def _unit(i: int, j: int, rows: int, cols: int) -> Any:
    if i >= rows or j >= cols:
        raise ValueError
    found = np.zeros((rows, cols))
    found[i, j] = 1.0
    return found


def _mask(a: Any, b: Any) -> Any:
    """By the stored positions of what has some; here no stored number is 0."""
    _need(a, b)
    _same(a, b)
    return a * (b != 0)


def _entry_power(a: Any, p: Any) -> Any:
    """Where an entry has no such power, infinite or NaN: not compared."""
    if is_matrix(p):
        raise TypeError
    return np.asarray(a, dtype=float) ** p if is_matrix(a) else _power(a, p)


Word = tuple[str, int, Callable[..., Any], Callable[..., Any]]
UFUNCS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "absolute": np.abs, "sign": np.sign, "asinh": np.arcsinh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log1p(np.exp(x)),
}  # fmt: skip
WORDS: tuple[Word, ...] = (
    ("add", 2, operator.add, _sum(1)), ("subtract", 2, operator.sub, _sum(-1)),
    ("multiply", 2, operator.mul, _product), ("multiply", 2, operator.mul, _product),
    ("divide", 2, operator.truediv, _quotient), ("power", 2, operator.pow, _power),
    ("matmul", 2, operator.matmul, _product), ("negative", 1, operator.neg, lambda a: -a),
    ("T", 1, lambda a: a.T if isinstance(a, sp.Basic) else nz.vec(a), _of(np.transpose)),
    ("inv", 1, nz.inv, _of(np.linalg.inv, square=True)),
    ("sumsq", 1, nz.sumsq, _of(lambda a: np.sum(a**2))),
    ("trace", 1, nz.trace, _of(np.trace, square=True)), ("total", 1, nz.total, _of(np.sum)),
    ("as_scalar", 1, nz.as_scalar, _of(_as_scalar)), ("entry", 3, nz.entry, _entry),
    ("inner", 2, nz.inner, _alike(lambda a, b: np.sum(a * b))), ("norm", 2, nz.norm, _norm),
    ("det", 1, nz.det, _of(np.linalg.det, square=True)),
    ("logdet", 1, nz.logdet, _of(_logdet, square=True)), ("kron", 2, nz.kron, _of(np.kron)),
    ("vec", 1, nz.vec, _of(lambda a: a.reshape(-1, 1, order="F"))),
    ("diag", 1, nz.diag, _of(_diag)),
    ("diag_of", 1, nz.diag_of, _of(lambda a: np.diag(a)[:, None], square=True)),
    ("hstack", 2, nz.hstack, _stack(1)), ("vstack", 2, nz.vstack, _stack(0)),
    ("hadamard", 2, nz.hadamard, _alike(operator.mul)),
    ("quotient", 2, nz.quotient, _alike(operator.truediv)),
    ("mask", 2, nz.mask, _mask),
    ("identity", 1, nz.identity, _sizes(np.eye)),
    ("ones", 2, nz.ones, _sizes(lambda a, b: np.ones((a, b)))),
    ("zeros", 2, nz.zeros, _sizes(lambda a, b: np.zeros((a, b)))),
    ("unit", 4, nz.unit, _sizes(_unit)),
    *((name, 1, getattr(nz, name), _finite(call)) for name, call in UFUNCS.items()),
    ("entrywise power", 2, nz.power, _entry_power),
)  # fmt: skip
