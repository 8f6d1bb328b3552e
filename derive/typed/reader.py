"""A tree of a formula as an expression: shapes first, then what they decide."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from operator import add, mul, sub, truediv
from typing import Any

import sympy as sp
from lark import Token, Tree

from nzdiff.derive.language import entrywise, functions
from nzdiff.derive.language.nodes import Indicator
from nzdiff.derive.language.symbols import dims
from nzdiff.derive.typed import hints, indices, norms, words
from nzdiff.derive.typed.operations import blocks, entry_by_entry, negated, product, summed
from nzdiff.derive.typed.sizes import Sizes
from nzdiff.derive.typed.value import MeaningError, Value, column_of_ones

MOST_DIGITS = 400
MOST_SUMMANDS = 100
COMPARED = {"<": sp.Lt, "<=": sp.Le, "≤": sp.Le, ">": sp.Gt, ">=": sp.Ge, "≥": sp.Ge}
SUM_SIGN = re.compile(r"Σ(_[a-z]|[ᵢⱼₖₗₘₙ]+)?")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@dataclass
class Reader:
    """Reads trees with the names that are known; `sizes` collects what has to be equal.

    names: values of symbols and sizes.  unknown: makes a value of a name that is not among them;
    size: of one that stands where a size is wanted.
    """

    names: Mapping[str, Value]
    unknown: Callable[[str, Any], Value]
    sizes: Sizes = field(default_factory=Sizes)
    bound: tuple[str, ...] = ()
    size: Callable[[str, Any], Value] | None = None
    declared: Collection[str] = ()
    """Names of which something was said beside the formula."""
    copies: int = 1
    """How often sums around a part repeat it."""

    def read(self, tree: Any) -> Value:
        """The value of a tree.  Raises MeaningError and UnequalError, each with its place."""
        return getattr(self, f"_{tree.data}")(tree, *tree.children)  # type: ignore[no-any-return]

    def _number(self, tree: Any, token: Token) -> Value:
        digits = str(token)
        if len(digits) > MOST_DIGITS:
            raise MeaningError(f"expected a number of at most {MOST_DIGITS} digits", tree)
        if not digits.isdecimal() and (
            not math.isfinite(float(digits)) or (float(digits) == 0 and digits.strip("0.eE+-"))
        ):
            raise MeaningError("expected a number that a double holds", tree)
        number = sp.Integer(digits) if digits.isdecimal() else sp.Float(digits)
        return Value(None, lambda: number, tree)

    def _name(self, tree: Any, token: Token) -> Value:
        name = str(token)
        if name in self.bound:
            return Value(None, lambda: sp.Symbol(name, real=True), tree)
        if name in self.names:
            return self.names[name].at(tree)
        if name in ("pi", "π"):
            return Value(None, lambda: sp.pi, tree)
        if name.startswith("_"):
            raise MeaningError(f"{name}: expected a name; indices stand at ‖A‖_F, _2 and _1", tree)
        if name == "I":
            size = self.sizes.open(tree)
            return Value((size, size), lambda: functions.identity(self.sizes(size)), tree)
        if len(name) == 4 and name.startswith("K_"):
            pair = [dims(s)[0] if s.isalpha() else sp.Integer(s) for s in name[2:]]
            rows, cols = pair
            shape = rows * cols, rows * cols
            return Value(shape, lambda: functions.commutation(rows, cols), tree)
        if name in words.WORDS and len(name) > 1:
            raise MeaningError(f"{name}: a function, not a name; write {name}(…)", tree)
        return self.unknown(name, tree)

    def _group(self, tree: Any, inside: Any) -> Value:
        value = self.read(inside)
        form = not value.is_number and value.is_single(self.sizes)
        return replace(value, place=tree, form=form)

    def _add(self, tree: Any, left: Any, right: Any) -> Value:
        return summed(self.sizes, tree, (self.read(left), self.read(right)), add)

    def _subtract(self, tree: Any, left: Any, right: Any) -> Value:
        return summed(self.sizes, tree, (self.read(left), self.read(right)), sub)

    def _negative(self, tree: Any, inside: Any) -> Value:
        return negated(tree, self.read(inside))

    def _multiply(self, tree: Any, left: Any, right: Any) -> Value:
        return product(self.sizes, tree, self.read(left), self.read(right))

    def _beside(self, tree: Any, left: Any, right: Any) -> Value:
        """A product without a sign; 1 in it is the column of ones."""
        if left.data == "divide" and left.meta.end_pos == right.meta.start_pos:
            raise MeaningError(
                "expected a sign: a/2b may be (a/2)*b or a/(2*b); write one of them", right
            )
        numbered = left.data == "beside" and _literal(left.children[0])
        before = left.children[-1] if numbered else left
        if before.data == "name" and SUM_SIGN.fullmatch(str(before.children[0])):
            self._check_declared(before)
        if _literal(left) and _literal(right) and not _is_one(right):
            raise MeaningError("expected an operator between two numbers", right)
        return product(self.sizes, tree, self.factor(left), self.factor(right))

    def _check_declared(self, sign: Any) -> None:
        """Σ before a factor is a sum to most readers; a matrix where it was said to be one."""
        name = str(sign.children[0])
        if not {name, name.replace("Σ", "Sigma")} & {*self.names, *self.declared}:
            raise MeaningError(
                f"{name}: no sum; write sum(x), sum(i = 0:3, x[i]^2) or x'*x; a matrix of this "
                "name is declared",
                sign,
            )

    def factor(self, tree: Any) -> Value:
        """A factor of a product without signs."""
        if tree.data == "negative" and _is_one(tree.children[0]):
            ones = column_of_ones(self.sizes, tree)
            return Value(ones.shape, lambda: -ones.build(), tree)
        if _literal(tree) and tree.children[0] == "0":
            shape = self.sizes.open(tree), self.sizes.open(tree)
            return Value(shape, lambda: functions.zeros(*map(self.sizes, shape)), tree)
        return column_of_ones(self.sizes, tree) if _is_one(tree) else self.read(tree)

    def _divide(self, tree: Any, left: Any, right: Any) -> Value:
        above, below = self.read(left), self.read(right)
        if not below.is_single(self.sizes):
            if above.shape is None or self.sizes(above.shape[1]) == 1:
                raise MeaningError(
                    "expected a number to divide by; A*inv(B) divides by a matrix, "
                    "A./B entry by entry",
                    right,
                )
            inverse = words.called("inv", self.sizes, right, (below,))
            return product(self.sizes, tree, above, inverse)

        def build() -> Any:
            number = below.number()
            if number == 0:
                raise MeaningError("expected a number other than 0 to divide by", right)
            return above.build() / number

        return Value(above.shape, build, tree)

    def _dot(self, tree: Any, left: Any, right: Any) -> Value:
        """A product; of two columns, the inner product."""
        if self._are_columns(left, right):
            return self._inner_product(tree, left, right)
        return self._multiply(tree, left, right)

    def _cross(self, tree: Any, left: Any, right: Any) -> Value:
        """A product; of two columns, the cross product."""
        if self._are_columns(left, right):
            pair = self.read(left), self.read(right)
            return words.called("cross", self.sizes, tree, pair)
        return self._multiply(tree, left, right)

    def _are_columns(self, *trees: Any) -> bool:
        shapes = [self.read(tree).shape for tree in trees]
        return all(
            shape is not None and self.sizes(shape[1]) == 1 and self.sizes(shape[0]) != 1
            for shape in shapes
        )

    def _inner_product(self, tree: Any, left: Any, right: Any) -> Value:
        return words.called("inner", self.sizes, tree, (self.read(left), self.read(right)))

    def _ones(self, tree: Any, _: Token) -> Value:
        return column_of_ones(self.sizes, tree)

    def _solve(self, tree: Any, left: Any, right: Any) -> Value:
        matrix, column = self.read(left), self.read(right)
        size = words.square(self.sizes, matrix, "\\")
        rows, cols = words.matrix(column, "\\")
        self.sizes.equal(size, rows, right)
        return Value((rows, cols), lambda: functions.inv(matrix.build()) * column.build(), tree)

    def _hadamard(self, tree: Any, left: Any, right: Any) -> Value:
        pair = self.read(left), self.read(right)
        return entry_by_entry(self.sizes, tree, pair, functions.hadamard, mul)

    def _quotient(self, tree: Any, left: Any, right: Any) -> Value:
        pair = self.read(left), self.read(right)
        return entry_by_entry(self.sizes, tree, pair, functions.quotient, truediv)

    def _kron(self, tree: Any, left: Any, right: Any) -> Value:
        return words.called("kron", self.sizes, tree, (self.factor(left), self.factor(right)))

    def _inner(self, tree: Any, left: Any, right: Any) -> Value:
        return words.called("inner", self.sizes, tree, (self.factor(left), self.factor(right)))

    def _transpose(self, tree: Any, inside: Any, *_: Any) -> Value:
        value = self.factor(inside)
        if value.shape is None:
            return value
        return Value(value.shape[::-1], lambda: value.build().T, tree, value.tall, value.inner)

    def _inverse(self, tree: Any, inside: Any, *_: Any) -> Value:
        value = self.read(inside)
        if value.is_number:
            return Value(None, lambda: 1 / value.build(), tree)
        return words.called("inv", self.sizes, tree, (value,))

    def _inverse_transpose(self, tree: Any, inside: Any, *_: Any) -> Value:
        value = self._inverse(tree, inside)
        return value if value.is_number else Value(value.shape, lambda: value.build().T, tree)

    def _raised(self, tree: Any, inside: Any, token: Token) -> Value:
        number = sp.Integer(str(token).translate(SUPERSCRIPTS))
        return self.power(tree, self.read(inside), Value(None, lambda: number, tree))

    def _power(self, tree: Any, inside: Any, exponent: Any) -> Value:
        while exponent.data == "group":
            (exponent,) = exponent.children
        negative = exponent.data == "negative"
        (sign,) = exponent.children if negative else (exponent,)
        if sign.data == "name" and sign.children[0] == "T" and "T" not in self.names:
            return (
                self._inverse_transpose(tree, inside) if negative else self._transpose(tree, inside)
            )
        return self.power(tree, self.read(inside), self.read(exponent))

    def power(self, tree: Any, base: Value, exponent: Value) -> Value:
        """A power of a number, or a whole power of a square matrix."""
        if not exponent.is_single(self.sizes):
            raise MeaningError("expected a number as exponent", exponent.place)
        if base.is_number or base.form:
            return Value(None, lambda: entrywise.power(base.number(), exponent.number()), tree)
        words.square(self.sizes, base, "^")

        def build() -> Any:
            number = exponent.number()
            if _is_whole(number):
                return base.build() ** number
            if base.is_single(self.sizes):
                return entrywise.power(base.number(), number) * functions.ones(1, 1)
            raise MeaningError(
                "expected a whole number as exponent of a matrix; A.^p is entry by entry",
                tree,
            )

        def of_numbers() -> Any:
            number = exponent.number()
            if _is_whole(number):
                return functions.as_scalar(base.build() ** number)
            return entrywise.power(base.number(), number)

        return Value(base.shape, build, tree, of_numbers=of_numbers)

    def _entry_power(self, tree: Any, inside: Any, exponent: Any) -> Value:
        base, number = self.read(inside), self.read(exponent)
        if not number.is_number and not number.is_single(self.sizes):
            return self._exponential(tree, base, number)
        if base.is_number:
            return self.power(tree, base, number)
        return Value(base.shape, lambda: entrywise.power(base.build(), number.number()), tree)

    def _exponential(self, tree: Any, base: Value, exponents: Value) -> Value:
        """c.^x of a number c: exp(x log c) at every entry."""
        if not base.is_number:
            raise MeaningError(
                "expected a number as base or as exponent; write exp(y.*log(x)) for x.^y",
                exponents.place,
            )
        self.sizes.spreads += not _literal(base.place)

        def build() -> Any:
            return entrywise.exp(entrywise.log(base.number()) * exponents.build())

        return Value(exponents.shape, build, tree)

    def _entry(self, tree: Any, inside: Any, *places: Any) -> Value:
        """A[i, j], x[i], A[:, j], A[1:n, :]: entries, rows and columns, counted from 0."""
        return indices.picked(self.sizes, tree, self.read(inside), [self._place(p) for p in places])

    def _place(self, tree: Any) -> indices.Place:
        """An index, or the two ends of a range, None where it has none."""
        if tree.data == "every":
            return None, None
        if tree.data in ("range", "range_from", "range_to"):
            ends = [self._size(end) for end in tree.children]
            first = None if tree.data == "range_to" else ends[0]
            return first, None if tree.data == "range_from" else ends[-1]
        return self.read(tree)

    def _call(self, tree: Any, name: Token, *arguments: Any) -> Value:
        known = str(name) in self.names
        if (known or str(name) not in words.WORDS) and all(map(_is_place, arguments)):
            what = "a symbol and no function" if known else "no function of this name"
            said = hints.entry(str(name), (str(argument.children[0]) for argument in arguments))
            raise MeaningError(f"{name}: {what}; {said}", tree)
        if known:
            raise MeaningError(
                f"{name}: a symbol and no function; a product is {name}*(…), an entry {name}[i, j]",
                tree,
            )
        if str(name) == "norm" and len(arguments) == 2:
            return self._norm_of_order(tree, *arguments)
        first = words.SIZED.get(str(name), len(arguments))
        read = self.factor if str(name) in words.OF_MATRICES else self.read
        values = [read(a) for a in arguments[:first]] + [self._size(a) for a in arguments[first:]]
        return words.called(str(name), self.sizes, tree, tuple(values))

    def _along(self, tree: Any, name: Token, inside: Any, *directions: Any) -> Value:
        """expm(A; E), the derivative of expm at A in the direction E, or in several."""
        if str(name) != "expm":
            raise MeaningError(f"{name}: expected a comma between arguments, got ;", tree)
        parts = tuple(self.factor(part) for part in (inside, *directions))
        return words.exponential(self.sizes, tree, parts)

    def _norm_of_order(self, tree: Any, inside: Any, order: Any) -> Value:
        """norm(x, 1), norm(x, p), norm(X, 'fro')."""
        value, word = self.factor(inside), str(order.children[0]) if order.data == "name" else ""
        if word in norms.NAMED and word not in self.names:
            return norms.indexed(self.sizes, tree, value, word)
        return words.called("norm", self.sizes, tree, (value, self.read(order)))

    def _sum_over(self, tree: Any, name: Token, index: Token, over: Any, inside: Any) -> Value:
        """sum(i = 0:3, x[i]*x[i + 1]): a summand for each whole number, the end left out."""
        if str(name) not in ("sum", "Σ") or over.data != "inner":
            raise MeaningError("expected sum(i = 0:3, …), a sum from 0 to 2", tree)
        first, last = (_whole(self.read(end), end) for end in over.children)
        copies = self.copies * (last - first)
        if not 0 < copies <= MOST_SUMMANDS:
            raise MeaningError(f"expected a range of 1 to {MOST_SUMMANDS} numbers, as 0:3", over)
        found: Value | None = None
        for place in range(first, last):
            known = {**self.names, str(index): _number_value(sp.Integer(place), tree)}
            summand = replace(self, names=known, copies=copies).read(inside)
            found = summed(self.sizes, tree, (found, summand), add) if found else summand
        assert found is not None
        return found.at(tree)

    def _size(self, tree: Any) -> Value:
        """An argument that is a size: names in it that nothing is known of are sizes."""
        return replace(self, unknown=self.size).read(tree) if self.size else self.read(tree)

    def _function(self, tree: Any, name: Token) -> Value:
        raise MeaningError(f"{name}: expected a function with .(…) or .[…] behind it", tree)

    def _function_on_entries(self, tree: Any) -> Callable[[Any], Any]:
        if tree.data == "function":
            function = words.function_of(str(tree.children[0]))
            if function is None:
                raise MeaningError(f"{tree.children[0]}: no function on entries of this name", tree)
            return function
        if tree.data != "maps":
            raise MeaningError("expected a function before .(…), such as exp or (t ↦ t^2)", tree)
        name, body = tree.children
        inner = replace(self, bound=(*self.bound, str(name)))
        value = inner.read(body)
        if not value.is_number:
            raise MeaningError("expected a function with a number as its value", body)
        symbol = sp.Symbol(str(name), real=True)
        return lambda x: value.build().xreplace({symbol: x})

    def _maps(self, tree: Any, *_: Any) -> Value:
        raise MeaningError("expected .(…) or .[…] behind a function", tree)

    def _apply(self, tree: Any, function: Any, inside: Any) -> Value:
        made, value = self._function_on_entries(function), self.factor(inside)
        shape = words.matrix(value, "f.(…)")
        return Value(shape, lambda: entrywise.applied(made, value.build()), tree)

    def _map_stored(self, tree: Any, function: Any, inside: Any) -> Value:
        made, value = self._function_on_entries(function), self.factor(inside)
        shape = words.matrix(value, "f.[…]")
        return Value(shape, lambda: entrywise.map_nonzeros(made, value.build()), tree)

    def _positive_logdet(self, tree: Any, _: Token, inside: Any) -> Value:
        value = self.read(inside)
        words.square(self.sizes, value, "log det")
        return Value(None, lambda: functions.logdet(value.build(), positive=True), tree)

    def _log_of_modulus(self, tree: Any, *inside: Any) -> Value:
        value = self.read(inside[-1])
        if not value.is_single(self.sizes):
            raise MeaningError(
                "log|…|: expected a number between the bars, as in log|det(A)|", inside[-1]
            )

        def build() -> Any:
            number = value.number()
            if isinstance(number, sp.Determinant):
                return functions.logdet(number.arg)
            return entrywise.log(entrywise.absolute(number))

        return Value(None, build, tree)

    def _root(self, tree: Any, inside: Any) -> Value:
        return words.called("sqrt", self.sizes, tree, (self.read(inside),))

    def _norm(self, tree: Any, inside: Any, index: str = "") -> Value:
        return norms.indexed(self.sizes, tree, self.factor(inside), str(index))

    def _norm_raised(self, tree: Any, inside: Any, token: Token) -> Value:
        """‖X‖²_F."""
        power, index = norms.raised(str(token))
        return self.power(tree, self._norm(tree, inside, index), _number_value(power, tree))

    def _modulus(self, tree: Any, inside: Any) -> Value:
        value = self.read(inside)
        if not value.is_single(self.sizes):
            raise MeaningError("|A| of a matrix: write abs(A) entry by entry, or det(A)", tree)
        return Value(None, lambda: entrywise.absolute(value.number()), tree)

    def _indicator(self, tree: Any, inside: Any, zero: Token) -> Value:
        value = self.read(inside)
        if float(zero) != 0:
            raise MeaningError("expected 0 behind ≠", tree)
        return Value(words.matrix(value, "[… ≠ 0]"), lambda: Indicator(value.build()), tree)

    def _shift(self, tree: Any, sign: Token, *sizes: Any) -> Value:
        return indices.shift(str(sign), tree, tuple(self._size(size) for size in sizes))

    def _rows(self, tree: Any, sign: Token, *sizes: Any) -> Value:
        places = str(sign)[2:].partition("]")[0]
        return indices.selection(places, tree, tuple(self._size(size) for size in sizes))

    def _definite(self, tree: Any, inside: Any) -> Value:
        return words.domain(self.sizes, tree, self.read(inside), "positive definite")

    def _hurwitz(self, tree: Any, inside: Any, _: Token) -> Value:
        return words.domain(self.sizes, tree, self.read(inside), "hurwitz")

    def _schur(self, tree: Any, inside: Any, _: Token) -> Value:
        return words.domain(self.sizes, tree, self.read(inside), "schur")

    def _cases(self, tree: Any, *parts: Any) -> Value:
        """(x if c > 0, else y) of numbers."""
        values = [self.read(part) for part in parts[::2]]
        tests = [self.condition(part) for part in parts[1::2]]
        for value in values:
            if not value.is_single(self.sizes):
                raise MeaningError("expected numbers in cases", value.place)

        def build() -> Any:
            *cases, last = (value.number() for value in values)
            found = last
            for case, test in zip(reversed(cases), reversed(tests), strict=True):
                found = entrywise.where(test(), case, found)
            return found

        return Value(None, build, tree)

    def condition(self, tree: Any) -> Callable[[], Any]:
        """A comparison of numbers, or several."""
        if tree.data == "compared":
            left, sign, right = tree.children
            pair = self.read(left), self.read(right)
            return lambda: COMPARED[str(sign)](*(value.number() for value in pair))
        parts = [self.condition(part) for part in tree.children]
        joined = {"any_of": sp.Or, "all_of": sp.And, "not_so": sp.Not}[tree.data]
        return lambda: joined(*(part() for part in parts))

    def _blocks(self, tree: Any, *rows: Any) -> Value:
        return blocks(
            self.sizes, tree, [[self.read(part) for part in row.children] for row in rows]
        )


def _number_value(number: sp.Integer, place: Any) -> Value:
    """A number that a name stands for."""
    return Value(None, lambda: number, place)


def _is_whole(number: Any) -> bool:
    return bool(number.is_number) and number.is_integer is True


def _whole(value: Value, place: Any) -> int:
    """An end of a range as a number."""
    number: Any = value.number() if value.is_number else None
    if not isinstance(number, sp.Integer):
        raise MeaningError(
            "expected a number: sums over sizes are products, as a'*b for all a[i]*b[i]", place
        )
    return int(number)


def _literal(tree: Any) -> bool:
    return isinstance(tree, Tree) and tree.data == "number"


def _is_place(tree: Any) -> bool:
    return _literal(tree) and tree.children[0].isdecimal()


def _is_one(tree: Any) -> bool:
    return _literal(tree) and tree.children[0] == "1"
