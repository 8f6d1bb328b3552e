"""Sizes and coefficients, which the runtime evaluates as text, as expressions of doubles in C.

The language is that of `nzdiff.runtime.data.formula`; what C has under another name is in NAMES.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping

BINARY: dict[type[ast.operator], str] = {
    ast.Add: "({} + {})",
    ast.Sub: "({} - {})",
    ast.Mult: "({} * {})",
    ast.Div: "({} / {})",
    ast.FloorDiv: "floor({} / {})",
    ast.Pow: "pow({}, {})",
}
COMPARED: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
NAMES = {"abs": "fabs", "max": "fmax", "min": "fmin", "gamma": "tgamma"}
SAME = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 "
    "fabs floor fmod hypot lgamma log log10 log1p log2 pow sin sinh sqrt tan tanh"
)
"""Functions of `math` that C has under the same name."""


def c_arithmetic(text: str | float, names: Mapping[str, str]) -> str:
    """A formula as an expression of doubles; names: how its names are written in C.

    NotImplementedError names what C has no word for.
    """
    return _written(ast.parse(str(text), mode="eval").body, names)


def _written(node: ast.expr, names: Mapping[str, str]) -> str:
    match node:
        case ast.Constant(int() | float() as number):
            return repr(float(number))
        case ast.Name(name) if name in names:
            return names[name]
        case ast.BinOp(left, sign, right) if type(sign) in BINARY:
            return BINARY[type(sign)].format(_written(left, names), _written(right, names))
        case ast.UnaryOp(ast.USub(), operand):
            return f"(-{_written(operand, names)})"
        case ast.UnaryOp(ast.UAdd(), operand):
            return _written(operand, names)
        case ast.UnaryOp(ast.Not(), operand):
            return f"(!{_written(operand, names)})"
        case ast.IfExp(test, body, otherwise):
            parts = (_written(part, names) for part in (test, body, otherwise))
            return "({} ? {} : {})".format(*parts)
        case ast.BoolOp(joined, parts):
            word = " && " if isinstance(joined, ast.And) else " || "
            return f"({word.join(_written(part, names) for part in parts)})"
        case ast.Compare(left, [sign], [right]) if type(sign) in COMPARED:
            return f"({_written(left, names)} {COMPARED[type(sign)]} {_written(right, names)})"
        case ast.Call(function, arguments, []):
            given = ", ".join(_written(argument, names) for argument in arguments)
            return f"{_function(function)}({given})"
        case ast.Attribute(ast.Name("math"), name) if isinstance(getattr(math, name, None), float):
            return repr(getattr(math, name))
        case _:
            raise NotImplementedError(f"C interface: no way to write {ast.unparse(node)!r} in C")


def _function(node: ast.expr) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(ast.Name("math"), name) if name in NAMES:
            return NAMES[name]
        case ast.Attribute(ast.Name("math"), name) if name in SAME.split():
            return name
        case _:
            raise NotImplementedError(f"C interface: no function {ast.unparse(node)} in C")
