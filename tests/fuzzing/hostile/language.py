"""The language against dense NumPy: every word and operator on terms that fit and that do not.

A term that is taken has to mean what NumPy computes; where NumPy has no meaning for it, because
shapes or kinds do not fit, it has to be refused.  What is not judged: that a term with a meaning
is taken (sizes, positivity and stored positions are nzdiff's own rules, which NumPy does not know).
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from scipy import sparse

import nzdiff as nz
from hostile.declarations import declaration
from hostile.terms import (
    FOREIGN,
    MU,
    NOTHING,
    SIZES,
    SYMBOLS,
    TERMS,
    VALUES,
    NoValue,
    Term,
    attempted,
    is_matrix,
)
from hostile.verdicts import REFUSED, RIGHT, Strict, Wrong
from hostile.words import WORDS
from nzdiff.derive.language.nodes import Unit
from nzdiff.derive.language.operators import Operand
from nzdiff.derive.proof.arithmetic import Doubles
from nzdiff.derive.proof.evaluate import Evaluator

MEASURES: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    (nz.sumsq, lambda a: np.sum(a**2)),
    (nz.total, np.sum),
    (lambda a: nz.entry(a, 0, 0), lambda a: a[0, 0]),
    (lambda a: nz.entry(a, a.rows - 1, 0), lambda a: a[-1, 0]),
)
"""What makes a number of a matrix, and what it is."""


def examine(seed: int) -> str:
    """One tree of a few operations, made an energy."""
    draws = random.Random(seed)
    if draws.random() < 0.1:
        return declaration(draws)
    try:
        found = _tree(draws, draws.choice((1, 1, 2, 2, 3)))
    except NoValue:
        return REFUSED
    return REFUSED if found is None else _judged(draws, found)


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
    own = any(isinstance(term.written, Operand) for term in known)
    if call.__module__ == "_operator" and not own:  # no business of ours
        if call is operator.pow:  # Python's own integers may take for ever
            return None
        try:
            found = call(*(term.written for term in known))
            plain = isinstance(found, int | float) and not isinstance(found, bool)
            return Term(found, float(found) if plain else meant, text)
        except Exception:
            return None
    written, error = attempted(text, lambda: call(*(term.written for term in known)))
    return None if error is not None else Term(written, meant, text)


def _meaning(meaning: Callable[..., Any], values: list[Any]) -> Any:
    """What NumPy makes of it; NOTHING where that is nothing or not a number."""
    if any(value is NOTHING for value in values):
        return NOTHING
    with np.errstate(all="ignore"):
        try:
            return meaning(*values)
        except np.linalg.LinAlgError as error:
            if "Singular" in str(error):  # so are the numbers, not what is written
                raise NoValue from error
            return NOTHING
        except (ValueError, TypeError, ZeroDivisionError, OverflowError):
            return NOTHING


def _judged(draws: random.Random, term: Term) -> str:
    """Hand it to Problem and compare."""
    expression = term.written
    measure, measured = draws.choice(MEASURES)
    energy = expression
    if is_matrix(term.meant):
        energy, error = attempted(term.text, lambda: measure(expression))
        if error is not None:
            return REFUSED
    if term.meant is NOTHING and draws.random() < 0.5:
        energy, error = attempted(term.text, lambda: nz.total(expression))
        if error is not None:
            return REFUSED
    added = 0.0
    free: Any = getattr(energy, "free_symbols", set())
    unknowns = [symbol for symbol in SYMBOLS.values() if symbol in free]
    # a constant is compared beside an unknown: alone it is no problem
    if not unknowns and isinstance(energy, sp.Expr | int | float) and term.meant is not NOTHING:
        energy, added, unknowns = nz.total(SYMBOLS["B"]) + energy, VALUES["B"].sum(), [SYMBOLS["B"]]
    wrt = draws.choice(unknowns) if unknowns else SYMBOLS["A"]
    problem, error = attempted(term.text, lambda: nz.Problem(energy, wrt=wrt))
    if error is not None:
        return REFUSED
    if term.meant is NOTHING and problem.energy.has(Unit):  # positions by name: known with data
        _, error = attempted(term.text, lambda: problem.bind(backend="numpy", **_data(problem)))
        if error is not None:
            return REFUSED
    if term.meant is NOTHING:
        raise Wrong(f"taken, though it means nothing: {term.text} as {problem.energy}")
    with np.errstate(all="ignore"):
        wanted = float(measured(term.meant) if is_matrix(term.meant) else term.meant) + added
    known = {**VALUES, "mu": MU, **SIZES}
    stored = {name: VALUES[name] != 0 for name in ("G", "L", "D")}
    with np.errstate(all="ignore"):
        evaluate = Evaluator(known, dict(SIZES), Doubles(), {}, stored)
        definitions = {str(r.symbol.name): r.expr for r in problem.residuals}
        evaluate = Evaluator(known, dict(SIZES), Doubles(), definitions, stored)
        value, error = attempted(term.text, lambda: evaluate(problem.energy))
    if not np.isfinite(term.meant).all() or abs(wanted) > 1e12:
        return REFUSED  # outside of the domain, or so large that 1e-8 of it is rounding
    if error is not None:
        raise Strict(f"taken, and has no value: {term.text} is {wanted}: {error}")
    if not abs(value - wanted) <= 1e-8 * (1 + abs(wanted)):
        raise Wrong(f"another value: {term.text} is {wanted}, not {value}")
    if draws.random() < 0.08:
        attempted(term.text, problem.derive)
    return RIGHT


def _data(problem: Any) -> dict[str, Any]:
    """What `bind` takes: the values, and shapes or patterns of the unknowns."""
    found: dict[str, Any] = {str(symbol.name): MU for symbol in problem.scalars}
    for matrix in problem.matrices:
        name = str(matrix.name)
        value = VALUES[name]
        if matrix.kind_of == "sparse":
            found[name] = sparse.csr_array(value)
        elif matrix in problem.wrt:
            found[name] = value.shape
        else:
            found[name] = np.diag(value) if matrix.kind_of == "diagonal" else value
    return found
