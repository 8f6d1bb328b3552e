"""Declarations with strange names and sizes; where one is taken, a problem with it has to work."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import sympy as sp
from scipy import sparse

import nzdiff as nz
from hostile.terms import attempted, n
from hostile.verdicts import REFUSED, RIGHT, Wrong

NAMES: tuple[Any, ...] = ("Z", "z1", "λ", "NAN", "ﬁ", "", " ", "2a", "for", "a b", "a-b", "lambda",
                          "exp", "double", "int", "None", None, 3, b"Z", ["Z"], n, "é", "x" * 300,
                          "_", "__class__", "I", "E", "N", "S", "self", "math", "np", "w",
                          "threads",
                          "M_PI", "real", "main", "restrict", "Z\n", "Z;", "O", "Q",
                          "beta")  # fmt: skip
SIZES_GIVEN: tuple[Any, ...] = (n, 3, 1, n + 1, 2 * n, 0, -1, 2.5, None, "n", "3", float("nan"),
                                float("inf"), 1j, [3], (3,), nz.dims("n"), np.int64(3), np.ones(2),
                                sp.Rational(1, 2), sp.Symbol("q"), sp.pi, True, n / 2, n - 5,
                                object(), 10**30, sp.oo, sp.nan, sp.I,
                                nz.dense("K", 2, 2))  # fmt: skip
FINE = (n, 3, 1)


def declaration(draws: random.Random) -> str:
    """A symbol with a strange name or size; where it is taken, a problem with it has to work."""
    name = draws.choice(NAMES) if draws.random() < 0.5 else "Z"
    rows = draws.choice(SIZES_GIVEN if name == "Z" else FINE)
    cols = draws.choice((rows, rows, draws.choice(SIZES_GIVEN)))
    kind = draws.choice(("dense", "sparse", "diagonal", "scalar", "dims"))
    text = f"{kind}({name!r:.20}, {rows!r:.20}, {cols!r:.20})"
    if kind == "dims":
        found, error = attempted(text, lambda: nz.dims(name))
        if error is not None:
            return REFUSED
        size = found[0]
        found = nz.dense("Z", size, 2)
    elif kind == "scalar":
        found, error = attempted(text, lambda: nz.scalar(name))
    elif kind == "diagonal":
        found, error = attempted(text, lambda: nz.diagonal(name, rows))
    else:
        found, error = attempted(text, lambda: getattr(nz, kind)(name, rows, cols))
    if error is not None:
        return REFUSED
    U = nz.dense("U", 2, 2)
    energy = found * nz.sumsq(U) if kind == "scalar" else nz.sumsq(found) + nz.sumsq(U)
    problem, error = attempted(text, lambda: nz.Problem(energy, wrt=U))
    if error is not None:
        return REFUSED
    return _bound(draws, text, kind, found, problem)


def _bound(draws: random.Random, text: str, kind: str, symbol: Any, problem: Any) -> str:
    """Numbers for the symbol: what its sizes say, with n = 3."""
    key = str(symbol.name)
    if kind == "scalar":
        data: Any = 2.0
        wanted = 2.0 * 4.0
    else:
        shape = [sp.sympify(size).subs(n, 3) for size in symbol.shape]
        shape = [int(size) if getattr(size, "is_Integer", False) else 2 for size in shape]
        if max(shape) > 10 or min(shape) < 0:
            return REFUSED
        array = np.ones(shape)
        data = {"diagonal": np.ones(shape[0]), "sparse": sparse.csr_array(array)}.get(kind, array)
        wanted = 4.0 + (shape[0] if kind == "diagonal" else array.size)
    backend = "c" if draws.random() < 0.02 else "numpy"
    model, error = attempted(text, lambda: problem.bind(backend=backend, U=(2, 2), **{key: data}))
    if error is not None:
        return REFUSED
    value = model.energy(np.ones(4))
    if abs(value - wanted) > 1e-9:
        raise Wrong(f"another value: {text} gives {value}, not {wanted}")
    return RIGHT
