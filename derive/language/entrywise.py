"""Functions of numbers, which act on every entry of a matrix, unstored zeros included.

exp of a sparse matrix is dense; `map_nonzeros` is the one that acts on stored entries alone.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import sympy as sp
from sympy.logic.boolalg import Boolean
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.language.nodes import (
    SCALARS,
    VARIABLE,
    Apply,
    LogGamma,
    LogSumExp,
    MapNonzeros,
    Modulus,
    Sign,
    Softplus,
)
from nzdiff.derive.language.operators import finite, own, unboxed
from nzdiff.derive.language.refusals import short


def entrywise(function: Any, argument: Any) -> Any:
    """f of a number, or f.(A) on every entry of a matrix, unstored zeros included.

    function: a SymPy function (sympy.exp), a `sympy.Lambda`, or a Python function that makes a
    SymPy expression of its argument.
    """
    if isinstance(argument, MatrixExpr):
        return applied(function, argument)
    return _value(function, checked_number("entrywise", argument))


def map_nonzeros(function: Callable[[Any], Any], matrix: MatrixExpr) -> MatrixExpr:
    """f at the stored entries of a sparse matrix alone; what is not stored stays 0.

    With f(0) = 0 this is `entrywise`; exp, cos or a reciprocal differ.
    """
    return MapNonzeros(_lambda(function), checked_matrix("map_nonzeros", matrix))


def exp(x: Any) -> Any:
    """e^x, of a number or of every entry."""
    return entrywise(sp.exp, x)


def log(x: Any) -> Any:
    """The natural logarithm, of a number or of every entry."""
    return entrywise(sp.log, x)


def sqrt(x: Any) -> Any:
    """The square root, of a number or of every entry."""
    return entrywise(sp.sqrt, x)


def sin(x: Any) -> Any:
    """The sine, of a number or of every entry."""
    return entrywise(sp.sin, x)


def cos(x: Any) -> Any:
    """The cosine, of a number or of every entry."""
    return entrywise(sp.cos, x)


def tan(x: Any) -> Any:
    """The tangent, of a number or of every entry."""
    return entrywise(sp.tan, x)


def sinh(x: Any) -> Any:
    """The hyperbolic sine, of a number or of every entry."""
    return entrywise(sp.sinh, x)


def cosh(x: Any) -> Any:
    """The hyperbolic cosine, of a number or of every entry."""
    return entrywise(sp.cosh, x)


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, of a number or of every entry."""
    return entrywise(sp.tanh, x)


def asinh(x: Any) -> Any:
    """The inverse hyperbolic sine, of a number or of every entry."""
    return entrywise(sp.asinh, x)


def atanh(x: Any) -> Any:
    """The inverse hyperbolic tangent, of a number or of every entry."""
    return entrywise(sp.atanh, x)


def asin(x: Any) -> Any:
    """The inverse sine, of a number or of every entry."""
    return entrywise(sp.asin, x)


def acos(x: Any) -> Any:
    """The inverse cosine, of a number or of every entry."""
    return entrywise(sp.acos, x)


def atan(x: Any) -> Any:
    """The inverse tangent, of a number or of every entry."""
    return entrywise(sp.atan, x)


def atan2(y: Any, x: Any) -> Any:
    """The angle of the point (x, y), a number in (−π, π): 2 atan(y / (r + x)), or of (r − x) / y.

    r = √(x² + y²).  Of the two forms, the one without cancellation; at y = 0 > x it has no
    derivative.
    """
    y, x = checked_number("atan2", y), checked_number("atan2", x)
    size = sp.sqrt(x**2 + y**2)
    return where(x > 0, 2 * sp.atan(y / (size + x)), 2 * sp.atan((size - x) / y))


def absolute(x: Any) -> Any:
    """|x|, of a number or of every entry; its derivative at 0 is taken to be 0."""
    return entrywise(Modulus if _of_matrices(x) else sp.Abs, x)


