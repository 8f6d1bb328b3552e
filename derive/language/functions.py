"""The functions that problems are written with, beside SymPy's +, *, .T, .inv(), ** and Trace.

Those that act on every entry of a matrix are in `entrywise`.
"""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from numbers import Integral
from typing import Any

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.decimals import exact
from nzdiff.derive.language.entrywise import applied, checked_matrix, checked_number
from nzdiff.derive.language.nodes import (
    DOMAINS,
    CommutationMatrix,
    Diag,
    DiagonalOf,
    Domain,
    Hadamard,
    Indicator,
    Kronecker,
    LogDet,
    PositiveLogDet,
    Shift,
    SumSquares,
    Unit,
    Unvec,
    Vec,
)
from nzdiff.derive.language.notation import show_by_notation
from nzdiff.derive.language.operators import own
from nzdiff.derive.language.symbols import checked_size

show_by_notation()


def sumsq(matrix: MatrixExpr) -> SumSquares:
    """‖matrix‖²_F, the sum of the squares of all entries."""
    return SumSquares(matrix)


def trace(matrix: MatrixExpr) -> sp.Expr:
    """tr(A) of a square matrix; of a 1 × 1 matrix, its entry as a number."""
    return sp.Trace(_square("trace", matrix))


def as_scalar(matrix: MatrixExpr) -> sp.Expr:
    """A 1 × 1 matrix such as x.T*A*x as a number.  ValueError for other shapes."""
    if checked_matrix("as_scalar", matrix).shape != (1, 1):
        raise ValueError(f"as_scalar: expected a 1 × 1 matrix, got {_shape(matrix)}")
    return sp.Trace(matrix)


def entry(matrix: MatrixExpr, row: Any, column: Any) -> sp.Expr:
    """A[row, column], counted from 0."""
    rows, cols = checked_matrix("entry", matrix).shape
    _check_places("entry", (row, column), (rows, cols))
    return sp.Trace(Unit(column, row, cols, rows) * matrix)


def inner(left: MatrixExpr, right: MatrixExpr) -> sp.Expr:
    """The Frobenius inner product ⟨A, B⟩ = A : B = tr(Aᵀ B) = Σ A_ab B_ab."""
    _same_shape("inner", left, right)
    return sp.Trace(left.T * right)


def total(matrix: MatrixExpr) -> sp.Expr:
    """The sum of all entries, 1ᵀ A 1."""
    rows, cols = checked_matrix("total", matrix).shape
    return sp.Trace(ones(1, rows) * matrix * ones(cols, 1))


def norm(matrix: MatrixExpr, p: Any = 2) -> sp.Expr:
    """(Σ |A_ab|ᵖ)^(1/p): entrywise, for p = 2 the Frobenius norm, of a column its 2-norm."""
    power = exact(checked_number("norm", p))
    if power == 2:
        return sp.sqrt(SumSquares(checked_matrix("norm", matrix)))
    if not power.is_number or not power.is_positive:
        raise ValueError(f"norm: expected a number p > 0, got {p}")
    return total(applied(lambda x: sp.Abs(x) ** power, matrix)) ** (1 / power)


def det(matrix: MatrixExpr) -> sp.Expr:
    """The determinant of a square matrix."""
    return sp.Determinant(_square("det", matrix))


def logdet(matrix: MatrixExpr, *, positive: bool = False) -> LogDet:
    """log |det A|; `positive`: log det A of a symmetric A, undefined unless positive definite."""
    return (PositiveLogDet if positive else LogDet)(_square("logdet", matrix))


def domain(matrix: MatrixExpr, kind: str = "positive definite") -> Domain:
    """0 where a square matrix is what `kind` says, +∞ elsewhere: a summand of an energy.

    kind: "positive definite", of a symmetric matrix; "hurwitz", all eigenvalues in the open left
    half plane; "schur", all in the open unit disk.
    """
    if not isinstance(kind, str) or kind not in DOMAINS:
        names = ", ".join(f'"{name}"' for name in DOMAINS)
        raise ValueError(f"domain: kind: expected one of {names}, got {kind!r}")
    return DOMAINS[kind](_square("domain", matrix))


def inv(matrix: MatrixExpr) -> MatrixExpr:
    """A⁻¹.  In a product it is a linear solve; no inverse is formed unless it is asked for."""
    return own(_square("inv", matrix).inv())


