"""Bind against dense NumPy: energy and gradient of small problems on data of every form."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse

import nzdiff as nz
from hostile.draws import (
    DENSE_FORMS,
    EITHER,
    ILLEGAL,
    LEGAL,
    SPARSE_FORMATS,
    VECTOR_FORMS,
    Draw,
    Generator,
    damaged,
    formed,
    outcome,
    sparse_matrix,
    worst,
)
from hostile.verdicts import REFUSED, RIGHT, Wrong
from nzdiff.codegen.compile import checked, kernel_of, plan_program
from nzdiff.runtime.bind import Kernel, bind
from nzdiff.runtime.kernel.compiler import find_compiler

n, m, p, k = nz.dims("n m p k")
X, Y, B, Z = nz.dense("X", p, k), nz.dense("Y", p, m), nz.dense("B", m, k), nz.dense("Z", m, k)
G, M, L, A = nz.sparse("G", n, m), nz.sparse("M", n, n), nz.sparse("L", n, n), nz.sparse("A", n, n)
S, V, W = nz.sparse("S", n, n, symmetric=True), nz.diagonal("V", n), nz.dense("W", m, k)
D, mu = nz.diagonal("D", m), nz.scalar("mu")
Values = dict[str, Any]


def _seed(v: Values) -> tuple[float, Values]:
    R = v["X"] - v["Y"] @ v["G"].T @ v["L"] @ v["G"] @ v["B"]
    one = v["L"] @ v["G"] @ v["B"] @ R.T @ v["Y"]
    other = v["L"].T @ v["G"] @ v["Y"].T @ R @ v["B"].T
    return np.sum(R**2), {"G": -2 * (one + other)}


def _quadratic(v: Values) -> tuple[float, Values]:
    V = np.diag(v["V"])
    energy = np.trace(v["G"].T @ v["S"] @ v["G"]) / 2 + v["mu"] * np.sum((V @ v["G"]) ** 2)
    return energy, {"G": v["S"] @ v["G"] + 2 * v["mu"] * V @ V @ v["G"]}


def _inverse(v: Values) -> tuple[float, Values]:
    R = v["A"] @ v["M"] - np.eye(len(v["A"]))
    return np.sum(R**2), {"M": 2 * v["A"].T @ R}


def _dense_and_diagonal(v: Values) -> tuple[float, Values]:
    R, Q = v["X"] - v["Y"] @ v["W"], v["D"] @ v["Z"]
    return np.sum(R**2) + np.sum(Q**2), {"W": -2 * v["Y"].T @ R, "D": 2 * Q @ v["Z"].T}


@dataclass(frozen=True, slots=True)
class Task:
    """A problem, and its energy with its derivative by each entry of each unknown."""

    problem: nz.Problem
    dense: Callable[[Values], tuple[float, Values]]


TASKS = (
    Task(nz.Problem(nz.sumsq(X - Y * G.T * L * G * B), wrt=G), _seed),
    Task(nz.Problem(nz.trace(G.T * S * G) / 2 + mu * nz.sumsq(V * G), wrt=G), _quadratic),
    Task(nz.Problem(nz.sumsq(A * M - nz.identity(n)), wrt=M), _inverse),
    Task(nz.Problem(nz.sumsq(X - Y * W) + nz.sumsq(D * Z), wrt=(W, D)), _dense_and_diagonal),
)
NUMBERS: tuple[tuple[Any, Any, str], ...] = (
    (0.75, 0.75, LEGAL), (2, 2.0, LEGAL), (np.float32(0.5), 0.5, LEGAL),
    (np.array(0.5), 0.5, LEGAL),
    (-1.5, -1.5, LEGAL), (np.int8(3), 3.0, LEGAL), (0.0, 0.0, LEGAL), (True, 1.0, EITHER),
    (Fraction(1, 2), 0.5, EITHER), (Decimal("0.5"), 0.5, EITHER), (np.longdouble(0.5), 0.5, EITHER),
    (None, 0, ILLEGAL), (float("nan"), 0, ILLEGAL), (float("inf"), 0, ILLEGAL), (1j, 0, ILLEGAL),
    ("1", 0, ILLEGAL), ([1.0], 0, ILLEGAL), (np.array([1.0]), 0, ILLEGAL), (10**400, 0, ILLEGAL),
    (np.longdouble("1e4000"), 0, ILLEGAL), (b"1", 0, ILLEGAL), (np.ma.masked, 0, ILLEGAL),
    (sparse.eye_array(1), 0, ILLEGAL), (mu, 0, ILLEGAL), (2**64, 2.0**64, EITHER),
)  # fmt: skip
OPTIONS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"threads": 0}, ILLEGAL), ({"threads": -1}, ILLEGAL), ({"threads": None}, ILLEGAL),
    ({"threads": 1.5}, ILLEGAL), ({"threads": "2"}, ILLEGAL), ({"threads": True}, ILLEGAL),
    ({"threads": float("nan")}, ILLEGAL), ({"backend": "fortran"}, ILLEGAL),
    ({"backend": None}, ILLEGAL), ({"backend": 3}, ILLEGAL), ({"backend": ["c"]}, ILLEGAL),
    ({"dtype": "float16"}, ILLEGAL), ({"dtype": None}, EITHER), ({"dtype": "x"}, ILLEGAL),
    ({"dtype": complex}, ILLEGAL), ({"dtype": 3}, ILLEGAL), ({"dtype": np.float64}, LEGAL),
    ({"threads": np.int64(2)}, LEGAL), ({"threads": 2**70}, EITHER), ({"dtype": ">f8"}, EITHER),
)  # fmt: skip


def examine(seed: int) -> str:
    """One binding with at most a few strange arguments, one g."""
    draws, rng = random.Random(seed), np.random.default_rng(seed)
    task = draws.choice(TASKS)
    sizes = {name: draws.randint(1, 4) for name in "nmpk"}
    strange = draws.random() < 0.5
    given, meant, status, forms = {}, {}, LEGAL, []
    names = [*task.problem.matrices, *task.problem.scalars]
    odd = draws.choice(names) if strange else None
    for symbol in names:
        draw = _argument(draws, rng, task, symbol, sizes, odd=symbol == odd)
        given[str(symbol.name)], meant[str(symbol.name)] = draw.given, draw.meant
        status = worst(status, draw.status)
        if draw.status != LEGAL or symbol == odd:
            forms.append(f"{symbol.name} {draw.form}")
    options: dict[str, Any] = {"backend": _backend(draws), "threads": 1}
    if draws.random() < 0.1:
        other, verdict = draws.choice(OPTIONS)
        options, status = {**options, **other}, worst(status, verdict)
        forms.append(str(other))
    if draws.random() < 0.05:
        status = worst(status, _other_names(draws, task, given))
        forms.append("other names")
    elif options["backend"] == "numpy" and draws.random() < 0.1 and "dtype" not in options:
        options["dtype"] = "float32"
    form = ", ".join(forms) or "usual data"
    model = outcome(lambda: bind(_kernel(task.problem), given, **options), status, form)
    if model is None:
        return REFUSED
    tolerance = 1e-3 if options.get("dtype") == "float32" else 1e-9
    g = formed(draws, rng.normal(size=model.size), VECTOR_FORMS, legal=0.8)
    found = outcome(lambda: model.energy_and_gradient(g.given), g.status, f"g {g.form}")
    if found is None:
        return REFUSED
    _compare(form, found, _wanted(task, meant, model.patterns, g.meant), tolerance)
    if draws.random() < 0.3:
        _overwrite(given)
        again = model.energy_and_gradient(g.given)
        gradient_there = model.gradient(g.meant + 1.0)
        _compare("shared arrays", again, _wanted(task, meant, model.patterns, g.meant), tolerance)
        wanted = _wanted(task, meant, model.patterns, g.meant + 1.0)
        _compare("shared arrays", (wanted[0], gradient_there), wanted, tolerance)
    return RIGHT


def _backend(draws: random.Random) -> str:
    return "c" if find_compiler() and draws.random() < 0.6 else "numpy"


@cache
def _kernel(problem: nz.Problem) -> Kernel:
    """Planned once, for any data."""
    rng, sizes = np.random.default_rng(0), {"n": 4, "m": 3, "p": 2, "k": 2}
    data: Values = {str(s.name): 0.5 for s in problem.scalars}
    for matrix in problem.matrices:
        shape = tuple(sizes[str(d)] for d in (matrix.rows, matrix.cols))
        data[str(matrix.name)] = _usual(problem, matrix, shape, rng)
    derivation, found = problem.derive(), checked(problem, data)
    return kernel_of(derivation, plan_program(derivation, found))


def _usual(problem: nz.Problem, matrix: Any, shape: Any, rng: Generator) -> Any:
    unknown = matrix in problem.wrt
    if matrix.kind_of == "diagonal":
        return nz.Pattern.diagonal(shape[0]) if unknown else rng.normal(size=shape[0])
    if matrix.kind_of == "dense":
        return shape if unknown else rng.normal(size=shape)
    if matrix.symmetric:
        return sparse.eye_array(shape[0], format="csr")
    return sparse.random_array(shape, density=0.5, rng=rng)


def _argument(
    draws: random.Random, rng: Generator, task: Task, symbol: Any, sizes: Any, *, odd: bool
) -> Draw:
    """What is given for one symbol; usual where it is not the odd one."""
    if symbol in task.problem.scalars:
        given, meant, status = draws.choice(NUMBERS if odd else NUMBERS[:7])
        given = given.copy() if isinstance(given, np.ndarray) else given
        return Draw(given, meant, status, repr(given)[:40])
    shape = tuple(sizes[str(d)] for d in (symbol.rows, symbol.cols))
    legal = 0.0 if odd else 1.0
    if symbol in task.problem.wrt:
        return _unknown(draws, rng, symbol, shape, odd=odd)
    if symbol.kind_of == "dense":
        return formed(draws, rng.normal(size=shape), DENSE_FORMS, legal)
    if symbol.kind_of == "diagonal":
        return formed(draws, rng.normal(size=shape[0]), VECTOR_FORMS, legal)
    return _sparse(draws, rng, symbol, shape, odd=odd)


def _sparse(draws: random.Random, rng: Generator, symbol: Any, shape: Any, *, odd: bool) -> Draw:
    matrix = sparse_matrix(draws, rng, shape)
    if symbol.symmetric:
        half = sparse.csr_array(matrix)
        matrix = (half + half.T).asformat(draws.choice(SPARSE_FORMATS[:4]))
    meant = matrix.toarray()
    if not odd:
        return Draw(matrix, meant, LEGAL, matrix.format)
    csr = sparse.csr_array(matrix)
    csr.sum_duplicates()
    kind = draws.randrange(9)
    if kind <= 2:
        return damaged(draws, csr)
    if kind == 3:
        return Draw(meant, meant, ILLEGAL, "dense for sparse")
    if kind == 4:
        number = draws.choice((np.nan, np.inf, 1j))
        csr = csr.astype(complex) if isinstance(number, complex) else csr
        csr.data[:] = number
        return Draw(csr, meant, ILLEGAL if csr.nnz else EITHER, f"holds {number}")
    if kind == 5:
        wide = csr.astype(np.longdouble)
        wide.data[:] = np.longdouble("1e4000")
        return Draw(wide, meant, ILLEGAL if csr.nnz else EITHER, "sparse beyond double")
    if kind == 6:
        other = draws.choice((None, "L", 5, [1, 2], object(), csr.tocoo().coords, csr.tolil()[0:0]))
        return Draw(other, meant, ILLEGAL, f"{type(other).__name__} for sparse")
    if kind == 7:
        larger = sparse.csr_array(np.pad(meant, ((0, 1), (0, 0))))
        return Draw(larger, meant, ILLEGAL, "one row more")
    bools = sparse.csr_array(meant != 0)
    return Draw(bools, (meant != 0).astype(float), EITHER, "bool")


def _unknown(draws: random.Random, rng: Generator, symbol: Any, shape: Any, *, odd: bool) -> Draw:
    """A pattern, or what stands for one; meant is not used, the pattern is the model's."""
    wrong: tuple[Any, ...]
    if symbol.kind_of == "sparse":
        matrix = sparse_matrix(draws, rng, shape)
        if not odd:
            pattern = nz.Pattern.from_scipy(matrix.tocoo(copy=True))
            choices = [matrix, pattern, nz.Pattern.full(shape)]
            if pattern.size:
                choices.append(pattern.tied(rng.integers(0, 2, pattern.size)))
                choices.append(pattern.fixed({0: 1.5}))
            return Draw(draws.choice(choices), None, LEGAL, "pattern")
        if draws.random() < 0.4:
            return damaged(draws, matrix)
        wrong = (None, 5, "G", np.ones(shape), (shape[0], shape[1]), object(), [[1.0]],
                 nz.Pattern.full((shape[0] + 1, shape[1])),
                 sparse.coo_array(np.ones(3)))  # fmt: skip
        form = draws.choice(wrong)
        return Draw(form, None, ILLEGAL, f"{type(form).__name__} for an unknown")
    diagonal = symbol.kind_of == "diagonal"
    right: tuple[Any, ...] = (shape, nz.Pattern.diagonal(shape[0]) if diagonal else np.ones(shape))
    if not odd:
        return Draw(draws.choice(right), None, LEGAL, "shape")
    wrong = (5, "W", (1, 2, 3), (-1, 3), (2.5, 2.5), ("a", "b"), (None, None), (np.nan, np.nan),
             (10**30, 10**30), (shape[0] + 1, shape[1] + 1), nz.Pattern(([], []), (7, 7)),
             np.ones((2, 2, 2)), object(), [], {}, ([1, 2], [3]), (3j, 3j))  # fmt: skip
    form = draws.choice(wrong)
    return Draw(form, None, ILLEGAL, f"{form!r:.40} for an unknown")


