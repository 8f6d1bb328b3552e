"""Norms by their index: which one is meant, and which are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy as sp

from nzdiff.derive.language import entrywise, functions
from nzdiff.derive.typed.sizes import Sizes
from nzdiff.derive.typed.value import MeaningError, Value

SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₚ", "0123456789p")
FROBENIUS = frozenset({"", "F", "fro", "Fro", "f"})
REFUSED_NORMS = {
    **dict.fromkeys(
        ("∞", "inf", "Inf", "infty", "max"),
        "the norm ‖·‖_∞ is not derived: its slope jumps from entry to entry; "
        "norm(x, 20) is near it and smooth",
    ),
    **dict.fromkeys(
        ("*", "nuc", "tr"),
        "the nuclear norm is not derived; of a product U*V', (norm2(U)^2 + norm2(V)^2)/2 bounds it",
    ),
    "0": "‖·‖_0 counts entries: it has no slope; norm1(x) is what stands for it",
}
NAMED = (FROBENIUS | REFUSED_NORMS.keys()) - {"", "f", "max", "*", "0"}
"""What stands in norm(X, 'fro') behind the comma."""
OF_COLUMNS = {
    1: "‖X‖_1 and norm(X, 1) of a matrix are the largest sum of a column elsewhere; write "
    "norm1(X) or norm1(vec(X)) for the sum of all |X[i, j]|",
    2: "‖X‖_2, norm(X) and norm(X, 2) of a matrix are its largest singular value elsewhere, which "
    "is not derived; write normF(X), ‖X‖_F or norm2(vec(X)) for √(Σ X[i, j]²)",
}
"""Norms of columns that mean something else of a matrix, and what to write."""
RAISED = re.compile(r"(?P<power>\^?\{?[⁻⁰¹²³⁴⁵⁶⁷⁸⁹0-9]+\}?)(?P<index>.*)")
EXPONENTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", "^{}")


def indexed(sizes: Sizes, place: Any, value: Value, index: str = "") -> Value:
    """‖value‖ with an index as it is written: _F, _2, ₂, _{1}; without one it is Frobenius'.

    Raises MeaningError for norms that are not derived and for indices that name none.
    """
    name = index.translate(SUBSCRIPTS).strip("_{} ")
    if name in FROBENIUS:
        return length(place, value)
    if name in REFUSED_NORMS:
        raise MeaningError(REFUSED_NORMS[name], place)
    if not name.isdecimal():
        raise MeaningError(
            f"‖·‖_{name}: expected F, 1, 2 or another number as index; "
            "the square of a norm by a matrix A is x'*A*x",
            place,
        )
    return of_order(sizes, place, value, lambda: sp.Integer(name))


def raised(token: str) -> tuple[sp.Integer, str]:
    """The power and the index of ``²_F`` and ``^2_F``, where the power stands first."""
    found = RAISED.fullmatch(token)
    assert found is not None
    return sp.Integer(found["power"].translate(EXPONENTS)), found["index"]


def length(place: Any, value: Value) -> Value:
    """The square root of the sum of squares of all entries."""
    if value.shape is None:
        return Value(None, lambda: entrywise.absolute(value.build()), place)
    return Value(None, lambda: functions.norm(value.build()), place)


def of_order(sizes: Sizes, place: Any, value: Value, order: Callable[[], Any]) -> Value:
    """(Σ |x[i]|^p)^(1/p); of a matrix that is no column and no row p = 1 and 2 are refused."""
    if value.shape is None:
        return length(place, value)
    shape = value.shape

    def build() -> Any:
        power = order()
        if power in OF_COLUMNS and all(sizes(size) != 1 for size in shape):
            raise MeaningError(OF_COLUMNS[power], place)
        return functions.norm(value.build(), power)

    return Value(None, build, place)
