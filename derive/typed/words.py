"""The functions of a formula by their names: what each does with shapes, and what it builds."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from inspect import isfunction, signature
from typing import Any

import sympy as sp

from nzdiff.derive.language import entrywise, equations, functions
from nzdiff.derive.language.nodes import PolyGamma
from nzdiff.derive.language.symbols import checked_size
from nzdiff.derive.typed import hints, norms
from nzdiff.derive.typed.sizes import Sizes
from nzdiff.derive.typed.value import REFUSED, MeaningError, Value, column_of_ones, spread

Word = Callable[[Sizes, Any, tuple[Value, ...]], Value]
ONE = sp.Integer(1)


def called(name: str, sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """The function of this name on its arguments."""
    if name in INSTEAD:
        raise MeaningError(f"{name}: {INSTEAD[name]}", place)
    if name not in WORDS:
        raise MeaningError(f"{name}: no function of this name; {_instead(name)}", place)
    word, counts = WORDS[name]
    if len(arguments) not in counts:
        wanted = " or ".join(map(str, counts))
        raise MeaningError(f"{name}: expected {wanted} arguments, got {len(arguments)}", place)
    return word(sizes, place, arguments)


def _instead(name: str) -> str:
    """What to write for a name that no function has."""
    if name in hints.WORDS:
        return hints.WORDS[name]
    close = get_close_matches(name, WORDS, n=3, cutoff=0.65)
    said = f"there are {', '.join(close)}" if close else "docs/reference/typed.md has all of them"
    return f"a product is {name}*(…); {said}" if len(name) == 1 else said


def function_of(name: str) -> Callable[[Any], Any] | None:
    """The function on entries of this name, None where there is none."""
    return ON_ENTRIES.get(name)


def matrix(value: Value, name: str) -> Any:
    """The shape of an argument that has to be a matrix."""
    if value.shape is None:
        raise MeaningError(f"{name}: expected a matrix, got a number", value.place)
    return value.shape


def square(sizes: Sizes, value: Value, name: str) -> Any:
    """The size of an argument that has to be square."""
    rows, cols = matrix(value, name)
    for one, other in zip(value.tall, value.inner, strict=False):
        sizes.suggest(one, other)
    sizes.equal(rows, cols, value.place)
    return rows


def _number_of(name: str, make: Callable[[Any], Any], *, of_square: bool = False) -> Word:
    """A number made of one matrix."""

    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        (value,) = arguments
        if of_square:
            square(sizes, value, name)
        matrix(value, name)
        return Value(None, lambda: make(value.build()), place)

    return word


def _sum(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """The sum of all entries; sum(sum(X)), as MATLAB has it, is the same."""
    inside = getattr(arguments[0].place, "children", ())
    if arguments[0].is_number and inside and str(inside[0]) in ("sum", "Σ"):
        return arguments[0].at(place)
    return _number_of("sum", functions.total)(sizes, place, arguments)


def _norm(make: Callable[[Any], Any]) -> Word:
    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        value = arguments[0]
        if value.shape is None:
            return norms.length(place, value)
        return Value(None, lambda: make(value.build()), place)

    return word


def _p_norm(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    value, order = arguments[0], arguments[1] if len(arguments) == 2 else None
    if order is not None and not order.is_single(sizes):
        raise MeaningError("norm: expected a number p", order.place)
    number = order.number if order is not None else lambda: sp.Integer(2)
    return norms.of_order(sizes, place, value, number)


def _entrywise(function: Callable[[Any], Any]) -> Word:
    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        (value,) = arguments
        if value.is_single(sizes):
            return Value(None, lambda: function(value.number()), place)
        return Value(value.shape, lambda: function(value.build()), place)

    return word


def _inverse(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    size = square(sizes, arguments[0], "inv")
    return Value((size, size), lambda: functions.inv(arguments[0].build()), place)


def exponential(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """expm(A), and expm(A; E), its derivative in directions."""
    size = square(sizes, arguments[0], "expm")
    for direction in arguments[1:]:
        sizes.equal(square(sizes, direction, "expm"), size, direction.place)

    def build() -> Any:
        along = (value.build() for value in arguments[1:])
        return equations.expm(arguments[0].build()).func(arguments[0].build(), *along)

    return Value((size, size), build, place)


def _solution(name: str, make: Callable[..., Any]) -> Word:
    """What an equation of square matrices defines, of the shape of its last argument."""

    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        *operators, right = arguments
        found = [square(sizes, operator, name) for operator in operators]
        for size, expected in zip(matrix(right, name), (found[0], found[-1]), strict=True):
            sizes.equal(size, expected, place)
        return Value(right.shape, lambda: make(*(a.build() for a in arguments)), place)

    return word


def _vec(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    rows, cols = matrix(arguments[0], "vec")
    return Value(
        (rows * cols, ONE),
        lambda: functions.vec(arguments[0].build()),
        place,
        tall=(cols, rows),
    )


def _diag(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    rows, cols = matrix(arguments[0], "diag")
    if sizes(cols) == 1:
        return Value((rows, rows), lambda: functions.diag(arguments[0].build()), place)
    return _diagonal(sizes, place, arguments)


def _diagonal(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    size = square(sizes, arguments[0], "diagonal")
    return Value((size, ONE), lambda: functions.diag_of(arguments[0].build()), place)


def _kron(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    left, right = arguments
    (a, b), (c, d) = matrix(left, "kron"), matrix(right, "kron")
    sizes.suggest(a, b, last=True)
    sizes.suggest(c, d, last=True)
    return Value(
        (a * c, b * d),
        lambda: functions.kron(left.build(), right.build()),
        place,
        inner=(b, d),
        tall=(a, c),
    )


def _alike(name: str, make: Callable[[Any, Any], Any], *, number: bool = False) -> Word:
    """What is made of two matrices of one shape."""

    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        left, right = arguments
        for one, other in zip(matrix(left, name), matrix(right, name), strict=True):
            sizes.equal(one, other, place)
        shape = None if number else left.shape
        return Value(shape, lambda: make(left.build(), right.build()), place)

    return word


def size_of(value: Value) -> Any:
    """A size given as an argument."""
    try:
        found = value.build() if value.shape is None else None
        whole = found is not None and checked_size("size", found).is_integer is True
    except REFUSED:
        found, whole = None, False
    if not whole:
        raise MeaningError("expected a size: a whole number or the name of a size", value.place)
    return found


def _constant(name: str, make: Callable[..., Any]) -> Word:
    """eye(n), ones(n), ones(n, m), and with a size that follows where the argument is 1 alone."""

    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        given = [size_of(value) for value in arguments]
        if name == "eye":
            shape = given[0], given[-1]
            sizes.equal(*shape, place)
            return Value(shape, lambda: make(shape[0]), place)
        shape = given[0], given[1] if len(given) == 2 else ONE
        return Value(shape, lambda: make(*shape), place)

    return word


def _matrix(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """matrix(c): the matrix that holds c everywhere, as matrixcalculus.org writes it."""
    shape, (number,) = (sizes.open(place), sizes.open(place)), arguments
    return Value(shape, spread(number, shape, sizes), place)


def _vector(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """vector(c): the column that holds c everywhere, as matrixcalculus.org writes it."""
    ones, (number,) = column_of_ones(sizes, place), arguments
    return Value(ones.shape, lambda: number.number() * ones.build(), place)


def _unvec(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    column = arguments[0]
    rows, cols = matrix(column, "unvec")
    sizes.equal(cols, ONE, column.place)
    shape = (size_of(arguments[1]), size_of(arguments[2])) if len(arguments) == 3 else None
    shape = shape or (sizes.open(place), sizes.open(place))
    sizes.equal(rows, shape[0] * shape[1], place)
    return Value(
        shape, lambda: functions.unvec(column.build(), *(sizes(size) for size in shape)), place
    )


def _commutation(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    rows, cols = (size_of(value) for value in arguments)
    shape = rows * cols, rows * cols
    return Value(shape, lambda: functions.commutation(rows, cols), place)


def _of_rows(make: Callable[[Any], Any], *, summed: bool = False) -> Word:
    """A function of the rows of a matrix."""

    def word(_: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        rows, cols = matrix(arguments[0], "softmax")
        return Value((rows, ONE if summed else cols), lambda: make(arguments[0].build()), place)

    return word


def _angle(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """atan2(y, x) of two numbers."""
    for value in arguments:
        if not value.is_single(sizes):
            raise MeaningError("atan2: expected numbers", value.place)
    y, x = arguments
    return Value(None, lambda: entrywise.atan2(y.number(), x.number()), place)


def _power(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    base, exponent = arguments
    shape = None if base.is_single(sizes) else base.shape
    of = base.number if shape is None else base.build
    return Value(shape, lambda: entrywise.power(of(), exponent.number()), place)


def _cross(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """a × b of columns with three entries, and of matrices with three rows column by column."""
    alike = _alike("cross", functions.cross)(sizes, place, arguments)
    sizes.equal(matrix(alike, "cross")[0], sp.Integer(3), place)
    return alike


def domain(sizes: Sizes, place: Any, value: Value, kind: str) -> Value:
    """δ(A ≻ 0) and its like."""
    square(sizes, value, "domain")
    return Value(None, lambda: functions.domain(value.build(), kind), place)


def _domain(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    return domain(sizes, place, arguments[0], "positive definite")


def _equation(name: str) -> Word:
    """X of Lyapunov's, Sylvester's or Stein's equation: operators, then the right side."""
    make = getattr(equations, name)

    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        *operators, right = arguments
        outer = [square(sizes, value, name) for value in operators]
        rows, cols = matrix(right, name)
        sizes.equal(rows, outer[0], right.place)
        sizes.equal(cols, outer[-1], right.place)
        return Value((rows, cols), lambda: make(*(v.build() for v in arguments)), place)

    return word


