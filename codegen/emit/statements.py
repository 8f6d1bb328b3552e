"""What a program says, in no language: calls of kernels, scalars assigned, a choice between two.

Arguments are typed, so that a target writes them and nobody has to recover them from text.  A
statement names what it fills (`out`) apart from what it reads: a target without assignment binds a
new name instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp

from nzdiff.runtime.data.support import Dim


@dataclass(frozen=True, slots=True)
class Size:
    """A dimension: a number, a name, or sums and products of them."""

    dim: Dim


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers of a value: rows · cols, or the count `stored` of the values of its pattern."""

    rows: Dim
    cols: Dim
    stored: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number that is no size: which factorised matrix, transposed or not."""

    value: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of an array: a scalar of the plan, or an entry of a value that holds several."""

    array: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A factor: itself, the name of a coefficient, or a scalar."""

    value: float | str | Entry


@dataclass(frozen=True, slots=True)
class Index:
    """The index table of a name, with all of its arrays."""

    table: str


@dataclass(frozen=True, slots=True)
class Array:
    """The numbers of a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Arrays:
    """The numbers of some values, one array after the other."""

    names: tuple[str, ...]


Argument = Size | Count | Whole | Number | Index | Array | Arrays


@dataclass(frozen=True, slots=True)
class Call:
    """out = kernel(arguments), or what the kernel makes of `out` itself where `updates`.

    own: whether the kernel is an entry function of the program.
    instead: another call with the same result, for a target that does not have this kernel.
    """

    kernel: str
    arguments: tuple[Argument, ...]
    out: Array
    updates: bool = False
    own: bool = False
    instead: Call | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Assign:
    """The scalar out = an expression of numbers, whose symbols stand for `parameters`."""

    out: Entry
    expression: sp.Expr
    parameters: tuple[tuple[sp.Symbol, Number], ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Accumulate:
    """The scalar out = constant + Σ factor · scalar, added up in this order."""

    out: Entry
    constant: Number
    terms: tuple[tuple[Number, Entry], ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Choose:
    """The scalar out = cheap where it is at least least · scale, else direct.

    least: in double and in single precision.  function: computes `direct`, and is called there
    alone.
    """

    out: Entry
    cheap: Entry
    scale: Entry
    least: tuple[float, float]
    function: str
    direct: Entry
    comment: str = ""


Statement = Call | Assign | Accumulate | Choose


@dataclass(frozen=True, slots=True)
class EntryFunction:
    """A kernel of the program's own: a function of every number x of an array.

    parameters: the symbols of its scalar arguments.  expression: in `x` and in these.
    """

    name: str
    parameters: tuple[sp.Symbol, ...]
    expression: sp.Expr
    comment: str


def names_of(statement: Statement) -> frozenset[str]:
    """Arrays, tables, counts, dimensions' names and coefficients that a statement refers to."""
    return frozenset(_names(statement))


def _names(statement: Statement) -> Iterator[str]:
    match statement:
        case Call(_, arguments, out, instead=instead):
            for argument in (*arguments, out):
                yield from _argument_names(argument)
            if instead is not None:
                yield from _names(instead)
        case Assign(out, _, parameters):
            yield out.array
            for _, number in parameters:
                yield from _argument_names(number)
        case Accumulate(out, constant, terms):
            yield out.array
            yield from _argument_names(constant)
            for number, entry in terms:
                yield from (*_argument_names(number), entry.array)
        case Choose(out, cheap, scale, _, _, direct):
            yield from (out.array, cheap.array, scale.array, direct.array)


def _argument_names(argument: Any) -> Iterator[str]:
    match argument:
        case Array(name) | Index(name) | Number(Entry(name)) | Count(_, _, name) if name:
            yield name
        case Number(str(name)):
            yield name
        case Arrays(names):
            yield from names
