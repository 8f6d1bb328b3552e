"""Evaluate expressions on NumPy arrays of any number type: the dense reference of every check.

The entries may be floats, complex numbers, SymPy expressions or dual numbers over a prime field;
only +, − and · are used.  Everything is dense: this is the oracle for small sizes, not a backend.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce, singledispatchmethod
from typing import Any

import numpy as np
import sympy as sp

from nzdiff.derive.symbols import CommutationMatrix, Kronecker, SumSquares, Vec


@dataclass(frozen=True)
class Evaluator:
    """values: arrays by symbol name.  dims: sizes by name.  number: a SymPy number as an entry."""

    values: dict[str, Any]
    dims: dict[str, int]
    number: Callable[[Any], Any] = float
    definitions: dict[str, Any] = field(default_factory=dict)

    @singledispatchmethod
    def __call__(self, expr: Any) -> Any:
        """The array (or number) that an expression stands for."""
        raise TypeError(f"no evaluation of {type(expr).__name__}: {expr}")

    @__call__.register
    def _(self, expr: sp.MatrixSymbol) -> Any:
        name = str(expr.name)
        if name not in self.values and name in self.definitions:
            self.values[name] = self(self.definitions[name])
        return self.values[name]

    @__call__.register
    def _(self, expr: sp.Symbol) -> Any:
        name = str(expr.name)
        return (
            self.values[name] if name in self.values else self.number(sp.Integer(self.dims[name]))
        )

    @__call__.register(sp.Number)
    @__call__.register(sp.NumberSymbol)
    def _(self, expr: Any) -> Any:
        return self.number(expr)

    @__call__.register(sp.Add)
    @__call__.register(sp.MatAdd)
    def _(self, expr: Any) -> Any:
        return reduce(lambda a, b: a + b, (self(arg) for arg in expr.args))

    @__call__.register
    def _(self, expr: sp.Mul) -> Any:
        return reduce(lambda a, b: a * b, (self(arg) for arg in expr.args))

    @__call__.register
    def _(self, expr: sp.Pow) -> Any:
        if expr.is_number:
            return self.number(expr)
        base = self(expr.base)
        if not expr.exp.is_Integer:
            return base ** float(expr.exp)
        power = reduce(lambda a, b: a * b, [base] * abs(int(expr.exp)))
        return power if expr.exp > 0 else self.number(sp.Integer(1)) / power

    @__call__.register
    def _(self, expr: sp.MatMul) -> Any:
        arrays = [self(arg) for arg in expr.args if getattr(arg, "is_Matrix", False)]
        scalars = [self(arg) for arg in expr.args if not getattr(arg, "is_Matrix", False)]
        product = reduce(lambda a, b: a @ b, arrays)
        return reduce(lambda a, b: a * b, scalars, product)

    @__call__.register
    def _(self, expr: sp.Transpose) -> Any:
        return self(expr.arg).T

    @__call__.register
    def _(self, expr: sp.Trace) -> Any:
        return _total(np.diagonal(self(expr.arg)))

    @__call__.register
    def _(self, expr: SumSquares) -> Any:
        matrix = self(expr.matrix)
        return _total((matrix * matrix).ravel())

    @__call__.register
    def _(self, expr: Kronecker) -> Any:
        return reduce(np.kron, (self(arg) for arg in expr.args))

    @__call__.register
    def _(self, expr: CommutationMatrix) -> Any:
        return self._exact(commutation_matrix(self.size(expr.args[0]), self.size(expr.args[1])))

    @__call__.register
    def _(self, expr: Vec) -> Any:
        return self(expr.args[0]).reshape(-1, 1, order="F")

    @__call__.register
    def _(self, expr: sp.Identity) -> Any:
        return self._exact(np.eye(self.size(expr.rows), dtype=int))

    @__call__.register
    def _(self, expr: sp.ZeroMatrix) -> Any:
        return self._exact(np.zeros((self.size(expr.rows), self.size(expr.cols)), dtype=int))

    def size(self, dim: Any) -> int:
        """The number behind a symbolic size."""
        return int(dim.subs({s: self.dims[str(s)] for s in dim.free_symbols}))

    def _exact(self, matrix: Any) -> Any:
        """Zeros and ones as entries of the number type."""
        zero, one = self.number(sp.Integer(0)), self.number(sp.Integer(1))
        if isinstance(zero, float):
            return matrix.astype(float)
        return np.where(
            matrix.astype(bool), np.array(one, dtype=object), np.array(zero, dtype=object)
        )


def commutation_matrix(rows: int, cols: int) -> Any:
    """K with K vec(A) = vec(Aᵀ) for A of shape (rows, cols), as zeros and ones."""
    size = rows * cols
    matrix = np.zeros((size, size), dtype=int)
    source = np.arange(size).reshape(rows, cols, order="F").T.ravel(order="F")
    matrix[np.arange(size), source] = 1
    return matrix


def _total(entries: Any) -> Any:
    return reduce(lambda a, b: a + b, entries)