def _extreme(make: Callable[[Any, Any], Any]) -> Word:
    """The larger or smaller of two entries at each place, one may be a number."""

    def word(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
        left, right = arguments
        if left.is_single(sizes) and right.is_single(sizes):
            return Value(None, lambda: make(left.number(), right.number()), place)
        shape = left.shape if not left.is_single(sizes) else right.shape
        if not left.is_single(sizes) and not right.is_single(sizes):
            for one, other in zip(matrix(left, "max"), matrix(right, "max"), strict=True):
                sizes.equal(one, other, place)
        of = [v.number if v.is_single(sizes) else v.build for v in arguments]
        return Value(shape, lambda: make(*(build() for build in of)), place)

    return word


def _huber(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    value, *rest = arguments
    shape = None if value.is_single(sizes) else value.shape
    of = value.number if shape is None else value.build
    return Value(shape, lambda: entrywise.huber(of(), *(v.number() for v in rest)), place)


def _polygamma(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    """polygamma(k, x): the derivative k + 1 of log Γ."""
    order, value = arguments

    def build() -> Any:
        number: Any = order.number()
        if number.is_integer is not True or number.is_negative is not False:
            raise MeaningError("polygamma: expected an order 0, 1, 2, …", order.place)
        return _entrywise(lambda x: entrywise.entrywise(lambda t: PolyGamma(number, t), x))(
            sizes, place, (value,)
        ).build()

    return Value(None if value.is_single(sizes) else value.shape, build, place)


def _unit(sizes: Sizes, place: Any, arguments: tuple[Value, ...]) -> Value:
    i, j, *given = arguments
    shape = size_of(given[0]), size_of(given[1])
    return Value(shape, lambda: functions.unit(i.number(), j.number(), *shape), place)


ON_ENTRIES: dict[str, Callable[[Any], Any]] = {
    **{
        name: function
        for name, function in vars(entrywise).items()
        if isfunction(function)
        and not name.startswith("_")
        and list(signature(function).parameters) == ["x"]
    },
    "abs": entrywise.absolute,
    "log2": lambda x: entrywise.log(x) / sp.log(2),
    "log10": lambda x: entrywise.log(x) / sp.log(10),
    "arcsin": entrywise.asin,
    "arccos": entrywise.acos,
    "arctan": entrywise.atan,
    "ln": entrywise.log,
    "erf": lambda x: entrywise.entrywise(sp.erf, x),
    "digamma": lambda x: entrywise.entrywise(lambda t: PolyGamma(0, t), x),
}
"""Functions of one number, on every entry of a matrix."""
WORDS: dict[str, tuple[Word, tuple[int, ...]]] = {
    **{name: (_entrywise(function), (1,)) for name, function in ON_ENTRIES.items()},
    **dict.fromkeys(("tr", "trace"), (_number_of("tr", functions.trace, of_square=True), (1,))),
    "det": (_number_of("det", functions.det, of_square=True), (1,)),
    "logdet": (_number_of("logdet", functions.logdet, of_square=True), (1,)),
    **dict.fromkeys(("sum", "Σ"), (_sum, (1,))),
    "sumsq": (_number_of("sumsq", functions.sumsq), (1,)),
    "norm": (_p_norm, (1, 2)),
    "norm1": (_norm(lambda x: functions.norm(x, 1)), (1,)),
    **dict.fromkeys(("norm2", "normF"), (_norm(functions.norm), (1,))),
    "inv": (_inverse, (1,)),
    "expm": (exponential, (1,)),
    **{
        name: (_solution(name, make), (count,))
        for name, make, count in (
            ("lyap", equations.lyap, 2),
            ("dlyap", equations.dlyap, 2),
            ("sylvester", equations.sylvester, 3),
            ("stein", equations.stein, 3),
        )
    },
    "vec": (_vec, (1,)),
    "unvec": (_unvec, (1, 3)),
    "diag": (_diag, (1,)),
    "diagonal": (_diagonal, (1,)),
    "kron": (_kron, (2,)),
    "inner": (_alike("inner", functions.inner, number=True), (2,)),
    "mask": (_alike("mask", functions.mask), (2,)),
    "eye": (_constant("eye", functions.identity), (1, 2)),
    "ones": (_constant("ones", functions.ones), (1, 2)),
    "zeros": (_constant("zeros", functions.zeros), (1, 2)),
    "vector": (_vector, (1,)),
    "matrix": (_matrix, (1,)),
    "cross": (_cross, (2,)),
    "atan2": (_angle, (2,)),
    "logsumexp": (_of_rows(entrywise.logsumexp, summed=True), (1,)),
    "softmax": (_of_rows(entrywise.softmax), (1,)),
    **dict.fromkeys(("K", "K_", "commutation"), (_commutation, (2,))),
    "power": (_power, (2,)),
    "huber": (_huber, (1, 2)),
    **dict.fromkeys(("max", "maximum"), (_extreme(entrywise.maximum), (2,))),
    **dict.fromkeys(("min", "minimum"), (_extreme(entrywise.minimum), (2,))),
    "domain": (_domain, (1,)),
    **{name: (_equation(name), (2,)) for name in ("lyap", "dlyap")},
    **{name: (_equation(name), (3,)) for name in ("sylvester", "stein")},
    "polygamma": (_polygamma, (2,)),
    "unit": (_unit, (4,)),
}
"""Every function: how it is read, and how many arguments it takes."""
OF_MATRICES = frozenset(
    {"tr", "trace", "det", "logdet", "sum", "Σ", "sumsq", "norm", "norm1", "norm2", "normF", "inv"}
    | {
        "expm",
        "lyap",
        "dlyap",
        "sylvester",
        "stein",
        "vec",
        "diag",
        "diagonal",
        "kron",
        "inner",
        "mask",
    }
)
"""Those whose arguments are matrices: a 1 among them is the column of ones."""
"""Those whose arguments are matrices: a 1 among them is the column of ones."""
SIZED = {"eye": 0, "ones": 0, "zeros": 0, "K": 0, "K_": 0, "commutation": 0, "unvec": 1, "unit": 2}
"""Those that take sizes, and the first argument that is one."""
INSTEAD = {
    **dict.fromkeys(("int", "integral"), "integrals are not derived; sum values at points"),
    **dict.fromkeys(("argmin", "argmax"), "no optimisation problem is derived; type its objective"),
    **dict.fromkeys(("eig", "eigs", "svd", "rank"), "no derivative where values are equal"),
}
"""Functions that formulas have elsewhere, and why they are refused."""
