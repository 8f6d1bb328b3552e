"""Terms of the language: symbols and numbers with their values, and what is no term at all."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

import nzdiff as nz
from hostile.verdicts import attempt
from nzdiff.derive.language.symbols import sizes_of

n, m = nz.dims("n m")
SIZES = {"n": 3, "m": 2}
RNG = np.random.default_rng(5)
SYMBOLS: dict[str, Any] = {
    "A": nz.dense("A", n, n), "B": nz.dense("B", n, m), "x": nz.dense("x", n),
    "y": nz.dense("y", m), "G": nz.sparse("G", n, m), "S": nz.dense("S", n, n, symmetric=True),
    "D": nz.diagonal("D", n), "F": nz.dense("F", 2, 2), "C": nz.dense("C", m, n),
    "L": nz.sparse("L", n, n),
}  # fmt: skip


def _value(name: str) -> Any:
    """Numbers between 0.5 and 1.5, regular where square; G and L with zeros."""
    shape = sizes_of(SYMBOLS[name], SIZES)
    found = RNG.uniform(0.5, 1.5, shape)
    if name == "S":
        return found + found.T + 3 * np.eye(3)
    if name == "D":
        return np.diag(np.diag(found))
    if name in "GL":
        found.flat[1::2] = 0.0
    return found + 2 * np.eye(len(found)) if name in "AFL" else found


VALUES = {name: _value(name) for name in SYMBOLS}
MU = 0.75


class _Nothing:
    """No meaning in NumPy: to be refused."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


class NoValue(Exception):
    """NumPy has no value for these numbers, though shapes and kinds fit: nothing to compare."""


@dataclass(frozen=True, slots=True)
class Term:
    """What is written and what it means: a number, an array of two axes, or NOTHING."""

    written: Any
    meant: Any
    text: str


TERMS = (
    *(Term(symbol, VALUES[name], name) for name, symbol in SYMBOLS.items()),
    *(Term(symbol.T, VALUES[name].T, f"{name}.T") for name, symbol in SYMBOLS.items()),
    Term(nz.scalar("mu"), MU, "mu"), Term(2, 2.0, "2"), Term(0.5, 0.5, "0.5"), Term(-1, -1.0, "-1"),
    Term(3, 3.0, "3"), Term(sp.Rational(1, 3), 1 / 3, "1/3"), Term(sp.pi, np.pi, "pi"),
    Term(sp.sqrt(2), 2**0.5, "sqrt 2"), Term(n, 3.0, "n"), Term(nz.identity(n), np.eye(3), "I_n"),
    Term(nz.ones(n, m), np.ones((3, 2)), "ones"), Term(nz.zeros(n), np.zeros((3, 1)), "zeros"),
    Term(0, 0.0, "0"), Term(np.float64(0.5), 0.5, "np.float64"), Term(np.int64(2), 2.0, "np.int64"),
    Term(True, NOTHING, "True"),
)  # fmt: skip
FOREIGN = (
    Term(None, NOTHING, "None"), Term("A", NOTHING, "'A'"), Term(np.ones((3, 3)), NOTHING, "array"),
    Term(np.ones(3), NOTHING, "vector"), Term(1j, NOTHING, "1j"), Term([1, 2], NOTHING, "list"),
    Term(float("nan"), NOTHING, "nan"), Term(float("inf"), NOTHING, "inf"), Term((), NOTHING, "()"),
    Term(object(), NOTHING, "object"), Term(sp.eye(3), NOTHING, "sp.Matrix"),
    Term(sp.I, NOTHING, "I"),
    Term(sp.MatrixSymbol("Q", n, n), NOTHING, "MatrixSymbol"), Term(sp.oo, NOTHING, "oo"),
    Term({}, NOTHING, "{}"),
    Term(lambda x: x, NOTHING, "lambda"),
    Term(nz.dims("n"), NOTHING, "dims"), Term(b"A", NOTHING, "bytes"),
    Term(sp.nan, NOTHING, "sp.nan"),
    Term(np.array(2.0), 2.0, "0-d array"), Term(nz.Pattern.full((3, 3)), NOTHING, "Pattern"),
    Term(nz.sumsq, NOTHING, "function"), Term(-5, -5.0, "-5"),
    Term(10**400, NOTHING, "10**400"), Term(sp.zoo, NOTHING, "zoo"), Term(2.5, 2.5, "2.5"),
)  # fmt: skip


def is_matrix(value: Any) -> bool:
    """Whether a meaning has rows and columns."""
    return isinstance(value, np.ndarray)


def attempted(text: str, call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """Errors that are not ours get the text with them."""
    try:
        return attempt(call)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        if Path(last).parent == Path(__file__).parent:
            return None, error  # Python's own: an operator between things that are not nzdiff's
        error.args = (f"{error} — in {text}",)
        raise