def _other_names(draws: random.Random, task: Task, given: Values) -> str:
    kind = draws.randrange(3)
    needed = [x for x in given if x not in {str(u.name) for u in task.problem.wrt}]
    if kind == 0:
        given["nothing"] = 1.0
    elif kind == 1:
        given.pop(draws.choice(needed))
    else:
        given[draws.choice(needed).lower() + "_"] = np.ones((2, 2))
    return ILLEGAL


def _wanted(task: Task, meant: Values, patterns: Any, g: Any) -> tuple[float, Any]:
    values, start, parts = dict(meant), 0, []
    for unknown, pattern in zip(task.problem.wrt, patterns, strict=True):
        vector = pattern.T @ g[start : start + pattern.size] + pattern.c
        values[str(unknown.name)] = vector.reshape(pattern.shape, order="F")
        start += pattern.size
    energy, slopes = task.dense(values)
    for unknown, pattern in zip(task.problem.wrt, patterns, strict=True):
        parts.append(pattern.T.T @ slopes[str(unknown.name)].ravel(order="F"))
    return energy, np.concatenate(parts)


def _compare(form: str, found: Any, wanted: Any, tolerance: float) -> None:
    for name, one, other in zip(("energy", "gradient"), found, wanted, strict=True):
        scale = 1.0 + abs(wanted[0]) + np.abs(wanted[1]).max(initial=0.0)
        if np.shape(one) != np.shape(other):
            raise Wrong(f"{form}: {name} of shape {np.shape(one)}, not {np.shape(other)}")
        gap = np.abs(np.asarray(one) - other).max(initial=0.0)
        if not gap <= tolerance * scale:
            raise Wrong(f"{form}: {name} off by {gap:.3g}: {one}, not {other}")


def _overwrite(given: Values) -> None:
    """What the caller does to its own arrays afterwards."""
    for value in given.values():
        arrays = [
            getattr(value, name, None) for name in ("data", "indices", "indptr", "row", "col")
        ]
        for array in (value, *arrays):
            if isinstance(array, np.ndarray) and array.flags.writeable:
                with suppress(TypeError, ValueError):
                    array[...] = 0