def sign(x: Any) -> Any:
    """The sign, of a number or of every entry; its derivative is 0."""
    return entrywise(Sign if _of_matrices(x) else sp.sign, x)


def sigmoid(x: Any) -> Any:
    """1 / (1 + e^−x) = (1 + tanh(x/2)) / 2, in the form that does not overflow."""
    return entrywise(lambda y: (1 + sp.tanh(y / 2)) / 2, x)


def softplus(x: Any) -> Any:
    """log(1 + e^x), evaluated without overflow."""
    return entrywise(Softplus, x)


def gammaln(x: Any) -> Any:
    """log Γ(x) of x > 0, of a number or of every entry; NaN where x < 0."""
    return entrywise(LogGamma, x)


def relu(x: Any) -> Any:
    """max(x, 0), of a number or of every entry; its derivative at 0 is taken to be 0."""
    return entrywise(lambda y: where(y > 0, y, 0), x)


def gelu(x: Any) -> Any:
    """x Φ(x), Φ the normal distribution, of a number or of every entry."""
    return entrywise(lambda y: y * (1 + sp.erf(y / sp.sqrt(2))) / 2, x)


def huber(x: Any, delta: Any = 1) -> Any:
    """x² / 2 where |x| ≤ δ, δ (|x| − δ / 2) beyond, of a number or of every entry."""
    bound = checked_number("huber", delta)
    if bound.is_number and not bound.is_positive:
        raise ValueError(f"huber: expected delta > 0, got {delta}")
    return entrywise(
        lambda y: where(sp.Abs(y) <= bound, y**2 / 2, bound * (sp.Abs(y) - bound / 2)), x
    )


def where(condition: Any, first: Any, second: Any) -> sp.Expr:
    """`first` where a condition on numbers holds, `second` elsewhere.

    For entries, inside of a function of one: entrywise(lambda x: where(x > 0, x, x / 10), A).
    """
    if isinstance(condition, bool):
        condition = sp.true if condition else sp.false
    if not isinstance(condition, Boolean):
        raise TypeError(
            f"where: expected a comparison of numbers, got {condition!r}; of entries write "
            "nz.entrywise(lambda x: nz.where(x > 0, x, 0), A)"
        )
    numbers = (checked_number("where", number) for number in (first, second))
    return sp.Piecewise(*zip(numbers, (condition, True), strict=True))


def maximum(left: Any, right: Any) -> Any:
    """The larger of two numbers, or of two entries at each place; one may be a number.

    Of matrices A and B it is (A + B + |A − B|) / 2, with the derivative of both halves where they
    are equal; beside a number, 0 where they are equal.
    """
    return _extreme("maximum", left, right, 1)


def minimum(left: Any, right: Any) -> Any:
    """The smaller of two numbers, or of two entries at each place; see `maximum`."""
    return _extreme("minimum", left, right, -1)


def _extreme(name: str, left: Any, right: Any, sign: int) -> Any:
    """(a + b ± |a − b|) / 2 of two matrices, which no function of one entry is."""
    if isinstance(left, MatrixExpr) and isinstance(right, MatrixExpr):
        if left.shape != right.shape:
            shapes = f"{left.rows} × {left.cols} and {right.rows} × {right.cols}"
            raise ValueError(f"{name}: expected equal shapes, got {shapes}")
        return (left + right + sign * absolute(left - right)) / 2
    if not isinstance(left, MatrixExpr) and not isinstance(right, MatrixExpr):
        numbers = (checked_number(name, number) for number in (left, right))
        return (sp.Max if sign > 0 else sp.Min)(*numbers)
    matrix, number = (left, right) if isinstance(left, MatrixExpr) else (right, left)
    bound = checked_number(name, number)
    return entrywise(lambda x: where(sign * x > sign * bound, x, bound), matrix)


def logsumexp(matrix: MatrixExpr) -> MatrixExpr:
    """log Σ_j exp(A_ij) of every row, a column; of columns, that of the transpose."""
    return LogSumExp(checked_matrix("logsumexp", matrix))


