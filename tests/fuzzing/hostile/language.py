"""The language against dense NumPy: every word and operator on terms that fit and that do not.

A term that is taken has to mean what NumPy computes; where NumPy has no meaning for it, because
shapes or kinds do not fit, it has to be refused.
"""

from __future__ import annotations

import operator
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

import nzdiff as nz
from hostile.verdicts import REFUSED, RIGHT, Wrong, attempt
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator

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
    shape = tuple(SIZES.get(str(size), size) for size in SYMBOLS[name].shape)
    found = RNG.uniform(0.5, 1.5, tuple(map(int, shape)))
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
    Term(sp.Symbol("z"), NOTHING, "z"), Term({}, NOTHING, "{}"),
    Term(lambda x: x, NOTHING, "lambda"),
    Term(nz.dims("n"), NOTHING, "dims"), Term(b"A", NOTHING, "bytes"),
    Term(sp.nan, NOTHING, "sp.nan"),
    Term(np.array(2.0), NOTHING, "0-d array"), Term(nz.Pattern.full((3, 3)), NOTHING, "Pattern"),
    Term(sp.true, NOTHING, "sp.true"), Term(nz.sumsq, NOTHING, "function"), Term(-5, -5.0, "-5"),
    Term(10**400, NOTHING, "10**400"), Term(sp.zoo, NOTHING, "zoo"), Term(2.5, 2.5, "2.5"),
)  # fmt: skip


def is_matrix(value: Any) -> bool:
    """Whether a meaning has rows and columns."""
    return isinstance(value, np.ndarray)


def examine(seed: int) -> str:
    """One tree of a few operations, made an energy."""
    draws = random.Random(seed)
    if draws.random() < 0.1:
        return _declaration(draws)
    found = _tree(draws, draws.choice((1, 1, 2, 2, 3)))
    if found is None:
        return REFUSED
    return _judged(draws, found)


def _tree(draws: random.Random, depth: int) -> Term | None:
    """A term; None where it was refused, as it may be."""
    if depth == 0:
        return draws.choice(FOREIGN if draws.random() < 0.06 else TERMS)
    name, count, call, meaning = draws.choice(WORDS)
    terms = [_tree(draws, draws.randint(0, depth - 1)) for _ in range(count)]
    known = [term for term in terms if term is not None]
    if len(known) < count:
        return None
    meant = _meaning(meaning, [term.meant for term in known])
    text = f"{name}({', '.join(term.text for term in known)})"
    written, error = _attempted(text, lambda: call(*(term.written for term in known)))
    return None if error is not None else Term(written, meant, text)


def _meaning(meaning: Callable[..., Any], values: list[Any]) -> Any:
    """What NumPy makes of it; NOTHING where that is nothing or not a number."""
    if any(value is NOTHING for value in values):
        return NOTHING
    with np.errstate(all="ignore"):
        try:
            return meaning(*values)
        except (ValueError, TypeError, np.linalg.LinAlgError, ZeroDivisionError, OverflowError):
            return NOTHING


