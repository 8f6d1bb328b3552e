"""The words of the language: dimensions, scalars and matrices with a kind.

A matrix symbol is a SymPy MatrixSymbol that also carries what is known of its structure, so that
an expression such as ``X - Y*G.T*L*G*B`` is an ordinary SymPy expression.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import count
from numbers import Integral
from typing import Any, Literal

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.operators import PICK, Operand
from nzdiff.derive.language.selections import picked

Kind = Literal["dense", "sparse", "diagonal"]
PICK.append(picked)


class Matrix(Operand, sp.MatrixSymbol):  # type: ignore[misc]
    """A matrix of known kind: "dense", "sparse" (a pattern bound later) or "diagonal"."""

    def __new__(
        cls, name: Any, rows: Any, cols: Any, kind: Any = "dense", symmetric: Any = False
    ) -> Matrix:
        """`kind` and `symmetric` are arguments, so that expressions can be rebuilt from theirs."""
        plain = sp.MatrixSymbol(name, rows, cols)
        flag = sp.true if symmetric else sp.false
        return sp.Basic.__new__(cls, *plain.args, Str(str(kind)), flag)  # type: ignore[no-any-return]

    @property
    def kind_of(self) -> Kind:
        """The declared structure."""
        return str(self.args[3])  # type: ignore[return-value]

    @property
    def symmetric(self) -> bool:
        """Whether Aᵀ = A was declared (always so for a diagonal)."""
        return bool(self.args[4])


def sizes_of(matrix: MatrixExpr, sizes: Mapping[str, int]) -> tuple[int, int]:
    """The shape of a matrix as numbers, its dimensions looked up by name."""
    rows, cols = (size_of(size, sizes) for size in matrix.shape)
    return rows, cols


def size_of(size: Any, sizes: Mapping[str, int]) -> int:
    """A dimension, or a sum or product of dimensions, as a number."""
    if size.is_Integer:
        return int(size)
    if size.is_Symbol:
        return sizes[str(size)]
    return int(size.subs({symbol: sizes[str(symbol)] for symbol in size.free_symbols}))


def dims(names: str) -> tuple[sp.Symbol, ...]:
    """Symbolic dimensions: positive integers, fixed when data is bound.

    names: words between spaces or commas, each letters, digits and underscores of any alphabet.
    One dimension is a tuple too:

    >>> n, m = dims("n m")
    >>> (k,) = dims("k")
    """
    words = names.replace(",", " ").split() if isinstance(names, str) else []
    if not words or not all(word.isidentifier() for word in words):
        raise ValueError(f'names: expected words such as "n m", got {names!r}')
    return tuple(sp.Symbol(word, integer=True, positive=True) for word in words)


def checked_size(name: str, size: Any) -> Any:
    """A size as SymPy takes it: a whole number of at least 0, or sums and products of `dims`.

    Raises TypeError for what is no size, ValueError for a negative one, OverflowError for one that
    32-bit indices do not reach.
    """
    if isinstance(size, (tuple, list)):
        advice = 'nz.dims returns a tuple: write (n,) = nz.dims("n")'
        raise TypeError(f"{name}: expected a size, got {size!r}; {advice}")
    if isinstance(size, sp.Expr):
        if size.is_integer is not True:
            raise TypeError(f"{name}: expected a size declared by nz.dims, got {size}")
        if not _is_sum_of_products(size):
            raise TypeError(f"{name}: expected sums and products of sizes, as 2*n + 1, got {size}")
        size = sp.expand(size)
    else:
        if isinstance(size, bool) or not isinstance(size, Integral):
            raise TypeError(f"{name}: expected a whole number or nz.dims, got {size!r}")
        size = sp.Integer(int(size))
    if size.is_negative:
        raise ValueError(f"{name}: expected a size of at least 0, got {size}")
    if size.is_Integer and size > LARGEST_SIZE:
        raise OverflowError(f"{name}: sizes must fit 32-bit indices, got {size}")
    return size


def _is_sum_of_products(size: sp.Expr) -> bool:
    """Whether a size is a polynomial in dimensions, with whole coefficients."""
    symbols = sorted(size.free_symbols, key=str)
    if not symbols:
        return bool(size.is_Integer)
    polynomial = size.as_poly(*symbols)
    return polynomial is not None and all(c.is_Integer for c in polynomial.coeffs())


LARGEST_SIZE = 2**31 - 1


def dense(name: str, rows: Any, cols: Any = 1, *, symmetric: bool = False) -> Matrix:
    """A dense matrix of shape (rows, cols); a column where `cols` is left out."""
    return _declared(name, rows, cols, "dense", symmetric)


def sparse(name: str, rows: Any, cols: Any, *, symmetric: bool = False) -> Matrix:
    """A sparse matrix of shape (rows, cols); its pattern is data, bound later."""
    return _declared(name, rows, cols, "sparse", symmetric)


def diagonal(name: str, size: Any) -> Matrix:
    """A diagonal matrix of shape (size, size), bound as the vector of its diagonal."""
    return _declared(name, size, size, "diagonal", True)


def scalar(name: str) -> sp.Symbol:
    """A real scalar, bound as a number."""
    return sp.Symbol(_checked_name(name), real=True)


def tangent(matrix: Matrix) -> Matrix:
    """The symbol of its differential: dG of G, of the same shape, kind and symmetry."""
    return Matrix(f"d{matrix.name}", *matrix.args[1:])


def as_matrix(number: sp.Symbol) -> Matrix:
    """A scalar as a matrix of one entry: what stands for it where it is an unknown."""
    return dense(str(number.name), 1, 1)


def _declared(name: str, rows: Any, cols: Any, kind: Kind, symmetric: bool) -> Matrix:
    checked = _checked_name(name)
    shape = checked_size(checked, rows), checked_size(checked, cols)
    if symmetric and shape[0] != shape[1]:
        raise ValueError(f"{name}: a symmetric matrix is square, got shape ({rows}, {cols})")
    return Matrix(checked, *shape, kind, symmetric)


def _checked_name(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"name: expected a word such as G, got {name!r}")
    if not name.isidentifier() or not name.isascii() or name.startswith("__"):
        raise ValueError(
            f"name: expected letters of ASCII, digits and underscores, not __ first, got {name!r}"
        )
    return name


def fresh(
    wanted: Iterable[str],
    taken: Collection[str],
    family: Callable[[str], Iterable[str]] = lambda name: (name,),
) -> str:
    """The first name of those wanted that is free, and with it the family of names it brings."""
    return next(name for name in wanted if not any(other in taken for other in family(name)))


def lengthened(*names: str) -> Iterator[str]:
    """The names, then the last one with more and more underscores."""
    yield from names
    yield from (names[-1] + "_" * length for length in count(1))


def numbered(stem: str, first: int = 1) -> Iterator[str]:
    """stem1, stem2, …."""
    return (f"{stem}{number}" for number in count(first))