def softmax(matrix: MatrixExpr) -> MatrixExpr:
    """exp(A_ij) / Σ_k exp(A_ik), rows that add up to 1; of columns, that of the transpose."""
    rows = LogSumExp(checked_matrix("softmax", matrix))
    return Apply(_lambda(sp.exp), matrix - rows * own(sp.OneMatrix(1, matrix.cols)))


def power(base: Any, exponent: Any) -> Any:
    """The power of a number, or of every entry of a matrix.

    Write numbers made of matrices into an exponent by it: SymPy's ** takes them apart.
    """
    number = checked_number("power", exponent)
    _check_digits(base, number)
    if not isinstance(base, MatrixExpr) and _of_matrices(number):
        return sp.exp(number * sp.log(checked_number("power", base)))
    return entrywise(lambda x: x**number, base)


def _check_digits(base: Any, exponent: sp.Expr) -> None:
    """ValueError for whole exponents beyond doubles, and for digits that are written for hours."""
    if exponent.is_Integer and abs(exponent) > LARGEST_EXPONENT:
        raise ValueError(f"power: expected an exponent of at most 2**53, got {short(exponent)}")
    if isinstance(base, MatrixExpr) or not exponent.is_Rational:
        return
    numbers = checked_number("power", base).atoms(sp.Rational)
    bits = max((int(max(abs(x.p), x.q) - 1).bit_length() for x in numbers), default=0)
    if abs(exponent) * bits > MOST_BITS:
        raise ValueError(
            f"power: {short(base)} to the power of {short(exponent)} has too many digits; write "
            "decimals, or a scalar by nz.scalar"
        )


LARGEST_EXPONENT = 2**53
MOST_BITS = 2**15


def _of_matrices(x: Any) -> bool:
    """Whether it is a number made of matrices."""
    return isinstance(x, sp.Expr) and not isinstance(x, MatrixExpr) and bool(x.has(*SCALARS))


def applied(function: Any, matrix: Any) -> MatrixExpr:
    """f.(A), entry by entry."""
    return Apply(_lambda(function), checked_matrix("entrywise", matrix))


def _lambda(function: Any) -> sp.Lambda:
    """Any function of one number as a Lambda of a real number."""
    if isinstance(function, sp.Lambda) and len(function.variables) != 1:
        raise ValueError(f"entrywise: expected a function of one number, got {function}")
    return sp.Lambda(VARIABLE, _value(function, VARIABLE))


def _value(function: Any, number: sp.Expr) -> sp.Expr:
    """f(x) as SymPy takes it; TypeError for what cannot be computed of a symbol, as math.exp."""
    if not callable(function):
        raise TypeError(f"entrywise: expected a function of one number, got {function!r}")
    try:
        found = function(number)
    except Exception as error:
        raise TypeError(
            f"entrywise: {getattr(function, '__name__', function)} of a symbol fails ({error}); "
            "expected a function that makes a SymPy expression, such as sympy.exp or "
            "lambda x: sympy.Max(x, 0)"
        ) from error
    return checked_number("entrywise", found)


def checked_matrix(name: str, value: Any) -> MatrixExpr:
    """A matrix expression; anything else is a TypeError that names the function."""
    if not isinstance(value, MatrixExpr):
        array = hasattr(value, "__array__") or hasattr(value, "tocsr")
        advice = "; numbers are data: declare a matrix by nz.dense and bind them by its name"
        raise TypeError(f"{name}: expected a matrix expression, got {value!r}{advice * array}")
    return value


def checked_number(name: str, value: Any) -> sp.Expr:
    """A number as SymPy takes it; anything else is a TypeError that names the function."""
    value = unboxed(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        return finite(name, value)
    if isinstance(value, sp.Expr) and not isinstance(value, MatrixExpr):
        return finite(name, value)
    raise TypeError(
        f"{name}: expected a number, or a matrix by nz.dense or its like, got {value!r}"
    )
