"""What a planted fault makes of a result: every single change of a formula, by its kind.

`changes(result, arguments)` yields a kind and the changed result; None where shapes do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from nzdiff.derive.calculus.canonical import (
    add,
    applied,
    canonical,
    hadamard,
    kronecker,
    linear,
    product,
    split,
    transpose,
)
from nzdiff.derive.calculus.differential import Rewrite, derivative, differential
from nzdiff.derive.calculus.linear_maps import Sandwich
from nzdiff.derive.calculus.normal_form import Term
from nzdiff.derive.language.nodes import (
    SCALARS,
    Apply,
    CommutationMatrix,
    ContractLeft,
    ContractRight,
    Diag,
    DiagonalOf,
    Hadamard,
    Kronecker,
    Shift,
    Unit,
    Unvec,
    Vec,
)

Make = Callable[[], Any]
"""Makes the changed result; None where shapes do not fit."""
Change = tuple[str, Any]
"""A kind, and the function that makes the change: a `Make`."""


def changes(result: Any, arguments: tuple[Any, ...]) -> Iterator[Change]:
    """Every change of whatever a function of the derivation gives back."""
    if isinstance(result, bool):
        yield "flag turned", lambda: not result
    elif isinstance(result, np.ndarray):
        if result.shape[0] == result.shape[1]:
            yield "turned", lambda: result.T
        yield "moved by one", lambda: np.roll(result, 1, axis=1)
    elif isinstance(result, sp.Lambda):
        for kind, make in _of_an_expression(result.expr):
            yield kind, _then(make, lambda body: sp.Lambda(result.variables, body))
    elif isinstance(result, sp.Basic):
        yield from _of_an_expression(result)
    elif isinstance(result, set):
        for part in sorted(result, key=str):
            yield "part lost", lambda part=part: result - {part}
    elif isinstance(result, dict):
        for key, value in result.items():
            for kind, make in changes(value, arguments):
                yield kind, _then(make, lambda new, key=key: {**result, key: new})
    elif isinstance(result, (list, tuple)) and result:
        if isinstance(result[0], Term):
            yield from _of_terms(list(result), arguments)
        else:
            yield from _of_a_tuple(result, arguments)
    elif is_dataclass(result) and not isinstance(result, (type, Rewrite)):
        yield from _of_a_map(result)


def _then(make: Make, rest: Any) -> Make:
    """What `rest` makes of a change, where there is one."""

    def both() -> Any:
        changed = make()
        return None if changed is None else rest(changed)

    return both


def _of_a_tuple(parts: Any, arguments: tuple[Any, ...]) -> Iterator[Change]:
    kind_of = type(parts)
    for place, part in enumerate(parts):
        around = parts[:place], parts[place + 1 :]
        for kind, make in changes(part, arguments):
            yield kind, _then(make, lambda new, a=around: kind_of([*a[0], new, *a[1]]))
    for place in range(len(parts) - 1):
        first, second = parts[place : place + 2]
        if isinstance(first, MatrixExpr) and isinstance(second, MatrixExpr):
            swapped = kind_of([*parts[:place], second, first, *parts[place + 2 :]])
            yield "operands swapped", lambda swapped=swapped: swapped
    if len(parts) > 1 and type(parts[0]) is type(parts[1]):
        for place in range(len(parts)):
            rest = kind_of([*parts[:place], *parts[place + 1 :]])
            yield "part lost", lambda rest=rest: rest


# the walk


def _of_terms(terms: list[Term], arguments: tuple[Any, ...]) -> Iterator[Change]:
    """A term lost; the map that this step has added lost, changed, or at the wrong place."""
    for place in range(len(terms)) if len(terms) > 1 else ():
        yield "summand lost", lambda place=place: [*terms[:place], *terms[place + 1 :]]
    yield "summand twice", lambda: [*terms, terms[0]]
    path = arguments[-1]
    if not isinstance(path, tuple) or isinstance(arguments[1], sp.MatAdd):
        places = range(max(len(term.maps) for term in terms))
    else:
        merged = isinstance(arguments[1], sp.MatMul) and path and isinstance(path[-1], Sandwich)
        places = range(len(path) - bool(merged), len(path) + 1 - bool(merged))
    for place in places:
        for at, term in enumerate(terms):
            around = terms[:at], terms[at + 1 :]
            for kind, make in _of_a_path(term.maps, place):
                yield (
                    kind,
                    _then(
                        make,
                        lambda maps, a=around, t=term: [*a[0], replace(t, maps=maps), *a[1]],
                    ),
                )


def _of_a_path(path: Any, place: int) -> Iterator[Change]:
    if len(path) <= place:
        return
    before, after = path[:place], path[place + 1 :]
    yield "map lost", lambda: (*before, *after)
    if after:
        yield "maps swapped", lambda: (*before, after[0], path[place], *after[1:])
    for kind, make in _of_a_map(path[place]):
        yield kind, _then(make, lambda new: (*before, new, *after))


def _of_a_map(linear_map: Any) -> Iterator[Change]:
    """Each field of a linear map changed, two of one kind swapped."""
    values = {item.name: getattr(linear_map, item.name) for item in fields(linear_map)}

    def changed(**new: Any) -> Make:
        return lambda: replace(linear_map, **new)

    for name, value in values.items():
        if isinstance(value, bool):
            yield "flag turned", changed(**{name: not value})
        elif isinstance(value, tuple):
            yield "shape turned", changed(**{name: value[::-1]})
        elif isinstance(value, MatrixExpr):
            if value.rows == value.cols and not isinstance(value, sp.Identity):
                yield "operand lost", changed(**{name: sp.Identity(value.rows)})
            for kind, make in _of_an_expression(value):
                yield (
                    kind,
                    _then(make, lambda new, name=name: replace(linear_map, **{name: new})),
                )
        elif name == "coefficient":
            yield "sign turned", changed(coefficient=-value)
            yield "factor 2", changed(coefficient=2 * value)
            yield "coefficient lost", changed(coefficient=sp.Integer(1))
    for first, second in (("left", "right"), ("rows", "cols"), ("factor", "slope")):
        if first in values and values[first] != values[second]:
            swapped = {first: values[second], second: values[first]}
            yield ("shape turned" if first == "rows" else "operands swapped"), changed(**swapped)


# formulas


def _of_an_expression(expr: Any) -> Iterator[Change]:
    """Changes of a formula as a whole and at each place inside."""
    for kind, make in (*_whole(expr), *_inside(expr)):
        yield kind, lambda make=make: _made(expr, make)


def _made(expr: Any, make: Make) -> Any:
    """The changed formula; None where shapes do not fit."""
    try:
        changed = make()
    except (ValueError, TypeError, AttributeError):
        return None
    return changed if getattr(changed, "shape", ()) == getattr(expr, "shape", ()) else None


def _whole(expr: Any) -> Iterator[Change]:
    if isinstance(expr, MatrixExpr):
        yield "sign turned", lambda: product(-1, expr)
        yield "factor 2", lambda: product(2, expr)
        if isinstance(expr, sp.Transpose):
            yield "transpose lost", lambda: expr.arg
        else:
            yield "transpose added", lambda: transpose(expr)
    else:
        yield "sign turned", lambda: -expr
        yield "factor 2", lambda: 2 * expr


def _inside(expr: Any) -> Iterator[Change]:
    """Changes at a node, then in its operands."""
    yield from _at(expr)
    for place, operand in enumerate(_operands(expr)):
        if isinstance(operand, MatrixExpr):
            turned = operand.arg if isinstance(operand, sp.Transpose) else transpose(operand)
            if turned != operand:
                kind = "transpose lost" if isinstance(operand, sp.Transpose) else "transpose added"
                yield kind, lambda place=place, turned=turned: _with(expr, place, turned)
        for kind, make in _inside(operand):
            yield kind, lambda place=place, make=make: _with(expr, place, make())


def _at(expr: Any) -> Iterator[Change]:
    """The changes at the node on top."""
    parts = _operands(expr)

    def without(place: int) -> tuple[Any, ...]:
        return (*parts[:place], *parts[place + 1 :])

    def swapped(place: int) -> tuple[Any, ...]:
        return (*parts[:place], parts[place + 1], parts[place], *parts[place + 2 :])

    count = range(len(parts))
    if isinstance(expr, sp.MatMul):
        scale = split(expr)[0]
        if scale != 1:
            yield "coefficient lost", lambda: product(1, *parts)
        for kind, make in _inside(scale):
            yield kind, lambda make=make: product(make(), *parts)
        for place in count if len(parts) > 1 else ():
            kind = "K lost" if isinstance(parts[place], CommutationMatrix) else "factor lost"
            yield kind, lambda place=place: product(scale, *without(place))
        for place in count[:-1]:
            yield "operands swapped", lambda place=place: product(scale, *swapped(place))
    elif isinstance(expr, (sp.MatAdd, sp.Add)):
        join = add if isinstance(expr, sp.MatAdd) else sp.Add
        for place in count:
            yield "summand lost", lambda place=place: join(*without(place))
        for place, part in enumerate(parts):
            turned = product(-1, part) if isinstance(expr, sp.MatAdd) else -part
            yield (
                "sign of a summand turned",
                lambda place=place, turned=turned: _with(expr, place, turned),
            )
    elif isinstance(expr, sp.Mul):
        for place in count:
            yield "factor lost", lambda place=place: sp.Mul(*without(place))
    elif isinstance(expr, Hadamard):
        for place in count:
            yield "weight lost", lambda place=place: hadamard(*without(place))
    elif isinstance(expr, Kronecker):
        yield "⊗ swapped", lambda: kronecker(*parts[::-1])
    elif isinstance(expr, sp.Inverse):
        yield "inverse lost", lambda: expr.arg
    elif isinstance(expr, Apply):
        yield "function lost", lambda: expr.matrix
        slope = derivative(expr.function)
        yield "f″ for f′", lambda: applied(slope, expr.matrix, type(expr))
    else:
        yield from _at_constants(expr)


def _at_constants(expr: Any) -> Iterator[Change]:
    if isinstance(expr, CommutationMatrix):
        yield "K turned", lambda: CommutationMatrix(*expr.args[::-1])
        yield "K lost", lambda: sp.Identity(expr.rows)
    elif isinstance(expr, Unvec):
        yield "shape turned", lambda: Unvec(expr.args[0], expr.cols, expr.rows)
        turned = (expr.args[0], expr.cols, expr.rows)
        yield "by rows for by columns", lambda: transpose(Unvec(*turned))
    elif isinstance(expr, ContractRight):
        weight, matrix, *shape = expr.args
        yield "sides swapped", lambda: ContractLeft(matrix, weight, *shape)
    elif isinstance(expr, ContractLeft):
        matrix, weight, *shape = expr.args
        yield "sides swapped", lambda: ContractRight(weight, matrix, *shape)
    elif isinstance(expr, Unit):
        i, j, *shape = expr.args
        yield "indices swapped", lambda: Unit(j, i, *shape)
    elif isinstance(expr, Shift) and expr.args[2] != 0:
        yield "offset lost", lambda: Shift(*expr.args[:2], 0)


NODES = (Diag, DiagonalOf, Vec, Unvec)


def _operands(expr: Any) -> tuple[Any, ...]:
    """The operands in which a fault can be, without coefficients and sizes."""
    if isinstance(expr, sp.MatMul):
        return split(expr)[1]
    if isinstance(expr, (sp.MatAdd, sp.Add, sp.Mul, Hadamard, Kronecker)):
        return tuple(expr.args)
    if isinstance(expr, Apply):
        return (expr.matrix,)
    if isinstance(expr, (sp.Transpose, sp.Inverse, *SCALARS, *NODES)):
        return (expr.args[0],)
    if isinstance(expr, (ContractLeft, ContractRight)):
        return tuple(expr.args[:2])
    return ()


def _with(expr: Any, place: int, new: Any) -> Any:
    """The node with another operand; ValueError where its shape does not fit."""
    old = _operands(expr)
    parts = [*old[:place], new, *old[place + 1 :]]
    same_shape = isinstance(expr, (Hadamard, ContractLeft, ContractRight))
    if same_shape and old[place].shape != new.shape:
        raise ValueError("shapes do not fit")
    if isinstance(expr, (sp.Inverse, sp.Trace, DiagonalOf)) and new.rows != new.cols:
        raise ValueError("shapes do not fit")
    if isinstance(expr, sp.MatMul):
        return product(split(expr)[0], *parts)
    makers: dict[type, Callable[..., Any]] = {
        sp.MatAdd: add,
        Hadamard: hadamard,
        Kronecker: kronecker,
        sp.Transpose: transpose,
    }
    if type(expr) in makers:
        return makers[type(expr)](*parts)
    if isinstance(expr, Apply):
        return expr.func(expr.function, new)
    if isinstance(expr, NODES):
        return linear(expr.func, new, *expr.args[1:])
    if isinstance(expr, (ContractLeft, ContractRight)):
        return expr.func(*parts, *expr.args[2:])
    return expr.func(*parts)


# faults that no change of a result makes

Fault = Callable[..., Any]


def _in_reverse(original: Any) -> Fault:
    def faulty(self: Term, *rest: Any) -> Any:
        return original(replace(self, maps=self.maps[::-1]), *rest)

    return faulty


def _first_alone(original: Any) -> Fault:
    def faulty(self: Term, *rest: Any) -> Any:
        return original(replace(self, maps=self.maps[:1]), *rest)

    return faulty


SPECIAL: dict[str, dict[str, Callable[[Any], Fault]]] = {
    "rule: derivative": {"f for f′": lambda _: lambda function: function},
    "walk: Term.apply": {"maps in reverse": _in_reverse, "first map alone": _first_alone},
    "walk: Term.adjoint": {"maps in reverse": _in_reverse, "first map alone": _first_alone},
    "walk: Term.kronecker": {"maps in reverse": _in_reverse, "first map alone": _first_alone},
    "read off: Derivation.cotangent_values": {
        "weight lost": lambda _: (
            lambda d: (
                d.cotangents
                if d.problem.is_function
                else tuple(product(2, r.symbol) for r in d.problem.residuals)
            )
        ),
    },
    "read off: Derivation.vjp": {
        "cotangents swapped": lambda original: lambda d, u, w: original(d, u, w[::-1]),
    },
    "second order: hessian_product": {
        "residual tangents forgotten": lambda _: (
            lambda d, u: differential(d.gradients[u].matrix, d.tangents)
        ),
        "Gauss-Newton for the Hessian": lambda _: (
            lambda d, u: differential(d.gradients[u].matrix, d.residual_tangents)
        ),
    },
    "second order: gauss_newton_product": {
        "weight lost": lambda _: (
            lambda d, u: d.vjp(
                u, tuple(product(2, tangent) for tangent in d.residual_tangents.values())
            )
        ),
        "Hessian for Gauss-Newton": lambda _: (
            lambda d, u: differential(d.gradients[u].matrix, {**d.tangents, **d.residual_tangents})[
                0
            ]
        ),
    },
    "second order: second_order_blocks": {
        "row and column swapped": lambda original: lambda d, r, c, e: original(d, c, r, e),
        "column for row": lambda original: lambda d, r, c, e: original(d, c, c, e),
    },
    "second order: canonical_df": {
        "df forgotten": lambda _: lambda d, expr: canonical(expr),
    },
    "constant: commutation_matrix": {
        "K turned": lambda original: lambda rows, cols: original(cols, rows),
    },
}
"""Whole functions with a fault, by site and kind."""
