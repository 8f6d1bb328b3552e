"""The numbers that expressions are evaluated in: doubles, many digits, a prime field, symbols.

Each arithmetic says how a SymPy number becomes an entry, what functions are, and how square
matrices are inverted.  Sums and products are those of NumPy on arrays of such entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, ClassVar

import mpmath
import numpy as np
import sympy as sp
from scipy import linalg, special

from nzdiff.derive.language.nodes import LogGamma, Modulus, PolyGamma, Sign, Softplus
from nzdiff.derive.proof import finite_field as gf
from nzdiff.derive.proof.cases import Cases

SMALL, TERMS = 8, 25
"""A matrix of norm 2⁻⁸ has its exponential to 85 digits by so many terms."""
Array = Any
"""A NumPy array of entries; a number is an entry alone."""


class Entries(Cases):
    """Arithmetic on arrays of Python objects: elimination, powers by repeated products."""

    def number(self, number: Any) -> Any:
        """A SymPy number as an entry."""
        raise NotImplementedError

    def is_zero(self, entry: Any) -> bool:
        """Whether an entry cannot be a pivot."""
        return bool(entry == 0)

    def function(self, function: Any, arrays: list[Array]) -> Array:
        """A SymPy function of arrays, entry by entry."""
        raise TypeError(f"{function.__name__} is no function of {type(self).__name__}")

    def power(self, base: Array, exponent: Any) -> Array:
        """A power with a constant exponent, entry by entry."""
        if not exponent.is_Integer:
            raise TypeError(f"no power {exponent} in {type(self).__name__}")
        result = reduce(lambda a, b: a * b, [base] * abs(int(exponent)))
        return result if exponent > 0 else self.number(sp.Integer(1)) / result

    def raised(self, base: Array, exponent: Array, *, least: bool = False) -> Array:
        """A power whose exponent is an entry, too; `least`: 0 where it is infinite (`Slope`)."""
        log = self.function(sp.log, [base])
        return self.function(sp.exp, [log * exponent])

    def zeros_and_ones(self, matrix: Any) -> Array:
        """A matrix of zeros and ones as entries."""
        zero, one = self.number(sp.Integer(0)), self.number(sp.Integer(1))
        return filled([one if x else zero for x in matrix.ravel()], matrix.shape)

    def inverse(self, matrix: Array) -> Array:
        """A⁻¹ by elimination; ZeroDivisionError where A is singular."""
        return self._eliminated(matrix)[1]

    def determinant(self, matrix: Array) -> Any:
        """det A, the product of the pivots."""
        try:
            pivots = self._eliminated(matrix)[0]
        except ZeroDivisionError:
            return self._by_traces(matrix)
        return reduce(lambda a, b: a * b, pivots, self.number(sp.Integer(1)))

    def _by_traces(self, matrix: Array) -> Any:
        """det A of a singular A, whose slope need not be 0, without a pivot.

        M₁ = A, c_k = tr(M_k) / k, M_{k+1} = A (M_k − c_k I), det A = ± c_n (Faddeev, Le Verrier).
        """
        power, size = matrix, matrix.shape[0]
        one = self.zeros_and_ones(np.eye(size, dtype=int))
        found = self.number(sp.Integer(0))
        for k in range(1, size + 1):
            trace = reduce(lambda a, b: a + b, np.diagonal(power))
            found = trace * self.number(sp.Rational(1, k))
            power = matrix @ (power - one * found)
        return found if size % 2 else self.number(sp.Integer(-1)) * found

    def exponential(self, matrix: Array) -> Array:
        """exp(A)."""
        raise TypeError(f"there is no exponential in {type(self).__name__}")

    def log_determinant(self, matrix: Array) -> Any:
        """log |det A|."""
        return self.function(sp.log, [self.determinant(matrix)])

    def _eliminated(self, matrix: Array) -> tuple[list[Any], Array]:
        """Pivots, the sign of the permutation among them, and the inverse."""
        size = matrix.shape[0]
        work = np.hstack([matrix, self.zeros_and_ones(np.eye(size, dtype=int))])
        pivots = []
        for k in range(size):
            row = next((r for r in range(k, size) if not self.is_zero(work[r, k])), None)
            if row is None:
                raise ZeroDivisionError("the matrix is singular at this point")
            if row != k:
                work[[k, row]] = work[[row, k]]
                pivots.append(self.number(sp.Integer(-1)))
            pivots.append(work[k, k])
            work[k] = work[k] / filled([work[k, k]], ())
            for r in range(size):
                if r != k:
                    work[r] = work[r] - work[k] * filled([work[r, k]], ())
        return pivots, work[:, size:]


@dataclass(frozen=True, slots=True)
class Field(Entries):
    """Dual numbers over GF(prime).  The value of a logarithm has no place, its slope has."""

    prime: int = gf.PRIME

    def __str__(self) -> str:
        return "GF(2^61 - 1)" if self.prime == gf.PRIME else f"GF({self.prime})"

    def number(self, number: Any) -> gf.Dual:
        """A rational number in the field."""
        return gf.field_number(number, self.prime)

    def is_zero(self, entry: gf.Dual) -> bool:
        """Whether the value is 0."""
        return entry.value == 0

    def log_determinant(self, matrix: Array) -> gf.Dual:
        """0 + d log|det A| · ε."""
        pivots = self._eliminated(matrix)[0]
        slopes = ((p.of(p.slope) / p.of(p.value)).value for p in pivots)
        return gf.Dual(0, sum(slopes) % self.prime, self.prime)


class Fractions(Entries):
    """Exact rational numbers."""

    def number(self, number: Any) -> Fraction:
        """A rational number."""
        if not number.is_Rational:
            raise TypeError(f"{number} is no rational number")
        return Fraction(int(number.p), int(number.q))


class Precise(Entries):
    """Complex numbers of 80 decimal digits.

    |z| and sign z are those that are real and analytic where Re z ≠ 0, so that slopes of
    functions of a real variable stay right where an intermediate number is complex.
    """

    context: ClassVar[Any] = mpmath.MPContext()
    context.dps = 80

    def number(self, number: Any) -> Any:
        """A real number to 80 digits."""
        if number.is_Rational:
            return self.context.mpf(int(number.p)) / int(number.q)
        return self.context.mpf(str(sp.N(number, 85)))

    def is_zero(self, entry: Any) -> bool:
        """Whether nothing but rounding is left."""
        return bool(abs(entry) < self.context.mpf(10) ** -60)

    def exponential(self, matrix: Array) -> Array:
        """By scaling, a Taylor polynomial and squaring."""
        largest = max((abs(entry) for entry in matrix.ravel()), default=0)
        halvings = SMALL + int(self.context.ceil(self.context.log(1 + largest * len(matrix), 2)))
        small = matrix / self.context.mpf(2) ** halvings
        one = self.zeros_and_ones(np.eye(len(matrix), dtype=int))
        total = one
        for degree in range(TERMS, 0, -1):
            total = one + small @ total / self.context.mpf(degree)
        return reduce(lambda power, _: power @ power, range(halvings), total)

    def function(self, function: Any, arrays: list[Array]) -> Array:
        """Entry by entry."""
        found = self._function(function)
        return np.frompyfunc(found, len(arrays), 1)(*arrays)

    def power(self, base: Array, exponent: Any) -> Array:
        """Principal powers."""
        if exponent.is_Integer:
            return super().power(base, exponent)
        number = self.number(exponent)

        def raised(x: Any) -> Any:
            if x == 0 and number < 0:
                raise ZeroDivisionError(f"0 to the power of {exponent} at this point")
            return self.context.power(x, number)

        return np.frompyfunc(raised, 1, 1)(base)

    def raised(self, base: Array, exponent: Array, *, least: bool = False) -> Array:
        """Principal powers; ZeroDivisionError where one is infinite."""

        def found(x: Any, e: Any) -> Any:
            if x != 0:
                return self.context.exp(e * self.context.log(x))
            if not least and self.context.re(e) < 0:
                raise ZeroDivisionError("0 to a negative power at this point")
            return self.context.mpf(int(e == 0))

        return np.frompyfunc(found, 2, 1)(base, exponent)

    def _function(self, function: Any) -> Callable[..., Any]:
        known: dict[Any, Callable[..., Any]] = {
            sp.Abs: lambda x: x * self._sign(x),
            Modulus: lambda x: x * self._sign(x),
            sp.sign: self._sign,
            Sign: self._sign,
            sp.Max: lambda x, y: x if self._sign(x - y) > 0 else y,
            sp.Min: lambda x, y: y if self._sign(x - y) > 0 else x,
            sp.Heaviside: lambda x, *_: (1 + self._sign(x)) / 2,
            Softplus: lambda x: self.context.log(1 + self.context.exp(x)),
            LogGamma: self.context.loggamma,
            PolyGamma: lambda k, x: self.context.psi(int(k), x),
        }
        found = known.get(function)
        return found or getattr(self.context, function.__name__)

    def _sign(self, x: Any) -> int:
        real = self.context.re(x)
        return int(real > 0) - int(real < 0)


class Doubles(Cases):
    """Floats and complex floats."""

    def chosen(self, conditions: list[Array], values: list[Array]) -> Array:
        """As floats again."""
        found = np.asarray(super().chosen(conditions, values))
        return found.astype(np.result_type(*values))[()]

    def number(self, number: Any) -> float:
        """A real number as a float."""
        return float(number)

    def zeros_and_ones(self, matrix: Any) -> Array:
        """As floats."""
        return matrix.astype(float)

    def function(self, function: Any, arrays: list[Array]) -> Array:
        """Entry by entry, analytic in complex arguments as in `Precise`."""
        name = str({Modulus: "Abs", Sign: "sign"}.get(function, function.__name__))
        if name in ("Abs", "sign", "Heaviside", "Max", "Min"):
            x = np.asarray(arrays[0])
            if name in ("Max", "Min"):
                larger = np.real(x) > np.real(arrays[1])
                return np.where(larger if name == "Max" else ~larger, x, arrays[1])
            sign = np.sign(np.real(x))
            return {"Abs": x * sign, "sign": sign, "Heaviside": (1 + sign) / 2}[name]
        if name == "Softplus":
            x = np.asarray(arrays[0])
            return np.log1p(np.exp(-x * np.sign(np.real(x)))) + np.where(np.real(x) > 0, x, 0)
        if name in ("LogGamma", "PolyGamma"):
            return _gamma(*arrays)
        if name in ("erf", "erfc"):
            return getattr(special, name)(*arrays)
        renamed = "arc" + name[1:] if name.startswith("a") else name
        with np.errstate(all="ignore"):  # log 0 = −∞
            return getattr(np, renamed)(*arrays)

    def power(self, base: Array, exponent: Any) -> Array:
        """A power with a constant exponent."""
        if exponent.is_Integer:
            result = reduce(lambda a, b: a * b, [base] * abs(int(exponent)))
            return result if exponent > 0 else 1.0 / result
        return base ** float(exponent)

    def raised(self, base: Array, exponent: Array, *, least: bool = False) -> Array:
        """A power whose exponent is an entry, too; of a negative base where that is whole."""
        with np.errstate(all="ignore"):
            found = np.power(base, exponent)
            infinite = (np.asarray(base) == 0) & (np.real(exponent) < 0) & least
            return np.where(infinite, 0.0, found)[()]

    def inverse(self, matrix: Array) -> Array:
        """A⁻¹ by LAPACK."""
        return np.linalg.inv(matrix)

    def determinant(self, matrix: Array) -> Any:
        """det A by LAPACK."""
        return np.linalg.det(matrix)

    def exponential(self, matrix: Array) -> Array:
        """By SciPy."""
        return linalg.expm(matrix)

    def log_determinant(self, matrix: Array) -> Any:
        """log |det A|; of a complex matrix, continued analytically."""
        sign, size = np.linalg.slogdet(matrix)
        if not np.iscomplexobj(matrix):
            return size
        return size + np.log(sign * np.sign(np.real(sign)))


def _gamma(*arrays: Array) -> Array:
    """log Γ(x) of (x,), ψ⁽ᵏ⁾(x) of (k, x) where x > 0; of x + i h with a tiny h by its slope."""
    *order, x = arrays
    k, real = int(order[0]) if order else -1, np.real(x)
    values = np.where(
        real > 0, special.polygamma(k, real) if order else special.gammaln(real), np.nan
    )
    if not np.iscomplexobj(x):
        return values[()]
    return (values + 1j * np.imag(x) * special.polygamma(k + 1, real))[()]


Arithmetic = Entries | Doubles


def filled(entries: list[Any], shape: tuple[int, ...]) -> Array:
    """Entries, row by row, as an object array."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)
