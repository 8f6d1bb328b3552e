"""+, *, @, /, ** of matrices, with what cannot stand in a formula refused where it is written.

SymPy's own operators drop an explicit identity of another size, and fail on arrays in words about
their insides.  What declared matrices and nodes are put together to are SymPy's sums, products,
powers, transposes and inverses, equal to SymPy's own, with these operators too.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any, NoReturn

import sympy as sp
from sympy.matrices.exceptions import NonInvertibleMatrixError
from sympy.matrices.expressions.matexpr import MatrixExpr
from sympy.matrices.matrixbase import MatrixBase

from nzdiff.derive.language.refusals import Refusals, refuse, short

DATA = "numbers are data: declare a matrix by nz.dense or nz.sparse and bind them by its name"
UFUNCS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}


class Operand(Refusals):
    """A matrix expression whose operators check what they are given."""

    _op_priority = 12.0  # above SymPy's matrices: 2*A and S*A come here

    def __neg__(self) -> Any:
        return own(sp.MatMul(sp.S.NegativeOne, plain(self)).doit())

    def __pos__(self) -> Any:
        return self

    def __add__(self, other: Any) -> Any:
        return _sum(self, other, "+", 1, self, other)

    def __radd__(self, other: Any) -> Any:
        return _sum(self, other, "+", 1, other, self)

    def __sub__(self, other: Any) -> Any:
        return _sum(self, other, "-", -1, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _sum(self, other, "-", -1, other, self)

    def __mul__(self, other: Any) -> Any:
        return _product(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _product(other, self)

    def __matmul__(self, other: Any) -> Any:
        return _product(self, other, "@")

    def __rmatmul__(self, other: Any) -> Any:
        return _product(other, self, "@")

    def __truediv__(self, other: Any) -> Any:
        divisor = checked("/", other)
        if isinstance(divisor, MatrixExpr):
            return _product(self, _power(divisor, sp.S.NegativeOne))
        return own(sp.MatMul(plain(self), 1 / divisor).doit())

    def __rtruediv__(self, other: Any) -> NoReturn:
        refuse(f"{short(other)} / {self}", "nz.inv(A) is A⁻¹, nz.quotient acts entry by entry")

    def __pow__(self, other: Any, modulo: Any = None) -> Any:
        if modulo is not None:
            refuse(f"pow({self}, {short(other)}, {short(modulo)})", "A**k takes no remainders")
        return _power(self, checked("**", other))

    def __rpow__(self, other: Any) -> NoReturn:
        shown = f"{short(other)}**{self}"
        refuse(shown, f"nz.entrywise(lambda x: {short(other)}**x, A) acts entry by entry")

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        refuse(f"{self} as an array", DATA)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Any:
        known = UFUNCS.get(ufunc.__name__) if method == "__call__" else None
        if known is None or any(getattr(value, "ndim", 0) for value in inputs):
            refuse(f"numpy.{ufunc.__name__} in a formula", f"{DATA}; functions are nz.exp, …")
        return known(*(value if isinstance(value, sp.Basic) else _real(value) for value in inputs))

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, tuple) or any(_is_many(place) for place in key):
            return PICK[0](self, key)
        if len(key) != 2:
            raise IndexError(f"{self}[{short(key)}]: expected two indices, as in A[0, 1]")
        expected = f"whole numbers inside of {_shape(self)}, counted from 0"
        if any(isinstance(place, (float, sp.Float)) for place in key):
            raise IndexError(f"{self}[{short(key)}]: expected {expected}")
        try:
            return super().__getitem__(key)  # type: ignore[misc]
        except (IndexError, TypeError, ValueError) as error:
            raise IndexError(f"{self}[{short(key)}]: expected {expected}") from error

    @property
    def T(self) -> Any:
        """The transpose."""
        return own(super().T)  # type: ignore[misc]

    def inv(self) -> Any:
        """The inverse; ValueError for what is not square."""
        return _power(self, sp.S.NegativeOne)


def _is_many(place: Any) -> bool:
    """Whether an index is a slice, a list or an array of several."""
    return isinstance(place, (slice, list, range)) or getattr(place, "shape", ()) != ()


PICK: list[Callable[[Any, Any], Any]] = []
"""What x[at] is made by: nodes, which are operands themselves, so that `symbols` puts it here."""


def _owned(base: Any) -> type:
    """A SymPy class with these operators, equal to SymPy's own and rebuilt as it."""
    members = {
        "func": property(lambda self: base),
        "__eq__": lambda self, other: base.__eq__(plain(self), plain(other)),
        "__ne__": lambda self, other: base.__ne__(plain(self), plain(other)),
        "__hash__": base.__hash__,
        "__reduce_ex__": lambda self, protocol: (_remade, (base, *self.args)),
        "__module__": __name__,
    }
    return type(base.__name__, (Operand, base), members)


BUILT = (sp.MatAdd, sp.MatMul, sp.MatPow, sp.Transpose, sp.Inverse)
GIVEN = (sp.Identity, sp.OneMatrix, sp.ZeroMatrix)
OWNED = {base: _owned(base) for base in (*BUILT, *GIVEN)}
PLAIN = {made: base for base, made in OWNED.items()}


def own(expr: Any) -> Any:
    """One of SymPy's matrix expressions with these operators; anything else as it is."""
    made = OWNED.get(type(expr))
    return expr if made is None else sp.Basic.__new__(made, *expr.args)


