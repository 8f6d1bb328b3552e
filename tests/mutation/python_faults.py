"""Every single change of a Python file: signs, comparisons, constants, guards, operands, returns.

Texts, annotations and what is for type checkers alone stay as they are.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum"}
NAMES |= {"maximum": "minimum", "floor": "ceil", "ceil": "floor", "zeros": "ones", "ones": "zeros"}
TAKES_NO_ORDER = ("isinstance", "zip", "min", "max")
"""Calls whose operands swapped are an error of types, or nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One change: where, in which function, what it was and what it is; the file's new text."""

    file: str
    line: int
    last: int
    function: str
    change: str
    make: Callable[[], str]

    @property
    def key(self) -> str:
        """What names the fault when lines move."""
        return f"{self.function}: {self.change}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.key}"


def python_faults(root: Path, file: Path) -> Iterator[Fault]:
    """All faults of a file, in the order of its lines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    _mark(tree)
    for place, (node, path) in enumerate(_placed(tree)):
        for number, changed in enumerate(_changes(node)):
            if ast.dump(changed) != ast.dump(node):
                last = node.end_lineno if isinstance(node, ast.expr) else node.lineno
                yield Fault(
                    str(file.relative_to(root)),
                    node.lineno,
                    last or node.lineno,
                    ".".join(path) or "module",
                    _shown(node, changed),
                    partial(_made, file, place, number),
                )


Node = ast.expr | ast.stmt


def _placed(tree: ast.AST) -> list[tuple[Node, tuple[str, ...]]]:
    return [(node, path) for node, path in _walk(tree, ()) if isinstance(node, Node)]


def _made(file: Path, place: int, number: int) -> str:
    """The whole text with one fault: comments are lost, lines move."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    _mark(tree)
    walked = [node for node, _ in _placed(tree)]
    changed = list(_changes(walked[place]))[number]
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is walked[place]:
                setattr(node, name, changed)
            elif isinstance(value, list):
                value[:] = [changed if part is walked[place] else part for part in value]
    return ast.unparse(ast.fix_missing_locations(tree))


def _mark(tree: ast.AST) -> None:
    """Note which nodes stand where a condition is asked for."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            node.test.is_condition = True  # type: ignore[attr-defined]


def _walk(node: ast.AST, path: tuple[str, ...]) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """The nodes that may be changed, with the names of what they stand in."""
    if isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Assert)):
        return
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    yield node, path
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        path = (*path, node.name)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "exc", "pattern"):
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _walk(part, path)


def _changes(node: Node) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt):
        yield from _of_a_statement(node)
    elif isinstance(node, ast.expr):
        yield from _of_an_operation(node)
        yield from _of_a_leaf(node)
        if getattr(node, "is_condition", False) and not isinstance(
            node, (ast.Compare, ast.UnaryOp)
        ):
            yield ast.UnaryOp(ast.Not(), node)


def _of_a_statement(node: ast.stmt) -> Iterator[ast.AST]:
    if _may_go(node):
        yield ast.Pass()
    elif isinstance(node, ast.Return) and node.value is not None:
        if isinstance(node.value, (ast.Compare, ast.BoolOp)):
            yield ast.Return(ast.UnaryOp(ast.Not(), node.value))
        elif not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
    if isinstance(node, ast.AugAssign) and type(node.op) in COMPUTED:
        yield ast.AugAssign(node.target, COMPUTED[type(node.op)](), node.value)


def _may_go(node: ast.stmt) -> bool:
    """Whether the function may still run without a statement."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, ast.If):
        return not node.orelse
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], (ast.Subscript, ast.Attribute))
    return isinstance(node, (ast.AugAssign, ast.Raise, ast.Continue, ast.Break))


def _of_an_operation(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                changed = copy.copy(node)
                changed.ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
                yield changed
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for place in range(len(node.values)):
            yield ast.BoolOp(node.op, [*node.values[:place], *node.values[place + 1 :]])
    elif isinstance(node, ast.BinOp):
        if type(node.op) in COMPUTED:
            yield ast.BinOp(node.left, COMPUTED[type(node.op)](), node.right)
        if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow, ast.FloorDiv)):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)


def _of_a_leaf(node: ast.expr) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
        elif isinstance(node.value, float):
            yield ast.Constant(2.0 * node.value if node.value else 1.0)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Call):
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if name in NAMES:
            function = copy.copy(node.func)
            setattr(function, "id" if isinstance(function, ast.Name) else "attr", NAMES[name])
            yield ast.Call(function, node.args, node.keywords)
        plain = not any(isinstance(argument, ast.Starred) for argument in node.args[:2])
        if len(node.args) > 1 and name not in TAKES_NO_ORDER and plain:
            yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)


def _shown(before: ast.AST, after: ast.AST) -> str:
    return f"{_short(before)} → {_short(after)}"


def _short(node: ast.AST) -> str:
    lines = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} {lines[1].strip()}"
