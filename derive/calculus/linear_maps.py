"""The linear operations that differentials are made of: each with its adjoint and its matrix.

A map takes a matrix X to a matrix.  `adjoint(W)` is the Γ with W : map(X) = Γ : X, and
`matrix()` the M with vec(map(X)) = M vec(X).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import (
    add,
    canonical,
    exponential,
    hadamard,
    inverse,
    kronecker,
    linear,
    partial_trace,
    product,
    solution,
    split,
    transpose,
)
from nzdiff.derive.language.equations import Equation
from nzdiff.derive.language.nodes import (
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    DiagonalSelection,
    Shape,
    Shift,
    Unvec,
    Vec,
)
from nzdiff.derive.language.spectra import SUM, whole


class LinearMap(Protocol):
    """X ↦ map(X)."""

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        """The map at X."""

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        """The Γ with W : map(X) = Γ : X."""

    def matrix(self) -> MatrixExpr:
        """The M with vec(map(X)) = M vec(X)."""


@dataclass(frozen=True, slots=True)
class Sandwich:
    """X ↦ coefficient · left X right."""

    coefficient: sp.Expr
    left: MatrixExpr
    right: MatrixExpr

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return product(self.coefficient, self.left, X, self.right)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return product(self.coefficient, transpose(self.left), W, transpose(self.right))

    def matrix(self) -> MatrixExpr:
        return product(self.coefficient, kronecker(transpose(self.right), self.left))


@dataclass(frozen=True, slots=True)
class Transposition:
    """X ↦ Xᵀ for X of shape (rows, cols)."""

    rows: Any
    cols: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return transpose(X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return transpose(W)

    def matrix(self) -> MatrixExpr:
        return CommutationMatrix(self.rows, self.cols)


@dataclass(frozen=True, slots=True)
class Weight:
    """X ↦ weight ∘ X."""

    weight: MatrixExpr

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return hadamard(self.weight, X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return hadamard(self.weight, W)

    def matrix(self) -> MatrixExpr:
        return _diag(_vec(self.weight))


@dataclass(frozen=True, slots=True)
class ToDiagonal:
    """x ↦ diag(x) for columns of n entries; vec(diag(x)) = D x."""

    size: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return linear(Diag, X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return linear(DiagonalOf, W)

    def matrix(self) -> MatrixExpr:
        return DiagonalSelection(self.size)


@dataclass(frozen=True, slots=True)
class FromDiagonal:
    """X ↦ the diagonal of X as a column, Dᵀ vec(X)."""

    size: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return linear(DiagonalOf, X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return linear(Diag, W)

    def matrix(self) -> MatrixExpr:
        return sp.Transpose(DiagonalSelection(self.size))


@dataclass(frozen=True, slots=True)
class Stacking:
    """X ↦ vec(X) for X of shape (rows, cols)."""

    rows: Any
    cols: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return _vec(X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return linear(Unvec, W, self.rows, self.cols)

    def matrix(self) -> MatrixExpr:
        return sp.Identity(sp.expand(self.rows * self.cols))


@dataclass(frozen=True, slots=True)
class Unstacking:
    """x ↦ the matrix of shape (rows, cols) with vec(·) = x."""

    rows: Any
    cols: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return linear(Unvec, X, self.rows, self.cols)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return _vec(W)

    def matrix(self) -> MatrixExpr:
        return sp.Identity(sp.expand(self.rows * self.cols))


@dataclass(frozen=True, slots=True)
class KroneckerBy:
    """X ↦ other ⊗ X, or X ⊗ other where `first`; X of shape (rows, cols)."""

    other: MatrixExpr
    first: bool
    rows: Any
    cols: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return kronecker(X, self.other) if self.first else kronecker(self.other, X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        if self.first:
            return contract_right(W, self.other, self.rows, self.cols)
        return contract_left(self.other, W, self.rows, self.cols)

    def matrix(self) -> MatrixExpr:
        """vec(A ⊗ B) = (I ⊗ K ⊗ I) (vec A ⊗ vec B)."""
        count, column = sp.Identity(sp.expand(self.rows * self.cols)), _vec(self.other)
        if self.first:
            swap = _swap((self.rows, self.cols), self.other.shape)
            return product(1, swap, kronecker(count, column))
        swap = _swap(self.other.shape, (self.rows, self.cols))
        return product(1, swap, kronecker(column, count))


@dataclass(frozen=True, slots=True)
class Contraction:
    """W ↦ W ⨼ other (`right`) or other ⨽ W: the adjoint of X ↦ X ⊗ other or other ⊗ X."""

    other: MatrixExpr
    right: bool
    rows: Any
    cols: Any

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return self._kronecker().adjoint(X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return self._kronecker()(W)

    def matrix(self) -> MatrixExpr:
        return transpose(self._kronecker().matrix())

    def _kronecker(self) -> KroneckerBy:
        return KroneckerBy(self.other, self.right, self.rows, self.cols)


@dataclass(frozen=True, slots=True)
class ContractionOf:
    """X ↦ weight ⨼ X (`right`) or X ⨽ weight, of shape (rows, cols), for X of another shape.

    W : (A ⊗ B) is linear in each: with Z the weight's blocks as columns, vec(A)ᵀ Zᵀ vec(B).
    """

    weight: MatrixExpr
    right: bool
    rows: Any
    cols: Any
    shape: Shape

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        if self.right:
            return contract_right(self.weight, X, self.rows, self.cols)
        return contract_left(X, self.weight, self.rows, self.cols)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        if self.right:
            return contract_left(W, self.weight, *self.shape)
        return contract_right(self.weight, W, *self.shape)

    def matrix(self) -> MatrixExpr:
        outer: tuple[Any, Any] = (self.rows, self.cols)
        inner: tuple[Any, Any] = self.shape
        first, second = (outer, inner) if self.right else (inner, outer)
        sizes = sp.expand(second[0] * second[1]), sp.expand(first[0] * first[1])
        blocks = product(1, transpose(_swap(first, second)), _vec(self.weight))
        found = linear(Unvec, blocks, *sizes)
        return transpose(found) if self.right else found


@dataclass(frozen=True, slots=True)
class Solving:
    """C ↦ the X of an equation ℓ(X) = C."""

    kind: type[Equation]
    operators: tuple[MatrixExpr, ...]

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return solution(self.kind, self.operators, X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return solution(self.kind, tuple(map(_turned, self.operators)), W)

    def matrix(self) -> MatrixExpr:
        """The inverse of Σ Rᵀ ⊗ L."""
        sides = self.kind.sides(*self.operators)
        return inverse(add(*(kronecker(canonical(R.T), canonical(L)) for L, R in sides)))


@dataclass(frozen=True, slots=True)
class Exponentiating:
    """E ↦ the derivative of exp(A) in the direction E, and in others (at most one)."""

    of: MatrixExpr
    others: tuple[MatrixExpr, ...]

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return exponential(self.of, *self.others, X)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return exponential(_turned(self.of), *map(_turned, self.others), W)

    def matrix(self) -> MatrixExpr:
        """Σ (I ⊗ A)ⁱ (Aᵀ ⊗ I)ʲ / (i + j + 1)!: a block of the exponential of a block triangle.

        Another direction stands among the powers on the left, or among those on the right.
        """
        one = sp.Identity(self.of.rows)
        left, right = kronecker(one, self.of), kronecker(transpose(self.of), one)
        middle = sp.Identity(left.rows)
        if not self.others:
            return _last_block((left, right), (middle,))
        (other,) = self.others
        before, after = kronecker(one, other), kronecker(transpose(other), one)
        return add(
            _last_block((left, left, right), (before, middle)),
            _last_block((left, right, right), (middle, after)),
        )


@dataclass(frozen=True, slots=True)
class Tracing:
    """E ↦ how the `PartialTrace` of A and C moves where A moves by E (`first`), else C."""

    form: Str
    left: MatrixExpr
    right: MatrixExpr
    first: bool

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return partial_trace(self.form, self.left, self.right, *self._along(X))

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        """It is a second derivative of log |det K|: turned, and A and C where C moved."""
        left, right = _turned(self.left), _turned(self.right)
        pair = (left, right) if self.first else (right, left)
        other = sp.ZeroMatrix(*pair[1].shape)
        if self.first:
            return partial_trace(self.form, *pair, W, other)
        return partial_trace(self.form, *pair, sp.ZeroMatrix(*pair[0].shape), W)

    def matrix(self) -> MatrixExpr:
        """By the maps that its definition is made of."""
        size, other = self.left.rows, sp.Identity(self.right.rows)
        inverted = inverse(canonical(whole(self.form, self.left, self.right)))
        is_sum = self.form == SUM
        second = other if is_sum else transpose(self.right)
        trace = Contraction(second, True, size, size)
        if self.first:
            beside = other if is_sum else self.right
        else:
            beside = sp.Identity(size) if is_sum else self.left
        grown = KroneckerBy(beside, self.first, *self._shape)
        between = Sandwich(sp.Integer(-1), inverted, inverted)
        moved = product(1, trace.matrix(), between.matrix(), grown.matrix())
        if is_sum or self.first:
            return moved
        direct = ContractionOf(inverted, True, size, size, self.right.shape)
        turned = product(1, direct.matrix(), Transposition(*self.right.shape).matrix())
        return add(turned, moved)

    @property
    def _shape(self) -> Shape:
        return (self.left if self.first else self.right).shape  # type: ignore[no-any-return]

    def _along(self, X: MatrixExpr) -> tuple[MatrixExpr, MatrixExpr]:
        if self.first:
            return X, sp.ZeroMatrix(*self.right.shape)
        return sp.ZeroMatrix(*self.left.shape), X


@dataclass(frozen=True, slots=True)
class RankOne:
    """X ↦ (slope : X) · factor: what is left of a scalar factor that moves."""

    factor: MatrixExpr
    slope: MatrixExpr

    def __call__(self, X: MatrixExpr) -> MatrixExpr:
        return product(inner(self.slope, X), self.factor)

    def adjoint(self, W: MatrixExpr) -> MatrixExpr:
        return product(inner(self.factor, W), self.slope)

    def matrix(self) -> MatrixExpr:
        return product(1, _vec(self.factor), transpose(_vec(self.slope)))


def inner(left: MatrixExpr, right: MatrixExpr) -> sp.Expr:
    """⟨A, B⟩ = tr(Aᵀ B), coefficients in front."""
    coefficient, factors = split(product(1, transpose(left), right))
    matrix = product(1, *factors)
    if isinstance(matrix, sp.ZeroMatrix):
        return sp.Integer(0)
    return coefficient * sp.Trace(matrix)


def contract_right(weight: MatrixExpr, matrix: MatrixExpr, rows: Any, cols: Any) -> MatrixExpr:
    """W ⨼ B, coefficients in front."""
    (c, a), (d, b) = split(weight), split(matrix)
    pair = product(1, *a), product(1, *b)
    if any(isinstance(part, sp.ZeroMatrix) for part in pair):
        return sp.ZeroMatrix(rows, cols)
    return product(c * d, ContractRight(*pair, rows, cols))


def contract_left(matrix: MatrixExpr, weight: MatrixExpr, rows: Any, cols: Any) -> MatrixExpr:
    """A ⨽ W, coefficients in front."""
    (c, a), (d, b) = split(matrix), split(weight)
    pair = product(1, *a), product(1, *b)
    if any(isinstance(part, sp.ZeroMatrix) for part in pair):
        return sp.ZeroMatrix(rows, cols)
    return product(c * d, ContractLeft(*pair, rows, cols))


def _turned(matrix: MatrixExpr) -> MatrixExpr:
    """The transpose, summands in order."""
    found: MatrixExpr = canonical(transpose(matrix))
    return found


def _last_block(diagonal: tuple[MatrixExpr, ...], above: tuple[MatrixExpr, ...]) -> MatrixExpr:
    """The last block of the first row of exp of a block matrix with these two diagonals."""
    size, count = diagonal[0].rows, len(diagonal)
    at = [Shift(size, count * size, place * size) for place in range(count)]
    parts = [product(1, transpose(j), block, j) for j, block in zip(at, diagonal, strict=True)]
    pairs = zip(at, above, at[1:], strict=False)
    parts += [product(1, transpose(i), block, j) for i, block, j in pairs]
    return product(1, at[0], exponential(add(*parts)), transpose(at[-1]))


def _vec(matrix: MatrixExpr) -> MatrixExpr:
    return matrix if matrix.cols == 1 else linear(Vec, matrix)


def _diag(column: MatrixExpr) -> MatrixExpr:
    return linear(Diag, column)


def _swap(left: tuple[Any, Any], right: tuple[Any, Any]) -> MatrixExpr:
    """The permutation with vec(A ⊗ B) = (I ⊗ K ⊗ I) (vec A ⊗ vec B), for A and B of shapes."""
    middle = CommutationMatrix(right[1], left[0])
    return kronecker(sp.Identity(left[1]), kronecker(middle, sp.Identity(right[0])))
