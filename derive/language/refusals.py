"""What Python asks of objects and a matrix of a formula does not have, with what to write."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

import sympy as sp

VALUE = (
    "a formula has a value when data is bound, nz.Problem(energy, wrt=A).bind(…).energy(g); "
    "functions of entries are nz.exp(A), nz.entrywise(f, A)"
)
OPERATORS = "matrices have +, -, *, @, / and **; nz.hadamard(A, B) acts entry by entry"
COMPARED = "compare the numbers that models return, shapes by A.shape"
FIXED = "formulas do not change; data is bound by the names of its matrices"


def refuse(what: str, advice: str) -> NoReturn:
    """TypeError: not possible."""
    raise TypeError(f"{what}: not possible; {advice}")


def short(value: Any) -> str:
    """A value in a message."""
    value = float(value) if isinstance(value, sp.Float) else value
    shown = str(value) if isinstance(value, sp.Basic) else repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}…"


def _refusal(shown: str, advice: str) -> Any:
    """A method that refuses; `shown` has places for the matrix and for the first argument."""

    def method(self: Any, *args: Any) -> NoReturn:
        refuse(shown.format(short(self), *map(short, args)), advice)

    return method


def _pair(sign: str) -> tuple[Any, Any]:
    """An operator, and the one for a matrix on its right."""
    return _refusal(f"{{}} {sign} {{}}", OPERATORS), _refusal(f"{{1}} {sign} {{0}}", OPERATORS)


class Refusals:
    """Methods of Python's protocols that matrices do not have.

    Not `__bool__`, nor `__len__` which stands in for it: SymPy asks operands for their truth.
    """

    __iter__: ClassVar[Any] = None
    __float__ = _refusal("float({})", VALUE)
    __int__ = _refusal("int({})", VALUE)
    __complex__ = _refusal("complex({})", VALUE)
    __round__ = _refusal("round({})", VALUE)
    __trunc__ = _refusal("trunc({})", VALUE)
    __floor__ = _refusal("floor({})", VALUE)
    __ceil__ = _refusal("ceil({})", VALUE)
    __abs__ = _refusal("abs({})", "nz.absolute(A) acts entry by entry, nz.norm(A) is a number")
    __contains__ = _refusal("{1} in {0}", "nz.entry(A, i, j) is an entry")
    __setitem__ = _refusal("{}[{}] = …", FIXED)
    __delitem__ = _refusal("del {}[{}]", FIXED)
    __invert__ = _refusal("~{}", OPERATORS)
    __and__, __rand__ = _pair("&")
    __or__, __ror__ = _pair("|")
    __xor__, __rxor__ = _pair("^")
    __lshift__, __rlshift__ = _pair("<<")
    __rshift__, __rrshift__ = _pair(">>")
    __mod__, __rmod__ = _pair("%")
    __floordiv__, __rfloordiv__ = _pair("//")
    __divmod__ = _refusal("divmod({}, {})", OPERATORS)
    __rdivmod__ = _refusal("divmod({1}, {0})", OPERATORS)
    __lt__ = _refusal("{} < {}", COMPARED)
    __le__ = _refusal("{} <= {}", COMPARED)
    __gt__ = _refusal("{} > {}", COMPARED)
    __ge__ = _refusal("{} >= {}", COMPARED)