def plain(expr: Any) -> Any:
    """The same as SymPy's own."""
    base = PLAIN.get(type(expr))
    return expr if base is None else sp.Basic.__new__(base, *expr.args)


def _remade(base: type, *args: Any) -> Any:
    return own(sp.Basic.__new__(base, *args))


def checked(sign: str, value: Any) -> Any:
    """An operand as SymPy takes it; TypeError for what cannot stand in a formula."""
    value = unboxed(value)
    if isinstance(value, MatrixBase):  # of numbers: the problem refuses what is left of it
        return value.as_immutable()
    if isinstance(value, MatrixExpr):
        return value
    if isinstance(value, sp.Expr):
        _check_number(value)
        return finite(sign, value)
    if isinstance(value, Real) and not isinstance(value, bool):
        return finite(sign, value)
    if hasattr(value, "__array__") or hasattr(value, "tocsr") or isinstance(value, (list, tuple)):
        return refuse(f"{sign}: {_kind(value)} in a formula", DATA)
    advice = "operands are matrices and real numbers"
    return refuse(f"{sign}: {short(value)} in a formula", advice)


def unboxed(value: Any) -> Any:
    """A real number of NumPy, also in an array without axes, as Python's; others as they are."""
    kind = getattr(getattr(value, "dtype", None), "kind", "none")
    return value.item() if kind in ("i", "u", "f") and value.shape == () else value


def finite(name: str, value: Any) -> sp.Expr:
    """A number as SymPy takes it; ValueError for NaN, infinity and what no double comes near."""
    try:
        lost = isinstance(value, Real) and not math.isfinite(value)
    except OverflowError:
        lost = True
    number: Any = value if lost else sp.sympify(value)
    if lost or number is sp.nan or number.is_infinite:
        raise ValueError(f"{name}: expected a finite number within doubles, got {short(value)}")
    return number


def _check_number(value: sp.Expr) -> None:
    """TypeError for sin(A): SymPy takes it for a number."""
    for node in sp.preorder_traversal(value):
        if isinstance(node, (sp.Function, sp.Pow)):
            for arg in node.args:
                if isinstance(arg, MatrixExpr) and arg.shape != (1, 1):
                    name = type(node).__name__
                    refuse(f"{node}", f"write nz.entrywise(sympy.{name}, A), or nz.{name}(A)")


def _sum(matrix: Any, other: Any, sign: str, factor: int, left: Any, right: Any) -> Any:
    if isinstance(other, int) and not isinstance(other, bool) and other == 0:  # where sum() begins
        return -matrix if factor == -1 and right is matrix else matrix
    value = checked(sign, other)
    if not isinstance(value, MatrixExpr):
        shown = f"{short(left)} {sign} {short(right)}"
        advice = "a number times nz.ones(rows, cols) is a matrix; nz.as_scalar makes a number of"
        refuse(f"{shown}: a matrix and a number", f"{advice} a 1 × 1 matrix")
    if not _alike(matrix.shape, value.shape):
        raise ValueError(f"{_fit(sign, left, right)}")
    turned = plain(right) if factor == 1 else sp.MatMul(factor, plain(right)).doit()
    return own(sp.MatAdd(plain(left), turned).doit())


def _product(left: Any, right: Any, sign: str = "*") -> Any:
    left, right = checked(sign, left), checked(sign, right)
    both = isinstance(left, MatrixExpr) and isinstance(right, MatrixExpr)
    if both and not _alike(left.shape[1:], right.shape[:1]):
        number = "; nz.as_scalar makes a number of a 1 × 1 matrix"
        raise ValueError(_fit(sign, left, right) + number * (1 in (left.cols, right.rows)))
    return own(sp.MatMul(plain(left), plain(right)).doit())


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(exponent, MatrixExpr):
        refuse(f"{short(base)}**{short(exponent)}", "exponents are numbers")
    if exponent.is_integer is False and not (exponent.is_Float and exponent == int(exponent)):
        shown = f"{short(base)}**{short(exponent)}"
        refuse(shown, "matrices have whole powers; nz.power(A, p) acts entry by entry")
    _check_square(base)
    try:
        return own(plain(base).inverse() if exponent == -1 else sp.MatPow(plain(base), exponent))
    except NonInvertibleMatrixError as error:  # of zeros, and of ones
        raise ValueError(f"{base}**{exponent}: {base} has no inverse") from error


def _check_square(matrix: Any) -> None:
    if not _alike(matrix.shape[:1], matrix.shape[1:]):
        advice = "nz.power acts entry by entry"
        raise ValueError(f"{matrix}: expected a square matrix, got {_shape(matrix)}; {advice}")


def _alike(left: Any, right: Any) -> bool:
    return all(a == b or sp.expand(a - b) == 0 for a, b in zip(left, right, strict=True))


def _fit(sign: str, left: Any, right: Any) -> str:
    shown = f"{left} is {_shape(left)}, {right} is {_shape(right)}"
    return f"{left} {sign} {right}: shapes do not fit: {shown}"


def _shape(matrix: Any) -> str:
    return f"{matrix.rows} × {matrix.cols}"


def _kind(value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__}" + (f" of shape {shape}" if shape is not None else "")


def _real(number: Any) -> float:
    """A NumPy number as Python's; TypeError for one with an imaginary part."""
    if getattr(number, "dtype", None) is not None and number.dtype.kind not in "biuf":
        refuse(f"{short(number)} in a formula", "numbers are real")
    return float(number)
