"""Evaluate expressions on NumPy arrays of any number type: the dense reference of every check.

The entries may be floats, complex numbers, numbers of many digits, SymPy expressions or dual
numbers over a prime field (`arithmetic`).  Everything is dense: this is the oracle for small
sizes, not a backend.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce, singledispatchmethod
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.relational import Relational
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from nzdiff.derive.calculus.parts import stored_factors
from nzdiff.derive.language.equations import Equation, Exponential
from nzdiff.derive.language.nodes import (
    VARIABLE,
    Apply,
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    DiagonalSelection,
    Domain,
    Hadamard,
    Indicator,
    Kronecker,
    LogDet,
    LogSumExp,
    MapNonzeros,
    Selection,
    Shift,
    SumSquares,
    Unit,
    Unvec,
    Vec,
)
from nzdiff.derive.language.powers import PowerSlope, Slope
from nzdiff.derive.language.selections import indices_of
from nzdiff.derive.language.spectra import PartialTrace, SpectralDeterminant
from nzdiff.derive.language.symbols import size_of
from nzdiff.derive.proof.arithmetic import Arithmetic, Doubles


@dataclass(frozen=True)
class Evaluator:
    """values: arrays by symbol name.  dims: sizes by name.

    stored: the stored positions, as booleans, of every matrix that is not full.
    definitions: what a symbol without a value stands for.
    """

    values: dict[str, Any]
    dims: dict[str, int]
    arithmetic: Arithmetic = field(default_factory=Doubles)
    definitions: dict[str, Any] = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

    def __call__(self, expr: Any) -> Any:
        """The array (or number) that an expression stands for."""
        if expr not in self.known:
            self.known[expr] = self.node(expr)
        return self.known[expr]

    @singledispatchmethod
    def node(self, expr: Any) -> Any:
        """The value of a node from those of its operands."""
        raise TypeError(f"no evaluation of {type(expr).__name__}: {expr}")

    @node.register
    def _(self, expr: sp.MatrixSymbol) -> Any:
        name = str(expr.name)
        return self.values[name] if name in self.values else self(self.definitions[name])

    @node.register
    def _(self, expr: sp.Symbol) -> Any:
        name = str(expr.name)
        if name in self.values:
            return self.values[name]
        return self.arithmetic.number(sp.Integer(self.dims[name]))

    @node.register(sp.Number)
    @node.register(sp.NumberSymbol)
    def _(self, expr: Any) -> Any:
        return self.arithmetic.number(expr)

    @node.register(sp.Add)
    @node.register(sp.MatAdd)
    def _(self, expr: Any) -> Any:
        return reduce(lambda a, b: a + b, (self(arg) for arg in expr.args))

    @node.register(sp.Mul)
    @node.register(Hadamard)
    @node.register(sp.HadamardProduct)
    def _(self, expr: Any) -> Any:
        return reduce(lambda a, b: a * b, (self(arg) for arg in expr.args))

    @node.register
    def _(self, expr: sp.Pow) -> Any:
        if expr.is_number:
            return self.arithmetic.number(expr)
        if expr.exp.is_number:
            return self.arithmetic.power(self(expr.base), expr.exp)
        return self.arithmetic.raised(self(expr.base), self(expr.exp))

    @node.register
    def _(self, expr: Slope) -> Any:
        base, exponent = expr.args
        if exponent.is_number:
            return self(base**exponent)
        return self.arithmetic.raised(self(base), self(exponent), least=True)

    @node.register
    def _(self, expr: PowerSlope) -> Any:
        if not isinstance(self.arithmetic, Doubles):  # points without such zeros are found
            return self(expr.formula)
        with np.errstate(all="ignore"):
            found = [(np.real(self(number)), sign) for number, sign in expr.vanishes]
            zero = np.logical_and.reduce([x == 0 if sign == "==" else x > 0 for x, sign in found])
            return np.where(zero, 0.0, self(expr.formula))[()]

    @node.register
    def _(self, expr: sp.Function) -> Any:
        return self.arithmetic.function(type(expr), [self(arg) for arg in expr.args])

    @node.register
    def _(self, expr: sp.Piecewise) -> Any:
        with np.errstate(all="ignore"):  # of cases that are not taken
            conditions = [self.condition(condition) for _, condition in expr.args]
            values = [self(value) for value, _ in expr.args]
        return self.arithmetic.chosen(conditions, values)

    @node.register(sp.Max)
    @node.register(sp.Min)
    def _(self, expr: Any) -> Any:
        larger_or_smaller = self.arithmetic.function
        arrays = (self(arg) for arg in expr.args)
        return reduce(lambda a, b: larger_or_smaller(type(expr), [a, b]), arrays)

    @node.register
    def _(self, expr: sp.log) -> Any:
        inner = expr.args[0].args[0] if isinstance(expr.args[0], sp.Abs) else expr.args[0]
        if isinstance(inner, sp.Determinant):
            return self.arithmetic.log_determinant(self(inner.arg))
        return self.arithmetic.function(sp.log, [self(expr.args[0])])

    @node.register
    def _(self, expr: MatrixElement) -> Any:
        matrix, row, column = expr.args
        return self(matrix)[self.size(row), self.size(column)]

    @node.register
    def _(self, expr: sp.Sum) -> Any:
        (index, first, last), *others = expr.limits
        inner = sp.Sum(expr.function, *others) if others else expr.function
        places = range(self.size(first), self.size(last) + 1)
        return _total([self(inner.xreplace({index: sp.Integer(place)})) for place in places])

    @node.register
    def _(self, expr: sp.MatMul) -> Any:
        arrays = [self(arg) for arg in expr.args if getattr(arg, "is_Matrix", False)]
        scalars = [self(arg) for arg in expr.args if not getattr(arg, "is_Matrix", False)]
        if arrays[-1].shape[1] <= arrays[0].shape[0]:
            product = reduce(lambda a, b: b @ a, reversed(arrays))
        else:
            product = reduce(lambda a, b: a @ b, arrays)
        return reduce(lambda a, b: a * b, scalars, product)

    @node.register
    def _(self, expr: sp.Transpose) -> Any:
        return self(expr.arg).T

    @node.register
    def _(self, expr: sp.Inverse) -> Any:
        return self.arithmetic.inverse(self(expr.arg))

    @node.register
    def _(self, expr: sp.MatPow) -> Any:
        base, exponent = self(expr.base), int(expr.exp)
        factor = base if exponent >= 0 else self.arithmetic.inverse(base)
        one = self.constant(np.eye(base.shape[0], dtype=int))
        return reduce(lambda a, b: a @ b, [factor] * abs(exponent), one)

    @node.register
    def _(self, expr: sp.Determinant) -> Any:
        return self.arithmetic.determinant(self(expr.arg))

    @node.register
    def _(self, expr: LogDet) -> Any:
        return self.arithmetic.log_determinant(self(expr.arg))

    @node.register
    def _(self, expr: Domain) -> Any:
        return self.arithmetic.number(sp.Integer(0))

    @node.register
    def _(self, expr: sp.Trace) -> Any:
        return _total(np.diagonal(self(expr.arg)))

    @node.register
    def _(self, expr: SumSquares) -> Any:
        matrix = self(expr.matrix)
        return _total((matrix * matrix).ravel())

    @node.register
    def _(self, expr: Apply) -> Any:
        return self.applied(expr.function, self(expr.matrix))

    @node.register
    def _(self, expr: ElementwiseApplyFunction) -> Any:
        return self.applied(expr.function, self(expr.expr))

    @node.register
    def _(self, expr: sp.HadamardPower) -> Any:
        return self.applied(sp.Lambda(VARIABLE, VARIABLE**expr.exp), self(expr.base))

    @node.register
    def _(self, expr: MapNonzeros) -> Any:
        places = self.structure(expr.matrix)
        result = self.arithmetic.zeros_and_ones(np.zeros(places.shape, dtype=int))
        values = self.applied(expr.function, self(expr.matrix)[places])
        if np.iscomplexobj(values):
            result = result.astype(complex)
        result[places] = values
        return result

    @node.register
    def _(self, expr: Indicator) -> Any:
        return self.arithmetic.zeros_and_ones(self.structure(expr.args[0]).astype(int))

    @node.register
    def _(self, expr: LogSumExp) -> Any:
        matrix, function = self(expr.args[0]), self.arithmetic.function
        if not isinstance(self.arithmetic, Doubles):
            sums = np.add.reduce(function(sp.exp, [matrix]), axis=1)
            return function(sp.log, [sums])[:, None]
        largest = np.real(matrix).max(axis=1, keepdims=True)
        return largest + np.log(np.exp(matrix - largest).sum(axis=1, keepdims=True))

    @node.register(Kronecker)
    @node.register(sp.KroneckerProduct)
    def _(self, expr: Any) -> Any:
        return reduce(np.kron, (self(arg) for arg in expr.args))

    @node.register
    def _(self, expr: ContractRight) -> Any:
        weight, matrix = self._blocks(expr.args[0], expr.shape, expr.args[1].shape), expr.args[1]
        return _summed(weight * self(matrix)[None, :, None, :], (1, 3))

    @node.register
    def _(self, expr: ContractLeft) -> Any:
        matrix, weight = expr.args[0], self._blocks(expr.args[1], expr.args[0].shape, expr.shape)
        return _summed(weight * self(matrix)[:, None, :, None], (0, 2))

    @node.register
    def _(self, expr: Exponential) -> Any:
        """By one block matrix, with a block of rows for each set of directions."""
        matrix, *along = (self(arg) for arg in expr.args)
        size, count = len(matrix), 2 ** len(along)
        zero = self.constant(np.zeros((size, size), dtype=int))
        blocks = [
            [matrix if s == t else (_direction(along, t - s) if s & t == s else None) for t in sets]
            for s, sets in ((s, range(count)) for s in range(count))
        ]
        filled = [[zero if block is None else block for block in row] for row in blocks]
        return self.arithmetic.exponential(np.block(filled))[:size, -size or None :]

    @node.register(SpectralDeterminant)
    @node.register(PartialTrace)
    def _(self, expr: Any) -> Any:
        """By what it stands for, written out."""
        return self(expr.definition)

    @node.register
    def _(self, expr: Equation) -> Any:
        """The linear system Σ (Rᵀ ⊗ L) vec(X) = vec(C)."""
        sides = [(self(left), self(right)) for left, right in expr.sides(*expr.operators)]
        right = self(expr.right)
        system = reduce(lambda a, b: a + b, (np.kron(r.T, left) for left, r in sides))
        found = self.arithmetic.inverse(system) @ right.reshape(-1, 1, order="F")
        return found.reshape(right.shape, order="F")

    @node.register
    def _(self, expr: Diag) -> Any:
        column = self(expr.args[0])
        places = self.arithmetic.zeros_and_ones(np.eye(column.shape[0], dtype=int))
        return places * column

    @node.register(sp.DiagMatrix)
    @node.register(sp.DiagonalMatrix)
    def _(self, expr: Any) -> Any:
        inner = self(expr.args[0])
        column = inner.ravel() if 1 in inner.shape else np.diagonal(inner)
        return self.constant(np.eye(column.size, dtype=int)) * column[:, None]

    @node.register(DiagonalOf)
    @node.register(sp.DiagonalOf)
    def _(self, expr: Any) -> Any:
        return np.diagonal(self(expr.args[0])).reshape(-1, 1)

    @node.register
    def _(self, expr: sp.BlockMatrix) -> Any:
        rows, cols = expr.blockshape
        return np.block([[self(expr.blocks[i, j]) for j in range(cols)] for i in range(rows)])

    @node.register
    def _(self, expr: Vec) -> Any:
        return self(expr.args[0]).reshape(-1, 1, order="F")

    @node.register
    def _(self, expr: Unvec) -> Any:
        column, rows, cols = expr.args
        return self(column).reshape(self.size(rows), self.size(cols), order="F")

    @node.register
    def _(self, expr: CommutationMatrix) -> Any:
        return self.constant(commutation_matrix(self.size(expr.args[0]), self.size(expr.args[1])))

    @node.register
    def _(self, expr: DiagonalSelection) -> Any:
        size = self.size(expr.args[0])
        return self.constant(np.eye(size * size, dtype=int)[:, :: size + 1])

    @node.register
    def _(self, expr: Unit) -> Any:
        i, j, rows, cols = (self.size(arg) for arg in expr.args)
        matrix = np.zeros((rows, cols), dtype=int)
        matrix[i, j] = 1
        return self.constant(matrix)

    @node.register
    def _(self, expr: Shift) -> Any:
        rows, cols, offset = (self.size(arg) for arg in expr.args)
        return self.constant(np.eye(rows, cols, offset, dtype=int))

    @node.register
    def _(self, expr: Selection) -> Any:
        places = indices_of(expr.args[0])
        if max(places, default=-1) >= self.size(expr.cols):
            raise IndexError(f"{expr}: outside of {self.size(expr.cols)}")
        matrix = np.zeros((len(places), self.size(expr.cols)), dtype=int)
        matrix[np.arange(len(places)), list(places)] = 1
        return self.constant(matrix)

    @node.register
    def _(self, expr: sp.Identity) -> Any:
        return self.constant(np.eye(self.size(expr.rows), dtype=int))

    @node.register
    def _(self, expr: sp.ZeroMatrix) -> Any:
        return self.constant(np.zeros((self.size(expr.rows), self.size(expr.cols)), dtype=int))

    @node.register
    def _(self, expr: sp.OneMatrix) -> Any:
        return self.constant(np.ones((self.size(expr.rows), self.size(expr.cols)), dtype=int))

    def condition(self, expr: Any) -> Any:
        """Where a condition on numbers holds."""
        if isinstance(expr, Relational):
            return self.arithmetic.compared(type(expr), *(self(side) for side in expr.args))
        if not expr.args:
            return bool(expr)
        return self.arithmetic.joined(type(expr), [self.condition(arg) for arg in expr.args])

    def applied(self, function: sp.Lambda, array: Any) -> Any:
        """A function of one number on every entry of an array."""
        body = function(VARIABLE)
        values = {**self.values, str(VARIABLE.name): array}
        found = Evaluator(values, self.dims, self.arithmetic)(body)
        return found if isinstance(found, np.ndarray) else np.full(array.shape, found)

    def structure(self, expr: Any) -> Any:
        """Which entries are stored: those of the symbols, and what sums and products make."""
        if isinstance(expr, sp.Transpose):
            return self.structure(expr.arg).T
        if isinstance(expr, sp.MatAdd):
            return np.logical_or.reduce([self.structure(arg) for arg in expr.args])
        if isinstance(expr, (Selection, Shift, Unit)):
            return np.asarray(Evaluator({}, self.dims)(expr), dtype=bool)
        if isinstance(expr, (Indicator, MapNonzeros)):
            return self.structure(expr.args[-1])
        if isinstance(expr, Hadamard):
            return self.structure(stored_factors(expr)[0])
        if isinstance(expr, (sp.MatMul, sp.MatPow)):
            parts = [expr.base] * int(expr.exp) if isinstance(expr, sp.MatPow) else expr.args
            factors = [self.structure(part) for part in parts if getattr(part, "is_Matrix", False)]
            return reduce(lambda a, b: a.astype(int) @ b.astype(int) > 0, factors)
        if isinstance(expr, sp.Identity) or getattr(expr, "kind_of", "") == "diagonal":
            return np.eye(self.size(expr.rows), dtype=bool)
        name = str(expr.name)
        if name in self.stored:
            return self.stored[name]
        return np.ones((self.size(expr.rows), self.size(expr.cols)), dtype=bool)

    def size(self, dim: Any) -> int:
        """The number behind a symbolic size."""
        return size_of(dim, self.dims)

    def constant(self, matrix: Any) -> Any:
        """Zeros and ones as entries of the number type."""
        return self.arithmetic.zeros_and_ones(matrix)

    def _blocks(self, weight: Any, outer: Any, inner: Any) -> Any:
        """W as an array [i, k, j, l] of its blocks (i, j)."""
        (a, b), (c, d) = ([self.size(size) for size in shape] for shape in (outer, inner))
        return self(weight).reshape(a, c, b, d)


def _direction(along: list[Any], added: int) -> Any:
    """The direction by which a set, as bits, is larger than another; None where more are."""
    alone = added.bit_count() == 1
    return along[added.bit_length() - 1] if alone else None


def commutation_matrix(rows: int, cols: int) -> Any:
    """K with K vec(A) = vec(Aᵀ) for A of shape (rows, cols), as zeros and ones."""
    size = rows * cols
    matrix = np.zeros((size, size), dtype=int)
    source = np.arange(size).reshape(rows, cols, order="F").T.ravel(order="F")
    matrix[np.arange(size), source] = 1
    return matrix


def _summed(array: Any, axes: tuple[int, int]) -> Any:
    """The sum over two axes."""
    return np.add.reduce(np.add.reduce(array, axis=axes[1]), axis=axes[0])


def _total(entries: Any) -> Any:
    return reduce(lambda a, b: a + b, entries) if len(entries) else 0