def pinv(matrix: MatrixExpr, *, full: str = "") -> MatrixExpr:
    """A⁺ of a matrix of full rank: (AᵀA)⁻¹Aᵀ, or Aᵀ(AAᵀ)⁻¹ where the rows are independent.

    full: "columns" or "rows", which are independent; follows from sizes that are numbers.  At an
    A of lower rank there is no value: numpy.linalg.LinAlgError.  ValueError for anything else.
    """
    rows, cols = checked_matrix("pinv", matrix).shape
    known = rows.is_Integer and cols.is_Integer
    chosen = full or ("columns" if known and rows >= cols else "rows" if known else "")
    if chosen not in ("columns", "rows") or (
        known and (rows - cols) * (1, -1)[chosen == "rows"] < 0
    ):
        raise ValueError(
            f'pinv: expected full="columns" where those of a {_shape(matrix)} matrix are '
            f'independent, "rows" where those are, got {full!r}'
        )
    if rows == cols:
        return inv(matrix)
    if chosen == "columns":
        return own((matrix.T * matrix).inv() * matrix.T)
    return own(matrix.T * (matrix * matrix.T).inv())


def kron(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """left ⊗ right; of two identities, the identity."""
    left, right = checked_matrix("kron", left), checked_matrix("kron", right)
    if isinstance(left, sp.Identity) and isinstance(right, sp.Identity):
        return own(sp.Identity(sp.expand(left.rows * right.rows)))
    return Kronecker(left, right)


def vec(matrix: MatrixExpr) -> MatrixExpr:
    """The columns of a matrix stacked, shape (rows · cols, 1)."""
    return Vec(checked_matrix("vec", matrix))


def unvec(column: MatrixExpr, rows: Any, cols: Any) -> MatrixExpr:
    """The matrix A of shape (rows, cols) with vec(A) = column."""
    rows, cols = _sizes("unvec", rows, cols)
    if sp.simplify(checked_matrix("unvec", column).rows - rows * cols) != 0 or column.cols != 1:
        raise ValueError(
            f"unvec: expected a column of {rows} · {cols} entries, got {_shape(column)}"
        )
    return Unvec(column, rows, cols)


def commutation(rows: Any, cols: Any) -> MatrixExpr:
    """K with K vec(A) = vec(Aᵀ) for A of shape (rows, cols)."""
    return CommutationMatrix(*_sizes("commutation", rows, cols))


def identity(size: Any) -> MatrixExpr:
    """I of shape (size, size)."""
    return own(sp.Identity(*_sizes("identity", size)))


def ones(rows: Any, cols: Any = 1) -> MatrixExpr:
    """The matrix of ones; a column where `cols` is left out."""
    return own(sp.OneMatrix(*_sizes("ones", rows, cols)))


def zeros(rows: Any, cols: Any = 1) -> MatrixExpr:
    """The matrix of zeros; a column where `cols` is left out."""
    return own(sp.ZeroMatrix(*_sizes("zeros", rows, cols)))


def unit(i: Any, j: Any, rows: Any, cols: Any) -> MatrixExpr:
    """The matrix unit E_ij, 1 at (i, j) counted from 0: of shape (n, 1) the column e_i."""
    shape = _sizes("unit", rows, cols)
    _check_places("unit", (i, j), shape)
    return Unit(i, j, *shape)


def diag(column: MatrixExpr) -> MatrixExpr:
    """The diagonal matrix of a column, shape (n, n) for (n, 1)."""
    if checked_matrix("diag", column).cols != 1:
        raise ValueError(
            f"diag: expected a column, got {_shape(column)}; diag_of takes the diagonal of a matrix"
        )
    return Diag(column)


def diag_of(matrix: MatrixExpr) -> MatrixExpr:
    """The diagonal of a square matrix as a column."""
    return DiagonalOf(_square("diag_of", matrix))


def hstack(*matrices: MatrixExpr) -> MatrixExpr:
    """[A B …] = A [I 0] + B [0 I] + …, side by side."""
    _some("hstack", matrices)
    widths = [checked_matrix("hstack", matrix).cols for matrix in matrices]
    if len({matrix.rows for matrix in matrices}) != 1:
        raise ValueError(f"hstack: expected equal rows, got {', '.join(map(_shape, matrices))}")
    starts = accumulate(widths, initial=sp.Integer(0))
    width = sp.Add(*widths)
    return _stacked(
        matrices, [a * Shift(a.cols, width, at) for a, at in zip(matrices, starts, strict=False)]
    )


def vstack(*matrices: MatrixExpr) -> MatrixExpr:
    """A above B above …: [I; 0] A + [0; I] B + …."""
    _some("vstack", matrices)
    heights = [checked_matrix("vstack", matrix).rows for matrix in matrices]
    if len({matrix.cols for matrix in matrices}) != 1:
        raise ValueError(f"vstack: expected equal columns, got {', '.join(map(_shape, matrices))}")
    starts = accumulate(heights, initial=sp.Integer(0))
    height = sp.Add(*heights)
    return _stacked(
        matrices, [Shift(a.rows, height, at).T * a for a, at in zip(matrices, starts, strict=False)]
    )


def _stacked(matrices: tuple[MatrixExpr, ...], terms: list[Any]) -> MatrixExpr:
    """The sum of the placed matrices, without those that are 0."""
    if len(matrices) == 1:
        return matrices[0]
    some = [term for term in terms if not isinstance(term, sp.ZeroMatrix)]
    if len(some) < 2:
        return own((some or terms)[0])
    return own(sp.MatAdd(*some))


def hadamard(*matrices: MatrixExpr) -> MatrixExpr:
    """A ∘ B ∘ …, the product entry by entry."""
    _some("hadamard", matrices)
    for matrix in matrices[1:]:
        _same_shape("hadamard", matrices[0], matrix)
    return reduce(Hadamard, matrices)


def cross(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """a × b of columns with three entries, and of matrices with three rows column by column."""
    _same_shape("cross", left, right)
    if left.rows != 3:
        raise ValueError(f"cross: expected three rows, got {_shape(left)}")
    turn, back = [1, 2, 0], [2, 0, 1]
    return hadamard(left[turn, :], right[back, :]) - hadamard(left[back, :], right[turn, :])


def quotient(left: MatrixExpr, right: MatrixExpr) -> MatrixExpr:
    """A ⊘ B, the quotient entry by entry."""
    _same_shape("quotient", left, right)
    return Hadamard(left, applied(lambda x: 1 / x, right))


def mask(matrix: MatrixExpr, data: MatrixExpr) -> MatrixExpr:
    """The matrix at the stored positions of the sparse matrix `data`, 0 elsewhere."""
    _same_shape("mask", matrix, data)
    return Hadamard(Indicator(data), matrix)


def _sizes(name: str, *sizes: Any) -> tuple[Any, ...]:
    return tuple(checked_size(name, size) for size in sizes)


def _check_places(name: str, places: tuple[Any, Any], shape: tuple[Any, Any]) -> None:
    for place in places:
        whole = place.is_integer if isinstance(place, sp.Expr) else isinstance(place, Integral)
        if not whole or isinstance(place, (MatrixExpr, bool)):
            raise TypeError(f"{name}: expected whole numbers as indices, got {place!r}")
    pairs = ((sp.sympify(place), size) for place, size in zip(places, shape, strict=True))
    if any(place.is_negative or (size - place).is_nonpositive for place, size in pairs):
        raise IndexError(
            f"{name} ({places[0]}, {places[1]}): outside of a matrix of shape "
            f"{shape[0]} × {shape[1]}, counted from 0"
        )


def _square(name: str, matrix: Any) -> MatrixExpr:
    if checked_matrix(name, matrix).rows != matrix.cols:
        raise ValueError(f"{name}: expected a square matrix, got {_shape(matrix)}")
    return matrix


def _some(name: str, matrices: tuple[Any, ...]) -> None:
    if not matrices:
        raise TypeError(f"{name}: expected at least one matrix, got none")


def _same_shape(name: str, left: Any, right: Any) -> None:
    if checked_matrix(name, left).shape != checked_matrix(name, right).shape:
        raise ValueError(f"{name}: expected equal shapes, got {_shape(left)} and {_shape(right)}")


def _shape(matrix: MatrixExpr) -> str:
    return f"{matrix.rows} × {matrix.cols}"