def _attempted(text: str, call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """Errors that are not ours get the text with them."""
    try:
        return attempt(call)
    except Exception as error:
        if traceback.extract_tb(error.__traceback__)[-1].filename == __file__:
            return None, error  # Python's own: an operator between things that are not nzdiff's
        error.args = (f"{error} — in {text}",)
        raise


def _judged(draws: random.Random, term: Term) -> str:
    """Hand it to Problem and compare."""
    expression = term.written
    energy = nz.sumsq(expression) if is_matrix(term.meant) else expression
    if term.meant is NOTHING and draws.random() < 0.5:
        energy, error = _attempted(term.text, lambda: nz.total(expression))
        if error is not None:
            return REFUSED
    free: Any = getattr(energy, "free_symbols", set())
    unknowns = [symbol for symbol in SYMBOLS.values() if symbol in free]
    wrt = draws.choice(unknowns) if unknowns else SYMBOLS["A"]
    problem, error = _attempted(term.text, lambda: nz.Problem(energy, wrt=wrt))
    if error is not None:
        return REFUSED
    if term.meant is NOTHING:
        raise Wrong(f"taken, though it means nothing: {term.text} as {problem.energy}")
    wanted = np.sum(term.meant**2) if is_matrix(term.meant) else float(term.meant)
    known = {**VALUES, "mu": MU, **SIZES}
    stored = {name: VALUES[name] != 0 for name in ("G", "L", "D")}
    with np.errstate(all="ignore"):
        evaluate = Evaluator(known, dict(SIZES), Doubles(), {}, stored)
        definitions = {str(r.symbol.name): r.expr for r in problem.residuals}
        evaluate = Evaluator(known, dict(SIZES), Doubles(), definitions, stored)
        value, error = _attempted(term.text, lambda: evaluate(problem.energy))
    if error is not None or not np.isfinite(wanted) or abs(wanted) > 1e12:
        return REFUSED
    if not abs(value - wanted) <= 1e-8 * (1 + abs(wanted)):
        raise Wrong(f"another value: {term.text} is {wanted}, not {value}")
    if draws.random() < 0.08:
        _attempted(term.text, problem.derive)
    return RIGHT


# what the words mean


def _same(a: Any, b: Any) -> None:
    if np.shape(a) != np.shape(b):
        raise ValueError


def _sum(sign: int) -> Callable[[Any, Any], Any]:
    def meaning(a: Any, b: Any) -> Any:
        if np.ndim(a) != np.ndim(b):
            number, matrix = (a, b) if np.ndim(b) else (b, a)
            if number == 0:  # the empty sum, which Python's sum() begins with
                return sign * matrix if matrix is b else matrix
        _same(a, b)
        return a + sign * b

    return meaning


def _product(a: Any, b: Any) -> Any:
    return a @ b if is_matrix(a) and is_matrix(b) else a * b


def _matrices_alone(a: Any, b: Any) -> Any:
    _need(a, b)
    return a @ b


def _need(*values: Any) -> None:
    if not all(map(is_matrix, values)):
        raise TypeError


def _quotient(a: Any, b: Any) -> Any:
    if is_matrix(b):
        if is_matrix(a):
            return a @ np.linalg.inv(b)
        raise TypeError
    if b == 0:
        raise ZeroDivisionError
    return a / b


def _power(a: Any, b: Any) -> Any:
    if is_matrix(b):
        raise TypeError
    if is_matrix(a):
        if int(b) != b:
            raise ValueError
        return np.linalg.matrix_power(a, int(b))
    found = np.float64(a) ** b
    if not np.isfinite(found):
        raise ValueError
    return found


def _of(call: Callable[..., Any], *, square: bool = False) -> Callable[..., Any]:
    """A meaning for matrices alone, square ones where asked for."""

    def meaning(*values: Any) -> Any:
        _need(*values)
        if square and values[0].shape[0] != values[0].shape[1]:
            raise ValueError
        return call(*values)

    return meaning


def _alike(call: Callable[..., Any]) -> Callable[..., Any]:
    def meaning(a: Any, b: Any) -> Any:
        _need(a, b)
        _same(a, b)
        return call(a, b)

    return meaning


def _diag(a: Any) -> Any:
    if a.shape[1] != 1:
        raise ValueError
    return np.diag(a.ravel())


def _as_scalar(a: Any) -> Any:
    if a.shape != (1, 1):
        raise ValueError
    return a[0, 0]


def _entry(a: Any, i: Any, j: Any) -> Any:
    _need(a)
    if np.ndim(i) or np.ndim(j) or int(i) != i or int(j) != j or min(i, j) < 0:
        raise ValueError
    if i >= a.shape[0] or j >= a.shape[1]:
        raise ValueError
    return a[int(i), int(j)]


def _norm(a: Any, p: Any) -> Any:
    _need(a)
    if np.ndim(p) or p <= 0:
        raise ValueError
    return np.sum(np.abs(a) ** p) ** (1 / p)


def _finite(call: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Outside of the domain there is no meaning to compare with: NaN."""

    def meaning(a: Any) -> Any:
        found = call(np.asarray(a, dtype=complex) if call in (np.log, np.sqrt) else a)
        found = np.where(np.abs(np.imag(found)) > 0, np.nan, np.real(found))
        return found if np.ndim(a) else float(found)

    return meaning


def _logdet(a: Any) -> Any:
    return np.linalg.slogdet(a)[1]


def _stack(axis: int) -> Callable[..., Any]:
    def meaning(a: Any, b: Any) -> Any:
        _need(a, b)
        return np.concatenate([a, b], axis=axis)

    return meaning


def _sizes(call: Callable[..., Any]) -> Callable[..., Any]:
    def meaning(*values: Any) -> Any:
        if any(np.ndim(v) or int(v) != v or not 0 <= v <= 100 for v in values):
            raise ValueError
        return call(*map(int, values))

    return meaning


def _unit(i: int, j: int, rows: int, cols: int) -> Any:
    if i >= rows or j >= cols:
        raise ValueError
    found = np.zeros((rows, cols))
    found[i, j] = 1.0
    return found


Word = tuple[str, int, Callable[..., Any], Callable[..., Any]]
UFUNCS: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
    "absolute": np.abs, "sign": np.sign, "asinh": np.arcsinh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log1p(np.exp(x)),
}  # fmt: skip
WORDS: tuple[Word, ...] = (
    ("add", 2, operator.add, _sum(1)), ("subtract", 2, operator.sub, _sum(-1)),
    ("multiply", 2, operator.mul, _product), ("multiply", 2, operator.mul, _product),
    ("divide", 2, operator.truediv, _quotient), ("power", 2, operator.pow, _power),
    ("matmul", 2, operator.matmul, _matrices_alone), ("negative", 1, operator.neg, lambda a: -a),
    ("T", 1, lambda a: a.T if isinstance(a, sp.Basic) else nz.vec(a), _of(np.transpose)),
    ("inv", 1, nz.inv, _of(np.linalg.inv, square=True)),
    ("sumsq", 1, nz.sumsq, _of(lambda a: np.sum(a**2))),
    ("trace", 1, nz.trace, _of(np.trace, square=True)), ("total", 1, nz.total, _of(np.sum)),
    ("as_scalar", 1, nz.as_scalar, _of(_as_scalar)), ("entry", 3, nz.entry, _entry),
    ("inner", 2, nz.inner, _alike(lambda a, b: np.sum(a * b))), ("norm", 2, nz.norm, _norm),
    ("det", 1, nz.det, _of(np.linalg.det, square=True)),
    ("logdet", 1, nz.logdet, _of(_logdet, square=True)), ("kron", 2, nz.kron, _of(np.kron)),
    ("vec", 1, nz.vec, _of(lambda a: a.reshape(-1, 1, order="F"))),
    ("diag", 1, nz.diag, _of(_diag)),
    ("diag_of", 1, nz.diag_of, _of(lambda a: np.diag(a)[:, None], square=True)),
    ("hstack", 2, nz.hstack, _stack(1)), ("vstack", 2, nz.vstack, _stack(0)),
    ("hadamard", 2, nz.hadamard, _alike(operator.mul)),
    ("quotient", 2, nz.quotient, _alike(operator.truediv)),
    ("mask", 2, nz.mask, lambda a, b: NOTHING if b is not VALUES["G"]
     and b is not VALUES["L"] else _alike(lambda x, y: x * (y != 0))(a, b)),
    ("identity", 1, nz.identity, _sizes(np.eye)),
    ("ones", 2, nz.ones, _sizes(lambda a, b: np.ones((a, b)))),
    ("zeros", 2, nz.zeros, _sizes(lambda a, b: np.zeros((a, b)))),
    ("unit", 4, nz.unit, _sizes(_unit)),
    *((name, 1, getattr(nz, name), _finite(call)) for name, call in UFUNCS.items()),
    ("entrywise power", 2, nz.power, lambda a, p: NOTHING if is_matrix(p) or (is_matrix(a)
     and p <= 0 and not a.all()) else np.asarray(a,
     dtype=float) ** p if is_matrix(a) else _power(a, p)),
)  # fmt: skip


# declarations


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


def _declaration(draws: random.Random) -> str:
    """A symbol with a strange name or size; where it is taken, a problem with it has to work."""
    name = draws.choice(NAMES) if draws.random() < 0.5 else "Z"
    rows = draws.choice(SIZES_GIVEN if name == "Z" else FINE)
    cols = draws.choice((rows, rows, draws.choice(SIZES_GIVEN)))
    kind = draws.choice(("dense", "sparse", "diagonal", "scalar", "dims"))
    text = f"{kind}({name!r:.20}, {rows!r:.20}, {cols!r:.20})"
    if kind == "dims":
        found, error = _attempted(text, lambda: nz.dims(name))
        if error is not None:
            return REFUSED
        size = found[0]
        found = nz.dense("Z", size, 2)
    elif kind == "scalar":
        found, error = _attempted(text, lambda: nz.scalar(name))
    elif kind == "diagonal":
        found, error = _attempted(text, lambda: nz.diagonal(name, rows))
    else:
        found, error = _attempted(text, lambda: getattr(nz, kind)(name, rows, cols))
    if error is not None:
        return REFUSED
    U = nz.dense("U", 2, 2)
    energy = found * nz.sumsq(U) if kind == "scalar" else nz.sumsq(found) + nz.sumsq(U)
    problem, error = _attempted(text, lambda: nz.Problem(energy, wrt=U))
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
        from scipy import sparse

        data = {"diagonal": np.ones(shape[0]), "sparse": sparse.csr_array(array)}.get(kind, array)
        wanted = 4.0 + (shape[0] if kind == "diagonal" else array.size)
    backend = "c" if draws.random() < 0.02 else "numpy"
    model, error = _attempted(text, lambda: problem.bind(backend=backend, U=(2, 2), **{key: data}))
    if error is not None:
        return REFUSED
    value = model.energy(np.ones(4))
    if abs(value - wanted) > 1e-9:
        raise Wrong(f"another value: {text} gives {value}, not {wanted}")
    return RIGHT
