"""Arithmetic that is kept as text: sizes ("2 * m + k") and coefficients ("math.sqrt(mu) / n").

A text is data: it is walked node by node, and anything but arithmetic on the names it is given and
functions of `math` is a ValueError, whoever wrote the file that it stands in.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "max": max, "min": min}


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """The number that a text stands for.

    ValueError for what is no arithmetic; ArithmeticError and ValueError as Python has them.
    """
    try:
        return _value(_parsed(text), names)
    except (SyntaxError, RecursionError, MemoryError, TypeError) as error:  # nested too deeply
        raise ValueError(f"{text!r}: expected arithmetic: {error}") from error


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(int() | float() as number):
            return number
        case ast.Name(name) if name in names:
            return names[name]
        case ast.BinOp(left, sign, right) if type(sign) in BINARY:
            return BINARY[type(sign)](_value(left, names), _value(right, names))
        case ast.UnaryOp(sign, operand) if type(sign) in UNARY:
            return UNARY[type(sign)](_value(operand, names))
        case ast.Call(function, arguments, []):
            return _function(function)(*(_value(argument, names) for argument in arguments))
        case ast.Attribute():
            return _of_math(node)
        case ast.IfExp(test, body, otherwise):
            return _value(body if _value(test, names) else otherwise, names)
        case ast.BoolOp(joined, parts):
            join = all if isinstance(joined, ast.And) else any
            return join(_value(part, names) for part in parts)
        case ast.Compare(left, [sign], [right]) if type(sign) in COMPARED:
            return COMPARED[type(sign)](_value(left, names), _value(right, names))
        case _:
            raise ValueError(f"{ast.unparse(node)!r}: expected arithmetic on {', '.join(names)}")


def _function(node: ast.expr) -> Callable[..., Any]:
    if isinstance(node, ast.Name) and node.id in FUNCTIONS:
        return FUNCTIONS[node.id]
    found = _of_math(node)
    if not callable(found):
        raise ValueError(f"{ast.unparse(node)!r}: expected a function")
    return found  # type: ignore[no-any-return]


def _of_math(node: ast.expr) -> Any:
    """math.pi, math.sqrt."""
    match node:
        case ast.Attribute(ast.Name("math"), name) if not name.startswith("_"):
            if (found := getattr(math, name, None)) is not None:
                return found
    raise ValueError(f"{ast.unparse(node)!r}: expected a name of `math`, abs, max or min")
